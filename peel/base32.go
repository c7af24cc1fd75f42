package peel

import (
	"bytes"
	"encoding/base32"
)

// alphabets of base32: RFC 4648 section 6 and, for upper and lower case, its
// section 7 ("base32hex"), and Crockford's (crockford.com/base32.html).
var base32Alphabets = []struct {
	step     string
	encoding *base32.Encoding
	letters  [256]bool
}{
	base32With("base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
	base32With("base32", "abcdefghijklmnopqrstuvwxyz234567"),
	base32With("base32hex", "0123456789ABCDEFGHIJKLMNOPQRSTUV"),
	base32With("base32hex", "0123456789abcdefghijklmnopqrstuv"),
	base32With("crockford32", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
	base32With("crockford32", "0123456789abcdefghjkmnpqrstvwxyz"),
	base32With("z-base-32", "ybndrfg8ejkmcpqxot1uwisza345h769"), // philzimmermann.com/docs/human-oriented-base-32-encoding.txt
}

func base32With(step, alphabet string) (a struct {
	step     string
	encoding *base32.Encoding
	letters  [256]bool
}) {
	a.step, a.encoding = step, base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)
	for i := range len(alphabet) {
		a.letters[alphabet[i]] = true
	}
	return a
}

// base32 undoes base32 with the RFC's alphabet in upper case.
func (w *Walker) base32(p *Part) (sure bool) { return w.base32In(p, 0) }

// otherBase32 undoes base32 with the other alphabets.
func (w *Walker) otherBase32(p *Part, s letters) (sure bool) {
	if !s.only(lowerCase|digits|equals) && !s.only(upperCase|digits|equals) || s.only(hexOnly) && len(p.Data) >= surelyHex {
		return false
	}
	for i := 1; i < len(base32Alphabets) && !sure; i++ {
		sure = w.base32In(p, i)
	}
	return sure
}

func (w *Walker) base32In(p *Part, alphabet int) (sure bool) {
	b := bytes.TrimRight(p.Data, "=")
	if len(b) < minBase32 && !(len(b) == 13 && len(p.Data) == 16) { // eight bytes have 13 letters
		return false
	}
	a := &base32Alphabets[alphabet]
	for _, x := range b {
		if !a.letters[x] {
			return false
		}
	}
	out := w.arena.alloc(len(b))[:a.encoding.DecodedLen(len(b))]
	n, err := a.encoding.Decode(out, b)
	if err != nil || !w.spend(p, a.step, n) {
		return false
	}
	if alphabet == 0 {
		return w.decoded(p, a.step, out[:n], 0, len(p.Data))
	}
	good := w.proofOf(out[:n])
	if good == unproven { // other alphabets fit too much
		w.arena.back(out)
		return false
	}
	w.later(good.cost(), w.made(p, a.step, "", p.Key, out[:n], 0, len(p.Data)), hint{inner: true})
	return good == proven
}
