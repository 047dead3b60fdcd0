// Command crosscheck type-checks the packages of the module that it is run in, with
// their tests, as they are compiled on other systems.
//
// It finds what keeps a package from being built elsewhere: names, types and files that
// a system does not have, imports that are missing or unused.  It takes seconds where
// building for a system takes most of a minute, since everything that is imported, and
// the standard library, is compiled anew for each.  What it cannot find are mistakes of
// the linker, and of assembly; "make cross" builds.
//
// Usage:
//
//	go run ./internal/crosscheck windows darwin/arm64 ...
//
// The processor is that of the machine if it is not given.
package main
