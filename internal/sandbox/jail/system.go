package jail

import "path/filepath"

// SystemBinds are the parts of the host that programs need to run: libraries,
// programs, certificates and name resolution. Nothing that is anyone's data.
func SystemBinds() []Bind {
	var binds []Bind
	paths := []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store",
		"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/crypto-policies",
		"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
		"/etc/protocols", "/etc/services", "/etc/gai.conf", "/etc/mime.types", "/etc/fonts",
	}
	// Debian keeps the settings without which Java does not start apart from it.
	java, _ := filepath.Glob("/etc/java-*-openjdk")
	for _, path := range append(paths, java...) {
		binds = append(binds, Bind{Sources: []string{path}, Target: path, Optional: true})
	}
	return binds
}
