package interp

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"mortise/interp/gate"
	"mortise/runtime/fault"
	"mortise/runtime/worker"
)

// The slots of a worker's notes: each group of services notes its position in
// one, and the last ones hold the last words of a worker, the place at which a
// goroutine that a service started panicked. The worker's standard error has
// that place too, but only before the point at which the crash begins there.
const (
	firstSlot  = 1
	groupSlots = 800
	wordsGroup = worker.NoteSlots - 200 // one more than the group whose last words they are; 0 is none
	firstWord  = wordsGroup + 1
	maxWords   = (worker.NoteSlots - firstWord) * 4
)

// slotOf returns the slot of a group. Where there are more groups than slots,
// some share one, and a position may then be that of another service.
func slotOf(group int) int { return firstSlot + group%groupSlots }

// writeLastWords keeps the first place at which a dying worker's goroutine
// panicked.
func writeLastWords(notes *worker.Notes, group int, at fault.Position) {
	if notes[wordsGroup] != 0 {
		return
	}
	b := make([]byte, maxWords)
	binary.LittleEndian.PutUint32(b, uint32(at.Line))
	binary.LittleEndian.PutUint32(b[4:], uint32(at.Column))
	copy(b[8:], at.File)
	for i := range maxWords / 4 {
		notes[firstWord+i] = binary.LittleEndian.Uint32(b[i*4:])
	}
	notes[wordsGroup] = uint32(group) + 1
}

// lastWords returns what writeLastWords kept, and false where there is nothing.
func lastWords(notes *worker.Notes) (group int, at fault.Position, ok bool) {
	if notes == nil || notes[wordsGroup] == 0 {
		return 0, at, false
	}
	b := make([]byte, 0, maxWords)
	for i := range maxWords / 4 {
		b = binary.LittleEndian.AppendUint32(b, notes[firstWord+i])
	}
	at.Line, at.Column = int(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint32(b[4:]))
	at.File = string(bytes.TrimRight(b[8:], "\x00"))
	return int(notes[wordsGroup] - 1), at, true
}

// encodeNotes writes the notes of a package for the worker, which needs them
// only where code panics.
func encodeNotes(notes []gate.Note) []byte {
	var b []byte
	put := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	file, fn := "", ""
	for _, n := range notes {
		b = binary.AppendUvarint(b, uint64(n.N))
		b = binary.AppendUvarint(b, uint64(n.At.Line))
		b = binary.AppendUvarint(b, uint64(n.At.Column))
		// An empty text is that of the note before.
		if n.At.File == file {
			put("")
		} else {
			file = n.At.File
			put(file)
		}
		if n.Func == fn {
			put("")
		} else {
			fn = n.Func
			put(fn)
		}
	}
	return b
}

// decodeNotes reads what encodeNotes wrote; it stops where that makes no sense.
func decodeNotes(b []byte) (out []gate.Note) {
	number := func() int {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > math.MaxUint32 {
			b = nil
			return 0
		}
		b = b[size:]
		return int(n)
	}
	word := func(before string) string {
		n := number()
		if n == 0 || n > len(b) {
			return before
		}
		s := string(b[:n])
		b = b[n:]
		return s
	}
	var n gate.Note
	for len(b) > 0 {
		n.N = uint32(number())
		n.At.Line, n.At.Column = number(), number()
		n.At.File, n.Func = word(n.At.File), word(n.Func)
		out = append(out, n)
	}
	return out
}

// placeIn returns the place of a panic in the function that begins at entry, as
// the interpreter says: the place of the note, where that is in this function,
// else the function itself. It returns false where the notes know neither.
func placeIn(notes []gate.Note, note uint32, entry fault.Position) (fault.Position, bool) {
	// A function's first statement is the gate's, in the line behind its head.
	line := entry.Line
	if entry.Column == 1 {
		line--
	}
	var head *gate.Note // the last one in front of the entry
	for i := range notes {
		n := &notes[i]
		if n.At.File == entry.File && n.At.Line <= line && (head == nil || n.At.Line > head.At.Line) {
			head = n
		}
	}
	if head == nil {
		return fault.Position{}, false
	}
	i, ok := slices.BinarySearchFunc(notes, note, func(n gate.Note, note uint32) int { return cmp.Compare(n.N, note) })
	if !ok || notes[i].Func != head.Func {
		i = slices.IndexFunc(notes, func(n gate.Note) bool { return n.Func == head.Func })
	}
	return notes[i].At, true
}
