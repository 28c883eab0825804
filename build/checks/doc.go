// Package checks tests the architecture itself: who may import whom, what the
// top level holds, that packages and files are as the house style wants them,
// and that generated files are fresh.
package checks
