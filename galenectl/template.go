package main

import (
	"encoding/json"
	"errors"
	"maps"
)

// template reads the object on standard input, if the option is given (spec 4.4).
func (p *program) template(wanted bool) (map[string]any, error) {
	if !wanted {
		return nil, nil
	}
	d := json.NewDecoder(p.stdin)
	d.UseNumber()
	var object map[string]any
	err := d.Decode(&object)
	if err == nil && object == nil {
		err = errors.New("not an object")
	}
	if err != nil {
		return nil, failed("Decode standard input", err)
	}
	return object, nil
}

// merge replaces members of an object; nil deletes one.
func merge(object, changes map[string]any) {
	maps.Copy(object, changes)
	maps.DeleteFunc(object, func(_ string, v any) bool { return v == nil })
}
