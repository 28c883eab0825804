package worker

// NoteSlots is the number of positions that fit into Notes.
const NoteSlots = 1024

// Notes is memory that a worker shares with its host. Interpreted code notes
// there where it is, so that the host can tell after the worker's death or at a
// deadline: what the numbers mean is agreed between the program and its Blame.
// A slot is written with a plain store: one aligned word is never seen half
// written, and a position that is a moment old serves as well.
type Notes [NoteSlots]uint32

const notesSize = NoteSlots * 4
