// Package blackbox installs the package that ships and tries what is in it as a
// stranger would: with an empty home, and with neither Go nor Node.js on the PATH.
// It has no code of ours in it; all it knows is what the README says.
//
// go run ./build/dev package makes the package and runs these tests. Without the
// variable MORTISE_PACKAGE, which names a .deb, they skip.
package blackbox
