package datatype

import (
	"strings"
	"sync"
)

// Suggest returns the id nearest to s, for a "did you mean" after a wrong
// one: an alias ("gaid"), the part after the dot ("imei"), or the id with the
// fewest typing errors in any of these. ok is false when nothing is near, that is when more
// than a third of the letters would have to change.
func Suggest(s string) (id ID, ok bool) {
	s = normalise(s)
	if s == "" || len(s) > 64 {
		return "", false
	}
	best := len(s)/3 + 1
	for _, known := range spellings() {
		if d := distance(s, known.text); d < best {
			best, id, ok = d, known.id, true
		}
	}
	return id, ok
}

// spelling is one way to write an id.
type spelling struct {
	text string // normalised
	id   ID
}

// spellings lists, for every row, the id, its leaf and each alias, the latter
// two with and without the class.
var spellings = sync.OnceValue(func() []spelling {
	var all []spelling
	for _, t := range load().Types {
		_, leaf, _ := strings.Cut(string(t.ID), ".")
		for _, name := range append([]string{leaf}, t.Aliases...) {
			all = append(all,
				spelling{normalise(t.Class + "." + name), t.ID},
				spelling{normalise(name), t.ID})
		}
	}
	return all
})

// normalise removes what people vary without meaning anything by it.
func normalise(s string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// distance is the number of single-byte insertions, deletions, substitutions
// and swaps of neighbours between a and b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
