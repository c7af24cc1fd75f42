package peel

import (
	"bytes"
	"slices"
	"unicode/utf8"
	"unsafe"
)

// url splits path and query of a request target into fields.
func (w *Walker) url(p *Part) {
	b := p.Data
	path, query := b, -1
	if i := bytes.IndexByte(b, '?'); i >= 0 {
		path, query = b[:i], i+1
	}
	for off, n := 0, 0; off <= len(path); n++ {
		end := bytes.IndexByte(path[off:], '/')
		if end < 0 {
			end = len(path) - off
		}
		if end > 0 {
			w.field(p, "path", ordinal(n), "", off, end)
		}
		off += end + 1
	}
	if query >= 0 {
		w.pairs(p, "query", query, len(b), '&')
	}
}

// embeddedURL reads the query of a URL that stands in a field.
func (w *Walker) embeddedURL(p *Part) {
	if i := bytes.IndexByte(p.Data, '?'); i >= 0 && bytes.IndexByte(p.Data[i:], '=') > 0 {
		end := len(p.Data)
		if j := bytes.IndexByte(p.Data[i:], '#'); j > 0 {
			end = i + j
		}
		w.pairs(p, "query", i+1, end, '&')
	}
}

// form reads application/x-www-form-urlencoded (WHATWG URL section 5). It
// reports whether the bytes surely are one.
func (w *Walker) form(p *Part, b []byte) bool {
	eq := bytes.IndexByte(b, '=')
	if eq <= 0 || eq > 256 || bytes.ContainsAny(b[:eq], "{\"<> \n&`^|") {
		return false
	}
	if rest := b[eq+1:]; bytes.IndexByte(b, '&') < 0 && len(bytes.TrimRight(rest, "=\r\n ")) == 0 {
		return false // base64 padding
	}
	w.pairs(p, "form", 0, len(b), '&')
	// The equals sign and the ampersand are letters of base 85, with others that
	// no form has unescaped.
	return (lettersOf(b[:eq]).only(wordOnly|dash|dot|percent) || bytes.IndexByte(b[:eq], '[') > 0) && !holdsAny(b, "<>^`|")
}

// holdsAny is bytes.ContainsAny for long b and few letters.
func holdsAny(b []byte, letters string) bool {
	for i := range len(letters) {
		if bytes.IndexByte(b, letters[i]) >= 0 {
			return true
		}
	}
	return false
}

// cookies reads a Cookie header field (RFC 6265 section 4.2.1).
func (w *Walker) cookies(p *Part) { w.pairs(p, "cookie", 0, len(p.Data), ';') }

// pairs presents name=value pairs of p.Data[from:to].
func (w *Walker) pairs(p *Part, step string, from, to int, sep byte) {
	b := p.Data[:to]
	for i := from; i < to; i++ { // over the separator
		for i < to && b[i] == ' ' {
			i++
		}
		start := i
		var names letters
		for i < to && b[i] != '=' && b[i] != sep {
			names |= lettersTable[b[i]]
			i++
		}
		if i == to || b[i] == sep { // no name
			if i > start {
				w.pair(p, step, "", start, i-start, names)
			}
			continue
		}
		name := b[start:i]
		i++
		at := i
		var s letters
		for i < to && b[i] != sep {
			s |= lettersTable[b[i]]
			i++
		}
		if i > at {
			w.pair(p, step, w.name(name, names), at, i-at, s)
		}
	}
}

// pair presents a value, of these kinds. One with escapes is presented decoded,
// and as it stands too when that can mean something else: base64 with a plus
// sign in it.
func (w *Walker) pair(p *Part, step, name string, at, n int, s letters) {
	v := p.Data[at : at+n]
	blank := s.has(plus) && step != "cookie" && bytes.IndexByte(v, '+') >= 0
	if !s.has(percent) && !blank {
		w.fieldOf(p, step, name, name, at, n, s)
		return
	}
	un, ok := unpercent(w.room(n)[:0], v, step != "cookie")
	hidden := ok && w.hides(un, lettersOf(un)) || blank && !plain(v, s)
	// Known texts with a plus for a space are searched for as they are.
	if !hidden && !w.wanted(name, un, s.has(percent)) {
		return
	}
	field := w.slice(p, step, name, name, at, n)
	if field == nil {
		return
	}
	if ok && w.spend(p, "percent", len(un)) {
		w.later(costStructure, w.made(field, "percent", "", name, w.arena.clone(un), 0, n), hint{inner: true})
	}
	if hidden && (blank || !ok) {
		w.later(costStructure, field, hint{inner: true})
	}
}

// name decodes a field name of these kinds.
func (w *Walker) name(b []byte, s letters) string {
	if len(b) == 0 {
		return ""
	}
	if s.has(percent) {
		if un, ok := unpercent(nil, b, true); ok {
			return string(un)
		}
	}
	return unsafe.String(&b[0], len(b))
}

// percent undoes percent-encoding (RFC 3986 section 2.1) in a text. A plus
// sign stays: outside forms it is one.
func (w *Walker) percent(p *Part) {
	un, ok := unpercent(w.arena.alloc(len(p.Data)), p.Data, false)
	if !ok || !w.spend(p, "percent", len(un)) {
		return
	}
	w.later(costStructure, w.made(p, "percent", "", p.Key, un, 0, len(p.Data)), hint{inner: true})
}

// unpercent appends b decoded; ok is false when nothing changed.
func unpercent(dst, b []byte, plus bool) (out []byte, ok bool) {
	dst = slices.Grow(dst, len(b)) // nothing decoded is longer
	for i := 0; i < len(b); i++ {
		from := i
		for i < len(b) && b[i] != '%' && b[i] != '+' {
			i++
		}
		if dst = append(dst, b[from:i]...); i == len(b) {
			break
		}
		switch c := b[i]; {
		case c == '%' && i+5 < len(b) && b[i+1] == 'u': // JavaScript's escape()
			r, hex := hex4(b[i+2:])
			if !hex || !utf8.ValidRune(r) {
				dst = append(dst, c)
				continue
			}
			dst = utf8.AppendRune(dst, r)
			i += 5
			ok = true
		case c == '%' && i+2 < len(b):
			hi, lo := nibble(b[i+1]), nibble(b[i+2])
			if hi >= 0 && lo >= 0 {
				dst = append(dst, byte(hi<<4|lo))
				i += 2
				ok = true
				continue
			}
			dst = append(dst, c)
		case c == '+' && plus:
			dst = append(dst, ' ')
			ok = true
		default:
			dst = append(dst, c)
		}
	}
	return dst, ok
}

// unescape undoes the escapes of JSON and JavaScript strings in a text that
// is not itself inside quotes.
func (w *Walker) unescape(p *Part) {
	un := unescapeJSON(w.arena.alloc(len(p.Data)), p.Data)
	if len(un) == len(p.Data) || !w.spend(p, "unescape", len(un)) {
		return
	}
	w.later(costStructure, w.made(p, "unescape", "", p.Key, un, 0, len(p.Data)), hint{inner: true})
}

// lines reads a text of several lines as records.
func (w *Walker) lines(p *Part) {
	b := p.Data
	if bytes.IndexByte(b, '\n') < 0 {
		return
	}
	for off, n := 0, 0; off < len(b); n++ {
		end := bytes.IndexByte(b[off:], '\n')
		if end < 0 {
			end = len(b) - off
		}
		if line := bytes.TrimRight(b[off:off+end], "\r"); len(line) >= minLeaf {
			w.field(p, "line", ordinal(n), "", off, len(line))
		}
		off += end + 1
	}
}
