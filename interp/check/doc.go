// Package check parses and type-checks a project's Go source without a Go
// toolchain, and finds in it what the rest of Mortise needs: the services with
// the shapes of their inputs and outputs, the names of connections and other
// objects that the code uses, and every fault with its position and a hint.
//
// The types of the standard library and of our SDK come from package typedata,
// which travels in the binary, so a check works with an empty PATH and no
// GOROOT. Packages that did not change since an earlier check of the same
// Checker are not read again by the type checker.
package check
