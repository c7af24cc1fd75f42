package differential

import (
	"cmp"
	"slices"
	"strings"
)

// fold makes one finding of those that tell the same: one field of several
// requests to one host, a field and what was decoded of it.
func (j *judge) fold() {
	j.deepest()
	type place struct {
		kind, host, text string
		a, b             [16]byte
	}
	sums := j.sums()
	first := map[place]int{}
	out := j.findings[:0]
	for _, x := range j.findings {
		if x.field >= 0 && (x.pair[0] >= 0 || x.kind == KindPresence) {
			p := place{kind: x.kind, host: j.classes[x.class].host, text: j.fields[x.field].text}
			if x.kind == KindPresence {
				p.a[0] = byte(x.side)
			} else {
				p.a, p.b = sums[x.pair[0]], sums[x.pair[1]]
			}
			if i, ok := first[p]; ok {
				out[i].more = append(out[i].more, x.field)
				out[i].n, out[i].of = out[i].n+x.n, out[i].of+x.of
				out[i].grade = min(out[i].grade, x.grade)
				continue
			}
			first[p] = len(out)
		}
		out = append(out, x)
	}
	j.findings = out
	slices.SortStableFunc(j.findings, func(x, y found) int { return cmp.Compare(x.grade, y.grade) })
}

// deepest drops what is found of a field when as much is found of a piece of
// it, or anything, if the pieces are all that there is of it.
func (j *judge) deepest() {
	best := map[fieldKey]string{} // grade, by every field above a finding
	for i := range j.findings {
		x := &j.findings[i]
		if x.field < 0 || x.pair[0] < 0 {
			continue
		}
		for text := j.fields[x.field].text; ; {
			cut := strings.LastIndex(text, separator)
			if cut < 0 {
				break
			}
			text = text[:cut]
			key := fieldKey{x.class, text}
			if g, ok := best[key]; !ok || x.grade < g {
				best[key] = x.grade
			}
		}
	}
	whole := map[fieldKey]bool{}
	for i := range j.findings {
		if x := &j.findings[i]; x.field >= 0 && x.pair[0] >= 0 && !x.open {
			whole[fieldKey{x.class, j.fields[x.field].text}] = true
		}
	}
	j.findings = slices.DeleteFunc(j.findings, func(x found) bool {
		if x.field < 0 {
			return false
		}
		text := j.fields[x.field].text
		if list, ok := strings.CutSuffix(text, "["+anyName+"]"); ok && x.grade != "A" && whole[fieldKey{x.class, list}] {
			return true // a vector is one thing
		}
		g, ok := best[fieldKey{x.class, text}]
		return ok && (x.open || g <= x.grade)
	})
}

// sums are the digests of the contents: what is equal in two places has one.
func (t *table) sums() [][16]byte {
	list := make([][16]byte, len(t.contents))
	for key, i := range t.contentOf {
		list[i] = key.sum
	}
	return list
}
