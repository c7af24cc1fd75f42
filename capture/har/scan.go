package har

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"

	"github.com/constat/constat/flow"
)

// windowSize is the bytes of the file in memory at a time.
const windowSize = 256 << 10

// scanner steps through JSON (RFC 8259) in a window that slides over r. It
// checks the structure of what it steps over (brackets pair up, strings end)
// and no more: numbers and literals that nobody asked for are not validated.
//
// The first fault is kept in dmg; from then on enter and next return false
// and every value is empty, so that callers need no error paths.
type scanner struct {
	r    io.Reader
	buf  []byte
	p, n int   // unread bytes are buf[p:n]
	base int64 // offset of buf[0] in the file
	err  error // why r gives no more
	dmg  *flow.Damage
	told bool // dmg was yielded

	depth     int
	listDepth int // depth inside log.entries
	scratch   []byte
	long      bool // the last string was longer than its limit and not kept
	odd       bool // a string held an escape that JSON does not know
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, windowSize)}
}

// offset is the place of the next unread byte.
func (s *scanner) offset() int64 { return s.base + int64(s.p) }

// fill slides the window and reads more. It returns false at the end.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	if s.p > 0 {
		copy(s.buf, s.buf[s.p:s.n])
		s.base += int64(s.p)
		s.n -= s.p
		s.p = 0
	}
	for range 100 {
		m, err := s.r.Read(s.buf[s.n:])
		s.n += m
		s.err = err
		if m > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// need makes at least k unread bytes visible if the file has them; k is far
// smaller than the window.
func (s *scanner) need(k int) bool {
	for s.n-s.p < k {
		if !s.fill() {
			return false
		}
	}
	return true
}

// fail records the first fault, at the next unread byte.
func (s *scanner) fail(expected, remedy string) {
	if s.dmg != nil {
		return
	}
	s.need(16)
	d := &flow.Damage{Offset: s.offset(), Expected: expected, Remedy: remedy}
	switch {
	case s.p < s.n:
		d.Found = fmt.Sprintf("%.16q", s.buf[s.p:min(s.n, s.p+16)])
		if d.Remedy == "" {
			d.Remedy = "the file was changed after export; export the capture again"
		}
	case s.err != nil && !errors.Is(s.err, io.EOF):
		d.Found, d.Err = s.err.Error(), s.err
		d.Remedy = "copy or export the file again"
	default:
		d.Found, d.Err = "the end of the file", io.ErrUnexpectedEOF
		if d.Remedy == "" {
			d.Remedy = "the file was cut short; export the capture again"
		}
	}
	s.dmg = d
}

// peek skips white space and returns the next byte without reading it, 0 at
// the end.
func (s *scanner) peek() byte {
	for {
		for s.p < s.n {
			switch c := s.buf[s.p]; c {
			case ' ', '\t', '\r', '\n':
				s.p++
			default:
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// enter goes into the container that opens with open and reports whether it
// has a first member. A value of any other kind is skipped: a null or a
// number where an object should be is how writers leave things out.
func (s *scanner) enter(open byte) bool {
	if s.dmg != nil {
		return false
	}
	if s.peek() != open {
		s.skip()
		return false
	}
	s.p++
	if s.depth++; s.depth > MaxDepth {
		s.fail(fmt.Sprintf("at most %d levels of nesting", MaxDepth), "")
		return false
	}
	switch s.peek() {
	case open + 2: // '{'+2 is '}', '['+2 is ']'
		s.p++
		s.depth--
		return false
	case 0:
		if s.p == s.n {
			s.fail("a value or "+string(rune(open+2)), "")
			return false
		}
	}
	return true
}

// next goes on to the next member of the container that ends with end.
func (s *scanner) next(end byte) bool {
	if s.dmg != nil {
		return false
	}
	c := s.peek()
	if c == ',' {
		s.p++
		if c = s.peek(); c != end { // writers that leave a last comma
			return true
		}
	}
	if c != end {
		s.fail("',' or '"+string(rune(end))+"'", "")
		return false
	}
	s.p++
	s.depth--
	return false
}

// key reads a member's name and its colon. The result is valid until the
// next call.
func (s *scanner) key() []byte {
	if s.peek() != '"' {
		s.fail("a member name in quotes", "")
		return nil
	}
	s.p++
	k := s.str(4 << 10)
	if s.dmg == nil && s.peek() != ':' {
		s.fail("':' after a member name", "")
		return nil
	}
	if s.dmg == nil {
		s.p++
	}
	return k
}

// skip steps over a value of any kind without keeping it.
func (s *scanner) skip() {
	if s.dmg != nil {
		return
	}
	switch c := s.peek(); c {
	case '"':
		s.p++
		s.skipString()
	case '{', '[':
		s.skipContainer()
	default:
		s.token()
	}
}

// structural marks the bytes that skipContainer has to look at.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// skipContainer steps over an object or array, checking that brackets pair.
func (s *scanner) skipContainer() {
	var kinds [MaxDepth/64 + 1]uint64 // bit set: array
	level := 0
	for {
		if s.p == s.n && !s.fill() {
			s.fail("the end of an object or array", "")
			return
		}
		w := s.buf[s.p:s.n]
		i := 0
		for i < len(w) && !structural[w[i]] {
			i++
		}
		s.p += i
		if i == len(w) {
			continue
		}
		switch c := w[i]; c {
		case '"':
			s.p++
			if s.skipString(); s.dmg != nil {
				return
			}
		case '{', '[':
			if s.depth+level >= MaxDepth {
				s.fail(fmt.Sprintf("at most %d levels of nesting", MaxDepth), "")
				return
			}
			kinds[level/64] &^= 1 << (level % 64)
			if c == '[' {
				kinds[level/64] |= 1 << (level % 64)
			}
			level++
			s.p++
		default:
			level--
			if array := kinds[level/64]>>(level%64)&1 == 1; array != (c == ']') {
				s.fail("the other kind of bracket", "")
				return
			}
			s.p++
			if level == 0 {
				return
			}
		}
	}
}

// skipString steps over the rest of a string whose opening quote was read
// and returns the length of its contents as they stand in the file.
func (s *scanner) skipString() int64 {
	start := s.offset()
	escaped := false // the window begins after an odd run of backslashes
	for {
		w := s.buf[s.p:s.n]
		if escaped && len(w) > 0 {
			escaped = false
			s.p++
			continue
		}
		i := bytes.IndexByte(w, '"')
		end := i
		if i < 0 {
			end = len(w)
		}
		slashes := 0
		for slashes < end && w[end-1-slashes] == '\\' {
			slashes++
		}
		if i >= 0 {
			s.p += i + 1
			if slashes%2 == 0 {
				return s.offset() - 1 - start
			}
			continue
		}
		escaped = slashes%2 == 1
		s.p = s.n
		if !s.fill() {
			s.fail("the end of a string", "")
			return 0
		}
	}
}

// special returns the index of the first quote or backslash in b, or -1,
// looking at eight bytes at a time (Mycroft's zero-byte test on b XOR each).
func special(b []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		v := binary.LittleEndian.Uint64(b[i:])
		q, e := v^('"'*ones), v^('\\'*ones)
		if m := ((q - ones) &^ q & high) | ((e - ones) &^ e & high); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '"' || b[i] == '\\' {
			return i
		}
	}
	return -1
}

// token reads a number or literal and returns its text, valid until the next
// call.
func (s *scanner) token() []byte {
	s.need(64)
	w := s.buf[s.p:min(s.n, s.p+64)]
	i := 0
	for i < len(w) && (w[i]-'0' < 10 || w[i]|0x20-'a' < 26 || w[i] == '-' || w[i] == '+' || w[i] == '.') {
		i++
	}
	if i == 0 || i == 64 {
		s.fail("a JSON value", "")
		return nil
	}
	if s.p+i == s.n {
		// A token at the very end may be half of one.
		s.p = s.n
		s.fail("the rest of a value", "")
		return nil
	}
	s.p += i
	return w[:i]
}

// scalar reads a string, number or literal as text; null, objects and arrays
// are skipped and give nil. Strings longer than limit give nil and set long.
// The result is valid until the next call.
func (s *scanner) scalar(limit int) []byte {
	if s.dmg != nil {
		return nil
	}
	switch s.peek() {
	case '"':
		s.p++
		return s.str(limit)
	case '{', '[':
		s.skipContainer()
		return nil
	}
	t := s.token()
	if string(t) == "null" {
		return nil
	}
	return t
}

// text is scalar as a string.
func (s *scanner) text(limit int) string { return string(s.scalar(limit)) }

// number reads a number, also one in quotes. whole is true for digits only.
func (s *scanner) number() (v float64, whole, ok bool) {
	t := s.scalar(64)
	if len(t) == 0 {
		return 0, false, false
	}
	v, err := strconv.ParseFloat(string(t), 64)
	return v, !bytes.ContainsAny(t, ".eE"), err == nil && v-v == 0
}

// size reads a byte count; anything that is not one gives -1.
func (s *scanner) size() int64 {
	v, _, ok := s.number()
	if !ok || v < 0 || v > 1<<53 {
		return -1
	}
	return int64(v)
}
