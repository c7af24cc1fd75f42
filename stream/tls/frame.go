package tls

import (
	"github.com/constat/constat/stream"
)

// Content types (RFC 8446, 5.1; RFC 6520).
const (
	typeCCS         = 20
	typeAlert       = 21
	typeHandshake   = 22
	typeApplication = 23
	typeHeartbeat   = 24
)

const headerLen = 5

// kind is what stands in the queue beside records.
type kind uint8

const (
	isRecord kind = iota
	isGap         // n bytes of the connection were lost, -1 unknown; body is nil
	isJunk        // n bytes in which there is no record
	isCut         // n bytes of a record of which others were lost
	isEOF
)

// record is a TLS record, or what stands in its place.
type record struct {
	side    stream.Side
	kind    kind
	typ     byte
	version uint16
	begin   stream.Mark // of its first byte
	end     stream.Mark // of its last
	body    []byte
	n       int64
	one     bool // isGap: exactly one record was lost
	reason  string
}

// header reports whether a record may begin with b, of which less than five
// bytes are believed as far as they go, and how long its body is.
func header(b []byte) (n int, ok bool) {
	switch {
	case len(b) > 0 && (b[0] < typeCCS || b[0] > typeHeartbeat), len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4:
		return 0, false
	case len(b) < headerLen:
		return 0, true
	}
	n = int(b[3])<<8 | int(b[4])
	return n, n <= maxRecord
}

func skipMark(m stream.Mark, n int) stream.Mark {
	if m.Offset > 0 {
		m.Offset += int64(n)
	}
	return m
}

// frame cuts the bytes of a direction into records.
func (c *Conn) frame(f *half, m stream.Mark, b []byte) {
	for len(b) > 0 {
		switch {
		case f.skip > 0:
			n := min(f.skip, len(b))
			f.skip -= n
			if f.skipAs == typeApplication {
				c.take(f, &record{side: f.side, kind: isCut, begin: m, end: m, n: int64(n), reason: AfterGap})
			}
			m, b = skipMark(m, n), b[n:]
		case f.search != "":
			if len(f.in) == 0 {
				f.mark = m
			}
			f.in = append(f.in, b...)
			in, found := c.find(f)
			if !found {
				return
			}
			// What is left of in is a record and perhaps more; its end was b.
			at := len(b) - len(in)
			m2 := m
			if at < 0 {
				m2 = f.mark
			} else {
				m2 = skipMark(m, at)
			}
			f.in = nil
			m, b = m2, in
		case len(f.in) > 0:
			n := c.fill(f, b)
			if n < 0 {
				continue
			}
			m, b = c.complete(f, m, b, n)
		default:
			n, ok := header(b)
			if !ok {
				c.noRecord(f, NotTLS)
				continue
			}
			if len(b) < headerLen || len(b) < headerLen+n {
				f.mark = m
				if f.in == nil {
					f.in = c.limits.Shared.lend()
				}
				f.in = append(f.in, b...)
				return
			}
			r := record{side: f.side, typ: b[0], version: uint16(b[1])<<8 | uint16(b[2]), begin: m, end: skipMark(m, headerLen+n-1), body: b[headerLen : headerLen+n : headerLen+n]}
			m, b = skipMark(m, headerLen+n), b[headerLen+n:]
			c.take(f, &r)
		}
	}
}

// fill returns how many bytes of b the record in f.in still needs; -1: it
// is no record.
func (c *Conn) fill(f *half, b []byte) int {
	if k := headerLen - len(f.in); k > 0 {
		if k > len(b) {
			return k
		}
		var h [headerLen]byte
		copy(h[copy(h[:], f.in):], b)
		n, ok := header(h[:])
		if !ok {
			c.noRecord(f, NotTLS)
			return -1
		}
		return k + n
	}
	n, _ := header(f.in)
	return headerLen + n - len(f.in)
}

// complete adds up to n bytes of b to the record in f.in, and hands it on
// when it is whole.
func (c *Conn) complete(f *half, m stream.Mark, b []byte, n int) (stream.Mark, []byte) {
	k := min(n, len(b))
	f.in = append(f.in, b[:k]...)
	if k < n || len(f.in) < headerLen {
		return skipMark(m, k), b[k:]
	}
	r := record{side: f.side, typ: f.in[0], version: uint16(f.in[1])<<8 | uint16(f.in[2]), begin: f.mark, end: skipMark(m, k-1), body: f.in[headerLen:]}
	c.take(f, &r)
	f.in = f.in[:0]
	return skipMark(m, k), b[k:]
}

// noRecord begins to search for a record. What is in f.in is searched too.
func (c *Conn) noRecord(f *half, reason string) {
	f.search, f.begins, f.scanned = reason, nil, 0
	if reason == NotTLS && f.began {
		f.search = "no record where one should be"
	}
}

// maxBegins is how many places may be the beginning of the record that is
// searched for. In encrypted bytes there is one in two million.
const maxBegins = 64

// find looks in f.in for a record: a header, a body, and after it the
// beginning of another header or nothing. It returns what begins with the
// first such record, or false if more is needed. What was passed over is
// counted.
func (c *Conn) find(f *half) ([]byte, bool) {
	for ; f.scanned < len(f.in); f.scanned++ {
		n, ok := header(f.in[f.scanned:])
		if ok && len(f.in)-f.scanned < headerLen {
			break
		}
		if ok && n > 0 {
			if len(f.begins) == maxBegins {
				f.begins = f.begins[:copy(f.begins, f.begins[1:])]
			}
			f.begins = append(f.begins, f.scanned)
		}
	}
	left := f.begins[:0]
	for _, i := range f.begins {
		n, _ := header(f.in[i:])
		if end := i + headerLen + n; end > len(f.in) {
			left = append(left, i)
		} else if _, ok := header(f.in[end:]); ok {
			c.passOver(f, i)
			c.junked(f)
			in := f.in[i:]
			f.mark = skipMark(f.mark, i)
			f.search, f.begins, f.scanned = "", nil, 0
			return in, true
		}
	}
	f.begins = left
	i := f.scanned
	if len(left) > 0 {
		i = left[0]
	}
	c.passOver(f, i)
	f.in = f.in[:copy(f.in, f.in[i:])]
	f.mark = skipMark(f.mark, i)
	f.scanned -= i
	for k := range left {
		left[k] -= i
	}
	return nil, false
}

// passOver counts n bytes of the search as no record.
func (c *Conn) passOver(f *half, n int) {
	if n > 0 && f.junk == 0 {
		f.junkAt = f.mark
	}
	f.junk += int64(n)
}

// junked hands on what the search has passed over.
func (c *Conn) junked(f *half) {
	if f.junk > 0 {
		r := record{side: f.side, kind: isJunk, begin: f.junkAt, end: f.junkAt, n: f.junk, reason: f.search}
		f.junk = 0
		c.take(f, &r)
	}
}

// lose tells that n bytes of a direction are missing, -1 unknown.
func (c *Conn) lose(f *half, m stream.Mark, n int64) {
	gap := record{side: f.side, kind: isGap, begin: m, end: m, n: n}
	rest := int64(-1) // of the record that is open
	switch {
	case f.search != "":
	case f.skip > 0:
		rest = int64(f.skip)
	case len(f.in) >= headerLen:
		k, _ := header(f.in)
		rest = int64(headerLen + k - len(f.in))
	}
	have, typ := len(f.in), byte(typeApplication)
	if f.skip > 0 {
		typ = f.skipAs
	} else if have > 0 {
		typ = f.in[0]
	}
	framed := n >= 0 && rest >= 0 && n <= rest
	if f.search == "" && have > headerLen && typ == typeApplication {
		c.take(f, &record{side: f.side, kind: isCut, begin: f.mark, end: f.mark, n: int64(have - headerLen), reason: AfterGap})
	}
	if f.search != "" {
		c.passOver(f, have)
	}
	damaged := f.skip > 0 // the record that is open has lost something before: it is counted already
	f.in = f.in[:0]
	switch {
	case framed:
		f.skip, f.skipAs = int(rest-n), typ
		gap.one = true
		if damaged {
			gap.n, gap.one = 0, false // of the same record
		}
	default:
		c.junked(f)
		f.skip = 0
		f.search, f.begins, f.scanned = AfterGap, nil, 0
	}
	if gap.n != 0 || gap.one {
		c.take(f, &gap)
	}
}

// cutShort counts what is left of a record when a direction ends.
func (c *Conn) cutShort(f *half) {
	r := record{side: f.side, kind: isCut, begin: f.mark, end: f.mark, reason: CutShort}
	switch {
	case f.search != "":
		c.passOver(f, len(f.in))
		c.junked(f)
	case len(f.in) > headerLen && f.in[0] == typeApplication:
		r.n = int64(len(f.in) - headerLen)
		c.take(f, &r)
	}
	f.in, f.skip = f.in[:0], 0
	f.begins, f.scanned = nil, 0
}
