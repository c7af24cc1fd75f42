package stream

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strings"

	"github.com/constat/constat/flow"
)

// webSocket parses RFC 6455 frames, after an upgrade or inside an HTTP/2
// stream, and undoes permessage-deflate (RFC 7692). Its flow is emitted in
// instalments: the first has the exchange that opened it, later ones only
// messages.
type webSocket struct {
	c      *Conn
	x      *exchange // the instalment
	side   [2]halfWS
	held   int    // by the messages of the instalment
	first  bool   // the instalment with the exchange is still to be emitted
	host   string // that the exchange asked for
	fixed  hold   // what its inflaters take
	broken bool
	mqtt   *mqtt   // what its messages carry, nil: themselves
	plain  [2]bool // what they do not carry, or no more
}

// halfWS is one direction.
type halfWS struct {
	head    []byte // of the frame at hand, until it is complete
	have    bool   // the head is complete
	left    uint64
	mask    [4]byte
	pos     int // in the mask
	opcode  byte
	final   bool
	data    partial
	control partial // may stand between the frames of a data message
	open    bool    // a message is under way
	packed  bool    // its bytes are deflated
	inflate *inflater
}

// WebSocket opcodes (RFC 6455, section 11.8).
const (
	wsContinue = 0
	wsText     = 1
	wsBinary   = 2
	wsClose    = 8
	wsPong     = 10
)

var errWebSocket = errors.New("a WebSocket frame that breaks the protocol")

func newWebSocket(c *Conn, x *exchange) *webSocket {
	w := &webSocket{c: c, x: x, first: true, host: x.f.Request.Host}
	x.f.Kind, x.f.Protocol = flow.WebSocket, "websocket"
	r := x.f.Response
	x.f.Request.Body.Kept, r.Body.Kept = true, true
	ext := strings.ToLower(flow.Header(r.Headers, "sec-websocket-extensions"))
	if strings.Contains(ext, "permessage-deflate") && c.keepHead(&w.fixed, 2*inflaterSize) == nil {
		w.side[Up].inflate = &inflater{limit: c.limits.Body, forget: strings.Contains(ext, "client_no_context_takeover")}
		w.side[Down].inflate = &inflater{limit: c.limits.Response, forget: strings.Contains(ext, "server_no_context_takeover")}
	}
	if strings.HasPrefix(strings.ToLower(flow.Header(r.Headers, "sec-websocket-protocol")), "mqtt") {
		w.mqtt = &mqtt{c: c, to: w}
	}
	return w
}

func (w *webSocket) data(side Side, m Mark, b []byte) error {
	s := &w.side[side]
	for len(b) > 0 && !w.broken {
		var n int
		if !s.have {
			var err error
			if n, err = s.readHead(b); err != nil {
				w.broken = true
				w.x.note(err.Error() + ": the rest was not read")
				return err
			}
			if !s.have {
				return nil
			}
			w.c.read[side] += int64(len(s.head))
			s.head = s.head[:0]
			w.begin(side, m)
		} else {
			n = int(min(s.left, uint64(len(b))))
			w.c.read[side] += int64(n)
			w.payload(side, m, b[:n])
			s.left -= uint64(n)
		}
		if s.left == 0 {
			w.frameDone(side, m)
		}
		b = b[n:]
		m.skip(n)
	}
	return nil
}

// readHead gathers a frame's head.
func (s *halfWS) readHead(b []byte) (int, error) {
	n := 0
	for {
		need := 2
		if len(s.head) >= 2 {
			switch s.head[1] & 0x7f {
			case 126:
				need += 2
			case 127:
				need += 8
			}
			if s.head[1]&0x80 != 0 {
				need += 4
			}
		}
		if len(s.head) == need {
			break
		}
		if n == len(b) {
			return n, nil
		}
		k := min(need-len(s.head), len(b)-n)
		s.head = append(s.head, b[n:n+k]...)
		n += k
	}
	h := s.head
	at := 2
	switch l := h[1] & 0x7f; l {
	case 126:
		s.left, at = uint64(binary.BigEndian.Uint16(h[2:])), 4
	case 127:
		s.left, at = binary.BigEndian.Uint64(h[2:]), 10
	default:
		s.left = uint64(l)
	}
	s.mask, s.pos = [4]byte{}, 0
	copy(s.mask[:], h[at:])
	s.final, s.opcode = h[0]&0x80 != 0, h[0]&0x0f
	switch packed := h[0]&0x40 != 0; {
	case h[0]&0x30 != 0, s.left >= 1<<62:
		return n, errWebSocket
	case s.opcode >= wsClose:
		if s.opcode > wsPong || s.left > 125 || !s.final || packed {
			return n, errWebSocket
		}
	case s.opcode > wsBinary, s.open != (s.opcode == wsContinue), packed && (s.open || s.inflate == nil):
		return n, errWebSocket
	case s.opcode != wsContinue:
		s.packed = packed
	}
	s.have = true
	return n, nil
}

// part is the message that the frame at hand belongs to.
func (s *halfWS) part() *partial {
	if s.opcode >= wsClose {
		return &s.control
	}
	return &s.data
}

// begin starts a message, unless the frame continues one.
func (w *webSocket) begin(side Side, m Mark) {
	s := &w.side[side]
	if s.opcode == wsContinue {
		return
	}
	s.open = s.open || s.opcode < wsClose
	s.part().Message = flow.Message{
		Time: m.Time, FromClient: side == Up, Text: s.opcode == wsText || s.opcode == wsClose,
		Body: flow.Body{Kept: side == Up || w.c.limits.Response > 0},
	}
}

func (w *webSocket) payload(side Side, m Mark, b []byte) {
	s := &w.side[side]
	limit := w.c.messageLimit(side)
	p := s.part()
	body := &p.Body
	if body.Size == 0 {
		body.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	}
	from := len(body.Data)
	if from < limit && int64(from) == body.Size {
		n := w.c.keep(&p.hold, min(limit-from, len(b)))
		body.Data = append(body.Data, b[:n]...)
		if s.mask != [4]byte{} {
			unmask(body.Data[from:], s.mask, s.pos)
		}
	}
	s.pos += len(b)
	if body.Size += int64(len(b)); body.Kept {
		body.Cut = body.Size - int64(len(body.Data))
	}
}

// unmask undoes the masking of b, which begins pos bytes into it.
func unmask(b []byte, mask [4]byte, pos int) {
	word := bits.RotateLeft32(binary.LittleEndian.Uint32(mask[:]), -8*(pos&3))
	long := uint64(word)<<32 | uint64(word)
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^long)
	}
	for i := range b {
		b[i] ^= byte(word >> (8 * (i & 3)))
	}
}

func (w *webSocket) frameDone(side Side, m Mark) {
	s := &w.side[side]
	s.have = false
	p := s.part()
	switch {
	case s.opcode >= wsClose:
		if s.opcode == wsClose {
			p.Body.Data = p.Body.Data[min(2, len(p.Body.Data)):] // the code
		}
		// What a client sends has left it, in whatever frame. A server's
		// control frames carry nothing of anybody's.
		if side == Down || len(p.Body.Data) == 0 {
			w.c.release(&p.hold)
			return
		}
	case !s.final:
		return
	default:
		s.open = false
		if s.packed && p.Body.Kept {
			w.inflate(s.inflate, &p.Body)
		}
		if w.carried(side, p, m) {
			return
		}
	}
	w.add(p, m)
}

// add puts a message into the instalment.
func (w *webSocket) add(p *partial, m Mark) {
	cost := len(p.Body.Data) + messageSize
	w.x.f.Messages = append(w.x.f.Messages, p.Message)
	w.x.hold.own += p.hold.own
	w.x.hold.shared += p.hold.shared
	*p = partial{}
	if w.held += cost; w.held >= w.c.limits.Messages {
		w.flush(m)
	}
}

// inflate undoes permessage-deflate, if it can.
func (w *webSocket) inflate(f *inflater, body *flow.Body) {
	data, cut, err := f.message(body.Data, body.Cut > 0)
	if err != nil {
		w.x.note("messages that do not inflate: " + err.Error())
	}
	if len(data) > 0 || err == nil {
		body.Data, body.Decoded, body.Cut = data, true, body.Cut+cut
	}
}

// flush emits the messages so far.
func (w *webSocket) flush(m Mark) {
	w.x.f.Timing.End = m.Time
	next := w.c.flow(flow.WebSocket, "websocket")
	next.Timing.Start = m.Time
	next.Server.Name = w.host
	w.c.emit(w.x.f)
	w.c.release(&w.x.hold)
	w.x = &exchange{f: next}
	w.held, w.first = 0, false
}

func (w *webSocket) note(text string) { w.x.note(text) }

func (w *webSocket) gap(Side, Mark, int64) bool { return false }
func (w *webSocket) eof(Side, Mark)             {}

func (w *webSocket) soFar(m Mark, _ func(*flow.Flow)) {
	if w.first || len(w.x.f.Messages) > 0 {
		w.flush(m)
	}
}

func (w *webSocket) end(m Mark) {
	w.endCarried(m)
	for side := range w.side {
		s := &w.side[side]
		if p := &s.data; s.open && p.Body.Size > 0 {
			w.x.note("message cut short")
			w.add(p, m)
		}
		w.c.release(&s.data.hold)
		w.c.release(&s.control.hold)
	}
	if w.first || len(w.x.f.Messages) > 0 || len(w.x.f.Notes) > 0 {
		w.flush(m)
	}
	w.c.release(&w.fixed)
	w.broken = true
}
