package netlog

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object goes through the members of a JSON object (RFC 8259, 4) without
// decoding them. It nests nowhere: what stands inside of a value is stepped
// over by counting brackets.
type object struct {
	b   []byte
	i   int
	end byte // '}', or ']' of an array
	on  bool // after an opening bracket
	bad bool // it is none, or is cut short
}

// members returns the members of the object that b begins with.
func members(b []byte) object { return begin(b, '{', '}') }

// elements returns the elements of the array that b begins with, as members
// without a key.
func elements(b []byte) object { return begin(b, '[', ']') }

func begin(b []byte, open, end byte) object {
	o := object{b: b, end: end}
	o.space()
	if o.on = o.i < len(b) && b[o.i] == open; o.on {
		o.i++
	} else {
		o.bad = true
	}
	return o
}

func (o *object) space() {
	for o.i < len(o.b) && (o.b[o.i] == ' ' || o.b[o.i] == '\t' || o.b[o.i] == '\r' || o.b[o.i] == '\n') {
		o.i++
	}
}

// next returns the next member as it stands: the key without its quotes, the
// value with them. ok is false after the last; rest is what follows then.
func (o *object) next() (key, value []byte, ok bool) {
	if !o.on {
		return nil, nil, false
	}
	o.space()
	if o.i < len(o.b) && o.b[o.i] == ',' {
		o.i++
		o.space()
	}
	if o.i >= len(o.b) {
		o.on, o.bad = false, true
		return nil, nil, false
	}
	if o.b[o.i] == o.end {
		o.i++
		o.on = false
		return nil, nil, false
	}
	if o.end == '}' {
		from := o.i
		if !o.skip() || o.b[from] != '"' {
			o.on, o.bad = false, true
			return nil, nil, false
		}
		key = o.b[from+1 : o.i-1]
		o.space()
		if o.i >= len(o.b) || o.b[o.i] != ':' {
			o.on, o.bad = false, true
			return nil, nil, false
		}
		o.i++
		o.space()
	}
	from := o.i
	if !o.skip() {
		o.on, o.bad = false, true
		return nil, nil, false
	}
	return key, o.b[from:o.i], true
}

// rest is what follows the object when next has said that it is over.
func (o *object) rest() []byte { return o.b[o.i:] }

// skip steps over one value. false: it is cut short, or none.
func (o *object) skip() bool {
	depth := 0
	for o.i < len(o.b) {
		switch c := o.b[o.i]; c {
		case '"':
			if !o.skipString() {
				return false
			}
		case '{', '[':
			depth++
			o.i++
		case '}', ']':
			if depth == 0 {
				return false
			}
			depth--
			o.i++
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return false
			}
			o.i++
			continue
		default: // number, true, false, null
			for o.i < len(o.b) && !delimiter[o.b[o.i]] {
				o.i++
			}
			if o.i >= len(o.b) {
				return false // it may go on
			}
		}
		if depth == 0 {
			return true
		}
	}
	return false
}

// delimiter ends a number or a word.
var delimiter = [256]bool{',': true, ':': true, '}': true, ']': true, '{': true, '[': true, '"': true, ' ': true, '\t': true, '\r': true, '\n': true}

// skipString steps over the string that begins at o.i.
func (o *object) skipString() bool {
	for from := o.i + 1; ; {
		q := bytes.IndexByte(o.b[from:], '"')
		if q < 0 {
			return false
		}
		q += from
		slashes := 0
		for q-slashes-1 > o.i && o.b[q-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			o.i = q + 1
			return true
		}
		from = q + 1
	}
}

// member returns the value of a member of the object that b begins with, nil if
// it has none.
func member(b []byte, name string) []byte {
	o := members(b)
	for {
		key, value, ok := o.next()
		if !ok {
			return nil
		}
		if string(key) == name {
			return value
		}
	}
}

// text is the string that stands in b as JSON, "" if none does.
func text(b []byte) string {
	if len(b) < 2 || b[0] != '"' {
		return ""
	}
	if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return strings.ToValidUTF8(string(inner), "\ufffd")
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return ""
	}
	return s
}

// integer is the whole number that stands in b, also in quotes. ok is false if
// none does or if it has more than 18 digits.
func integer(b []byte) (n int64, ok bool) {
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		b = b[1 : len(b)-1]
	}
	negative := len(b) > 1 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}
