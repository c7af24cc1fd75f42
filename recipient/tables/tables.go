// Package tables reads files of knowledge that users bring: databases of
// places, ranges of clouds, a census of anycast, lists of trackers.
//
// The program's own tables are embedded in package recipient. What may not be
// embedded, because its licence forbids it or because it is newer than the
// program, a user can add. Each file becomes a Table: a manifest that says
// what it is, of which date its content is, under which licence and who
// supplied it, and compact columns (packages iptable and nametable) that open
// in milliseconds. A table without a date is not accepted: a report could not
// say whether it was fresh.
//
// Files come from anywhere and are treated as hostile: readers are bounded in
// bytes, rows and depth, and an error names the file and the line or row, what
// was expected and what to do.
//
// A table is one of four kinds, and none of them proves anything alone:
//
//   - Places estimate where a machine is. They vote within their lineage.
//   - Anycast says that an address answers from many places. It silences
//     estimates.
//   - Regions are a cloud's own word for where its addresses are used.
//   - Owners are lists. No list is evidence of ownership.
package tables

import (
	"net/netip"
	"strings"
	"time"

	"github.com/constat/constat/recipient/internal/iptable"
	"github.com/constat/constat/recipient/internal/nametable"
)

// Kind is what a table knows.
type Kind string

// The kinds of tables.
const (
	Places  Kind = "places"
	Anycast Kind = "anycast"
	Regions Kind = "regions"
	Owners  Kind = "owners"
)

// The lineages of places, as package recipient names them. A table of neither
// has no vote.
const (
	geofeed    = "G"
	commercial = "E"
)

// Manifest says what a table is. It is written beside it as TOML.
type Manifest struct {
	ID          string `toml:"id" json:"id"`
	Name        string `toml:"name" json:"name"`
	Format      string `toml:"format" json:"format"` // Format.ID
	Kind        Kind   `toml:"kind" json:"kind"`
	Origin      string `toml:"origin" json:"origin"`                       // which publication of the format: a newer file of it replaces this one
	Version     string `toml:"version,omitempty" json:"version,omitempty"` // as the file words it
	ContentDate string `toml:"content_date" json:"content_date"`           // a day: "2026-06-01"
	DateFrom    string `toml:"date_from" json:"date_from"`                 // where that date is read
	Lineage     string `toml:"lineage,omitempty" json:"lineage,omitempty"` // of places; "" has no vote
	Licence     string `toml:"licence" json:"licence"`
	Attribution string `toml:"attribution,omitempty" json:"attribution,omitempty"`
	Link        string `toml:"link,omitempty" json:"link,omitempty"`
	Sealable    bool   `toml:"sealable" json:"sealable"` // the licence lets a copy be kept as evidence
	SuppliedBy  string `toml:"supplied_by" json:"supplied_by"`
	File        string `toml:"file" json:"file"`     // name of the original, without its folder
	SHA256      string `toml:"sha256" json:"sha256"` // hex, of the original
	Rows        int    `toml:"rows" json:"rows"`     // that were taken over
	Skipped     int    `toml:"skipped" json:"skipped"`
	Note        string `toml:"note,omitempty" json:"note,omitempty"`
	Added       string `toml:"added,omitempty" json:"added,omitempty"` // a day

	Packed string `toml:"packed" json:"-"` // SHA-256, hex, of the packed column
}

// Date is the content date, zero when the manifest has none.
func (m Manifest) Date() time.Time {
	t, _ := time.Parse(time.DateOnly, m.ContentDate)
	return t
}

// Table is a file of knowledge, ready for look-ups. It is immutable and safe
// for concurrent use.
type Table struct {
	Manifest
	ips    *iptable.Table   // of Places, Anycast, Regions
	names  *nametable.Table // of Owners
	packed []byte           // of a table that was just read
}

// Country is the estimate of an address's place: a code as the table words
// it, which may be none of a country.
func (t *Table) Country(ip netip.Addr) (code string, ok bool) { return t.address(Places, ip) }

// Anycast reports whether the table says that the address answers from many
// places.
func (t *Table) Anycast(ip netip.Addr) bool {
	_, ok := t.address(Anycast, ip)
	return ok
}

// Region is the cloud and the region that an address is used in, by the
// cloud's own word.
func (t *Table) Region(ip netip.Addr) (provider, region string, ok bool) {
	label, ok := t.address(Regions, ip)
	provider, region, _ = strings.Cut(label, "\t")
	return provider, region, ok
}

func (t *Table) address(of Kind, ip netip.Addr) (string, bool) {
	if t.Kind != of || t.ips == nil {
		return "", false
	}
	return t.ips.Lookup(ip)
}

// Owner is what a list says of a name.
type Owner struct {
	Name    string // company, product or list entry; "" when the list names nobody
	Country string // of the company's seat, "" when the list does not say
	Role    string // in the words of package recipient; "" when the list does not say
	Alias   string // the name that this one is said to be an alias of (CNAME)
}

// Owner looks a host name up, by the longest suffix the list has.
func (t *Table) Owner(host string) (row string, o Owner, ok bool) {
	if t.Kind != Owners || t.names == nil {
		return "", Owner{}, false
	}
	row, label, ok := t.names.Lookup(host)
	if !ok {
		return "", Owner{}, false
	}
	return row, parseOwner(label), true
}

// label packs an owner for a column; fields hold no tab.
func (o Owner) label() string {
	return strings.Join([]string{oneLine(o.Name), o.Country, o.Role, o.Alias}, "\t")
}

func parseOwner(label string) Owner {
	f := strings.SplitN(label+"\t\t\t", "\t", 5)
	return Owner{Name: f[0], Country: f[1], Role: f[2], Alias: f[3]}
}

// oneLine makes text of a file fit to be shown: one line, printable, bounded.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }), " ")
	s = strings.Map(func(r rune) rune {
		if r == '\ufffd' || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r == 0xfeff {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 120 {
		s = string(r[:119]) + "…"
	}
	return strings.TrimSpace(s)
}
