package quic

import (
	"bytes"
	"sort"

	"github.com/constat/constat/stream"
)

// sequence puts the bytes of one direction of a stream into order. Where
// pieces overlap, what came first stands.
type sequence struct {
	next   int64 // offset that is waited for
	final  int64 // offset of the end, -1 if it is not known
	pieces []piece
	held   int // bytes of pieces, and what they cost
}

// piece is bytes that came before their turn. None overlaps another.
type piece struct {
	at   int64
	mark stream.Mark
	data []byte
}

const (
	pieceCost = 96   // bytes that a piece takes beside its data
	maxPieces = 4096 // of one sequence
)

// push takes bytes that stand at an offset. It returns those that are next,
// which may be all, and holds what must wait. After them pop may have more.
func (s *sequence) push(at int64, m stream.Mark, b []byte) []byte {
	if at == s.next && len(s.pieces) == 0 {
		s.next += int64(len(b))
		return b
	}
	if skip := s.next - at; skip > 0 {
		if skip >= int64(len(b)) {
			return nil
		}
		b = b[skip:]
		at = s.next
		shift(&m, skip)
	}
	var ready []byte
	if at == s.next {
		n := int64(len(b))
		if len(s.pieces) > 0 {
			n = min(n, s.pieces[0].at-at)
		}
		if ready, b = b[:n], b[n:]; n == 0 {
			ready = nil
		}
		at += n
		s.next = at
		shift(&m, n)
	}
	s.hold(at, m, b)
	return ready
}

// hold keeps the parts of b that are not there yet.
func (s *sequence) hold(at int64, m stream.Mark, b []byte) {
	i := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].at+int64(len(s.pieces[i].data)) > at })
	for len(b) > 0 {
		n := int64(len(b))
		if i < len(s.pieces) {
			p := &s.pieces[i]
			if p.at <= at { // is there
				skip := min(p.at+int64(len(p.data))-at, n)
				b, at = b[skip:], at+skip
				shift(&m, skip)
				i++
				continue
			}
			n = min(n, p.at-at)
		}
		s.pieces = append(s.pieces, piece{})
		copy(s.pieces[i+1:], s.pieces[i:])
		s.pieces[i] = piece{at, m, bytes.Clone(b[:n])}
		s.held += int(n) + pieceCost
		b, at = b[n:], at+n
		shift(&m, n)
		i++
	}
}

// pop returns bytes that have come to be next, nil if there are none.
func (s *sequence) pop() (b []byte, m stream.Mark) {
	if len(s.pieces) == 0 || s.pieces[0].at != s.next {
		return nil, m
	}
	p := s.pieces[0]
	s.pieces[0] = piece{}
	if s.pieces = s.pieces[1:]; len(s.pieces) == 0 {
		s.pieces = nil
	}
	s.held -= len(p.data) + pieceCost
	s.next += int64(len(p.data))
	return p.data, p.mark
}

// skip gives up on the bytes that are waited for, and returns how many they
// are: up to what there is, or up to the end if that is known. It is 0 if
// nothing is known to be missing.
func (s *sequence) skip() (n int64) {
	switch {
	case len(s.pieces) > 0:
		n = s.pieces[0].at - s.next
	case s.final > s.next:
		n = s.final - s.next
	}
	s.next += n
	return n
}

// over tells whether all has come.
func (s *sequence) over() bool { return s.final >= 0 && s.next >= s.final }

// shift moves a mark by n bytes, if it points at anything.
func shift(m *stream.Mark, n int64) {
	if m.Offset > 0 {
		m.Offset += n
	}
}
