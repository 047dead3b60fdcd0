// Package static holds the frontend, embedded into the binary.
//
// What is in this directory runs in the browser as it is: there is no build.
// The patterns below name what is served, and nothing else in the directory
// is: a developer's node_modules, say, never gets into the binary.
package static

import "embed"

// Files is the frontend as it was when the binary was built.
//
//go:embed *.html *.js *.mjs *.svg manifest.json css example images js locale third-party types/*.ts types/*.mts
var Files embed.FS
