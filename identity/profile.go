package identity

import (
	"maps"
	"math"
	"slices"

	"github.com/constat/constat/datatype"
)

// Interval is a span of bits.
type Interval struct{ Low, High float64 }

// Cap is the most that any fact can tell of a population: log2 of it.
func Cap(population float64) float64 { return math.Log2(population) }

// Power returns the identifying power of one value of a data type among all
// people, false where no figure is published.
func Power(t datatype.ID) (Interval, bool) {
	row, ok := datatype.Get(t)
	if !ok || row.Bits == nil || row.Family == "social" { // it points at somebody else
		return Interval{}, false
	}
	i := Interval{*row.Bits, *row.Bits}
	if row.BitsHigh != nil {
		i.High = *row.BitsHigh
	}
	limit := Cap(World())
	return Interval{min(i.Low, limit), min(i.High, limit)}, true
}

// Fact is a data type that a recipient got, and what it tells.
type Fact struct {
	Type   datatype.ID
	Family string
	Bits   Interval
	Known  bool // a figure is published
	Unique bool // unique by construction: one value, one holder
}

// FactOf returns what a finding tells a recipient of the person, whether or
// not the value itself can be read: the digest of a unique identifier is as
// unique, up to its length.
func FactOf(s Sent) Fact {
	row, _ := datatype.Get(s.Type)
	f := Fact{Type: s.Type, Family: row.Family}
	f.Bits, f.Known = Power(s.Type)
	if cell, ok := CellOf(s); ok {
		f.Bits, f.Known = cell.Bits(), true
	}
	if s.Form == "truncated" && s.Digest == "" && s.Radius == 0 && s.Decimals == 0 {
		// How many share what is left of a value, nobody counted.
		f.Bits, f.Known = Interval{}, false
	}
	if s.Digest != "" && f.Known {
		if s.Secret == SessionSecret || s.Secret == UnknownSecret {
			f.Bits, f.Known = Interval{}, false
			return f
		}
		bits := CostOf(1, s.Digest).Bits
		if s.Kept > 0 && (bits == 0 || s.Kept < bits) {
			bits = s.Kept
		}
		if bits > 0 {
			f.Bits = Interval{min(f.Bits.Low, float64(bits)), min(f.Bits.High, float64(bits))}
		}
	}
	f.Unique = f.Known && f.Family == "stable-id" && f.Bits.Low >= Cap(World())
	return f
}

// Profile is what one recipient got: at most one fact per data type. The zero
// value is empty.
type Profile struct{ facts map[datatype.ID]Fact }

// Add adds a fact. Of several of one type the one that tells more stays, of
// each end.
func (p *Profile) Add(f Fact) {
	if p.facts == nil {
		p.facts = map[datatype.ID]Fact{}
	}
	if old, ok := p.facts[f.Type]; ok && old.Known {
		if !f.Known {
			return
		}
		f.Bits = Interval{max(f.Bits.Low, old.Bits.Low), max(f.Bits.High, old.Bits.High)}
		f.Unique = f.Unique || old.Unique
	}
	p.facts[f.Type] = f
}

// Join adds what another profile holds.
func (p *Profile) Join(q *Profile) {
	for _, f := range q.facts {
		p.Add(f)
	}
}

// Identifying is the identifying power of all that a recipient got.
type Identifying struct {
	// Bits and the people that are expected to share the facts besides the
	// subject, at the lower and at the upper end; nil if nothing is known of
	// any fact.
	Bits   *[2]float64 `json:"bits"`
	Others *[2]float64 `json:"others"`

	Through string   `json:"through,omitempty"` // the identifier that is unique by construction
	Linked  []string `json:"linked"`            // what becomes known about its holder: data types
	Unknown []string `json:"unknown"`           // data types without a published figure: not counted
}

// Compose puts the facts together, in a population of that many people. It
// returns nil for an empty profile.
//
// Bits.High is capped at log2 of the population; the others at that end are
// those of the sum before the cap, as a fact that tells more than the cap
// leaves less than one other.
func (p *Profile) Compose(population float64) *Identifying {
	if len(p.facts) == 0 {
		return nil
	}
	limit := Cap(population)
	out := &Identifying{Linked: []string{}, Unknown: []string{}}
	var through *Fact
	families := map[string]Interval{}
	for _, t := range slices.Sorted(maps.Keys(p.facts)) {
		f := p.facts[t]
		if !f.Known {
			out.Unknown = append(out.Unknown, string(t))
			continue
		}
		if f.Unique && (through == nil || lasting(f.Type) < lasting(through.Type)) {
			through = &f
		}
		have := families[f.Family]
		families[f.Family] = Interval{max(have.Low, f.Bits.Low), max(have.High, f.Bits.High)}
	}
	if through != nil {
		out.Through = string(through.Type)
		out.Bits, out.Others = &[2]float64{tenth(limit), tenth(limit)}, &[2]float64{}
		for _, t := range slices.Sorted(maps.Keys(p.facts)) {
			if t != through.Type {
				out.Linked = append(out.Linked, string(t))
			}
		}
		return out
	}
	if len(families) == 0 {
		return out
	}
	var low, high float64
	for _, name := range slices.Sorted(maps.Keys(families)) { // floats: in order
		low = max(low, families[name].Low)
		high += families[name].High
	}
	low = min(low, limit)
	out.Bits = &[2]float64{tenth(low), tenth(min(high, limit))}
	out.Others = &[2]float64{digits(population*math.Exp2(-low), 2), digits(population*math.Exp2(-high), 2)}
	return out
}

// Unique is the share of people whom nobody else is expected to share the
// facts with, when they are n others on average: exp(-n), a model. See the
// package comment for how far it is off.
func Unique(others float64) float64 { return math.Exp(-others) }

// lasting orders identifiers: those that are hardest to get rid of first.
func lasting(t datatype.ID) int {
	row, _ := datatype.Get(t)
	for i, p := range []string{"permanent", "long-lived", "resettable"} {
		if row.Permanence == p {
			return i
		}
	}
	return 3
}

func tenth(x float64) float64 { return math.Round(x*10) / 10 }
