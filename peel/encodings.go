package peel

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// Shortest texts that are tried as an encoding: eight bytes or so.
const (
	minBase64 = 12
	minHex    = 12
	minBase32 = 16
)

// base64 undoes base64 and base64url (RFC 4648 sections 4 and 5), padded or
// not, also broken into lines.
func (w *Walker) base64(p *Part) bool {
	out, step, ok := decodeBase64(p.Data)
	if !ok || !w.spend(p, step, len(out)) {
		return false
	}
	return w.decoded(p, step, out, 0, len(p.Data))
}

// bits of a byte in base64 text; 0 outside both alphabets.
const (
	bDigit = 1 << iota
	bLower
	bUpper
	bStd // + and /
	bURL // - and _
	bLine
)

var base64Of = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case '0' <= c && c <= '9':
			t[c] = bDigit
		case 'a' <= c && c <= 'z':
			t[c] = bLower
		case 'A' <= c && c <= 'Z':
			t[c] = bUpper
		case c == '+', c == '/':
			t[c] = bStd
		case c == '-', c == '_':
			t[c] = bURL
		case c == '\n', c == '\r':
			t[c] = bLine
		}
	}
	return
}()

func decodeBase64(b []byte) (out []byte, step string, ok bool) {
	b = bytes.TrimRight(bytes.TrimSpace(b), "=")
	if len(b) < minBase64 {
		return nil, "", false
	}
	some := uint8(0)
	for _, c := range b {
		f := base64Of[c]
		some |= f
		if f == 0 {
			return nil, "", false
		}
	}
	url, lines := some&bURL != 0, some&bLine != 0
	if some&bStd != 0 && url || some&(bLower|bUpper) == 0 || url && some&bUpper == 0 {
		return nil, "", false
	}
	if lines {
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\n"), nil), []byte("\r"), nil)
	}
	if len(b)%4 == 1 {
		return nil, "", false
	}
	enc, step := base64.RawStdEncoding, "base64"
	if url {
		enc, step = base64.RawURLEncoding, "base64url"
	}
	out = make([]byte, enc.DecodedLen(len(b)))
	n, err := enc.Decode(out, b)
	return out[:n], step, err == nil
}

// hex undoes hexadecimal (RFC 4648 section 8), either case.
func (w *Walker) hex(p *Part) bool {
	if len(p.Data) < minHex || len(p.Data)%2 == 1 {
		return false
	}
	out := make([]byte, len(p.Data)/2)
	if _, err := hex.Decode(out, p.Data); err != nil || !w.spend(p, "hex", len(out)) {
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
	sure = texty(out) || knownMagic(out) || media(out) != "" || structured(out) || framed(out)
	if !sure {
		words := step == "base64" && wordy(p.Data[off:off+n])
		if words || len(out) < minLeaf || w.limits.Fast && len(out) < 48 && !w.squeezed(out) {
			return false
		}
	}
	w.later(costEncoding, w.made(p, step, "", p.Key, out, off, n), hint{inner: true})
	return sure
}

// wordy reports whether a text reads as words rather than as base64: one
// case nearly throughout.
func wordy(b []byte) bool {
	upper, lower := 0, 0
	for _, c := range b {
		if 'a' <= c && c <= 'z' {
			lower++
		} else if 'A' <= c && c <= 'Z' {
			upper++
		}
	}
	return upper*12 < lower || lower*12 < upper
}

// texty reports whether b is printable text, in UTF-8, GBK or UTF-16.
func texty(b []byte) bool {
	c := count(b)
	if c.n == 0 {
		return false
	}
	if c.text+c.high == c.n {
		if c.high == 0 || utf8.Valid(b) {
			return true
		}
		return c.text*10 >= c.n*6
	}
	return c.text*100 >= c.n*95 || c.nul*3 > c.n && (c.nul+c.text)*10 >= c.n*9
}

// structured reports whether b is a message of a self-checking binary form.
func structured(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if _, ok := scanProto(b); ok {
		return true
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
		if n := j - i; n >= 16 && n < len(b) && !plainRun(n, kinds) {
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
func unhex(b []byte) []byte {
	out := make([]byte, len(b)/2)
	hex.Decode(out, b)
	return out
}
