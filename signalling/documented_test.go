package signalling

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// Every type of message and every field is in the manual.
func TestProtocolIsDocumented(t *testing.T) {
	manual, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"joined", "user", "chathistory"}
	for name := range table() {
		words = append(words, name)
	}
	for _, message := range []reflect.Type{reflect.TypeFor[message](), reflect.TypeFor[incoming]()} {
		for i := range message.NumField() {
			name, _, _ := strings.Cut(message.Field(i).Tag.Get("json"), ",")
			words = append(words, name)
		}
	}
	if len(words) < 40 {
		t.Errorf("only %v", words)
	}
	for _, word := range words {
		if !strings.Contains(string(manual), "`"+word+"`") && !strings.Contains(string(manual), `"type": "`+word+`"`) {
			t.Errorf("%s is not in docs/protocol.md", word)
		}
	}
}
