package adminapi

import (
	"bytes"
	"encoding/json"
)

// mergePatch applies a merge patch (RFC 7396) to a JSON value.
func mergePatch(value any, patch []byte) ([]byte, error) {
	original, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var a, b any
	if err := decode(original, &a); err != nil {
		return nil, err
	}
	if err := decode(patch, &b); err != nil {
		return nil, decodeError(err)
	}
	return json.Marshal(merge(a, b))
}

// merge is MergePatch of RFC 7396, section 2.
func merge(value, patch any) any {
	members, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := value.(map[string]any)
	if !ok {
		object = make(map[string]any)
	}
	for name, v := range members {
		if v == nil {
			delete(object, name)
		} else {
			object[name] = merge(object[name], v)
		}
	}
	return object
}

// decode decodes the first JSON value in data, keeping numbers as they are.
func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}
