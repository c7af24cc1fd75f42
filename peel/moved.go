package peel

// movedAlphabets are ways to write letters for letters that need no key.
var movedAlphabets = []struct {
	step string
	to   [256]byte
}{
	{"rot13", rotated('A', 'Z', 13, 'a', 'z', 13)},
	{"caesar 3", rotated('A', 'Z', 23, 'a', 'z', 23)},
	{"rot47", rotated('!', '~', 47, 1, 0, 0)},
	{"rot13 and digits by 5", func() [256]byte {
		t := rotated('A', 'Z', 13, 'a', 'z', 13)
		for c := byte('0'); c <= '9'; c++ {
			t[c] = '0' + (c-'0'+5)%10
		}
		return t
	}()},
	{"atbash", func() (t [256]byte) {
		t = rotated(1, 0, 0, 1, 0, 0)
		for i := range byte(26) {
			t['a'+i], t['A'+i] = 'z'-i, 'Z'-i
		}
		return t
	}()},
	{"swapped case", func() (t [256]byte) {
		t = rotated(1, 0, 0, 1, 0, 0)
		for i := range byte(26) {
			t['a'+i], t['A'+i] = 'A'+i, 'a'+i
		}
		return t
	}()},
}

// rotated is a table that moves the letters from a to z, and those from b to
// y, by so many places within their range.
func rotated(a, z, n, b, y, m int) (t [256]byte) {
	for c := range 256 {
		switch {
		case a <= c && c <= z:
			t[c] = byte(a + (c-a+n)%(z-a+1))
		case b <= c && c <= y:
			t[c] = byte(b + (c-b+m)%(y-b+1))
		default:
			t[c] = byte(c)
		}
	}
	return t
}

// moved reads a text with its letters moved.
func (w *Walker) moved(p *Part, s letters) (sure bool) {
	if s&(spaces|others) != 0 || s.only(digits|dash|commas) || s.only(lowerCase|dash) || s.only(hexOnly) {
		return false
	}
	for i := range movedAlphabets {
		a := &movedAlphabets[i]
		var head [16]byte
		n := copy(head[:], p.Data)
		for j := range n {
			head[j] = a.to[head[j]]
		}
		if i == 0 && len(p.Data) <= maxSmall && s.mixed() { // rot13
			if w.small(p, a.step, through(w.arena.alloc(len(p.Data)), &a.to, p.Data), s) {
				return true
			}
			continue
		}
		switch {
		case promising(head[:n], len(p.Data)):
			if w.view(p, a.step, "", through(w.arena.alloc(len(p.Data)), &a.to, p.Data)) {
				return true
			}
		case digestLetters(len(p.Data)) && w.known != nil:
			if w.movedDigest(p, a.step, &a.to) {
				return true
			}
		}
	}
	return false
}

// digestLetters reports whether a digest has n letters in base64.
func digestLetters(n int) bool {
	switch n {
	case 11, 22, 27, 38, 43, 86:
		return true
	}
	return false
}

// movedDigest reads a digest in base64 with its letters moved: it looks like
// nothing, and is one if it is known.
func (w *Walker) movedDigest(p *Part, step string, to *[256]byte) (sure bool) {
	out := through(w.arena.alloc(len(p.Data)), to, p.Data)
	raw, _, ok := decodeBase64(w.arena.alloc(len(out)), out, lettersOf(out))
	if ok = ok && w.known(raw); ok && w.spend(p, step, len(out)) {
		w.arena.back(raw)
		w.later(costGuess, w.made(p, step, "", "", out, 0, len(p.Data)), hint{inner: true})
		return true
	}
	w.arena.back(raw)
	w.arena.back(out)
	return false
}

// through appends b with each letter replaced.
func through(dst []byte, table *[256]byte, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, table[c])
	}
	return dst
}
