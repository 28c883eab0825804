package compiler

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// releaseLeast is the size from which on a mapping is worth giving back.
const releaseLeast = 8 << 20

// giveBack gives the memory back that unpacking took: what the decoder left, and
// the pages of our own binary, where the packs lie and nobody reads them again.
// Should somebody do, the system brings them back.
func giveBack() {
	debug.FreeOSMemory()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer f.Close()
	var start, end uint64 // of a read-only mapping of our binary; end 0 is none
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) >= 5 && !strings.HasSuffix(words[0], ":"):
			start, end = 0, 0
			if words[1] == "r--p" && strings.HasSuffix(lines.Text(), " "+self) {
				start, end = addresses(words[0])
			}
		case len(words) == 3 && words[0] == "Anonymous:" && words[1] == "0" && end-start >= releaseLeast:
			// Not one page differs from the file, so nothing can be lost.
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(start), uintptr(end-start), unix.MADV_DONTNEED)
		}
	}
}

func addresses(text string) (start, end uint64) {
	a, b, _ := strings.Cut(text, "-")
	start, err := strconv.ParseUint(a, 16, 64)
	if err != nil {
		return 0, 0
	}
	end, err = strconv.ParseUint(b, 16, 64)
	if err != nil {
		return 0, 0
	}
	return start, end
}
