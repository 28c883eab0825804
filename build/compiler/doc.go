// Package compiler turns Go source into a running program on a machine that has
// no Go: the compiler, the linker and the compiled standard library travel inside
// of our binary, in a pack.
//
// The pack is made from an installed Go when our binary is built (go run
// ./build/dev build); nothing of it is committed. A Toolchain unpacks it once
// into the user's cache folder, where all processes share it, and checks it by
// hash. Link compiles the packages of a job in the order of their imports, only
// those that changed, and links them to an executable that is kept by its hash.
//
// Nothing here needs a go command, a GOROOT or an environment. What comes out is
// what go build makes of the same source with CGO_ENABLED=0 -trimpath.
package compiler
