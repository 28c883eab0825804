package api

import (
	"time"

	"mortise/projects/history"
)

func fileMethods() []Method {
	return []Method{
		on("files.read", (*Studio).ReadFile),
		on("files.write", (*Studio).WriteFile),
		on("files.compare", (*Studio).CompareFile),
		on("files.rename", (*Studio).RenameFile),
		on("files.delete", (*Studio).DeleteFile),
		on("files.folder", (*Studio).MakeFolder),
		on("files.find", (*Studio).FindInFiles),
		on("files.replace", (*Studio).ReplaceInFiles),
		on("drafts.write", (*Studio).WriteDraft),
		on("drafts.drop", (*Studio).DropDraft),
		on("history.list", (*Studio).ListHistory),
		on("history.read", (*Studio).ReadHistory),
		on("history.restore", (*Studio).RestoreHistory),
		on("services.create", (*Studio).CreateService),
	}
}

// Tree is every file and folder of the project that people look at, sorted by
// name; at most 20,000.
type Tree struct {
	Entries []Entry `json:"entries"`
	Cut     bool    `json:"cut,omitempty"` // there are more
}

// Entry is one file or folder.
type Entry struct {
	Name   string `json:"name"` // relative to the project, with slashes: "services/users/users.go"
	Folder bool   `json:"folder,omitempty"`
	Size   int64  `json:"size,omitempty"`
}

// FileName names a file of the project.
type FileName struct {
	Name string `json:"name"` // relative to the project, with slashes
}

// File is a file as it stands on disk.
type File struct {
	Name     string `json:"name"`
	Text     string `json:"text"`
	Hash     string `json:"hash"`                // of the text; what files.write takes as base
	ReadOnly bool   `json:"read_only,omitempty"` // ours, such as the SDK
	Draft    *Draft `json:"draft,omitempty"`     // unsaved text
}

// Draft is text that was typed and not saved. One that is dropped goes to the
// local history.
type Draft = history.Draft

// FileEdit saves a file.
type FileEdit struct {
	Name string `json:"name"`
	Text string `json:"text"` // 4 MB at most
	Base string `json:"base"` // hash of the text that it began from; "" says that there is none yet
	// Force overwrites whatever is there; what was there goes to the local history.
	Force bool `json:"force,omitempty"`
}

// FileSaved is the outcome of a save. Where the file was changed by somebody else
// since Base, nothing was written and Conflict holds what is there.
type FileSaved struct {
	Hash     string    `json:"hash,omitempty"`
	Text     string    `json:"text,omitempty"` // as saved, where formatting on save changed it
	Conflict *Conflict `json:"conflict,omitempty"`
}

// Conflict is what stands on disk where a save met a change by somebody else.
type Conflict struct {
	Text   string `json:"text"`
	Hash   string `json:"hash"`
	Gone   bool   `json:"gone,omitempty"`   // the file was deleted
	Merged string `json:"merged,omitempty"` // both changes, where Clean
	Clean  bool   `json:"clean,omitempty"`  // the changes touch different lines, so that Merged has both
}

// Compared is how a text that is being edited stands to the file on disk.
type Compared struct {
	Conflict *Conflict `json:"conflict,omitempty"` // what a save would meet; absent where it would meet nothing
}

// FileChanged says that files were changed, made or deleted by somebody else than
// the page itself: by another program, by another page, or by a method of this page
// that does not name them, such as files.replace or objects.write.
type FileChanged struct {
	Names []string `json:"names"`
	All   bool     `json:"all,omitempty"` // perhaps any file
}

// FileRename renames a file or folder.
type FileRename struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Find is a search in the files of the project.
type Find struct {
	Query   string   `json:"query"`
	Case    bool     `json:"case,omitempty"`
	Word    bool     `json:"word,omitempty"`
	Regexp  bool     `json:"regexp,omitempty"`  // RE2
	Include string   `json:"include,omitempty"` // glob, such as "*.go" or "services/**"
	Replace string   `json:"replace,omitempty"` // for files.replace; $1 where Regexp
	Names   []string `json:"names,omitempty"`   // for files.replace: only these files; none is all
}

// Found is what a search found; at most 2,000 matches.
type Found struct {
	Matches []Match `json:"matches"`
	Files   int     `json:"files"`
	Cut     bool    `json:"cut,omitempty"`
}

// Match is one place.
type Match struct {
	Name   string `json:"name"`
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // from 1, in UTF-16 units as editors count
	Length int    `json:"length"` // in UTF-16 units
	Text   string `json:"text"`   // the line, cut to 400 characters around the match
	Offset int    `json:"offset"` // of the match in Text, in UTF-16 units
}

// Version is one earlier state of a file in the local history, which is kept on
// this machine only, for 30 days and at most 500 a file.
type Version struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Why  string    `json:"why"` // "saved", "deleted", "renamed", "replaced", "overwritten", "restored", or "unsaved" for text that was dropped without being saved
	Size int64     `json:"size"`
}

// Versions are the earlier states of a file, newest first; of all files, the
// deleted ones only, where the name is "".
type Versions struct {
	Versions []Version `json:"versions"`
}

// VersionID names one of them.
type VersionID struct {
	ID string `json:"id"`
}

// ServiceName names a service: "users.GetDetails".
type ServiceName struct {
	Name string `json:"name"`
}

// ServiceCreated is a new service.
type ServiceCreated struct {
	Name string `json:"name"` // as it became: "orders.Create"
	File string `json:"file"`
	Line int    `json:"line"` // of the function
}
