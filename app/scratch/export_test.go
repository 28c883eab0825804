package scratch

// ShellCode is what the tests of this package need of its inside.
var ShellCode = shellCode
