package stream

import "errors"

// single3 is a unidirectional stream of HTTP/3 (RFC 9114, 6.2).
type single3 struct {
	id    uint64
	side  Side
	frame frame3
	kind  uint64
	typed bool   // kind is known
	early []byte // of the type, as far as it came
	body  []byte // of a SETTINGS frame
	size  int    // bytes of a stream of a reserved type

	pending int // bytes of an instruction that has not ended
	hold    hold
	dead    error
}

var errCutShort = errors.New("cut short")

// maxSingles is how many unidirectional streams are told apart at once; a
// connection without pushes has three or four from each side.
const maxSingles = 1024

func (h *HTTP3) singleOf(id uint64, side Side) *single3 {
	s := h.singles[id]
	if s == nil && len(h.singles) < maxSingles {
		s = &single3{id: id, side: side}
		h.singles[id] = s
	}
	return s
}

// single takes bytes of a unidirectional stream.
func (h *HTTP3) single(id uint64, side Side, m Mark, b []byte, fin bool) {
	s := h.singleOf(id, side)
	if s == nil {
		h.lose(side, len(b), errStreams3)
		return
	}
	if !s.typed && s.dead == nil {
		n := h.singleType(s, b)
		b = b[n:]
		m.skip(n)
	}
	switch {
	case len(b) == 0:
	case s.dead != nil:
		h.lose(side, len(b), s.dead)
	case s.kind == streamControl:
		h.control(s, m, b)
	case s.kind == streamInstructions:
		n, err := h.decoder[side].Instructions(b)
		h.c.read[side] += int64(n)
		s.pending += len(b) - n
		if err != nil {
			h.endSingle(s, m, err)
		}
		h.unblock(m)
	case s.kind == streamAcknowledge, s.kind == streamPush:
		h.c.read[side] += int64(len(b))
	default: // of a reserved type
		if s.size += len(b); s.size > maxGrease {
			h.lose(side, len(b), errUnknown)
		} else {
			h.c.read[side] += int64(len(b))
		}
	}
	if fin {
		if s.kind == streamControl && s.dead == nil {
			h.endSingle(s, m, errCutShort)
		}
		h.lose(side, s.pending, errCutShort)
		h.c.release(&s.hold)
		delete(h.singles, id)
	}
}

// singleType reads the type of a stream, and returns how many bytes of b
// belong to it.
func (h *HTTP3) singleType(s *single3, b []byte) (used int) {
	for used < len(b) && !s.typed {
		s.early = append(s.early, b[used])
		used++
		if kind, n := varint(s.early); n > 0 {
			s.typed, s.kind, s.early = true, kind, nil
		}
	}
	h.c.read[s.side] += int64(used)
	if !s.typed {
		return used
	}
	switch {
	case s.kind == streamControl, s.kind == streamInstructions, s.kind == streamAcknowledge, s.kind == streamPush && s.side == Down, grease(s.kind):
	case s.kind == streamWebTransport:
		s.dead = errTransport
	default:
		s.dead = errUnknown
	}
	return used
}

// control reads a control stream, of which only the size of the QPACK table
// matters here.
func (h *HTTP3) control(s *single3, m Mark, b []byte) {
	f := &s.frame
	for len(b) > 0 {
		if !f.in {
			n := f.readHead(b)
			h.c.read[s.side] += int64(n)
			b = b[n:]
			if !f.in {
				return
			}
			if f.kind == frame3Settings && f.size > maxSettings {
				h.lose(s.side, len(b), errSettings)
				h.endSingle(s, m, errSettings)
				return
			}
		}
		n := f.take(len(b))
		switch {
		case f.kind == frame3Settings:
			h.c.read[s.side] += int64(n)
			if h.c.keepHead(&s.hold, n) == nil {
				s.body = append(s.body, b[:n]...)
			}
		case f.kind <= 0x0d, f.kind == 0xf0700, f.kind == 0xf0701, grease(f.kind) && f.size <= maxGrease: // priorities: RFC 9218
			h.c.read[s.side] += int64(n)
		default:
			h.lose(s.side, n, errUnknown)
		}
		b = b[n:]
		if f.left == 0 {
			f.in = false
			if f.kind == frame3Settings {
				h.settings(s, m)
			}
		}
	}
}

// settings takes a SETTINGS frame (RFC 9114, 7.2.4). How large a table a side
// allows is for what the other side encodes.
func (h *HTTP3) settings(s *single3, m Mark) {
	var most uint64
	for b := s.body; len(b) > 0; {
		id, n := varint(b)
		v, k := varint(b[n:])
		if n == 0 || k == 0 {
			break
		}
		if id == settingTable {
			most = v
		}
		b = b[n+k:]
	}
	s.body = nil
	h.c.release(&s.hold)
	h.decoder[1-s.side].SetCapacity(most)
	h.unblock(m)
}

// endSingle ends the reading of a unidirectional stream. Without a control
// stream the size of the table is taken from the encoder, and without an
// encoder's stream what is in the table is not known.
func (h *HTTP3) endSingle(s *single3, m Mark, err error) {
	if s.dead != nil {
		return
	}
	s.dead = err
	h.lose(s.side, s.pending, err)
	s.pending = 0
	switch {
	case !s.typed: // it may have been either
		h.decoder[1-s.side].Assume()
		h.decoder[s.side].Lost()
	case s.kind == streamControl:
		h.decoder[1-s.side].Assume()
	case s.kind == streamInstructions:
		h.decoder[s.side].Lost()
	}
	h.unblock(m)
}
