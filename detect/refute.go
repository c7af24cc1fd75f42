package detect

import (
	"strings"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/peel"
)

// Refuted is a value that looks like personal data, by its field's name or by
// its own shape, and is none: an unfilled tag, zeros, a sample, or the digest of
// one of these. "Not a leak" is a finding of the same rank as "a leak".
type Refuted struct {
	Type   datatype.ID // that it looks like
	Kind   string      // one of the kinds below
	Why    string      // a sentence in English that holds no value
	Source string      // who says so, and when
	Digest string      // function of which the value is the outcome, "" in clear

	// Text is the non-value as the data of this package has it, "" where only a
	// rule knows it; Value is what stood in the message. Text is public.
	Text  string
	Value []byte

	Derivation []string
	Part       string // name of the root
	Label      string
	Root       int
	Off, Len   int // outermost range, in bytes of the root
	Path, Key  string
}

// refutedKinds are the kinds of non-values.
var refutedKinds = map[string]bool{
	"unfilled_tag": true, // a template's name where the value should be
	"no_value":     true, // null, undefined, nothing, and their digests
	"test_value":   true, // what people type to try a form
	"select_value": true, // the digest of an entry of a select box
	"zero_id":      true, // opted out, or not given
	"masked_mac":   true,
	"shared_id":    true, // one for a series of devices, or for all emulators
	"sample":       true, // from documentation
	"reserved":     true, // kept for fiction and documentation
	"repeated":     true, // one character over and over
	"vendor_id":    true, // of an app, a pixel, a project
	"code_key":     true, // of a program, or the digest of a file
}

// RefutedKinds lists the kinds that Refuted.Kind can have, for renderers' tests.
func RefutedKinds() []string {
	kinds := make([]string, 0, len(refutedKinds))
	for k := range refutedKinds {
		kinds = append(kinds, k)
	}
	return kinds
}

// maxRefuted bounds what is kept of one root.
const maxRefuted = 256

// minRepeated is how long one character must be repeated to look like a value.
const minRepeated = 6

// nonvalue judges a field whose name means something: true if what it holds is
// no value. Whether that is worth a line depends on how much it looked like one.
func (s *Scanner) nonvalue(p *peel.Part, m *meaning, v []byte) bool {
	if x, ok := s.e.nonvalues.clear(v); ok {
		if promised := m.promises(x.row, x.row.Kind != "unfilled_tag"); promised != "" && !x.row.Silent && (x.row != s.e.nonvalues.repeated || len(v) >= minRepeated) {
			s.refute(p, promised, x, "")
		}
		return true
	}
	x, function, ok := s.e.nonvalues.digests().find(v)
	if !ok {
		return false
	}
	for i := range m.senses {
		if hasType(x.row.Means, m.senses[i].typ) {
			return s.hashedWord(p, m.senses[i].typ, x, function)
		}
	}
	promised := m.promises(x.row, false)
	if promised == "" && len(m.senses) > 0 {
		promised = m.senses[0].typ
	}
	if promised != "" {
		s.refute(p, promised, x, function)
	}
	return true
}

// promises is the data type of the field's name that a row imitates, "" if
// none. Names that only promise digests may say nothing about what is in clear.
func (m *meaning) promises(row *nonvalue, clear bool) datatype.ID {
	for i := range m.senses {
		if row.imitates(m.senses[i].typ) && !(clear && m.senses[i].digest) {
			return m.senses[i].typ
		}
	}
	return ""
}

// refute files x, which p holds or, with a function, is the digest of.
func (s *Scanner) refute(p *peel.Part, looksLike datatype.ID, x sample, function string) {
	if len(s.refuted) >= maxRefuted {
		s.crowded = true
		return
	}
	v := trim(p.Data)
	off, n := p.Outermost(0, len(p.Data))
	s.refuted = append(s.refuted, Refuted{
		Type: looksLike, Kind: x.row.Kind, Why: x.row.Why, Source: x.row.Source + " (" + x.row.Date + ")", Digest: function,
		Text: x.text, Value: append([]byte(nil), v[:min(len(v), maxNonvalue)]...),
		Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index, Off: off, Len: n, Path: p.Name, Key: p.Key,
	})
}

// hashedWord files the digest of a word that says something of a person, such
// as a gender, in a field named for it.
func (s *Scanner) hashedWord(p *peel.Part, typ datatype.ID, x sample, function string) bool {
	off, n := p.Outermost(0, len(p.Data))
	s.file(Finding{
		Type: typ, PersonaValue: -1, Method: KeyAndFormat, Form: Hashed, Grade: GradeB, Confidence: 0.75, Digest: function,
		Detail: function + " of a word of two or three that the field can hold", Reason: "the digest of a word for a gender, under the key '" + p.Key + "'",
		Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
		Off: off, Len: n, Path: p.Name, Key: p.Key, Value: []byte(x.text),
	})
	return true
}

// settleRefuted appends the refutations of the root to out, but those that a
// known value overlaps.
func (s *Scanner) settleRefuted(out []Refuted, found []Finding) []Refuted {
	first := len(out)
next:
	for i := range s.refuted {
		r := &s.refuted[i]
		for j := range found {
			if k := &found[j]; k.PersonaValue >= 0 && overlap(r.Off, r.Len, k.Off, k.Len) && 2*k.Len >= r.Len && sameWay(r.Derivation, k.Derivation) {
				continue next
			}
		}
		for j := len(out) - 1; j >= first && j >= len(out)-64; j-- {
			if k := &out[j]; overlap(r.Off, r.Len, k.Off, k.Len) && sameWay(r.Derivation, k.Derivation) { // seen before it was decoded
				continue next
			}
		}
		r.Path, r.Key = strings.Clone(r.Path), strings.Clone(r.Key) // else of the walk's memory
		out = append(out, *r)
	}
	clear(s.refuted) // let go of what they point to
	return out
}
