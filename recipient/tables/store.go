package tables

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/recipient/internal/iptable"
	"github.com/constat/constat/recipient/internal/nametable"
)

// Store is a folder of tables, each in a folder of its own that has its id:
// manifest.toml, and the packed column. Files are their owner's alone. A table
// is written beside its place and moved there whole.
type Store struct {
	Dir string
}

const (
	manifestFile = "manifest.toml"
	columnFile   = "table.packed"
	maxManifest  = 64 << 10
	maxPacked    = 64 << 20
)

// ErrExists says that the store has a table of that id or publication.
var ErrExists = errors.New("it is there already")

// OlderError says that a file is older than the table it would replace.
type OlderError struct{ Old, New Manifest }

func (e *OlderError) Error() string {
	return fmt.Sprintf("%s: its content is of %s, older than that of %s (%s); --force replaces it all the same", e.New.File, e.New.ContentDate, e.Old.ID, e.Old.ContentDate)
}

// List reads the manifests, in order of id. A store that is not there is
// empty.
func (s Store) List() ([]Manifest, error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Manifest
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		m, err := s.manifest(e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Manifest) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func (s Store) manifest(id string) (Manifest, error) {
	var m Manifest
	b, err := readBounded(filepath.Join(s.Dir, id, manifestFile), maxManifest)
	if err == nil {
		_, err = toml.Decode(string(b), &m)
	}
	if err == nil && (m.ID != id || m.Date().IsZero() || slug(m.ID) != m.ID) {
		err = fmt.Errorf("expected id = %q and a content_date", id)
	}
	if err != nil {
		return m, damaged(id, err)
	}
	return m, nil
}

func damaged(id string, err error) error {
	return fmt.Errorf("the table %s of your data folder is damaged: %w; take it out with: constat data remove %s", id, err, id)
}

// Open reads every table of the store, in order of id.
func (s Store) Open() ([]*Table, error) {
	list, err := s.List()
	if err != nil {
		return nil, err
	}
	tables, errs := make([]*Table, len(list)), make([]error, len(list))
	var wait sync.WaitGroup
	for i, m := range list {
		wait.Go(func() { tables[i], errs[i] = s.open(m) })
	}
	wait.Wait()
	return tables, errors.Join(errs...)
}

func (s Store) open(m Manifest) (*Table, error) {
	t := &Table{Manifest: m}
	b, err := readBounded(filepath.Join(s.Dir, m.ID, columnFile), maxPacked)
	if err != nil {
		return nil, damaged(m.ID, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != m.Packed {
		return nil, damaged(m.ID, errors.New("the column is not the one that the manifest describes"))
	}
	switch m.Kind {
	case Owners:
		t.names, err = nametable.Decode(b)
	case Places, Anycast, Regions:
		t.ips, err = iptable.Decode(b)
	default:
		err = fmt.Errorf("kind %q is not known", m.Kind)
	}
	if err != nil {
		return nil, damaged(m.ID, err)
	}
	return t, nil
}

func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: expected a file of up to %d kB", filepath.Base(path), limit>>10)
	}
	return os.ReadFile(path)
}

// Add stores a table that was just read. The error wraps ErrExists when one of
// its id, or of its publication, is there.
func (s Store) Add(t *Table, day time.Time) error {
	list, err := s.List()
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.ID == t.ID {
			return fmt.Errorf("%s (%s): %w; a newer file replaces it with: constat data update %s", m.ID, m.ContentDate, ErrExists, t.File)
		}
	}
	return s.write(t, day)
}

// Match finds the table that a file would replace: the one with its id, or
// else the only one of its publication.
func (s Store) Match(t *Table) (Manifest, error) {
	list, err := s.List()
	if err != nil {
		return Manifest{}, err
	}
	var same []Manifest
	for _, m := range list {
		if m.ID == t.ID && m.Format == t.Format {
			return m, nil
		}
		if m.Format == t.Format && m.Origin == t.Origin {
			same = append(same, m)
		}
	}
	switch len(same) {
	case 0:
		return Manifest{}, fmt.Errorf("%s: there is no table of %s (%s) to update; constat data add takes it in", t.File, t.Origin, t.Format)
	case 1:
		return same[0], nil
	}
	var names []string
	for _, m := range same {
		names = append(names, m.ID)
	}
	return Manifest{}, fmt.Errorf("%s: several tables are of %s: say with --name which it replaces: %s", t.File, t.Origin, strings.Join(names, ", "))
}

// Update replaces the table that Match finds. Its name stays. The error is an
// *OlderError when the file is older, unless force.
func (s Store) Update(t *Table, day time.Time, force bool) (old Manifest, err error) {
	if old, err = s.Match(t); err != nil {
		return old, err
	}
	if t.ContentDate < old.ContentDate && !force {
		return old, &OlderError{old, t.Manifest}
	}
	t.ID = old.ID
	if old.ID != old.Origin { // the user named it
		t.Name = old.Name
	}
	return old, s.write(t, day)
}

// write puts a table in its place, over the one that may be there.
func (s Store) write(t *Table, day time.Time) (err error) {
	if t.packed == nil {
		return errors.New("a table that was not just read cannot be stored")
	}
	t.Added = day.Format(time.DateOnly)
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	// Names that begin with a dot are no tables: what a crash leaves of these
	// two is ignored.
	fresh, err := os.MkdirTemp(s.Dir, ".new-*") // mode 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	var manifest bytes.Buffer
	manifest.WriteString("# Written by constat data. What a user supplied, not this program's knowledge.\n")
	if err := toml.NewEncoder(&manifest).Encode(t.Manifest); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, columnFile), t.packed, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, manifestFile), manifest.Bytes(), 0o600); err != nil {
		return err
	}
	place := filepath.Join(s.Dir, t.ID)
	old := filepath.Join(s.Dir, ".old-"+filepath.Base(fresh)[1:])
	switch err := os.Rename(place, old); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		defer os.RemoveAll(old)
	}
	if err := os.Rename(fresh, place); err != nil {
		return errors.Join(err, os.Rename(old, place))
	}
	return nil
}

// Remove takes a table out, a damaged one too.
func (s Store) Remove(id string) error {
	if id == "" || slug(id) != id {
		return fmt.Errorf("%q is no id; constat data list shows them", id)
	}
	place := filepath.Join(s.Dir, id)
	if info, err := os.Lstat(place); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no table %q; constat data list shows which there are", id)
	}
	return os.RemoveAll(place)
}
