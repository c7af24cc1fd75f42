package peel

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// Shortest texts that are tried as an encoding: eight bytes or so.
const (
	minBase64 = 11
	minHex    = 12
	minBase32 = 16
)

// base64 undoes base64 and base64url (RFC 4648 sections 4 and 5), padded or
// not, also broken into lines.
func (w *Walker) base64(p *Part, s letters) bool {
	out := w.arena.alloc(len(p.Data))
	out, step, ok := decodeBase64(out, p.Data, s)
	return ok && w.spend(p, step, len(out)) && w.decoded(p, step, out, 0, len(p.Data))
}

// sextets are the values of base64's letters in both alphabets; noSextet is
// none, or'd in.
var sextets = func() (t [256]uint32) {
	for c := range 256 {
		t[c] = noSextet
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for i := range len(letters) {
		t[letters[i]] = uint32(i)
	}
	t['+'], t['/'], t['-'], t['_'] = 62, 63, 62, 63
	return t
}()

const noSextet = 1 << 31

// decodeBase64 appends what b, which is of the kinds s, is in base64, in one
// alphabet or the other.
func decodeBase64(dst, b []byte, s letters) (out []byte, step string, ok bool) {
	b = bytes.TrimRight(bytes.TrimSpace(b), "=")
	if len(b) < minBase64 {
		return dst, "", false
	}
	switch {
	case s.has(space | breaks):
		s = lettersOf(b)
	case bytes.IndexByte(b, '=') < 0:
		s &^= equals
	}
	url, lines := s.has(dash), s.has(breaks)
	if !s.only(base64All|breaks) || s.has(plus) && url || !s.has(lowerCase|upperCase) || url && !s.has(upperCase) {
		return dst, "", false
	}
	if lines {
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\n"), nil), []byte("\r"), nil)
	}
	if len(b)%4 == 1 {
		return dst, "", false
	}
	if step = "base64"; url {
		step = "base64url"
	}
	dst, bad := sixBits(dst, b)
	switch b = b[len(b)&^3:]; len(b) {
	case 2:
		dst = append(dst, byte(sextets[b[0]]<<2|sextets[b[1]]>>4))
		bad |= sextets[b[0]] | sextets[b[1]]
	case 3:
		dst = append(dst, byte(sextets[b[0]]<<2|sextets[b[1]]>>4), byte(sextets[b[1]]<<4|sextets[b[2]]>>2))
		bad |= sextets[b[0]] | sextets[b[1]] | sextets[b[2]]
	}
	return dst, step, bad&noSextet == 0
}

// sixBits appends what the whole groups of four letters in b are in base64. bad
// has noSextet if one of them is no letter.
func sixBits(dst, b []byte) (out []byte, bad uint32) {
	for ; len(b) >= 4; b = b[4:] {
		x := sextets[b[0]]<<18 | sextets[b[1]]<<12 | sextets[b[2]]<<6 | sextets[b[3]]
		bad |= sextets[b[0]] | sextets[b[1]] | sextets[b[2]] | sextets[b[3]]
		dst = append(dst, byte(x>>16), byte(x>>8), byte(x))
	}
	return dst, bad
}

// hex undoes hexadecimal (RFC 4648 section 8), either case.
func (w *Walker) hex(p *Part) bool {
	if len(p.Data) < minHex || len(p.Data)%2 == 1 {
		return false
	}
	out := w.arena.alloc(len(p.Data) / 2)[:len(p.Data)/2]
	if _, err := hex.Decode(out, p.Data); err != nil || !w.spend(p, "hex", len(out)) {
		w.arena.back(out)
		return false
	}
	return w.decoded(p, "hex", out, 0, len(p.Data))
}

// decoded presents what an encoding gave, and reports whether it is surely
// what was meant: text, a known format, or structure. Bytes that mean nothing
// are presented too, because they may be encrypted, or a digest; the fast tier
// leaves the short ones out.
func (w *Walker) decoded(p *Part, step string, out []byte, off, n int) (sure bool) {
	if len(out) == 0 {
		return false
	}
	good := proofOf(out)
	if good == unproven {
		if len(out) < minLeaf || w.limits.Fast && len(out) < 48 && !w.squeezed(out) || step == "base64" && wordy(p.Data[off:off+n]) {
			w.arena.back(out)
			return false
		}
	}
	w.later(costEncoding, w.made(p, step, "", p.Key, out, off, n), hint{inner: true})
	return good == proven
}

// wordy reports whether a text reads as words rather than as base64: one
// case nearly throughout.
func wordy(b []byte) bool {
	upper, lower, other := 0, 0, 0
	for i, c := range b {
		switch {
		case i > 1 && c == b[i-1] && c == b[i-2]:
			return false // no word has a letter three times in a row: zeros
		case 'a' <= c && c <= 'z':
			lower++
		case 'A' <= c && c <= 'Z':
			upper++
		case c != '_' && c != '-':
			other++
		}
	}
	return (upper*12 < lower || lower*12 < upper) && other*6 < len(b)
}

// texty reports whether b is printable text, in UTF-8, GBK or UTF-16.
func texty(b []byte) bool {
	c := count(b)
	return c.texty(b)
}

func (c *census) texty(b []byte) bool {
	if c.n == 0 {
		return false
	}
	if c.text+c.high == c.n {
		if c.high == 0 || utf8.Valid(b) {
			return true
		}
		return c.text*10 >= c.n*6 && (len(b) >= 48 || gb2312(b))
	}
	return c.text*100 >= c.n*95 || c.nul*3 > c.n && (c.nul+c.text)*10 >= c.n*9
}

// structured reports whether b is a message of a self-checking binary form.
func structured(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if b[0] >= 8 { // a field has a number
		if _, ok := scanProto(b); ok {
			return true
		}
	}
	if b[0]&0xf0 == 0x80 || b[0] == 0xde || b[0]&0xf0 == 0x90 || b[0] == 0xdc {
		if n, ok := scanMsgpack(b, 0); ok && n == len(b) {
			return true
		}
	}
	if b[0]>>5 == 5 || b[0]>>5 == 4 {
		if n, ok := scanCBOR(b, 0); ok && n == len(b) {
			return true
		}
	}
	return false
}

// jwt reads a JSON Web Token (RFC 7519): two base64url texts of JSON.
func (w *Walker) jwt(p *Part) bool {
	b := p.Data
	at := bytes.Index(b, []byte("eyJ"))
	if at < 0 {
		return false
	}
	end := at
	for end < len(b) && (classOf[b[end]]&cBase64 != 0 || b[end] == '.') {
		end++
	}
	token := b[at:end]
	found := false
	for i, name := range []string{"header", "payload"} {
		seg, rest, ok := bytes.Cut(token, []byte("."))
		if !ok && i == 0 {
			return false
		}
		out := make([]byte, base64.RawURLEncoding.DecodedLen(len(seg)))
		n, err := base64.RawURLEncoding.Decode(out, bytes.TrimRight(seg, "="))
		if err != nil || n == 0 || out[0] != '{' || !w.spend(p, "jwt", n) {
			return found
		}
		w.later(costStructure, w.made(p, "jwt", name, p.Key, out[:n], at, len(seg)), hint{inner: true})
		found = true
		at += len(seg) + 1
		token = rest
	}
	return found
}

// tokens looks for encoded runs inside a longer text: data URLs,
// "Bearer …", values joined by separators.
func (w *Walker) tokens(p *Part) {
	b := p.Data
	found := 0
	for i := 0; i < len(b) && found < 64; {
		if classOf[b[i]]&cBase64 == 0 {
			i++
			continue
		}
		j, kinds := i, letters(0)
		for j < len(b) && classOf[b[j]]&cBase64 != 0 {
			kinds |= lettersTable[b[j]]
			j++
		}
		for j < len(b) && b[j] == '=' && j-i > minBase64 {
			j++
		}
		if n := j - i; n >= 16 && n < len(b) && !plainRun(b[i:j], kinds) {
			if t := w.slice(p, "token", "", "", i, n); t != nil {
				found++
				if !w.run(t) && !w.limits.Fast {
					w.later(costGuess, t, hint{guess: true})
				}
			}
		}
		i = j
	}
}

func allHex(b []byte) bool {
	for _, c := range b {
		if classOf[c]&cHex == 0 {
			return false
		}
	}
	return true
}

// unhex decodes hexadecimal digits, of which b has an even number.
func (w *Walker) unhex(b []byte) []byte {
	out := w.arena.alloc(len(b) / 2)[:len(b)/2]
	hex.Decode(out, b)
	return out
}
