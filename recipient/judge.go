package recipient

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/recipient/statement"
)

// Ruling is what may be said of a machine and a country.
type Ruling string

// The rulings.
const (
	ImpossibleStrict Ruling = "impossible (strict)" // light in vacuum is too slow
	ImpossibleFibre  Ruling = "impossible (fibre)"  // light in glass is too slow, access being terrestrial
	ConsistentStrong Ruling = "consistent (strong)" // the operator says so of this very exchange or of this prefix
	ConsistentWeak   Ruling = "consistent (weak)"   // both lineages of estimates agree, nothing against
	Undetermined     Ruling = "undetermined"
)

// Limit is to be printed wherever verdicts are.
const Limit = "Nothing here shows where the data was stored, to whom it was passed, or from where it was read."

// Verdict is about one layer, one country and one instant.
type Verdict struct {
	Layer   statement.Layer `json:"layer"`   // Edge: the machine that completed the handshake; Answer: what computed the reply
	Country string          `json:"country"` // ISO 3166-1 alpha-2, or a claim as given when it is no country
	Verdict Ruling          `json:"verdict"`
	Because []string        `json:"because"` // each piece of evidence, those who speak for a country first
}

// Evidence is what is known of one address at one time.
type Evidence struct {
	Address    Address
	Captured   time.Time // zero: not known, and then no table is fresh
	Sightings  []Sighting
	Statements []statement.Statement // of exchanges with this address, in any order
	Claimed    []string              // countries that somebody claims, to be judged with the rest
	Checks     Checks                // what the control of the whole capture found (Book.Control)
}

// physical reports whether a round trip to the address can be one to the edge.
// One to a loopback address is one to a proxy.
func (e *Evidence) physical() bool {
	return e.Address.lookedUp() || e.Address.Kind == NoAddress
}

// Result is everything that may be said of where one address is.
type Result struct {
	// Verdicts on every country that a table or a statement names or somebody
	// claims: of the edge, ordered by code, then of the answer where there is
	// evidence of it.
	Verdicts []Verdict

	Established   string   // country of the edge, "" as a rule: see the package comment
	EstablishedBy []string // the independent methods that agree

	Storage []statement.Statement // what operators say of storage: never more than their word
	Within  []string              // where physics leaves the edge: "within 326 km of Paris"
	Anycast bool                  // the address answers from several places, by list or by physics
	Errors  []string              // what contradicts itself in the capture
	Limit   string                // the sentence that belongs to every verdict
}

// Edge is the verdict on the edge and a country.
func (r *Result) Edge(country string) (Verdict, bool) { return r.of(statement.Edge, country) }

// Answer is the verdict on the machine that computed the reply.
func (r *Result) Answer(country string) (Verdict, bool) { return r.of(statement.Answer, country) }

func (r *Result) of(layer statement.Layer, country string) (Verdict, bool) {
	for _, v := range r.Verdicts {
		if v.Layer == layer && v.Country == country {
			return v, true
		}
	}
	return Verdict{}, false
}

// Judge follows the verdict model of the package comment. Equal evidence gives
// equal results, in whatever order it comes.
//
// The registry's country is judged too, since a reader will ask, but has no
// vote: a place that only the registry names stays undetermined.
func (b *Book) Judge(e Evidence) Result {
	e.Sightings = slices.Clone(e.Sightings)
	for i, s := range e.Sightings {
		e.Sightings[i] = e.Checks.Apply(s)
	}
	e.Statements = condense(e.Statements)
	r := Result{Limit: Limit, Errors: slices.Clone(e.Checks.Errors)}
	anycast, why := e.anycast()
	r.Anycast = anycast
	if e.physical() {
		r.Within = circles(e.Sightings)
	}

	var errs []string
	r.Verdicts = b.edge(&e, &r, anycast, why, &errs)
	r.Verdicts = append(r.Verdicts, b.answer(&e)...)
	for _, s := range e.Statements {
		if s.Layer == statement.Storage {
			r.Storage = append(r.Storage, s)
		}
	}
	slices.SortStableFunc(r.Storage, func(a, b statement.Statement) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Value, b.Value))
	})
	slices.Sort(errs)
	r.Errors = append(r.Errors, slices.Compact(errs)...)
	return r
}

// candidates collects countries to be judged, claims first.
func (e *Evidence) candidates(named ...string) []string {
	var out []string
	for _, c := range e.Claimed {
		out = append(out, strings.ToUpper(strings.TrimSpace(c)))
	}
	out = append(out, named...)
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(c string) bool { return c == "" })
}

// edge judges the machine that completed the handshake, and establishes its
// place where that can be.
func (b *Book) edge(e *Evidence, r *Result, anycast bool, why string, errs *[]string) []Verdict {
	const layer = statement.Edge
	vs := e.tables(&e.Address)
	more, notes, registered := b.named(e)
	vs = append(vs, more...)
	vs = append(vs, b.statements(e, layer, func(s *statement.Statement, country string) bool {
		if !b.contradicted(e, s, country, anycast) {
			return false
		}
		*errs = append(*errs, quote(s)+" names "+where(s)+", which physics excludes: the field was replayed or rewritten, or the vantage is wrong")
		return true
	})...)
	if anycast {
		vs.hush("tables of places do not apply to it")
	}
	vs = vs.sort()
	slices.Sort(notes)
	notes = slices.Compact(notes)

	named := append(registered, realCountry(e.Address.Registered))
	for _, v := range vs {
		named = append(named, v.country)
	}
	var out []Verdict
	for _, country := range e.candidates(named...) {
		v := Verdict{Layer: layer, Country: country, Verdict: Undetermined}
		switch {
		case realCountry(country) == "":
			v.Because = []string{country + " is not a country"}
			out = append(out, v)
			continue
		case !e.physical():
			v.Because = append(vs.lines(country), "not a public address: "+string(e.Address.Kind))
			if e.Address.Kind == Loopback { // a proxy on the device: what the operator says of the edge stands
				var say string
				v.Verdict, say = vs.rule(country)
				v.Because = add(v.Because, say)
			}
		default:
			var physical []string
			v.Verdict, physical = b.physics(e.Sightings, layer, country, anycast)
			v.Because = append(vs.lines(country), physical...)
			if v.Verdict == Undetermined {
				var say string
				v.Verdict, say = vs.rule(country)
				v.Because = add(v.Because, say)
			}
			if anycast {
				v.Because = append(v.Because, why)
			}
			if e.Address.Registered == country {
				v.Because = append(v.Because, "the registry allocated the block to "+country+", which says who holds it, not where the machine is")
			}
		}
		for i := range e.Statements {
			if s := &e.Statements[i]; s.Class == statement.Clock && s.Layer != statement.Storage && !anycast {
				if line := b.clock(s, country); !slices.Contains(v.Because, line) {
					v.Because = append(v.Because, line)
				}
			}
		}
		v.Because = append(v.Because, notes...)
		out = append(out, v)
		if by := b.establish(e, vs, country, anycast); by != nil && rank(v.Verdict) == 0 {
			r.Established, r.EstablishedBy = country, by
		}
	}
	return out
}

func add(lines []string, line string) []string {
	if line == "" {
		return lines
	}
	return append(lines, line)
}

// rule is step 5 of the model, of a country that physics does not exclude.
func (vs voices) rule(country string) (Ruling, string) {
	switch {
	case vs.only(evS, country) && !vs.otherwise(country, evS):
		return ConsistentStrong, ""
	case vs.only(evR, country) && !vs.otherwise(country, evS):
		return ConsistentStrong, ""
	case vs.only(evG, country) && vs.only(evE, country) && !vs.otherwise(country, evS, evR, evN):
		return ConsistentWeak, "two independent kinds of record say so, and nothing against"
	}
	if others := vs.others(country); others != "" {
		return Undetermined, "named otherwise: " + others
	}
	return Undetermined, ""
}

// answer judges where a reply was computed: the quickest one, since replies of
// one address may come from many origins. Physics may exclude a country; what
// operators say of machines behind the edge is hearsay, and stays undetermined.
func (b *Book) answer(e *Evidence) []Verdict {
	const layer = statement.Answer
	var took []string
	for i := range e.Statements {
		if s := &e.Statements[i]; s.Layer == layer && s.Took > 0 {
			took = append(took, reported(s))
		}
	}
	vs := b.statements(e, layer, nil).sort()
	slices.Sort(took)
	took = slices.Compact(took)
	measured := false
	for i := range e.Sightings {
		r, _ := e.Sightings[i].computed()
		measured = measured || r != nil
	}
	if len(vs) == 0 && len(took) == 0 && !measured {
		return nil
	}
	var named []string
	for _, v := range vs {
		named = append(named, v.country)
	}
	var out []Verdict
	for _, country := range e.candidates(named...) {
		v := Verdict{Layer: layer, Country: country, Verdict: Undetermined}
		switch {
		case realCountry(country) == "":
			v.Because = []string{country + " is not a country"}
		case !e.physical():
			v.Because = append(vs.lines(country), "not a public address: "+string(e.Address.Kind))
		default:
			var physical []string
			v.Verdict, physical = b.physics(e.Sightings, layer, country, false)
			v.Because = append(vs.lines(country), physical...)
			if rank(v.Verdict) > 0 {
				v.Because = append(v.Because, "other replies of this address may have been computed elsewhere")
			} else if others := vs.others(country); others != "" {
				v.Because = append(v.Because, "named otherwise: "+others)
			}
		}
		v.Because = append(v.Because, took...)
		out = append(out, v)
	}
	return out
}

// anycast reports whether the address answers from many places, and who says.
func (e *Evidence) anycast() (bool, string) {
	for i := range e.Sightings {
		for j := range i {
			if apart(&e.Sightings[i], &e.Sightings[j]) {
				return true, "the address answers from several places: two vantages saw it nearer than light can join them, so tables of places do not apply"
			}
		}
	}
	if e.Address.AnycastBy != "" {
		return true, "a census (" + e.Address.AnycastBy + ") measured that this address answers from many places (anycast), so tables of places do not apply"
	}
	if e.Address.Anycast {
		return true, "the operator says that this address answers from many places (anycast), so tables of places do not apply"
	}
	return false, ""
}
