package peel

import (
	"bytes"
	"encoding/ascii85"
	"encoding/hex"
	"slices"
	"unicode/utf8"
)

// The deep tier. What open tries is suggested by the bytes: their first
// letters, their alphabet. What follows here is not: text written backwards,
// moved alphabets, bytes combined with a key. Each guess has to prove itself
// by what comes out, since no input refuses it.

// maxGuess is the length, in bytes, of the longest text that is read in
// another alphabet or direction: what a field holds, not what a file holds.
const maxGuess = 16 << 10

// minGuess is the length of the shortest bytes that are guessed at. Eight are
// an identifier nearly always, and hide nothing that could be told from one.
const minGuess = 9

// textGuesses are tried on text of an unknown encoding, in this order, until
// one is surely right. needs are the letters without which it is not tried.
var textGuesses = []struct {
	try func(w *Walker, p *Part, s letters) (sure bool)
	min int // bytes
}{
	{(*Walker).lzString, 8}, // proves itself best
	{(*Walker).spelledBytes, 16},
	{(*Walker).backwards, 11},
	{(*Walker).moved, 11},
	{func(w *Walker, p *Part, _ letters) bool { return w.xoredLetters(p) }, minBase64},
	{(*Walker).otherBase32, minBase32},
	{(*Walker).otherBase64, minBase64},
	{(*Walker).bigBase, 10},
	{(*Walker).denseBase, 10},
	{(*Walker).uuencoded, 12},
}

// binaryGuesses are tried on bytes that are neither text nor a known format.
var binaryGuesses = []func(w *Walker, p *Part) (sure bool){
	(*Walker).squeezedText,
	(*Walker).xored,
	(*Walker).xoredRepeat,
	(*Walker).backwardsBytes,
	(*Walker).lz4Block,
	(*Walker).carved,
	(*Walker).counted,
	(*Walker).overlaid,
}

// guess is the last that is tried on a part.
func (w *Walker) guess(p *Part) {
	b := p.Data
	c := count(b)
	w.underCrib(p)
	if !w.afford(p) {
		if c.binary() && opaqueLooking(b) {
			w.opaque(p, UnknownFormat)
		}
		return
	}
	if c.text < c.n && (c.high == 0 || !utf8.Valid(b)) {
		sure := w.unlocked(p)
		// Upon a guess that is not proven no key is guessed, too.
		for i := 0; i < len(binaryGuesses) && !sure && len(b) >= minGuess && p.cost < 2*costGuess; i++ {
			sure = binaryGuesses[i](w, p)
		}
		if !sure && c.binary() && !w.runs(p) && opaqueLooking(b) {
			w.opaque(p, UnknownFormat)
		}
		if sure || c.binary() {
			return
		}
	}
	if w.unlocked(p) || len(b) > maxGuess {
		return
	}
	s := lettersOf(b)
	for i := range textGuesses {
		if g := &textGuesses[i]; len(b) >= g.min && g.try(w, p, s) {
			return
		}
	}
}

// opens says whether text, made by a guess, is an encoding or a structure that
// what it was made of is not. Plain text proves nothing: every text backwards
// is text. escaped says that the original has escapes, which then prove nothing
// either.
func (w *Walker) opens(b []byte, escaped bool) proof {
	if w.work -= int64(len(b)); w.work < 0 {
		return unproven
	}
	if t := skipSpace(b); t < len(b) {
		last := b[len(bytes.TrimRight(b, " \r\n\t"))-1]
		switch {
		case opensWith(b[t:], last):
			return proven
		case b[t] == '{', b[t] == '[', b[t] == '<':
			return unproven
		}
	}
	s := lettersOf(b)
	best := unproven
	if !escaped && s.has(percent|backslash|ampersand) && escapes(b) {
		best = possible
	}
	switch {
	case s.has(high):
		if out, ok := lzUTF16(b); ok && lzGood(out) {
			best = proven
		}
	case s.has(spaces | control):
	case s.only(hexOnly) && len(b)%2 == 0 && len(b) >= minHex:
		out := w.unhex(b)
		if best = max(best, w.proofOf(out)); best < proven && w.knows(b) {
			best = proven // a digest that was cut
		}
	default:
		if best = max(best, w.opens64(b, s), w.opens32(b, s)); best < proven && len(b) <= 4096 && lzText(b) {
			best = proven
		}
		if best < proven && opens85(b, s) {
			best = proven
		}
	}
	return best
}

// opens85 reports whether b is text in one of the bases of 85 letters.
func opens85(b []byte, s letters) bool {
	if !s.has(marks) || len(b) < 15 || len(b) > 1024 || !signed(b) {
		return false
	}
	var few [1024]byte
	if n, _, err := ascii85.Decode(few[:], b, true); err == nil && n >= 12 && !lettersOf(few[:n]).has(others) {
		return true
	}
	out, ok := base85(b, &rfc1924Values)
	return ok && len(out) >= 12 && !lettersOf(out).has(others)
}

// opensWith reports whether text that ends with last begins like JSON or XML.
func opensWith(b []byte, last byte) bool {
	next := byte(0)
	if t := 1 + skipSpace(b[1:]); t < len(b) {
		next = b[t]
	}
	switch b[0] {
	case '{':
		return last == '}' && (next == '"' || next == '}' && len(b) < 4)
	case '[':
		return last == ']' && (next == ']' || next == '[' || next == '{' || next == '"' || next == '-' || lettersTable[next]&(digits|lowerCase) != 0)
	case '<':
		return last == '>' && (next == '?' || next == '!' || next == '/' || lettersTable[next]&(lowerCase|upperCase) != 0)
	}
	return false
}

func (w *Walker) opens64(b []byte, s letters) proof {
	if !s.mixed() {
		return unproven
	}
	out, step, ok := decodeBase64(w.arena.alloc(len(b)), b, s)
	defer w.arena.back(out)
	switch {
	case !ok:
	case telling(out):
		return proofOf(out)
	case w.knows(out):
		return proven
	case step == "base64" && len(out) > 8 && len(out) < 512 && !wordy(b) && w.squeezed(out):
		return possible
	default:
		if len(w.locks(out, false)) > 0 {
			return proven
		}
	}
	return unproven
}

func (w *Walker) opens32(b []byte, s letters) proof {
	if !s.only(lowerCase|digits|equals) && !s.only(upperCase|digits|equals) {
		return unproven
	}
	t := bytes.TrimRight(b, "=")
	for i := range base32Alphabets[:2] {
		a := &base32Alphabets[i]
		if len(t) < minBase32 || slices.ContainsFunc(t, func(c byte) bool { return !a.letters[c] }) {
			continue
		}
		out := w.arena.alloc(len(t))[:a.encoding.DecodedLen(len(t))]
		n, err := a.encoding.Decode(out, t)
		good := unproven
		if err == nil {
			good = w.proofOf(out[:n])
		}
		w.arena.back(out)
		if good > unproven {
			return good
		}
	}
	return unproven
}

// escapes reports whether b holds escapes that surely are some: percent, JSON
// and character references. Two hexadecimal digits after a percent sign are
// none if they make no text.
func escapes(b []byte) bool {
	good, high := 0, false
	for i, c := range b {
		rest := b[i+1:]
		switch c {
		case '%':
			if len(rest) < 2 || nibble(rest[0]) < 0 || nibble(rest[1]) < 0 {
				return false
			}
			x := byte(nibble(rest[0])<<4 | nibble(rest[1]))
			if classOf[x]&(cText|cHigh) == 0 {
				return false
			}
			high = high || x >= 0x80
			good++
		case '\\':
			if len(rest) >= 5 && rest[0] == 'u' {
				if _, ok := hex4(rest[1:]); ok {
					good++
				}
			}
		case '&':
			if len(rest) >= 4 && rest[0] == '#' && (classOf[rest[1]]&cDigit != 0 || rest[1]|0x20 == 'x' && nibble(rest[2]) >= 0) {
				good++
			} else if bytes.HasPrefix(rest, []byte("amp;")) || bytes.HasPrefix(rest, []byte("quot;")) || bytes.HasPrefix(rest, []byte("lt;")) {
				good++
			}
		}
	}
	if high {
		un, _ := unpercent(nil, b, false)
		return utf8.Valid(un)
	}
	return good > 0
}

// digestSize reports whether a digest has n bytes.
func digestSize(n int) bool {
	switch n {
	case 8, 16, 20, 28, 32, 48, 64:
		return true
	}
	return false
}

// promising reports whether a text that begins with head may open, given how
// long it is: views are made in full only then.
func promising(head []byte, n int) bool {
	switch head[0] {
	case '{', '[', '<', '=':
		return true
	}
	s := lettersOf(head)
	if s&(signs|commas|spaces|others) != 0 {
		return s.has(percent | backslash | ampersand) // escapes may follow
	}
	if lzStart(head) {
		return true
	}
	var out [16]byte
	switch {
	case s.only(hexOnly):
		if hex.Decode(out[:], head[:len(head)&^1]); textOrMagic(out[:len(head)/2]) {
			return true
		}
		return n > 16 && digestSize(n/2)
	case s.only(upperCase | digits | equals):
		if k, err := base32Alphabets[0].encoding.Decode(out[:], head[:len(head)&^7]); err == nil && textOrMagic(out[:k]) {
			return true
		}
	}
	begun, bad := sixBits(out[:0], head)
	return bad&noSextet == 0 && textOrMagic(begun)
}

// textOrMagic reports whether b may begin text or a known format.
func textOrMagic(b []byte) bool {
	if knownMagic(b) {
		return true
	}
	bad := 0
	for _, c := range b {
		if classOf[c]&cText == 0 && c != 0 {
			bad++
		}
	}
	// The first field of a protobuf message is mostly text.
	return bad <= 1 || bad <= len(b)/3 && len(b) > 4 && b[0]&7 == 2 && b[0]>>3 != 0 && b[0] < 0x80
}

// view presents p read in another way, if something opens it. It takes no name
// along: whatever stands under a name can be read backwards.
func (w *Walker) view(p *Part, step, name string, out []byte) (sure bool) {
	padded := bytes.HasPrefix(p.Data, []byte("=")) && step == "reverse"
	good := w.opens(out, escapes(p.Data))
	if padded {
		good = proven
	}
	if good == unproven || !w.spend(p, step, len(out)) {
		w.arena.back(out)
		return false
	}
	w.later(good.cost(), w.made(p, step, name, "", out, 0, len(p.Data)), hint{inner: true})
	return good == proven
}

// runs opens runs of text that stand among other bytes.
func (w *Walker) runs(p *Part) (any bool) {
	b := p.Data
	for i, found := 0, 0; i < len(b) && found < 64; {
		j := i
		for j < len(b) && classOf[b[j]]&cText != 0 {
			j++
		}
		if n := j - i; n >= minRun && n < len(b) {
			if t := w.slice(p, "text", "", "", i, n); t != nil {
				found++
				w.later(costGuess, t, hint{inner: true})
				any = true
			}
		}
		i = j + 1
	}
	return any
}

// minRun is the length of a run of text that noise of a message's size has
// not by chance.
const minRun = 16
