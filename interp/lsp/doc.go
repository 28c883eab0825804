// Package lsp speaks the Language Server Protocol 3.17 about a project: its Go
// source, and the YAML files of its objects. The Studio's page speaks it over its
// pipe, other editors over standard input and output, with the same code.
//
// What is typed is looked at together with the files on disk, so that a name that
// was changed in one editor is wrong in the other ones at once. Nothing is written:
// edits are handed to the editor.
package lsp
