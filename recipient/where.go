package recipient

import (
	"net/netip"
	"slices"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

// Question is about one address or name, without a capture.
type Question struct {
	Host    string     // "" if only the address is known
	Address netip.Addr // the zero Addr if only the name is

	From    *Vantage      // nil: not told
	Timings []flow.Timing // round trips that were measured from there
	Header  []flow.Field  // of a response
	Claimed []string      // countries to be judged, too
	At      time.Time     // of the measurement, for the age of tables
}

// Whereabouts is everything that may be said of one address or name.
type Whereabouts struct {
	Host    string `json:"host,omitempty"`
	Address string `json:"address"`
	Kind    Kind   `json:"kind,omitempty"` // of address

	Owner    string          `json:"owner"`
	Parent   string          `json:"parent,omitempty"`
	Domain   string          `json:"domain,omitempty"`
	Role     string          `json:"role,omitempty"`
	Operator string          `json:"operator,omitempty"`
	Customer string          `json:"customer,omitempty"`
	Who      []OwnerEvidence `json:"owner_evidence,omitempty"`
	Control  []Reach         `json:"control,omitempty"` // whose law reaches them: not a place

	ASN        uint32     `json:"asn"`
	Holder     string     `json:"holder,omitempty"`
	Anycast    bool       `json:"anycast"`
	Registered string     `json:"registered,omitempty"` // never a place
	Estimates  []Estimate `json:"estimates,omitempty"`
	Regions    []Region   `json:"regions,omitempty"`

	RTT    float64  `json:"rtt_ms,omitempty"` // the shortest usable one, clock step included
	From   string   `json:"from,omitempty"`
	Within []string `json:"within,omitempty"`

	Places        []Verdict             `json:"places"`
	Excluded      []string              `json:"excluded,omitempty"` // of all countries of the Earth, those that the round trip excludes
	Left          []string              `json:"left,omitempty"`     // and those that it does not
	Established   string                `json:"established"`        // "" as a rule
	EstablishedBy []string              `json:"established_by,omitempty"`
	Statements    []statement.Statement `json:"statements,omitempty"`
	Storage       []statement.Statement `json:"storage,omitempty"`
	Errors        []string              `json:"errors,omitempty"`
	Sources       []Source              `json:"sources,omitempty"` // consulted, with their dates
	table         string                // that names the owner
	Limit         string                `json:"limit"`
}

// Where answers a question. Besides what tables and operators name and what is
// claimed, the countries of the seats are judged: that is what is asked of an
// owner abroad.
func (b *Book) Where(q Question) Whereabouts {
	a := b.Address(q.Address)
	clues := Clues{Host: q.Host}
	if q.Address.IsValid() {
		clues.Networks = []Address{a}
	}
	id := b.Identify(clues)
	if q.Host == "" { // then the network is all that is known
		id = Identity{}
		if b.askNetworks(&id, clues.Networks); len(id.Evidence) > 0 {
			id.Owner, id.Role = id.Evidence[0].Says, "network"
		}
	}
	w := Whereabouts{
		Host: id.Who.Host, Owner: id.Who.Owner, Parent: id.Who.Parent, Domain: id.Who.Domain, Role: id.Who.Role,
		Operator: id.Who.Operator, Customer: id.Who.Customer, Who: id.Evidence,
		table: id.Table, ASN: a.ASN, Holder: a.Holder, Kind: a.Kind, Registered: a.Registered, Estimates: a.Estimates, Regions: a.Regions,
	}
	if a.IP.IsValid() {
		w.Address = a.IP.String()
	}
	w.Parent, _ = b.Parent(&id, q.At)
	w.Control = b.Reach(&id, clues.Networks, nil, q.At)

	seen := Sighting{From: q.From}
	for _, t := range q.Timings {
		seen.Add(t)
	}
	w.Statements = statement.ReadHeader(q.Header, q.Host, time.Time{})
	claimed := slices.Clone(q.Claimed)
	for _, r := range w.Control {
		claimed = append(claimed, r.Country)
	}
	result := b.Judge(Evidence{Address: a, Captured: q.At, Sightings: []Sighting{seen}, Statements: w.Statements, Claimed: claimed})
	w.Places, w.Established, w.EstablishedBy = result.Verdicts, result.Established, result.EstablishedBy
	w.Storage, w.Within, w.Anycast, w.Errors, w.Limit = result.Storage, result.Within, result.Anycast, result.Errors, result.Limit
	if r, _ := seen.Best(); r != nil {
		w.RTT = ms(r.bound())
		if q.From != nil {
			w.From = q.From.String()
			w.Excluded, w.Left = b.divide(seen)
		}
	}
	w.Sources = b.consulted(&w)
	return w
}

// divide tells the countries that the round trip excludes, by light in vacuum or,
// with terrestrial access, in glass, from the others.
func (b *Book) divide(seen Sighting) (excluded, left []string) {
	for _, code := range b.shapes().Codes() {
		if b.exclude(&seen, statement.Edge, code).ruling != Undetermined {
			excluded = append(excluded, code)
		} else {
			left = append(left, code)
		}
	}
	slices.Sort(excluded)
	slices.Sort(left)
	return excluded, left
}

// consulted are the tables that an answer rests on.
func (b *Book) consulted(w *Whereabouts) []Source {
	used := map[string]bool{"asn": w.ASN != 0, "registry": w.Registered != "", "shapes": w.From != "", "own": true}
	for _, e := range w.Estimates {
		used[e.Source] = true
	}
	for _, r := range w.Regions {
		used[r.Source] = true
	}
	used[w.table] = true
	var out []Source
	for _, s := range b.sources {
		if used[s.ID] {
			out = append(out, s)
		}
	}
	return out
}
