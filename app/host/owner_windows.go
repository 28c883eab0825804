package host

import "io/fs"

// userSuffix is nothing: each user has a folder for temporary files.
func userSuffix() string { return "" }

// ownedAlone holds for what stands in a folder that is the user's alone.
func ownedAlone(fs.FileInfo) bool { return true }
