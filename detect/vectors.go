package detect

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/constat/constat/peel"
)

// Numbers that describe a face: models give 64 to 1,024 (ALLEGATIONS 4), sets
// of landmarks 5 to 500 points.
const (
	minVector = 64
	maxVector = 2048
)

// vector files an array of numbers under a key that names a face or a voice.
// Without such a key an array of numbers may be anything.
func (s *Scanner) vector(p *peel.Part, m *meaning, v []byte, key string) {
	if len(v) < 2*minVector || v[0] != '[' || len(v) > 64<<10 {
		return
	}
	for i := range m.senses {
		if !m.senses[i].vector {
			continue
		}
		n, fractions := numbers(v)
		if n < minVector || n > maxVector || fractions < n/2 {
			return
		}
		off, size := p.Outermost(0, len(p.Data))
		s.file(Finding{
			Type: m.senses[i].typ, PersonaValue: -1, Method: KeyAndFormat, Form: formOf(p), Grade: GradeB, Confidence: 0.9,
			Reason:     strconv.Itoa(n) + " numbers, as models give them, under the key '" + key + "'",
			Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Off: off, Len: size, Path: p.Name, Key: key, Value: bytes.Clone(v),
		})
		return
	}
}

// numbers counts the numbers in a JSON array that holds nothing else but
// arrays of numbers, and those that are no integers.
func numbers(v []byte) (n, fractions int) {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	for {
		t, err := d.Token()
		if err != nil {
			return n, fractions
		}
		switch x := t.(type) {
		case json.Delim:
			if x == '{' {
				return 0, 0
			}
		case json.Number:
			n++
			if f, err := x.Float64(); err == nil && f != float64(int64(f)) {
				fractions++
			}
		default:
			return 0, 0
		}
	}
}
