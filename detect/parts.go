package detect

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

//go:embed data/parts.toml
var partsTOML string

// partNames are the words of data/parts.toml.
type partNames struct {
	types    map[string][]datatype.ID
	dates    map[string]dateRole
	ordinals map[string]int // from 1
}

// dateRole says which part of a date a field holds.
type dateRole uint8

const (
	yearRole dateRole = 1 << iota
	monthRole
	dayRole
	birthRole // the date is one of birth
)

var loadParts = sync.OnceValue(func() *partNames {
	var f struct {
		Source []struct{ ID, Name, Date string }
		Part   []struct {
			Types         []datatype.ID
			Source, Words []string
		}
		Date []struct {
			Role          string
			Source, Words []string
		}
		Ordinal []struct{ Source, Words []string }
	}
	if _, err := toml.Decode(partsTOML, &f); err != nil {
		panic("detect: data/parts.toml: " + err.Error())
	}
	known := func(sources []string) {
		for _, s := range sources {
			for _, x := range f.Source {
				if x.ID == s && x.Date != "" {
					return
				}
			}
		}
		panic("detect: data/parts.toml: a row without a dated source")
	}
	n := &partNames{types: map[string][]datatype.ID{}, dates: map[string]dateRole{}, ordinals: map[string]int{}}
	for _, row := range f.Part {
		known(row.Source)
		for _, w := range row.Words {
			n.types[w] = append(n.types[w], row.Types...)
		}
	}
	roles := map[string]dateRole{"year": yearRole, "month": monthRole, "day": dayRole, "birth": birthRole}
	for _, row := range f.Date {
		known(row.Source)
		for _, w := range row.Words {
			n.dates[w] |= roles[row.Role]
		}
	}
	for _, row := range f.Ordinal {
		known(row.Source)
		for i, w := range row.Words {
			n.ordinals[w] = i + 1
		}
	}
	return n
})

// partName is what a field's name says of being a piece.
type partName struct {
	base    string        // the name without the word that counts: pieces of one value share it
	ordinal int           // from 1; 0: none
	types   []datatype.ID // that the words may be pieces of
	date    dateRole
}

// of reads a field's name. path ends in an index if the field is an item of
// an array: then that counts.
func (n *partNames) of(key, path string) partName {
	var p partName
	if len(key) > maxKey {
		key = ""
	}
	w := wordsOf(key)
	for _, x := range w {
		p.types = append(p.types, n.types[x]...)
		p.date |= n.dates[x]
	}
	if strings.HasSuffix(path, "]") {
		i := strings.LastIndexByte(path, '[')
		if k, err := strconv.Atoi(path[i+1 : len(path)-1]); err == nil {
			p.base, p.ordinal = path[:i], k+1
			return p
		}
	}
	if len(w) == 0 {
		return p
	}
	last := w[len(w)-1]
	if k, err := strconv.Atoi(last); err == nil && len(last) < 4 {
		p.ordinal, w = k+1, w[:len(w)-1]
	} else if k := n.ordinals[last]; k > 0 {
		p.ordinal, w = k, w[:len(w)-1]
	} else if k := n.ordinals[w[0]]; k > 0 && len(w) > 1 {
		p.ordinal, w = k, w[1:]
	}
	p.base = strings.Join(w, " ")
	return p
}

// is reports whether the words may name a piece of a value of type t.
func (p *partName) is(t datatype.ID) bool { return slices.Contains(p.types, t) }

// wordsOf is words, with a number at the end as a word of its own.
func wordsOf(key string) []string {
	w := words(key)
	if digits := len(key) - len(strings.TrimRight(key, "0123456789")); digits > 0 && len(w) > 0 {
		number := key[len(key)-digits:]
		if last := w[len(w)-1]; last != number {
			w[len(w)-1] = strings.TrimSuffix(last, number)
			w = append(w, number)
		}
	}
	return w
}
