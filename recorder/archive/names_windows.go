package archive

import "time"

// forbidden are the characters that names cannot have.
const forbidden = `<>:"|?*`

// stamp writes an instant as file names begin with it; names have no colons
// here.
func stamp(t time.Time) string { return t.Format("2006-01-02T15-04-05-000") }
