package group

import (
	"encoding/json"
	"maps"
)

// Data is user data or group data: a JSON object whose values are kept
// verbatim.  A Data that has been passed to or received from this package must
// not be modified.
type Data map[string]json.RawMessage

// dataTooLarge is what whoever exceeds the limit on data is told.
const dataTooLarge = "data too large"

// size is the length of the data as JSON, roughly, in bytes.
func (d Data) size() int {
	size := 2
	for key, value := range d {
		size += len(key) + len(value) + 4
	}
	return size
}

// merge returns the data with the members of value, an object, stored in it; a
// null deletes (UA-11).  It fails if the result is too large.
func (d Data) merge(value json.RawMessage, limit int) (Data, error) {
	var changes Data
	if err := json.Unmarshal(orNull(value), &changes); err != nil || changes == nil {
		return nil, refuse("Bad value in setdata")
	}
	merged := maps.Clone(d)
	if merged == nil {
		merged = make(Data)
	}
	for key, v := range changes {
		if string(v) == "null" {
			delete(merged, key)
		} else {
			merged[key] = v
		}
	}
	if merged.size() > limit {
		return nil, refuse(dataTooLarge)
	}
	return merged, nil
}

// absent says whether a JSON value is missing or null.
func absent(value json.RawMessage) bool {
	return len(value) == 0 || string(value) == "null"
}

// orNull replaces a missing JSON value.
func orNull(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return json.RawMessage("null")
	}
	return value
}
