package peel

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// json walks JSON (RFC 8259) from b[at:], presenting every string and number
// as a field with its path. It is lenient: what was read before an error
// stands, and several texts may follow each other (NDJSON). It reports
// whether the bytes were JSON at all.
func (w *Walker) json(p *Part, at int) bool {
	j := jsonReader{w: w, p: p, b: p.Data, i: at}
	// A first pass over the structure alone would cost as much as reading
	// it; the first few bytes decide instead.
	if !j.plausible() {
		return false
	}
	w.steps, w.written = w.steps[:0], 0
	for texts := 0; j.i < len(j.b); texts++ {
		if !j.value("", 0) {
			if texts == 0 && j.leaves == 0 {
				return false
			}
			if skipSpace(j.b[j.i:]) < len(j.b)-j.i {
				w.gap("malformed", "json", p, j.i, "not JSON from here on; what stands before it was read")
			}
			return true
		}
		j.space()
		if j.i < len(j.b) && (j.b[j.i] == ',' || j.b[j.i] == ';' || j.b[j.i] == 0x1e) {
			j.i++
		}
		j.space()
	}
	return true
}

type jsonReader struct {
	w      *Walker
	p      *Part
	b      []byte
	i      int
	leaves int
	mute   bool // the key at hand says nothing
}

func (j *jsonReader) plausible() bool {
	if j.b[j.i] == '"' { // one string and nothing else
		one := *j
		_, _, _, ok := one.str()
		return ok && one.i+skipSpace(one.b[one.i:]) == len(one.b)
	}
	k := j.i + 1 + skipSpace(j.b[min(j.i+1, len(j.b)):])
	if k >= len(j.b) {
		return false
	}
	switch c := j.b[k]; {
	case c == '"', c == '}', c == ']', c == '{' && j.b[j.i] == '[', c == '[' && j.b[j.i] == '[':
		return true
	case j.b[j.i] == '[':
		return c == '-' || '0' <= c && c <= '9' || c == 't' || c == 'f' || c == 'n'
	}
	return false
}

// space steps over white space, of which there is mostly none.
func (j *jsonReader) space() {
	if j.i < len(j.b) && j.b[j.i] <= ' ' {
		j.i += skipSpace(j.b[j.i:])
	}
}

// value reads one value; key is the nearest object key.
func (j *jsonReader) value(key string, nest int) bool {
	j.space()
	if j.i >= len(j.b) {
		return false
	}
	if nest > j.w.limits.Nest {
		j.w.gap("depth", "json", j.p, j.i, "nested deeper than the limit: the rest was not read")
		return false
	}
	switch c := j.b[j.i]; {
	case c == '{':
		return j.object(nest)
	case c == '[':
		return j.array(key, nest)
	case c == '"':
		from, to, s, ok := j.str()
		j.leaf(key, from, to, s)
		return ok
	case c == '-' || '0' <= c && c <= '9':
		from := j.i
		for j.i < len(j.b) {
			if !ofNumber[j.b[j.i]] {
				break
			}
			j.i++
		}
		j.leaf(key, from, j.i, digits)
		return true
	case c == 't', c == 'f', c == 'n':
		from := j.i
		for j.i < len(j.b) && 'a' <= j.b[j.i] && j.b[j.i] <= 'z' {
			j.i++
		}
		if j.w.tiny && c != 'n' {
			j.leaf(key, from, j.i, lowerCase)
		}
		return true
	}
	return false
}

// ofNumber are the bytes that numbers consist of.
var ofNumber = func() (t [256]bool) {
	for _, c := range "0123456789-+.eE" {
		t[c] = true
	}
	return t
}()

func (j *jsonReader) object(nest int) bool {
	w, b := j.w, j.b
	if j.byteObject() {
		return true
	}
	j.i++
	base := len(w.steps)
	w.steps = append(w.steps, pathStep{})
	for {
		j.space()
		if j.i >= len(j.b) {
			return false
		}
		if j.b[j.i] == '}' {
			j.i++
			w.steps, w.written = w.steps[:base], min(w.written, base)
			return true
		}
		if j.b[j.i] != '"' {
			return false
		}
		key, ok := j.key(base)
		if !ok {
			return false
		}
		w.step(base, key, -1)
		if j.i < len(b) && b[j.i] == '"' { // most values are
			from, to, s, ok := j.str()
			j.leaf(key, from, to, s)
			if !ok {
				return false
			}
		} else if !j.value(key, nest+1) {
			return false
		}
		j.space()
		if j.i < len(b) && b[j.i] == ',' {
			j.i++
		}
	}
}

// key reads a member's name and the colon behind it. Most are the same ones in
// the same order as in the object before.
func (j *jsonReader) key(base int) (string, bool) {
	w := j.w
	if k := w.keyAfter; k != nil && len(j.b)-j.i > len(k.text) && string(j.b[j.i:j.i+len(k.text)]) == k.text {
		w.keyAfter = k.after
		w.keyLast = k
		j.i += len(k.text)
		j.mute = k.mute
		return k.name, true
	}
	at := j.i
	j.mute = false
	from, to, s, ok := j.str()
	if !ok {
		return "", false
	}
	name, key := j.b[from:to], ""
	if !s.has(backslash) {
		if len(name) > 0 {
			key = unsafe.String(&name[0], len(name))
		}
	} else {
		un := unescapeJSON(make([]byte, 0, len(name)), name)
		key = string(un)
		w.step(base, "(key)", -1)
		w.made(j.p, "json", w.pathName(), "", un, from, to-from)
	}
	j.space()
	if j.i >= len(j.b) || j.b[j.i] != ':' {
		return "", false
	}
	j.i++
	if !s.has(backslash) {
		w.expectKey(j.b[at:j.i], key)
	}
	return key, true
}

// minVector is how many numbers in a row are also presented as one part: what
// a model makes of a face or a voice is data as a whole only.
const minVector = 64

func (j *jsonReader) array(key string, nest int) bool {
	w := j.w
	from := j.i
	if j.byteArray(key) {
		return true
	}
	j.i++
	base := len(w.steps)
	w.steps = append(w.steps, pathStep{})
	numbers, mute := false, j.mute
	for n := 0; ; n++ {
		j.mute = mute
		j.space()
		if j.i >= len(j.b) {
			return false
		}
		if j.b[j.i] == ']' {
			j.i++
			w.steps, w.written = w.steps[:base], min(w.written, base)
			if numbers && n >= minVector && w.wanted(key, j.b[from:j.i], false) {
				w.slice(j.p, "json", w.pathName(), key, from, j.i-from)
			}
			return true
		}
		if n == 0 {
			numbers = j.b[j.i] == '-' || classOf[j.b[j.i]]&cDigit != 0
		}
		w.step(base, "", n)
		if !j.value(key, nest+1) {
			return false
		}
		j.space()
		if j.i < len(j.b) && j.b[j.i] == ',' {
			j.i++
		}
	}
}

// byteArray reads an array of whole numbers that are bytes, as Java and
// JavaScript write them, if they are something.
func (j *jsonReader) byteArray(key string) bool {
	end := j.i + 1
	for end < len(j.b) && (classOf[j.b[end]]&cDigit != 0 || j.b[end] == ',' || j.b[end] == '-' || j.b[end] == ' ' || j.b[end] == '\n') {
		end++
	}
	if end-j.i < 3*minLeaf || end == len(j.b) || j.b[end] != ']' {
		return false
	}
	out, ok := decimalBytes(j.b[j.i : end+1])
	if !ok || len(out) < 16 && !telling(out) && !j.w.knows(out) || !j.w.spend(j.p, "decimal bytes", len(out)) {
		return false
	}
	j.leaves++
	j.w.later(costStructure, j.w.made(j.p, "decimal bytes", j.w.pathName(), key, out, j.i, end+1-j.i), hint{inner: true})
	j.i = end + 1
	return true
}

// byteObject reads what JSON.stringify makes of a Uint8Array, {"0":99,"1":97},
// if it is something.
func (j *jsonReader) byteObject() bool {
	if !bytes.HasPrefix(j.b[j.i:], []byte(`{"0":`)) {
		return false
	}
	var out []byte
	i := j.i + 1
	for ; ; i++ {
		key := append(strconv.AppendInt(append(make([]byte, 0, 16), '"'), int64(len(out)), 10), `":`...)
		if !bytes.HasPrefix(j.b[i:], key) {
			return false
		}
		i += len(key)
		n, from := 0, i
		for i < len(j.b) && i-from < 3 && classOf[j.b[i]]&cDigit != 0 {
			n = n*10 + int(j.b[i]-'0')
			i++
		}
		if i == from || n > 255 || i == len(j.b) {
			return false
		}
		if out = append(out, byte(n)); j.b[i] == '}' {
			break
		}
		if j.b[i] != ',' {
			return false
		}
	}
	if len(out) < 16 && !telling(out) && !j.w.knows(out) || !j.w.spend(j.p, "decimal bytes", len(out)) {
		return false
	}
	j.leaves++
	j.w.later(costStructure, j.w.made(j.p, "decimal bytes", j.w.pathName(), "", out, j.i, i+1-j.i), hint{inner: true})
	j.i = i + 1
	return true
}

// str steps over a string and returns the range of its contents and the kinds
// of letters in it, with a backslash among them if it has escapes; ok is false
// when it does not end.
func (j *jsonReader) str() (from, to int, s letters, ok bool) {
	from = j.i + 1
	i := from
	// Most strings are so short that a search for their end would cost more.
	for end := min(len(j.b), i+32); i < end; i++ {
		k := lettersTable[j.b[i]]
		if k == quotes {
			if s.has(backslash) {
				break // perhaps this one is escaped
			}
			j.i = i + 1
			return from, i, s, true
		}
		s |= k
	}
	if s.has(backslash) {
		i = from
	}
	for {
		k := bytes.IndexByte(j.b[i:], '"')
		if k < 0 {
			j.i = len(j.b)
			return from, len(j.b), lettersOf(j.b[from:]), false
		}
		to = i + k
		if s |= lettersOf(j.b[i:to]); !s.has(backslash) {
			break
		}
		// The quote ends the string unless an odd number of backslashes
		// stands before it.
		n := 0
		for to-n > from && j.b[to-n-1] == '\\' {
			n++
		}
		if n%2 == 0 {
			break
		}
		i = to + 1
	}
	j.i = to + 1
	return from, to, s, true
}

// leaf presents a string or number, whose letters are of the kinds s. The key
// string of a leaf points into the body: it lives as long as the body does.
func (j *jsonReader) leaf(key string, from, to int, s letters) {
	if to <= from {
		return
	}
	w, b := j.w, j.b[from:to]
	j.leaves++
	if !s.has(backslash) {
		hidden := w.hides(b, s)
		if !hidden && !w.wanted(j.told(key), b, false) {
			return
		}
		if p := w.slice(j.p, "json", w.pathName(), key, from, to-from); p != nil && hidden {
			w.later(costStructure, p, hint{inner: true})
		}
		return
	}
	un := unescapeJSON(w.arena.alloc(len(b)), b)
	if !w.spend(j.p, "json", len(un)) {
		return
	}
	hidden := w.hides(un, lettersOf(un))
	if !hidden && !w.wanted(j.told(key), un, true) {
		w.arena.back(un)
		return
	}
	if p := w.made(j.p, "json", w.pathName(), key, un, from, to-from); p != nil && hidden {
		w.later(costStructure, p, hint{inner: true})
	}
}

// told is the key if it says something.
func (j *jsonReader) told(key string) string {
	if j.mute {
		return ""
	}
	return key
}

// unescapeJSON appends s with its escapes undone (RFC 8259 section 7). A
// lone surrogate becomes U+FFFD; an escape that is none stands as it is.
func unescapeJSON(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			dst = append(dst, c)
			continue
		}
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case '"', '\\', '/', '\'':
			dst = append(dst, s[i])
		case 'u':
			r, ok := hex4(s[i+1:])
			if !ok {
				dst = append(dst, '\\', 'u')
				continue
			}
			i += 4
			if utf16.IsSurrogate(r) {
				if len(s) > i+6 && s[i+1] == '\\' && s[i+2] == 'u' {
					if r2, ok := hex4(s[i+3:]); ok {
						if full := utf16.DecodeRune(r, r2); full != utf8.RuneError {
							dst = utf8.AppendRune(dst, full)
							i += 6
							continue
						}
					}
				}
				r = utf8.RuneError
			}
			dst = utf8.AppendRune(dst, r)
		case 'x':
			if len(s) > i+2 {
				if hi, lo := nibble(s[i+1]), nibble(s[i+2]); hi >= 0 && lo >= 0 {
					dst = append(dst, byte(hi<<4|lo))
					i += 2
					continue
				}
			}
			dst = append(dst, '\\', 'x')
		default:
			if lettersTable[s[i]]&(marks|commas|equals|dash) == 0 { // punctuation is escaped in .properties files
				dst = append(dst, '\\')
			}
			dst = append(dst, s[i])
		}
	}
	return dst
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	r := rune(0)
	for _, c := range s[:4] {
		n := nibble(c)
		if n < 0 {
			return 0, false
		}
		r = r<<4 | rune(n)
	}
	return r, true
}

func nibble(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
