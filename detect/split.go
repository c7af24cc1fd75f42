package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// reasons of values that were put together.
const (
	reasonSplit = "the pieces together are the whole value that the persona lists"
	reasonBirth = "day, month and year together are the birth date that the persona lists"
	reasonDate  = "day, month and year together are the birth date that the persona lists, though no name says birth"
)

// Bounds on putting pieces together.
const (
	maxJoined = 32   // pieces of one value
	maxTries  = 4096 // steps of looking for them
	maxWhole  = 16   // values put together in one flow
)

// joinPieces files the values of which the flow has all pieces, lets go of
// findings that are only a piece of one, and leaves in r the pieces that may
// meet others of the same recipient.
func (s *Scanner) joinPieces(r *Result) {
	left := s.pieces[:0]
	for _, x := range s.pieces {
		if !s.explained(r.Findings, &x) {
			left = append(left, x)
		}
	}
	s.pieces = left
	for range maxWhole {
		whole, used, ok := Join(s.pieces, 0)
		if !ok {
			break
		}
		r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
			for _, i := range used {
				if y := &s.pieces[i].finding; f.Root == y.Root && f.PersonaValue < 0 && f.Method != Format && f.Off >= y.Off && f.Off+f.Len <= y.Off+y.Len {
					return true
				}
			}
			return false
		})
		r.Findings = append(r.Findings, whole)
		// The same fields are no pieces of another spelling, nor of the same
		// value once more.
		s.pieces = slices.DeleteFunc(s.pieces, func(x Piece) bool { return x.value == whole.PersonaValue })
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Root, b.Root), cmp.Compare(a.Off, b.Off))
	})
	for _, x := range s.pieces {
		if x.alone() {
			r.Pieces = append(r.Pieces, x)
		}
	}
}

// explained reports whether a piece is part of an occurrence of the whole
// value: the local part of an e-mail address that stands there, say.
func (s *Scanner) explained(found []Finding, x *Piece) bool {
	for i := range found {
		f := &found[i]
		if f.PersonaValue == x.value && f.Root == x.finding.Root && f.Method == KnownValue && overlap(f.Off, f.Len, x.finding.Off, x.finding.Len) {
			return true
		}
	}
	return false
}

// alone reports whether a piece counts without neighbours: pieces that meet in
// different messages have none.
func (x *Piece) alone() bool {
	switch {
	case x.named:
		return true
	case x.natural:
		return x.plain && x.bits >= solid
	}
	return x.bits >= solid
}

// Value is the persona's value that x is a piece of.
func (x *Piece) Value() int { return x.value }

// Equal reports whether two pieces hold the same part of the same spelling.
func (x *Piece) Equal(y *Piece) bool { return x.canon == y.canon && x.from == y.from && x.to == y.to }

// Join looks for pieces that are together the whole of a value, with at least
// one of those from index fresh on, and makes the finding: in the place of the
// last piece, reaching over those in the same part. used are their indices.
func Join(pieces []Piece, fresh int) (whole Finding, used []int, ok bool) {
	if len(pieces) < 2 {
		return Finding{}, nil, false
	}
	order := make([]int, len(pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &pieces[a], &pieces[b]
		return cmp.Or(cmp.Compare(x.value, y.value), -cmp.Compare(x.whole, y.whole), cmp.Compare(canonOf(x), canonOf(y)), cmp.Compare(x.from, y.from))
	})
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && canonOf(&pieces[order[i]]) == canonOf(&pieces[order[j]]) && pieces[order[i]].value == pieces[order[j]].value {
			j++
		}
		c := cover{pieces: pieces, order: order[i:j], fresh: fresh, left: maxTries}
		if used := c.from(0); used != nil {
			return merged(pieces, used), used, true
		}
		i = j
	}
	return Finding{}, nil, false
}

// canonOf is what pieces must share to be put together: halves of a position
// are written each in its own way.
func canonOf(x *Piece) int {
	if x.finding.Decimals > 0 {
		return -1
	}
	return x.canon
}

// cover looks for pieces that follow each other from the first to the last
// letter of a value.
type cover struct {
	pieces []Piece
	order  []int // of one spelling, by where they begin
	fresh  int
	left   int // steps
	chosen []int
}

func (c *cover) from(at int) []int {
	if at == c.pieces[c.order[0]].whole {
		if c.sound() {
			return slices.Clone(c.chosen)
		}
		return nil
	}
	i, _ := slices.BinarySearchFunc(c.order, at, func(i, at int) int { return cmp.Compare(c.pieces[i].from, at) })
	for ; i < len(c.order) && c.pieces[c.order[i]].from == at; i++ {
		if c.left--; c.left < 0 || len(c.chosen) == maxJoined {
			return nil
		}
		c.chosen = append(c.chosen, c.order[i])
		if used := c.from(c.pieces[c.order[i]].to); used != nil {
			return used
		}
		c.chosen = c.chosen[:len(c.chosen)-1]
	}
	return nil
}

// sound reports whether the chosen pieces belong together. Each must count by
// itself or be tied to the one before or behind it; words, which meet by
// chance, must all be tied, or be unmistakable.
func (c *cover) sound() bool {
	n := len(c.chosen)
	if n < 2 {
		return false
	}
	fresh, places := false, map[[2]int]bool{}
	for _, i := range c.chosen {
		x := &c.pieces[i]
		fresh = fresh || i >= c.fresh
		places[[2]int{x.leaf, x.finding.Root}] = true
	}
	if !fresh {
		return false
	}
	for k, i := range c.chosen {
		x := &c.pieces[i]
		before := k > 0 && tied(&c.pieces[c.chosen[k-1]], x)
		behind := k+1 < n && tied(x, &c.pieces[c.chosen[k+1]])
		switch {
		case x.natural:
			if k+1 < n && !behind && !c.mailbox(k) && !(x.alone() && c.pieces[c.chosen[k+1]].alone()) {
				return false
			}
		case !before && !behind && !x.alone():
			return false
		}
	}
	return true
}

// mailbox reports whether the chosen piece k and the next are mailbox and
// domain, in one object, of a mailbox that is no plain word.
func (c *cover) mailbox(k int) bool {
	x, y := &c.pieces[c.chosen[k]], &c.pieces[c.chosen[k+1]]
	at := strings.IndexByte(string(x.finding.Value), '@')
	return len(c.chosen) == 2 && at > 0 && x.to == at && x.plain && x.container == y.container && x.Flow == y.Flow
}

// tied reports whether y goes on where x ends by more than its text: as the
// next field, as the next number, or by the names of both.
func tied(x, y *Piece) bool {
	if x.name.ordinal > 0 && y.name.ordinal == x.name.ordinal+1 && x.name.base == y.name.base && (x.container == y.container || x.Flow != y.Flow) {
		return true
	}
	if x.Flow != y.Flow || x.container != y.container {
		return false
	}
	return y.leaf == x.leaf+1 && x.leaf >= 0 || x.named && y.named
}

// formRank orders forms by how much was done to the value.
func formRank(form string) int { return slices.Index([]string{Clear, Encoded, Encrypted}, form) }

// merged is the finding of the value that the pieces are.
func merged(pieces []Piece, used []int) Finding {
	last := used[0]
	for _, i := range used {
		x, y := &pieces[i], &pieces[last]
		if i > last && (x.Flow != y.Flow || x.finding.Root >= y.finding.Root) {
			last = i
		}
	}
	f := pieces[last].finding
	var detail strings.Builder
	fmt.Fprintf(&detail, "in %d pieces: ", len(used))
	least := f.Decimals
	for k, i := range used {
		x := &pieces[i]
		if k > 0 {
			detail.WriteString(", ")
		}
		switch {
		case x.finding.Decimals > 0:
			detail.WriteString([]string{"latitude", "longitude"}[x.from])
			least = min(least, x.finding.Decimals)
		case x.to == x.from+1:
			fmt.Fprintf(&detail, "%d", x.to)
		default:
			fmt.Fprintf(&detail, "%d–%d", x.from+1, x.to)
		}
		if x.Flow != pieces[last].Flow {
			detail.WriteString(" in " + x.Flow)
		}
		if formRank(x.form) > formRank(f.Form) {
			f.Form = x.form
		}
		if x.bits < solid && !x.named {
			f.Confidence = 0.9
		}
		if y := &x.finding; x.Flow == pieces[last].Flow && y.Root == f.Root {
			end := max(f.Off+f.Len, y.Off+y.Len)
			f.Off = min(f.Off, y.Off)
			f.Len = end - f.Off
		}
	}
	if f.Decimals > 0 {
		f.Decimals = least
	} else {
		fmt.Fprintf(&detail, " of %d characters", pieces[last].whole)
	}
	f.Detail = detail.String()
	first, end := pieces[used[0]].finding.Key, pieces[used[len(used)-1]].finding.Key
	f.Reason = reasonSplit + under(first, end)
	return f
}

// under is the clause of a reason that names the fields.
func under(a, b string) string {
	switch {
	case a == "" || b == "":
		return ""
	case a == b:
		return ", under the key '" + a + "'"
	}
	return ", under the keys '" + a + "' and '" + b + "'"
}
