package har

import (
	"unicode/utf16"
	"unicode/utf8"
)

// str unescapes the rest of a string whose opening quote was read into
// scratch. The result is valid until the next call. A string longer than
// limit bytes is stepped over: the result is nil and long is set.
//
// What is not text stays recoverable: invalid UTF-8 is kept byte for byte, a
// lone surrogate escape becomes its three-byte generalised form (WTF-8,
// https://simonsapin.github.io/wtf-8/), and an escape JSON does not know is
// kept as written, with odd set.
func (s *scanner) str(limit int) []byte {
	s.long = false
	dst := s.scratch[:0]
	for {
		w := s.buf[s.p:s.n]
		i := special(w)
		if i < 0 {
			dst = append(dst, w...)
			s.p = s.n
			if len(dst) > limit {
				return s.overlong(dst)
			}
			if !s.fill() {
				s.scratch = dst[:0]
				s.fail("the end of a string", "")
				return nil
			}
			continue
		}
		dst = append(dst, w[:i]...)
		s.p += i
		if w[i] == '"' {
			s.scratch = dst
			if len(dst) > limit {
				s.long = true
				s.p++
				return nil
			}
			s.p++
			return dst
		}
		if len(dst) > limit {
			return s.overlong(dst)
		}
		dst = s.escape(dst)
	}
}

func (s *scanner) overlong(dst []byte) []byte {
	s.scratch = dst[:0]
	s.long = true
	s.skipString()
	return nil
}

// escape appends what the escape at the next byte stands for. An escape cut
// off by the end of the file is left for str to report.
func (s *scanner) escape(dst []byte) []byte {
	s.need(12) // a surrogate pair is two escapes of six bytes
	w := s.buf[s.p:s.n]
	if len(w) < 2 {
		s.p = s.n
		return dst
	}
	c := w[1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r, ok := hex4(w)
		if !ok {
			if len(w) < 6 && s.err != nil {
				s.p = s.n
				return dst
			}
			s.odd = true
			s.p += 2
			return append(dst, '\\', 'u')
		}
		s.p += 6
		if utf16.IsSurrogate(r) {
			if low, ok := hex4(w[6:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					s.p += 6
					return utf8.AppendRune(dst, pair)
				}
			}
			return append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
		}
		return utf8.AppendRune(dst, r)
	default:
		s.odd = true
		dst = append(dst, '\\')
	}
	s.p += 2
	return append(dst, c)
}

// hex4 reads \uXXXX at the start of w.
func hex4(w []byte) (rune, bool) {
	if len(w) < 6 || w[0] != '\\' || w[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range w[2:6] {
		r <<= 4
		switch {
		case c-'0' < 10:
			r |= rune(c - '0')
		case c|0x20-'a' < 6:
			r |= rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
	}
	return r, true
}

// take returns a copy of b that nobody else writes to. b is the scanner's
// scratch; a large one is given away instead of copied.
func (s *scanner) take(b []byte) []byte {
	if len(b) > 1<<20 {
		s.scratch = nil
		return b
	}
	return append(make([]byte, 0, len(b)), b...)
}
