package channel

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mortise/runtime/fault"
)

// listenFault says why an address could not be listened on and what to do.
func listenFault(ctx context.Context, address string, err error) error {
	host, port, splitErr := net.SplitHostPort(address)
	switch {
	case splitErr != nil:
		return fault.New(fault.Invalid, "listen.address", "%q is not an address to listen on", address).
			WithHint("write a host and a port, such as 127.0.0.1:17010")
	case errors.Is(err, syscall.EADDRINUSE):
		e := fault.Wrap(fault.Conflict, "listen.taken", err, "listen on %s: the address is taken%s", address, by(holder(port)))
		if free := nextFree(ctx, host, port); free != "" {
			return e.WithHint("stop the other, or use --listen %s, which is free", free)
		}
		return e.WithHint("stop the other, or use another address")
	case errors.Is(err, syscall.EACCES):
		return fault.Wrap(fault.Denied, "listen.denied", err, "listen on %s: the operating system does not allow it", address).
			WithHint("ports below 1024 are for the administrator: use one above")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fault.Wrap(fault.Invalid, "listen.address", err, "listen on %s: no network interface of this machine has this address", address).
			WithHint("use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its interfaces")
	default:
		return fault.Wrap(fault.Invalid, "listen.failed", err, "listen on %s", address)
	}
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

// nextFree returns an address with one of the next ports that nobody has; "" if
// there is none among them.
func nextFree(ctx context.Context, host, port string) string {
	first, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	var config net.ListenConfig
	for p := first + 1; p <= min(first+20, 65535); p++ {
		address := net.JoinHostPort(host, strconv.Itoa(p))
		if l, err := config.Listen(ctx, "tcp", address); err == nil {
			_ = l.Close() // it was free, and is again
			return address
		}
	}
	return ""
}

// holder names the process that listens on a TCP port as Linux tells it in /proc
// (proc(5)); "" where that is not known.
func holder(port string) string {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return ""
	}
	inodes := append(listening("/proc/net/tcp", uint16(n)), listening("/proc/net/tcp6", uint16(n))...)
	if len(inodes) == 0 {
		return ""
	}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		if !hasSocket(dir, inodes) {
			continue
		}
		pid := filepath.Base(dir)
		// The command line may hold passwords; the name does not.
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			return "process " + pid
		}
		return fmt.Sprintf("process %s (%s)", pid, printable(strings.TrimSpace(string(name))))
	}
	return ""
}

// listening returns the inodes of the sockets that listen on a port.
func listening(table string, port uint16) []string {
	f, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer f.Close()
	const listen = "0A"
	want := ":" + strings.ToUpper(hex.EncodeToString([]byte{byte(port >> 8), byte(port)}))
	var inodes []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if f := strings.Fields(lines.Text()); len(f) > 9 && f[3] == listen && strings.HasSuffix(f[1], want) {
			inodes = append(inodes, "socket:["+f[9]+"]")
		}
	}
	return inodes
}

// hasSocket reports whether a process has one of the sockets open. Those of other
// users cannot be read and count as no.
func hasSocket(dir string, inodes []string) bool {
	fds, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(fds, func(fd fs.DirEntry) bool {
		target, err := os.Readlink(filepath.Join(dir, "fd", fd.Name()))
		return err == nil && slices.Contains(inodes, target)
	})
}

func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, s)
}
