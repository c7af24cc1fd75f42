package stream

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream/qpack"
)

// stream3 is one exchange of HTTP/3.
type stream3 struct {
	id    uint64
	x     *exchange  // from its first field section on
	ws    *webSocket // after an extended CONNECT
	half  [2]half3
	queue []piece3 // of both directions, behind a field section that waits
	hold  hold     // of queue, and of the sections
	waits bool     // for entries of the QPACK table
}

// half3 is one direction.
type half3 struct {
	frame   frame3
	at      Mark   // of the field section at hand
	section []byte // as far as it came
	pending int    // bytes of a frame that is not understood yet
	open    bool   // a head has come
	trailed bool   // a trailer has come
	over    bool   // no more comes
	dead    error  // why nothing more is read
}

// piece3 is what came while the stream waited.
type piece3 struct {
	side Side
	mark Mark
	data []byte
	fin  bool

	reset bool // the stream was reset instead, with code
	code  uint64
}

// pieceCost is what a piece takes beside its bytes.
const pieceCost = 96

// streamOf returns the exchange of a stream, nil if there is no room for it.
func (h *HTTP3) streamOf(id uint64) *stream3 {
	s := h.streams[id]
	if s == nil && len(h.streams) < h.c.limits.Streams {
		s = &stream3{id: id}
		h.streams[id] = s
	}
	return s
}

// exchange takes bytes of a stream that the client has opened.
func (h *HTTP3) exchange(id uint64, side Side, m Mark, b []byte, fin bool) {
	s := h.streamOf(id)
	if s == nil {
		h.lose(side, len(b), errStreams3)
		return
	}
	if s.waits && !s.half[side].over {
		h.enqueue(s, piece3{side: side, mark: m, data: b, fin: fin})
		return
	}
	h.push(s, side, m, b, fin)
}

// push takes bytes of a stream as far as it need not wait, and holds the rest.
func (h *HTTP3) push(s *stream3, side Side, m Mark, b []byte, fin bool) {
	p := &s.half[side]
	if p.over {
		h.lose(side, len(b), errCutShort)
		return
	}
	for len(b) > 0 && p.dead == nil && !s.waits {
		n, err := h.step(s, side, m, b)
		b = b[n:]
		m.skip(n)
		if err != nil {
			h.kill(s, side, err)
		}
	}
	switch {
	case s.waits:
		h.enqueue(s, piece3{side: side, mark: m, data: b, fin: fin})
		return
	case p.dead != nil:
		h.lose(side, len(b), p.dead)
	}
	if fin {
		h.finish(s, side, m)
	}
}

// enqueue holds bytes until the stream may go on. There are no more of them
// than the sender had leave to send, and if there is no room, the stream's
// direction ends here.
func (h *HTTP3) enqueue(s *stream3, q piece3) {
	if len(q.data) == 0 && !q.fin && !q.reset {
		return
	}
	p := &s.half[q.side]
	if p.dead == nil && h.c.keepHead(&s.hold, len(q.data)+pieceCost) != nil {
		p.dead = errHeldAll
	}
	if p.dead != nil {
		h.lose(q.side, len(q.data), p.dead)
		p.over = p.over || q.fin || q.reset
		return
	}
	q.data = bytes.Clone(q.data)
	s.queue = append(s.queue, q)
}

// resume tries the field section that a stream waits for, and goes on with
// what has come since.
func (h *HTTP3) resume(s *stream3, m Mark) {
	for side := range s.half {
		p := &s.half[side]
		if p.section == nil || p.frame.left > 0 {
			continue
		}
		s.waits = false
		if err := h.fields(s, Side(side), m, p.section); err != nil {
			h.kill(s, Side(side), err)
		}
		if s.waits {
			return
		}
		break
	}
	queue := s.queue
	s.queue = nil
	for i, q := range queue {
		if s.waits { // again
			s.queue = append(s.queue, queue[i:]...)
			return
		}
		if q.reset {
			h.reset(s, q.side, q.mark, q.code)
		} else {
			h.push(s, q.side, q.mark, q.data, q.fin)
		}
	}
	h.letGo(s)
}

// letGo gives back what a stream has booked to wait, when nothing waits.
func (h *HTTP3) letGo(s *stream3) {
	if !s.waits && len(s.queue) == 0 && s.half[Up].section == nil && s.half[Down].section == nil {
		h.c.release(&s.hold)
	}
}

// read counts what was pending, and n bytes, as understood.
func (h *HTTP3) read(p *half3, side Side, n int) {
	h.c.read[side] += int64(p.pending + n)
	p.pending = 0
}

// step takes a piece of b, and returns its length.
func (h *HTTP3) step(s *stream3, side Side, m Mark, b []byte) (int, error) {
	p := &s.half[side]
	f := &p.frame
	if !f.in {
		if f.n == 0 {
			p.at = m
		}
		n := f.readHead(b)
		p.pending += n
		if !f.in {
			return n, nil
		}
		if err := h.frameHead(s, side); err != nil {
			return n, err
		}
		if f.left == 0 {
			return n, h.frameDone(s, side, m, nil)
		}
		return n, nil
	}
	n := f.take(len(b))
	payload := b[:n]
	switch {
	case f.kind == frame3Data && s.ws != nil:
		_ = s.ws.data(side, m, payload) // a broken WebSocket ends here, not the stream
	case f.kind == frame3Data:
		h.read(p, side, n)
		h.c.write(s.x, side, m, payload)
	case f.kind == frame3Headers:
		p.pending += n
		if p.section != nil || f.left > 0 {
			if err := h.c.keepHead(&s.hold, n); err != nil {
				return n, err
			}
			p.section = append(p.section, payload...)
			payload = p.section
		}
	case f.kind == frame3Promise || grease(f.kind) && f.size <= maxGrease:
		h.read(p, side, n)
	default:
		h.read(p, side, 0)
		h.lose(side, n, errUnknown)
	}
	if f.left == 0 {
		return n, h.frameDone(s, side, m, payload)
	}
	return n, nil
}

// frameHead judges a frame by its head (RFC 9114, 7.2 and table 1).
func (h *HTTP3) frameHead(s *stream3, side Side) error {
	p := &s.half[side]
	f := &p.frame
	switch f.kind {
	case frame3Data:
		if !p.open || p.trailed || s.ws == nil && s.x.body[side].body == nil {
			return errFrame3
		}
		h.read(p, side, 0)
	case frame3Headers:
		switch {
		case p.trailed:
			return errFrame3
		case f.size > uint64(h.c.limits.Head):
			return errHead
		}
	case frame3Promise:
		if side == Up {
			return errFrame3
		}
	case frame3WebTransport: // has no length: what was read for one is the session's id
		return errTransport
	case 0x02, 0x03, frame3Settings, 0x06, 0x07, 0x08, 0x09, 0x0d:
		return errFrame3
	}
	return nil
}

// frameDone acts on a frame that is complete.
func (h *HTTP3) frameDone(s *stream3, side Side, m Mark, payload []byte) error {
	p := &s.half[side]
	p.frame.in = false
	if p.frame.kind == frame3Headers {
		return h.fields(s, side, m, payload)
	}
	h.read(p, side, 0)
	return nil
}

// fields acts on a field section, or lets the stream wait for what it needs.
func (h *HTTP3) fields(s *stream3, side Side, m Mark, section []byte) error {
	p := &s.half[side]
	fields, err := h.decoder[side].Section(section)
	if errors.Is(err, qpack.ErrBlocked) {
		if p.section == nil {
			if err := h.c.keepHead(&s.hold, len(section)); err != nil {
				return err
			}
			p.section = append([]byte{}, section...)
		}
		s.waits = true
		h.waiting = append(h.waiting, s)
		return nil
	}
	p.section = nil
	h.letGo(s)
	missing := errors.Is(err, qpack.ErrMissing)
	if err != nil && !missing {
		return err
	}
	h.read(p, side, 0)
	if side == Down && !p.open && interim(fields) {
		return nil // the final response is to come
	}
	if s.x == nil {
		s.x = h.c.open("HTTP/3", p.at)
		s.x.f.Stream = new(s.id)
		s.x.done[Up] = true // until its head is seen
	}
	if s.ws != nil { // has no trailers
		return nil
	}
	size := 0
	for i := range fields {
		size += len(fields[i].Name) + len(fields[i].Value) + 32
	}
	if err := h.c.keepHead(&s.x.hold, size); err != nil {
		return err
	}
	if missing {
		s.x.note(err.Error())
	}
	f := s.x.f
	switch {
	case p.open && side == Down:
		p.trailed, f.Response.Trailer = true, fields
	case p.open:
		p.trailed, f.Request.Trailer = true, fields
	case side == Down:
		p.open = true
		s.ws = h.c.response(s.x, "HTTP/3", p.at, fields)
	default:
		p.open = true
		h.c.request(s.x, "HTTP/3", p.at, fields)
		if missing && flow.Header(fields, ":path") == "" {
			f.Request.URL = strings.TrimSuffix(f.Request.URL, "/") // no path is known, which is not the root
		}
		h.extended(s.x)
	}
	return nil
}

// extended names what an extended CONNECT opens (RFC 9220, RFC 9298,
// RFC 9484).
func (h *HTTP3) extended(x *exchange) {
	switch p := flow.Header(x.f.Request.Headers, ":protocol"); p {
	case "", "websocket":
	case "webtransport", "webtransport-h3", "connect-udp", "connect-ip":
		x.note("opens " + p + ": what passes on other streams and in datagrams is not read")
	default:
		x.note("an extended CONNECT for another protocol")
	}
}

// kill ends the reading of one direction of a stream.
func (h *HTTP3) kill(s *stream3, side Side, err error) {
	p := &s.half[side]
	h.lose(side, p.pending, err)
	p.pending, p.section, p.dead = 0, nil, err
	if s.x != nil {
		s.x.note(err.Error() + ": the rest of the stream was not read")
	}
}

// hole tells that bytes of a direction are missing. Within a body it is only
// the body that suffers.
func (h *HTTP3) hole(s *stream3, side Side, m Mark, n int64) {
	p := &s.half[side]
	if p.dead != nil || p.over {
		return
	}
	f := &p.frame
	if s.waits || s.ws != nil || !f.in || f.kind != frame3Data || n < 0 || uint64(n) > f.left {
		h.kill(s, side, errHole)
		return
	}
	s.x.note("a body with bytes missing in the capture")
	b := &s.x.body[side]
	b.body.Size += n
	if b.body.Kept {
		b.body.Cut += n
	}
	b.all, b.limit = nil, len(b.body.Data) // only what stands before the hole is kept
	if f.left -= uint64(n); f.left == 0 {
		f.in = false
	}
}

// reset ends one direction of a stream before its time.
func (h *HTTP3) reset(s *stream3, side Side, m Mark, code uint64) {
	if s.waits {
		h.enqueue(s, piece3{side: side, mark: m, reset: true, code: code})
		return
	}
	if code != 0x100 && s.x != nil { // H3_NO_ERROR after a full response is a polite end (RFC 9114, 4.1)
		x := s.x
		if s.ws != nil {
			x = s.ws.x
		}
		x.note(fmt.Sprintf("reset by the %s, HTTP/3 error 0x%x", [2]string{Up: "client", Down: "server"}[side], code))
	}
	p := &s.half[side]
	if p.dead == nil {
		p.dead = errReset
		h.lose(side, p.pending, errReset)
		p.pending = 0
	}
	h.finish(s, side, m)
}

// finish ends one direction of a stream.
func (h *HTTP3) finish(s *stream3, side Side, m Mark) {
	p := &s.half[side]
	if p.over {
		return
	}
	p.over = true
	if s.x != nil && p.open && p.dead == nil && !p.frame.in && p.frame.n == 0 {
		s.x.done[side] = true
		if s.ws == nil && side == Up {
			s.x.f.Timing.Sent = m.Time
		} else if s.ws == nil {
			s.x.f.Timing.End = m.Time
		}
	}
	if s.half[Up].over && s.half[Down].over {
		h.close(s, m)
	}
}

// close emits a stream as far as it came.
func (h *HTTP3) close(s *stream3, m Mark) {
	delete(h.streams, s.id)
	for side := range s.half {
		p := &s.half[side]
		h.lose(Side(side), p.pending, errCutShort)
		p.pending = 0
	}
	for _, q := range s.queue {
		h.lose(q.side, len(q.data), errCutShort)
	}
	s.queue = nil
	h.c.release(&s.hold)
	switch {
	case s.ws != nil:
		s.ws.end(m)
	case s.x != nil:
		s.x.empty()
		h.c.finish(s.x, m)
	}
}
