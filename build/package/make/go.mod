// Module make makes the packages; it is a module of its own so that the
// product's go.mod stays free of what only that needs.
module mortise/build/package/make

go 1.26.0

require (
	github.com/tc-hib/winres v0.3.1
	golang.org/x/image v0.47.0
)

require github.com/nfnt/resize v0.0.0-20180221191011-83c6a9932646 // indirect
