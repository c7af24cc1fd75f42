package differential

import (
	"fmt"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/persona"
)

// pair is a value that differs between the personas, or is the same.
type pair struct {
	typ     datatype.ID
	label   string
	values  [2]string // "" on the side that has none
	changed bool
}

// subjects are the two personas side by side.
type subjects struct {
	known   bool
	pairs   []pair
	changed []int // indexes into pairs
	both    *persona.Persona
	whose   []owner // of both.Values
}

// owner says which persona's which value one of the merged persona is.
type owner struct {
	persona int // 2: of both, since it is the same
	pair    int
}

// newSubjects pairs the values of two personas by data type and label, and
// without labels by their order within the type.
func newSubjects(p [2]*persona.Persona) *subjects {
	s := &subjects{known: p[0] != nil}
	if !s.known {
		return s
	}
	s.both = &persona.Persona{Region: p[0].Region}
	if s.both.Region == "" {
		s.both.Region = p[1].Region
	}
	at := map[string]int{}
	for side := range p {
		count := map[string]int{}
		for _, v := range p[side].Values {
			key := string(v.Type) + "\x00" + v.Label
			count[key]++
			key = fmt.Sprint(key, "\x00", count[key])
			i, ok := at[key]
			if !ok {
				i = len(s.pairs)
				at[key] = i
				s.pairs = append(s.pairs, pair{typ: v.Type, label: v.Label})
			}
			s.pairs[i].values[side] = v.Value
		}
	}
	for i := range s.pairs {
		x := &s.pairs[i]
		x.changed = x.values[0] != x.values[1]
		if !x.changed {
			s.add(x.typ, x.values[0], owner{2, i})
			continue
		}
		s.changed = append(s.changed, i)
		for side, v := range x.values {
			if v != "" {
				s.add(x.typ, v, owner{side, i})
			}
		}
	}
	return s
}

func (s *subjects) add(t datatype.ID, value string, o owner) {
	s.both.Values = append(s.both.Values, persona.Value{Index: len(s.whose), Type: t, Value: value})
	s.whose = append(s.whose, o)
}

// redactor hides the values of both personas.
func (s *subjects) redactor() *audit.Redactor {
	r := audit.NewRedactor(nil)
	if s.known {
		r.HidePersona(s.both)
	}
	return r
}

// secretLength reports whether not even the length of such a value is told.
func secretLength(t datatype.ID) bool {
	return len(t) > 11 && t[:11] == "credential." || t == "account.session"
}

// grown lists the changed values that are d bytes longer with the second
// persona than with the first.
func (s *subjects) grown(d int) (list []int) {
	if d == 0 {
		return nil
	}
	for _, i := range s.changed {
		x := &s.pairs[i]
		if !secretLength(x.typ) && len(x.values[1])-len(x.values[0]) == d {
			list = append(list, i)
		}
	}
	return list
}
