package ice

import (
	"reflect"
	"testing"

	"galene/internal/manual"
)

// The manual has exactly the fields that are read.
func TestFieldsAreDocumented(t *testing.T) {
	documented, err := manual.Names("../docs/manual.md", FileName)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	entry := reflect.TypeFor[fileEntry]()
	for i := range entry.NumField() {
		fields = append(fields, entry.Field(i).Tag.Get("json"))
	}
	for _, difference := range manual.Differences(documented, fields) {
		t.Error(difference)
	}
}
