// Command conformance keeps docs/conformance.md: which requirement is shown by
// which tests, and how these went.
//
// The requirements are labels, listed in docs/labels.txt by the document of the
// specification that they come from.  A test cites a label in its name
// (TestKick_UA8), in the comment in front of it, or in a comment or string inside
// it ("WS-15 to WS-18" cites all four, "checklist 5 and 6" cites CHECK-5 and
// CHECK-6).
//
// Usage, at the root of the project:
//
//	go run ./internal/conformance                    make the table
//	go run ./internal/conformance -results test.json  the same, with the results of
//	                                                  go test -json ./... in test.json
//	go run ./internal/conformance -check             fail if a label of a finished
//	                                                  document has no test, or if the
//	                                                  table names other tests
package main
