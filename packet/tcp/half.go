package tcp

import (
	"bytes"
	"slices"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/stream"
)

// half is what one end sent, on its way to become a stream.
type half struct {
	started bool
	next    uint32  // sequence number of the next byte to hand on
	held    []piece // sorted, without overlaps
	bytes   int     // that held costs

	// While the start is not known: when the first piece came.
	firstAt int64
	firstN  int64 // packets of the connection

	fin     bool
	finSeq  uint32 // behind the last byte
	finWait *wait  // nil if it waits for nothing of the other end
	eof     bool

	acked    bool // the other end has acknowledged something
	ack      uint32
	firstAck uint32
	ackOpen  bool // it has acknowledged what is missing here
	ackAt    int64
	ackN     int64 // packets of the connection

	span uint32 // bytes of the stream in held
	top  uint32 // the highest sequence number that stands behind missing bytes, if behind next

	excusedTo uint32 // what the other end has acknowledged up to here is not waited for
	excusedAt uint32 // packets of this end then
	excused   bool   // there is such
	unheard   bool   // because nothing said that it was sent

	far    bool // the last segment was far from where the stream is
	farSeq uint32

	recent   [recentSegments]sample
	recentAt int
}

// piece is a segment that waits for an earlier one, of its own direction or
// the other.
type piece struct {
	seq  uint32
	b    []byte
	cut  int // bytes behind b that were captured short
	mark stream.Mark
	id   uint16 // IPv4 identification of the packet
	wait wait
}

func (p *piece) end() uint32 { return p.seq + uint32(len(p.b)+p.cut) }

// pieceCost is what a piece takes beside its bytes.
const pieceCost = 128

// before reports whether a comes before b in sequence space (RFC 9293, 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// sample is what is remembered of a segment that was handed on, to see whether
// one that repeats it is the same.
type sample struct {
	seq        uint32
	size       int32
	head, tail uint64
	id         uint16 // IPv4 identification, 0 if none
}

const recentSegments = 4

// sampleOf takes the first and last eight bytes of each quarter.
func sampleOf(seq uint32, b []byte) sample {
	s := sample{seq: seq, size: int32(len(b))}
	q := len(b) / 4
	for i := range 4 {
		p := b[i*q : (i+1)*q]
		if i == 3 {
			p = b[3*q:]
		}
		s.head = s.head*0x9e3779b97f4a7c15 + word(p[:min(8, len(p))])
		s.tail = s.tail*0x9e3779b97f4a7c15 + word(p[max(0, len(p)-8):])
	}
	return s
}

// word reads up to eight bytes.
func word(b []byte) (w uint64) {
	if len(b) == 8 {
		return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
	}
	for i, c := range b {
		w |= uint64(c) << (8 * i)
	}
	return w
}

// remember notes a segment that is handed on.
func (h *half) remember(seq uint32, b []byte, id uint16) {
	r := &h.recent[h.recentAt&(recentSegments-1)]
	*r = sampleOf(seq, b)
	r.id = id
	h.recentAt++
}

// known says of a segment that repeats one which is remembered whether it has
// other bytes, and whether it is the same packet, captured twice: a sender
// gives what it repeats another identification.
func (h *half) known(seq uint32, b []byte, id uint16) (differs, copied bool) {
	for i := range h.recent {
		if r := &h.recent[i]; r.seq == seq && int(r.size) == len(b) {
			s := sampleOf(seq, b)
			differs = s.head != r.head || s.tail != r.tail
			return differs, !differs && id != 0 && id == r.id
		}
	}
	return false, false
}

// put holds the bytes of a segment that are not held yet, and returns how many
// were, whether any of those differ, and whether it is the same packet as one
// that is held.
func (a *Assembler) put(h *half, seq uint32, b []byte, cut int, m stream.Mark, id uint16, w wait) (seen int, differ, copied bool) {
	end := seq + uint32(len(b)+cut)
	i, _ := slices.BinarySearchFunc(h.held, seq, func(p piece, seq uint32) int {
		if !before(seq, p.end()) {
			return -1
		}
		return 1
	})
	for at := seq; before(at, end); i++ {
		if i < len(h.held) && !before(at, h.held[i].seq) {
			p := &h.held[i]
			n, d := overlap(p, seq, b)
			seen, differ = seen+n, differ || d
			if !before(p.seq, seq) && !before(end, p.end()) {
				p.wait.earlier(w)
				copied = id != 0 && p.id == id && p.seq == seq && p.end() == end && !d
			}
			at = p.end()
			continue
		}
		to := end
		if i < len(h.held) && before(h.held[i].seq, end) {
			to = h.held[i].seq
		}
		lo, hi := int(at-seq), int(to-seq)
		p := piece{seq: at, mark: skip(m, lo), id: id, wait: w, cut: hi - max(lo, min(hi, len(b)))}
		if lo < len(b) {
			p.b = bytes.Clone(b[lo:min(hi, len(b))])
		}
		h.held = slices.Insert(h.held, i, p)
		h.bytes += len(p.b) + pieceCost
		h.span += p.end() - p.seq
		a.held += len(p.b) + pieceCost
		at = to
	}
	return seen, differ, copied
}

// overlap compares a held piece with bytes that begin at seq. It returns how
// many both have, and whether they differ.
func overlap(p *piece, seq uint32, b []byte) (n int, differ bool) {
	mine, theirs := p.b, b
	if d := int(int32(p.seq - seq)); d > 0 {
		theirs = theirs[min(d, len(theirs)):]
	} else {
		mine = mine[min(-d, len(mine)):]
	}
	n = min(len(mine), len(theirs))
	return n, !bytes.Equal(mine[:n], theirs[:n])
}

// pop takes the first held piece away.
func (a *Assembler) pop(h *half) piece {
	p := h.held[0]
	h.held[0] = piece{}
	if h.held = h.held[1:]; len(h.held) == 0 {
		h.held = nil
	}
	h.bytes -= len(p.b) + pieceCost
	h.span -= p.end() - p.seq
	a.held -= len(p.b) + pieceCost
	return p
}

// skip moves a mark by n bytes, if it points at anything.
func skip(m stream.Mark, n int) stream.Mark {
	if m.Offset > 0 {
		m.Offset += int64(n)
	}
	return m
}

// mark says when and where a segment's payload was seen.
func mark(s *packet.Segment) stream.Mark {
	m := stream.Mark{Time: s.When(), Frame: s.Frame}
	if s.Verbatim {
		m.Offset = s.Offset
	}
	return m
}
