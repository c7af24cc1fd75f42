package differential

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// slot is a unit of each run that are the same exchange, -1 where a run has
// none.
type slot []int32

// align lays the units of all runs side by side. Two units are the same
// exchange when they are of one class, have the same fields, and hold the same
// of what every run has somewhere ("event": "launch"): these landmarks are
// what the personas do not change. Of several such units, order tells which is
// which.
func align(t *table) []slot {
	kinds := kindsOf(t)
	sequences := make([][]int32, t.all.count())
	var of [][]int32 // the units of a sequence
	for range sequences {
		of = append(of, nil)
	}
	for i := range t.units {
		u := &t.units[i]
		sequences[u.run] = append(sequences[u.run], kinds[i])
		of[u.run] = append(of[u.run], int32(i))
	}
	rows := arrange(sequences)
	slots := make([]slot, len(rows))
	for i, row := range rows {
		slots[i] = make(slot, len(sequences))
		for run, k := range row {
			if slots[i][run] = -1; k >= 0 {
				slots[i][run] = of[run][k]
			}
		}
	}
	return slots
}

// kind is a group of units that look alike.
type kind struct {
	class    int32
	features []int32 // fields, and landmarks as negative numbers; sorted
	runs     runSet
	number   int32
}

// maxKinds bounds the kinds of one class that are compared with each other.
const maxKinds = 400

// alike is the share of features that two kinds must have in common to be one:
// a field more or less in half of the message.
const alike = 0.5

// kindsOf numbers the units so that those that look alike have one number.
func kindsOf(t *table) []int32 {
	kinds := []kind{}
	byHash := map[uint64]int32{}
	seed := maphash.MakeSeed() // numbers are given in order of appearance: no result depends on it
	of := make([]int32, len(t.units))
	var b []byte
	for i := range t.units {
		u := &t.units[i]
		features := featuresOf(t, u)
		b = binary.LittleEndian.AppendUint32(b[:0], uint32(u.class))
		for _, f := range features {
			b = binary.LittleEndian.AppendUint32(b, uint32(f))
		}
		h := maphash.Bytes(seed, b)
		k, ok := byHash[h]
		if !ok {
			k = int32(len(kinds))
			byHash[h] = k
			kinds = append(kinds, kind{class: u.class, features: features, number: k})
		}
		kinds[k].runs |= 1 << u.run
		of[i] = k
	}
	mergeKinds(t, kinds)
	for i := range of {
		of[i] = kinds[of[i]].number
	}
	return of
}

// featuresOf lists the fields of a unit and its landmarks.
func featuresOf(t *table, u *unit) []int32 {
	list := make([]int32, 0, 2*len(u.contents))
	for _, c := range u.contents {
		x := &t.contents[c]
		list = append(list, x.field)
		if x.runs == t.all && !x.open {
			list = append(list, -1-c)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// mergeKinds makes one of kinds that are in different runs and much alike:
// a field is there only for one persona, a word is another one by chance.
func mergeKinds(t *table, kinds []kind) {
	byClass := map[int32][]int32{}
	for i := range kinds {
		if kinds[i].runs != t.all {
			c := kinds[i].class
			byClass[c] = append(byClass[c], int32(i))
		}
	}
	for c := range int32(len(t.classes)) {
		list := byClass[c]
		if len(list) > maxKinds {
			continue
		}
		var candidates []likeness
		for i, a := range list {
			for _, b := range list[i+1:] {
				if kinds[a].runs&kinds[b].runs == 0 {
					if like := jaccard(kinds[a].features, kinds[b].features); like >= alike {
						candidates = append(candidates, likeness{like, a, b})
					}
				}
			}
		}
		slices.SortStableFunc(candidates, func(x, y likeness) int { return cmp.Compare(y.like, x.like) })
		for _, m := range candidates {
			a, b := first(kinds, m.a), first(kinds, m.b)
			if a == b || kinds[a].runs&kinds[b].runs != 0 {
				continue
			}
			a, b = min(a, b), max(a, b)
			kinds[a].runs |= kinds[b].runs
			kinds[b].number = a
		}
		for _, k := range list {
			kinds[k].number = first(kinds, k)
		}
	}
}

// likeness is how much two kinds have in common.
type likeness struct {
	like float64
	a, b int32
}

// first follows merged kinds to the one that stands for them.
func first(kinds []kind, k int32) int32 {
	for kinds[k].number != k {
		k = kinds[k].number
	}
	return k
}

// jaccard is the share of two sorted lists' elements that both have.
func jaccard(a, b []int32) float64 {
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			both, i, j = both+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	if n := len(a) + len(b) - both; n > 0 {
		return float64(both) / float64(n)
	}
	return 1
}
