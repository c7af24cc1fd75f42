package peel

import "strconv"

// Most of what a message consists of are fields in which nothing can be hidden
// (see plain). They are presented only if whoever visits wants them: making a
// Part of each would cost more than everything else.

// wanted reports whether a field that hides nothing is to be presented. fresh
// says that its bytes did not stand in the message: nobody has searched them.
func (w *Walker) wanted(key string, b []byte, fresh bool) bool {
	return w.want == nil || w.want(key, b, fresh)
}

// field presents bytes of p as a field and opens it, as far as either is worth
// it. The name is that of a number among others.
func (w *Walker) field(p *Part, step, name, key string, off, n int) {
	b := p.Data[off : off+n]
	hidden := !plain(b, lettersOf(b))
	if !hidden && !w.wanted(key, b, false) {
		return
	}
	if f := w.slice(p, step, name, key, off, n); f != nil && hidden {
		w.later(costStructure, f, hint{inner: true})
	}
}

// ordinals are the names of numbered fields.
var ordinals = func() (t [256]string) {
	for i := range t {
		t[i] = strconv.Itoa(i)
	}
	return t
}()

func ordinal(n int) string {
	if 0 <= n && n < len(ordinals) {
		return ordinals[n]
	}
	return strconv.Itoa(n)
}

// pathStep is a member (by key) or an element (by index) of a structure.
type pathStep struct {
	key   string // "": an element
	index int
}

// pathName writes the way through a structure: "$.dev.macs[2]".
func (w *Walker) pathName() string {
	b := append(w.path[:0], '$')
	for i := range w.steps {
		if s := &w.steps[i]; s.index < 0 {
			b = append(b, '.')
			b = append(b, s.key[:min(len(s.key), 128)]...)
		} else {
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(s.index), 10)
			b = append(b, ']')
		}
	}
	w.path = b
	return w.keep(b)
}
