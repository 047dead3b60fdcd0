package server

import "strings"

// listValue is the value of a flag that is a list, separated by commas.  If the flag is
// given again, the list becomes longer.
type listValue struct{ list *[]string }

// String returns the list.
func (v listValue) String() string {
	if v.list == nil {
		return ""
	}
	return strings.Join(*v.list, ",")
}

// Set appends to the list.
func (v listValue) Set(s string) error {
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			*v.list = append(*v.list, item)
		}
	}
	return nil
}
