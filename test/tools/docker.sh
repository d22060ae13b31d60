#!/usr/bin/env bash
# Prints the path of a folder with a Docker engine for the tests: Debian's
# packages, unpacked once into the cache. Nothing is installed, no service starts.
set -euo pipefail
cache=${LAMBDAGATE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lambdagate-test}
dir=$cache/docker
if [ ! -x "$dir/usr/sbin/dockerd" ]; then
  mkdir -p "$cache"
  tmp=$(mktemp -d "$cache/docker.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  chmod 755 "$tmp"
  (
    cd "$tmp"
    get() { apt-get -o Acquire::Retries=5 download -qq docker.io containerd runc tini busybox-static libdevmapper1.02.1 libseccomp2 >/dev/null; }
    get 2>/dev/null || { apt-get -o Acquire::Retries=5 update -qq >/dev/null 2>&1 || true; get; }
    for package in ./*.deb; do dpkg -x "$package" .; done
    rm ./*.deb
  ) >&2
  mv -T "$tmp" "$dir" 2>/dev/null || [ -x "$dir/usr/sbin/dockerd" ] # another test was faster
  trap - EXIT
fi
echo "$dir"
