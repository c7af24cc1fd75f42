package detect

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

// What known services take in which field: one file per vendor, and
// openrtb.toml with the sets of fields that several vendors share. The
// grammar is described in data/endpoints/README.md.
//
//go:embed data/endpoints/*.toml
var endpointFiles embed.FS

// vendorFile is one file of data/endpoints.
type vendorFile struct {
	Vendor   string        `toml:"vendor"`
	Date     string        `toml:"date"` // when its rows were last checked
	Source   []rowSource   `toml:"source"`
	Set      []fieldSet    `toml:"set"`
	Endpoint []endpointRow `toml:"endpoint"`
}

type rowSource struct {
	ID   string `toml:"id"`
	Name string `toml:"name"`
	URL  string `toml:"url"`
	Date string `toml:"date"`

	// Weak sources are those that nobody outside can check: rows that rest on
	// them alone are no surer than their check.
	Weak bool `toml:"weak"`
}

// fieldSet is a list of fields that endpoints of several vendors have.
type fieldSet struct {
	ID     string     `toml:"id"`
	Source []string   `toml:"source"`
	Fields []fieldRow `toml:"fields"`
}

type endpointRow struct {
	Name   string     `toml:"name"`
	URLs   []string   `toml:"urls"`
	Source []string   `toml:"source"` // that the endpoint is one, and of the fields that name none
	Use    []useRow   `toml:"use"`
	Fields []fieldRow `toml:"fields"`
}

// useRow puts the fields of a set under a place: "body $.ortb2".
type useRow struct {
	Set   string `toml:"set"`
	Under string `toml:"under"`
}

type fieldRow struct {
	At     string      `toml:"at"`
	Type   datatype.ID `toml:"type"`
	Check  string      `toml:"check"`
	Reason string      `toml:"reason"`
	Not    []string    `toml:"not"` // values that the vendor's own software sends for none
	Source []string    `toml:"source"`

	sources []rowSource
}

// endpoint is a place in the network of which it is known what its fields
// hold.
type endpoint struct {
	vendor  string
	name    string
	urls    []urlPattern
	url     rows // of the path and the query
	cookie  rows
	body    rows // of a body, and of messages
	headers []headerRows
}

type headerRows struct {
	name string
	rows rows
}

// rows are the fields of one root, by the name of the innermost field.
type rows struct {
	byKey map[string][]*toldField
	wild  []*toldField // those whose innermost name is not fixed
}

// toldField is a field of which it is known what it holds.
type toldField struct {
	row     fieldRow
	place   string  // "query", "cookie", "body", "path", "header …"
	layers  []layer // outermost first
	label   string  // what a report calls the field if it has no name
	meaning meaning
	why     string // what a Finding's Reason ends with
	sure    bool   // somebody outside can check the source
	words   bool   // the value may have spaces
	literal bool   // the value may be true, false or a small number
}

// urlPattern is a host and a path, each with stars for what varies.
type urlPattern struct {
	host, path string
	head       string // of path, in front of the first star
}

// endpointTable finds the endpoints of a flow.
type endpointTable struct {
	byTail map[string]*neighbours // by the last two labels of the host
	all    []*endpoint
}

// neighbours are the addresses whose hosts end alike.
type neighbours struct {
	exact map[string][]address // by the host
	stars []address            // those whose hosts have a star
}

type address struct {
	url urlPattern
	of  *endpoint
}

// loadEndpoints reads the table. A mistake in it is a mistake in the program,
// which the tests catch.
var loadEndpoints = sync.OnceValue(func() *endpointTable {
	t, err := readEndpoints(endpointFiles, "data/endpoints")
	if err != nil {
		panic("detect: " + err.Error())
	}
	return t
})

func readEndpoints(files fs.FS, dir string) (*endpointTable, error) {
	names, err := fs.Glob(files, dir+"/*.toml")
	if err != nil {
		return nil, err
	}
	var read []vendorFile
	sets := map[string]*fieldSet{}
	for _, name := range names {
		var f vendorFile
		meta, err := toml.DecodeFS(files, name, &f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if bad := meta.Undecoded(); len(bad) > 0 {
			return nil, fmt.Errorf("%s: unknown key %v", name, bad[0])
		}
		if f.Date == "" {
			return nil, fmt.Errorf("%s: no date", name)
		}
		if err := f.cite(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		read = append(read, f)
		for i := range f.Set {
			sets[f.Set[i].ID] = &f.Set[i]
		}
	}
	t := &endpointTable{byTail: map[string]*neighbours{}}
	for i, name := range names {
		for _, row := range read[i].Endpoint {
			e, err := compileEndpoint(read[i].Vendor, row, sets)
			if err != nil {
				return nil, fmt.Errorf("%s: endpoint %q: %w", name, row.Name, err)
			}
			t.add(e)
		}
	}
	return t, nil
}

// cite checks the sources of the file, and puts into every field those that
// it has of its own or by where it stands.
func (f *vendorFile) cite() error {
	sources := map[string]rowSource{}
	for _, s := range f.Source {
		if s.ID == "" || s.Name == "" || s.Date == "" || sources[s.ID].ID != "" {
			return fmt.Errorf("source %q is listed twice, or without name or date", s.ID)
		}
		sources[s.ID] = s
	}
	cite := func(rows []fieldRow, from []string) error {
		for i := range rows {
			r := &rows[i]
			if len(r.Source) == 0 {
				r.Source = from
			}
			for _, id := range r.Source {
				s, ok := sources[id]
				if !ok {
					return fmt.Errorf("field %q: source %q is not listed", r.At, id)
				}
				r.sources = append(r.sources, s)
			}
		}
		return nil
	}
	for _, s := range f.Set {
		if err := cite(s.Fields, s.Source); err != nil {
			return fmt.Errorf("set %q: %w", s.ID, err)
		}
	}
	for _, e := range f.Endpoint {
		if len(e.Source) == 0 {
			return fmt.Errorf("endpoint %q: no source", e.Name)
		}
		if err := cite(e.Fields, e.Source); err != nil {
			return fmt.Errorf("endpoint %q: %w", e.Name, err)
		}
	}
	return nil
}

func (t *endpointTable) add(e *endpoint) {
	t.all = append(t.all, e)
	for _, u := range e.urls {
		tail := hostTail(u.host)
		near := t.byTail[tail]
		if near == nil {
			near = &neighbours{exact: map[string][]address{}}
			t.byTail[tail] = near
		}
		if strings.Contains(u.host, "*") {
			near.stars = append(near.stars, address{u, e})
		} else {
			near.exact[u.host] = append(near.exact[u.host], address{u, e})
		}
	}
}

func compileEndpoint(vendor string, row endpointRow, sets map[string]*fieldSet) (*endpoint, error) {
	e := &endpoint{vendor: vendor, name: row.Name}
	if vendor == "" || row.Name == "" || len(row.URLs) == 0 {
		return nil, fmt.Errorf("no vendor, name or urls")
	}
	for _, u := range row.URLs {
		host, p, _ := strings.Cut(u, "/")
		if strings.Contains(hostTail(host), "*") || host != strings.ToLower(host) || strings.Count(host, ".") == 0 {
			return nil, fmt.Errorf("host %q: lower case, and the last two labels without a star", host)
		}
		pattern := urlPattern{host: host}
		if strings.Contains(u, "/") {
			pattern.path = "/" + p
			pattern.head, _, _ = strings.Cut(strings.TrimSuffix(pattern.path, "/**"), "*")
		}
		if _, err := path.Match(strings.TrimSuffix(pattern.path, "/**"), ""); err != nil {
			return nil, fmt.Errorf("path %q: %w", pattern.path, err)
		}
		e.urls = append(e.urls, pattern)
	}
	add := func(f fieldRow, under string) error {
		f.At = under + f.At
		k, err := compileField(vendor, f)
		if err != nil {
			return fmt.Errorf("field %q: %w", f.At, err)
		}
		e.rowsAt(k.place).add(k)
		return nil
	}
	for _, f := range row.Fields {
		if err := add(f, ""); err != nil {
			return nil, err
		}
	}
	for _, u := range row.Use {
		set, ok := sets[u.Set]
		if !ok {
			return nil, fmt.Errorf("no set is called %q", u.Set)
		}
		for _, f := range set.Fields {
			if err := add(f, u.Under); err != nil {
				return nil, err
			}
		}
	}
	return e, nil
}

func compileField(vendor string, f fieldRow) (*toldField, error) {
	c, ok := checks[f.Check]
	if !ok || !f.Type.Valid() {
		return nil, fmt.Errorf("check %q or type %q is none", f.Check, f.Type)
	}
	if f.Reason == "" || len(f.sources) == 0 {
		return nil, fmt.Errorf("no reason or no source")
	}
	k := &toldField{row: f, why: "; " + vendor + ": " + f.Reason, literal: literals[f.Check], words: wordy[f.Check]}
	for _, s := range f.sources {
		k.sure = k.sure || !s.Weak
	}
	k.meaning.senses = []sense{{typ: f.Type, check: c, half: halves[f.Check], phone: f.Check == "phone"}}
	var err error
	k.place, k.layers, k.label, err = parseAt(f.At)
	return k, err
}

// rowsAt returns the fields of a root, as parseAt names it.
func (e *endpoint) rowsAt(place string) *rows {
	switch place {
	case "query", "path":
		return &e.url
	case "cookie":
		return &e.cookie
	case "body":
		return &e.body
	}
	name := strings.TrimPrefix(place, "header ")
	for i := range e.headers {
		if e.headers[i].name == name {
			return &e.headers[i].rows
		}
	}
	e.headers = append(e.headers, headerRows{name: name})
	return &e.headers[len(e.headers)-1].rows
}

func (r *rows) add(k *toldField) {
	key, fixed := k.key()
	if !fixed {
		r.wild = append(r.wild, k)
		return
	}
	if r.byKey == nil {
		r.byKey = map[string][]*toldField{}
	}
	r.byKey[key] = append(r.byKey[key], k)
}

func (r *rows) empty() bool { return r.byKey == nil && r.wild == nil }
