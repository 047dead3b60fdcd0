package group

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"galene/internal/atomicfile"
)

// Errors of writing descriptions.
var (
	// ErrReadOnly means that the configuration does not allow writing.
	ErrReadOnly = errors.New("groups are not writable")
	// ErrTagMismatch means that the file is not the one that the author of a
	// change saw (DESC-2).
	ErrTagMismatch = errors.New("tag mismatch")
)

// MarshalJSON encodes the description as a file, without keys that have empty
// values, nor those of the old format (DESC-3).
func (d *Description) MarshalJSON() ([]byte, error) {
	file := struct {
		DisplayName        string                `json:"displayName,omitempty"`
		Description        string                `json:"description,omitempty"`
		Contact            string                `json:"contact,omitempty"`
		Comment            string                `json:"comment,omitempty"`
		Public             bool                  `json:"public,omitempty"`
		Redirect           string                `json:"redirect,omitempty"`
		MaxClients         int                   `json:"max-clients,omitempty"`
		MaxHistoryAge      int64                 `json:"max-history-age,omitempty"`
		NotBefore          time.Time             `json:"not-before,omitzero"`
		Expires            time.Time             `json:"expires,omitzero"`
		AllowRecording     bool                  `json:"allow-recording,omitempty"`
		UnrestrictedTokens bool                  `json:"unrestricted-tokens,omitempty"`
		AutoSubgroups      bool                  `json:"auto-subgroups,omitempty"`
		Autolock           bool                  `json:"autolock,omitempty"`
		Autokick           bool                  `json:"autokick,omitempty"`
		Users              map[string]*UserEntry `json:"users,omitempty"`
		WildcardUser       *UserEntry            `json:"wildcard-user,omitempty"`
		AuthKeys           []json.RawMessage     `json:"authKeys,omitempty"`
		AuthServer         string                `json:"authServer,omitempty"`
		AuthPortal         string                `json:"authPortal,omitempty"`
		Codecs             []string              `json:"codecs,omitempty"`
	}{
		d.DisplayName, d.Text, d.Contact, d.Comment, d.Public, d.Redirect, d.MaxClients,
		int64(d.MaxHistoryAge / time.Second), d.NotBefore, d.Expires,
		d.AllowRecording, d.UnrestrictedTokens, d.AutoSubgroups, d.Autolock, d.Autokick,
		d.Users, d.WildcardUser, d.AuthKeys, d.AuthServer, d.AuthPortal, d.Codecs,
	}
	if d.MaxHistoryAge == DefaultHistoryAge {
		file.MaxHistoryAge = 0
	}
	if slices.Equal(d.Codecs, defaultCodecs) {
		file.Codecs = nil
	}
	return json.Marshal(file)
}

// ReadDescription returns the description in the file of exactly this group, and
// its entity tag (DESC-2).  The error is as that of Describe.
func (r *Registry) ReadDescription(name string) (*Description, string, error) {
	if !validFileName(name) {
		return nil, "", ErrIllegalName
	}
	r.library.writing.Lock()
	defer r.library.writing.Unlock()
	return r.readDescription(name)
}

func (r *Registry) readDescription(name string) (*Description, string, error) {
	info, err := os.Stat(r.library.path(name))
	if missing(err) {
		return nil, "", fmt.Errorf("%w: %s", ErrNoGroup, name)
	}
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDescription, err)
	}
	desc, err := r.library.load(name)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDescription, err)
	}
	return desc, tagOf(info), nil
}

// WriteDescription replaces the description of a group by the given JSON object,
// which may have keys of the old format, and returns the new tag.  The tag is the
// one under which the author of the change read the file, empty to create it;
// otherwise the error wraps ErrTagMismatch.  A malformed description is an error
// wrapping ErrDescription.
func (r *Registry) WriteDescription(name string, content []byte, tag string) (string, error) {
	if err := r.checkWritable(name); err != nil {
		return "", err
	}
	path := r.library.path(name)
	desc, err := parseDescription(path, content)
	if err != nil {
		return "", fmt.Errorf("%w: %s", ErrDescription, problemOf("description", content, err))
	}
	encoded, err := json.MarshalIndent(desc, "", "    ")
	if err != nil {
		return "", fmt.Errorf("encode description: %w", err)
	}
	r.library.writing.Lock()
	defer r.library.writing.Unlock()
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(encoded, '\n'))
		return err
	}, func(temporary string) error {
		if err := checkTag(path, tag); err != nil {
			return err
		}
		return atomicfile.Outdate(temporary, path)
	})
	if err != nil {
		return "", err
	}
	_, tag, err = r.readDescription(name)
	r.follow(name)
	return tag, err
}

// DeleteDescription removes the description of a group, under the same conditions
// as WriteDescription.
func (r *Registry) DeleteDescription(name, tag string) error {
	if err := r.checkWritable(name); err != nil {
		return err
	}
	path := r.library.path(name)
	r.library.writing.Lock()
	defer r.library.writing.Unlock()
	if _, err := os.Stat(path); missing(err) {
		return fmt.Errorf("%w: %s", ErrNoGroup, name)
	}
	if err := checkTag(path, tag); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove description: %w", err)
	}
	r.follow(name)
	return nil
}

// checkWritable says whether the description of a group may be changed.
func (r *Registry) checkWritable(name string) error {
	if !validFileName(name) {
		return ErrIllegalName
	}
	config, err := r.Config()
	if err != nil {
		return err
	}
	if !config.WritableGroups {
		return ErrReadOnly
	}
	return nil
}

// follow makes a loaded group follow its description at once.
func (r *Registry) follow(name string) {
	if _, g, err := r.reference(name); err == nil && g != nil {
		r.release(g)
	}
}

// checkTag returns ErrTagMismatch unless the file has the given tag.
func checkTag(path, tag string) error {
	info, err := os.Stat(path)
	current := ""
	if err == nil {
		current = tagOf(info)
	} else if !missing(err) {
		return err
	}
	if tag != current {
		return ErrTagMismatch
	}
	return nil
}

// tagOf is the entity tag of a file (DESC-2).
func tagOf(info fs.FileInfo) string {
	return fmt.Sprintf("\"%d-%d\"", info.Size(), info.ModTime().UnixNano())
}
