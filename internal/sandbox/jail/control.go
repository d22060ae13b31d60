package jail

import (
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// order is what the host tells the first process; one per packet.
type order struct {
	Setup *setup `json:",omitempty"`
	Run   *run   `json:",omitempty"`
	Show  *Show  `json:",omitempty"`
	// Spawn runs a further program; of run only the program itself counts.
	Spawn *run `json:",omitempty"`
	// Signal is the number of a signal for the program.
	Signal int `json:",omitempty"`
}

// setup is the first order: the parts of Base that the first process needs.
type setup struct {
	Binds      []Bind
	Files      map[string]string
	Network    Network
	Hostname   string
	MountPoint string
	Root       bool // the host process is root
	Original   bool // for a program that has the host's processes and users
}

// run is the second: the parts of Spec. The program's output and channel come
// along with it.
type run struct {
	Path       string
	Args       []string
	Env        []string
	Dir        string
	Binds      []Bind
	TmpMB      int
	Listen     string
	Processes  int
	OpenFiles  int
	HasChannel bool
	ProbeOnly  bool // build everything, but run nothing
	Original   bool // become the program, without giving up anything
}

// report is what the first process tells the host.
type report struct {
	Ready   bool   `json:",omitempty"`
	Started bool   `json:",omitempty"`
	Shown   bool   `json:",omitempty"`
	Error   string `json:",omitempty"`
	// Program is the error number if it was the program that could not be run.
	Program int   `json:",omitempty"`
	Exit    *Exit `json:",omitempty"`
	// Child is the process id of a further program, which was started or, with
	// Exit, has ended.
	Child int `json:",omitempty"`
	// Walls lists what was put up, by the names of Protection.
	Walls []string `json:",omitempty"`
}

// maxPacket bounds one order or report, in bytes. It fits the smallest default
// size of a socket's buffer on Linux.
const maxPacket = 128 << 10

// maxGiven bounds the descriptors that come along with an order.
const maxGiven = 8

// send writes one packet, with rights (descriptors) if there are any.
func send(c *net.UnixConn, v any, rights []byte, deadline time.Time) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxPacket {
		return fmt.Errorf("order of %d bytes is larger than %d", len(b), maxPacket)
	}
	if err := c.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, _, err = c.WriteMsgUnix(b, rights, nil)
	return err
}
