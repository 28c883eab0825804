package api

import (
	"encoding/json"
	"time"

	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

func studioMethods() []Method {
	return []Method{
		on("studio.hello", (*Studio).Hello),
		on("settings.read", (*Studio).ReadSettings),
		on("settings.write", (*Studio).WriteSettings),
		on("project.open", (*Studio).OpenProject),
		on("project.create", (*Studio).CreateProject),
		on("project.close", (*Studio).CloseProject),
		on("project.forget", (*Studio).ForgetProject),
		on("project.suggest", (*Studio).SuggestProject),
		on("project.environment", (*Studio).ChooseEnvironment),
		on("folders.list", (*Studio).ListFolders),
		on("folders.pick", (*Studio).PickFolder),
		on("layout.write", (*Studio).WriteLayout),
	}
}

// Hello is what a page shows first, and again whenever it changed.
type Hello struct {
	Version   string          `json:"version"`
	Platform  string          `json:"platform"` // of the machine on which the Studio runs: "linux", "windows", "darwin"
	Desktop   bool            `json:"desktop"`  // whether it is a window with native dialogs; otherwise pages browse with folders.list
	Settings  json.RawMessage `json:"settings"` // all settings with their values
	Recent    []Recent        `json:"recent"`   // last opened first, at most 20
	Templates []Template      `json:"templates"`
	Project   *Project        `json:"project,omitempty"` // the open one
	Opening   string          `json:"opening,omitempty"` // folder of the project that is being opened
	Failed    *OpenFailure    `json:"failed,omitempty"`  // the project that was to be opened last and could not be
}

// OpenFailure is a project that could not be opened, and why.
type OpenFailure struct {
	Dir    string     `json:"dir"`
	Faults fault.List `json:"faults"`
}

// Recent is a project that was open before.
type Recent struct {
	Dir    string    `json:"dir"`
	Name   string    `json:"name"`
	Opened time.Time `json:"opened"`
	Gone   bool      `json:"gone,omitempty"`   // the folder is no project any more
	Closed bool      `json:"closed,omitempty"` // the person closed it, so it is not opened by itself
}

// Template is what a new project may begin as.
type Template struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
}

// Project is the open project.
type Project struct {
	Dir          string          `json:"dir"`
	Name         string          `json:"name"`
	Description  string          `json:"description,omitempty"`
	Environment  string          `json:"environment,omitempty"` // the chosen one; "" is none
	Environments []string        `json:"environments"`          // names of the files in environments/
	Tutorial     bool            `json:"tutorial,omitempty"`    // it was made from the template tutorial
	Layout       json.RawMessage `json:"layout,omitempty"`      // what a page last gave to layout.write
	Drafts       []Draft         `json:"drafts"`                // unsaved text that an earlier page or process left
}

// SettingsView is the settings with what a form needs to show them.
type SettingsView struct {
	Fields []spec.FieldInfo `json:"fields"`
	Values json.RawMessage  `json:"values"` // of all fields
}

// SettingsEdit changes settings.
type SettingsEdit struct {
	Values json.RawMessage `json:"values"` // those that differ from the defaults
}

// Folder names a folder of this machine.
type Folder struct {
	Dir string `json:"dir"` // absolute
}

// NewProject says what project to create.
type NewProject struct {
	Dir      string `json:"dir"` // absolute; it must not exist, or be empty
	Template string `json:"template,omitempty"`
	Name     string `json:"name,omitempty"` // "" is the base of Dir
}

// Suggestion is a folder that a new project could have.
type Suggestion struct {
	Template string `json:"template,omitempty"`
	Name     string `json:"name,omitempty"`
	Dir      string `json:"dir,omitempty"`   // free, absolute
	There    string `json:"there,omitempty"` // the project that has the folder which would be suggested first
}

// Environment names an environment of the project.
type Environment struct {
	Name string `json:"name"` // "" is none
}

// FolderList is what is in a folder, for choosing one.
type FolderList struct {
	Dir     string        `json:"dir"` // absolute
	Parent  string        `json:"parent,omitempty"`
	Project bool          `json:"project,omitempty"` // it is a project itself
	Folders []FolderEntry `json:"folders"`           // without hidden ones, sorted by name; at most 5,000
	Cut     bool          `json:"cut,omitempty"`     // there are more
}

// FolderEntry is one folder.
type FolderEntry struct {
	Name    string `json:"name"`
	Dir     string `json:"dir"`
	Project bool   `json:"project,omitempty"` // it is a project
}

// FolderPick asks for a folder by the system's own dialog.
type FolderPick struct {
	Title string `json:"title"`
	Start string `json:"start,omitempty"`
}

// Layout is how a page has arranged itself: open tabs, sizes, what is hidden. The
// Studio keeps it with the project and does not look into it.
type Layout struct {
	Layout json.RawMessage `json:"layout"` // 256 KB at most
}
