package recipient

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Table is a file of the user's: owners and networks that the program's own
// tables do not have.
//
// So far only simulated tables can be added, for captures of a lab: they may
// speak about loopback addresses and reserved names (RFC 2606) and about
// nothing else, so that nobody's place can be invented with one. The format
// is TOML:
//
//	simulated = true
//	id        = "lab"
//	name      = "what a report calls it"
//	date      = "2026-11-24"
//
//	[[network]]
//	prefix     = "127.33.1.0/24"
//	asn        = 64601
//	holder     = "who announces it"
//	registered = "FR"
//	geofeed    = "FR" # what the two lineages of estimates say
//	commercial = "FR"
//
//	[[owner]]
//	suffix      = "app.example"
//	name        = "company"
//	parent      = "company above it"
//	seat        = "FR"
//	parent_seat = "FR"
//	role        = "first party"
//
// Other keys are somebody else's and are left alone.
type Table struct {
	Path string // for messages
	Text []byte
}

// simulated is a network of a lab.
type simulated struct {
	prefix netip.Prefix
	row    Address
}

// simulate fills in what a lab's table says of a loopback address.
func (b *Book) simulate(a *Address) {
	for _, s := range b.simulated {
		if s.prefix.Contains(a.IP) {
			a.Kind, a.ASN, a.Holder, a.Registered = Simulated, s.row.ASN, s.row.Holder, s.row.Registered
			a.Estimates = slices.Clone(s.row.Estimates)
			return
		}
	}
}

func (b *Book) add(t Table) error {
	var f struct {
		Simulated      bool
		ID, Name, Date string
		Network        []struct {
			Prefix                                  netip.Prefix
			ASN                                     uint32
			Holder, Registered, Geofeed, Commercial string
		}
		Owner []struct {
			Suffix, Name, Parent, Seat, Role string
			ParentSeat                       string `toml:"parent_seat"`
		}
	}
	if _, err := toml.Decode(string(t.Text), &f); err != nil {
		return fmt.Errorf("%s: %w", t.Path, err)
	}
	date, err := time.Parse(time.DateOnly, f.Date)
	switch {
	case !f.Simulated:
		return fmt.Errorf("%s: only tables of a lab can be added so far: expected simulated = true", t.Path)
	case f.ID == "" || b.source(f.ID).ID != "":
		return fmt.Errorf("%s: expected an id that no other table has, found %q", t.Path, f.ID)
	case err != nil:
		return fmt.Errorf("%s: date: %w", t.Path, err)
	}
	for _, n := range f.Network {
		if !n.Prefix.IsValid() || !n.Prefix.Addr().IsLoopback() || n.Prefix.Bits() < 8 {
			return fmt.Errorf("%s: network %s: a simulated place can only be given to loopback addresses", t.Path, n.Prefix)
		}
		row := Address{ASN: n.ASN, Holder: n.Holder, Registered: realCountry(n.Registered)}
		for _, e := range []struct {
			lineage Lineage
			country string
		}{{Geofeed, n.Geofeed}, {Commercial, n.Commercial}} {
			if c := realCountry(e.country); c != "" {
				row.Estimates = append(row.Estimates, Estimate{Source: f.ID + "/" + string(e.lineage), Lineage: e.lineage, Country: c, ContentDate: date})
			}
		}
		b.simulated = append(b.simulated, simulated{n.Prefix, row})
	}
	for _, o := range f.Owner {
		suffix := strings.ToLower(o.Suffix)
		if !strings.HasSuffix(suffix, ".example") && !strings.HasSuffix(suffix, ".test") {
			return fmt.Errorf("%s: owner of %s: a simulated owner can only have names under .example or .test", t.Path, o.Suffix)
		}
		b.owners[suffix] = owner{
			name: o.Name, parent: o.Parent, seat: o.Seat, parentSeat: o.ParentSeat, role: o.Role,
			source: f.Name, date: f.Date, strength: List, table: f.ID,
		}
	}
	b.sources = append(b.sources, Source{ID: f.ID, Name: f.Name, ContentDate: f.Date, Licence: "none: invented", Use: "simulated"})
	return nil
}
