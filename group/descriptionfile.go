package group

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"galene/internal/atomicfile"
)

// Errors of writing descriptions.
var (
	// ErrReadOnly means that the configuration does not allow writing.
	ErrReadOnly = errors.New("groups are not writable")
	// ErrConflict means that somebody else keeps editing the file.
	ErrConflict = errors.New("the description is being edited by somebody else")
)

// descriptionFile is the form of a description in a file, without keys of the old
// format (DESC-3).
type descriptionFile struct {
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
}

// MarshalJSON encodes the description as a file, without keys that have empty
// values (DESC-3).
func (d *Description) MarshalJSON() ([]byte, error) {
	file := descriptionFile{
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

// DescriptionFile returns the description in the file of exactly this group, as it
// is now.  The error wraps ErrIllegalName, ErrNoGroup or ErrDescription.
func (r *Registry) DescriptionFile(name string) (*Description, error) {
	if !validFileName(name) {
		return nil, ErrIllegalName
	}
	desc, _, err := r.readDescription(name)
	return desc, err
}

// readDescription returns the description and the content of the file.
func (r *Registry) readDescription(name string) (*Description, []byte, error) {
	path := r.library.path(name)
	data, err := readFile(path)
	if missing(err) {
		return nil, nil, fmt.Errorf("%w: %s", ErrNoGroup, name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDescription, err)
	}
	desc, err := parseDescription(path, data)
	if err != nil {
		return nil, data, fmt.Errorf("%w: %s", ErrDescription, problemOf(name, data, err))
	}
	return desc, data, nil
}

// maxEdits is how often an edit is tried if others change the file meanwhile.
const maxEdits = 5

// EditDescription replaces the description of exactly this group by the one that
// edit makes of it, and returns that; edit gets nil if there is no file.  Edits through
// this method happen one after the other.  If somebody changes the file by other
// means while it is being edited, edit is called again, so that no change gets
// lost; readers, and a crash, find the old file or the new one (DESC-1).
//
// The error of edit is returned as it is.  Other errors wrap ErrIllegalName;
// ErrReadOnly, if there is something to write but the configuration forbids it;
// ErrDescription, if the present file is malformed; or ErrConflict.
func (r *Registry) EditDescription(name string, edit func(old *Description) (*Description, error)) (*Description, error) {
	if !writableName(name) {
		return nil, ErrIllegalName
	}
	r.library.writing.Lock()
	defer r.library.writing.Unlock()
	for range maxEdits {
		old, data, err := r.readDescription(name)
		if err != nil && !errors.Is(err, ErrNoGroup) {
			return nil, err
		}
		next, err := edit(old)
		if err != nil {
			return nil, err
		}
		if err := r.checkWritable(); err != nil {
			return nil, err
		}
		if err = r.replaceDescription(name, data, next); errors.Is(err, errChanged) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r.follow(name)
		return next, nil
	}
	return nil, ErrConflict
}

// DeleteDescription removes the file of exactly this group if check, which is
// told what is in it, or nil if it is malformed, agrees.  Errors are those of
// EditDescription, or wrap ErrNoGroup.
func (r *Registry) DeleteDescription(name string, check func(old *Description) error) error {
	if !validFileName(name) {
		return ErrIllegalName
	}
	r.library.writing.Lock()
	defer r.library.writing.Unlock()
	for range maxEdits {
		old, data, err := r.readDescription(name)
		if err != nil && (data == nil || !errors.Is(err, ErrDescription)) {
			return err
		}
		if err := check(old); err != nil {
			return err
		}
		if err := r.checkWritable(); err != nil {
			return err
		}
		if err = r.removeDescription(name, data); errors.Is(err, errChanged) {
			continue
		}
		if err != nil {
			return err
		}
		r.follow(name)
		return nil
	}
	return ErrConflict
}

// errChanged means that a file has changed since it was read.
var errChanged = errors.New("file has changed")

// replaceDescription writes a description where a file with the given content,
// or none if it is nil, was found.
func (r *Registry) replaceDescription(name string, data []byte, next *Description) error {
	path := r.library.path(name)
	encoded, err := json.MarshalIndent(next, "", "    ")
	if err != nil {
		return fmt.Errorf("encode description: %w", err)
	}
	if _, err := parseDescription(path, encoded); err != nil {
		return fmt.Errorf("encode description: %w", err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(encoded, '\n'))
		return err
	}, func(temporary string) error {
		if err := unchanged(path, data); err != nil {
			return err
		}
		return atomicfile.Outdate(temporary, path)
	})
}

// removeDescription removes a file that was found to have this content.
func (r *Registry) removeDescription(name string, data []byte) error {
	path := r.library.path(name)
	if err := unchanged(path, data); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove description: %w", err)
	}
	return nil
}

// unchanged returns errChanged unless a file has this content; nil is no file.
func unchanged(path string, data []byte) error {
	current, err := readFile(path)
	if missing(err) {
		current, err = nil, nil
	}
	if err != nil {
		return err
	}
	if (current == nil) != (data == nil) || !bytes.Equal(current, data) {
		return errChanged
	}
	return nil
}

// writableName says whether the description of a group can be written.  A
// directory must not have the name that a file might get.
func writableName(name string) bool {
	return validFileName(name) && !strings.Contains(name, ".json/")
}

// checkWritable says whether descriptions may be changed.
func (r *Registry) checkWritable() error {
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
	r.library.load(name) // notes whether it is public
	if _, g, err := r.reference(name); err == nil && g != nil {
		r.release(g)
	}
}
