package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/constat/constat/flow"
)

// webSocket parses RFC 6455 frames, after an upgrade or inside an HTTP/2
// stream, and undoes permessage-deflate (RFC 7692). Its flow is emitted in
// instalments: the first has the exchange that opened it, later ones only
// messages.
type webSocket struct {
	c      *Conn
	x      *exchange
	side   [2]halfWS
	held   int
	first  bool // the instalment with the exchange is still to be emitted
	inside bool // an HTTP/2 stream
	broken bool
}

// halfWS is one direction.
type halfWS struct {
	head    []byte // of the frame at hand, until it is complete
	have    bool   // the head is complete
	left    uint64
	mask    [4]byte
	masked  bool
	pos     int // in the mask
	opcode  byte
	final   bool
	message flow.Message
	size    int64
	open    bool // a message of several frames is under way
	packed  bool // its bytes are deflated
	inflate *inflater
}

// WebSocket opcodes (RFC 6455, section 11.8).
const (
	wsText   = 1
	wsBinary = 2
)

var errWebSocket = errors.New("a WebSocket frame that breaks the protocol")

func newWebSocket(c *Conn, x *exchange) *webSocket {
	w := &webSocket{c: c, x: x, first: true}
	x.f.Kind, x.f.Protocol = flow.WebSocket, "websocket"
	x.upDone, x.downDone = true, true
	if x.f.Request != nil {
		x.f.Request.Body.Kept = true
	}
	if x.f.Response != nil {
		w.accepted(x.f.Response)
	}
	return w
}

// accepted reads which extension the server chose.
func (w *webSocket) accepted(r *flow.Response) {
	r.Body.Kept = true
	ext := strings.ToLower(flow.Header(r.Headers, "sec-websocket-extensions"))
	if !strings.Contains(ext, "permessage-deflate") {
		return
	}
	limit := w.c.limits.Body
	w.side[Up].inflate = &inflater{limit: limit, forget: strings.Contains(ext, "client_no_context_takeover")}
	w.side[Down].inflate = &inflater{limit: limit, forget: strings.Contains(ext, "server_no_context_takeover")}
}

func (w *webSocket) data(side Side, m Mark, b []byte) error {
	s := &w.side[side]
	for len(b) > 0 {
		if w.broken {
			return nil
		}
		if !s.have {
			n, err := s.readHead(b)
			if err != nil {
				w.broken = true
				w.x.f.Notes = append(w.x.f.Notes, err.Error()+": the rest was not read")
				if w.inside {
					return nil
				}
				return err
			}
			b = b[n:]
			if !s.have {
				return nil
			}
			w.begin(side, m)
			if s.left == 0 {
				w.frameDone(side, m)
			}
			continue
		}
		n := int(min(s.left, uint64(len(b))))
		w.payload(side, b[:n])
		b = b[n:]
		if s.left -= uint64(n); s.left == 0 {
			w.frameDone(side, m)
		}
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
	if h[0]&0x30 != 0 {
		return n, errWebSocket
	}
	at := 2
	switch l := h[1] & 0x7f; l {
	case 126:
		s.left, at = uint64(binary.BigEndian.Uint16(h[2:])), 4
	case 127:
		if s.left, at = binary.BigEndian.Uint64(h[2:]), 10; s.left >= 1<<62 {
			return n, errWebSocket
		}
	default:
		s.left = uint64(l)
	}
	if s.masked = h[1]&0x80 != 0; s.masked {
		copy(s.mask[:], h[at:])
	}
	s.pos = 0
	s.final, s.opcode = h[0]&0x80 != 0, h[0]&0x0f
	if s.opcode >= 8 && s.left > 125 {
		return n, errWebSocket
	}
	if s.opcode == wsText || s.opcode == wsBinary {
		s.packed = h[0]&0x40 != 0
	}
	s.head, s.have = s.head[:0], true
	return n, nil
}

// begin starts a message, unless the frame continues one or is a control
// frame.
func (w *webSocket) begin(side Side, m Mark) {
	s := &w.side[side]
	if s.opcode == wsText || s.opcode == wsBinary {
		s.message = flow.Message{
			Time: m.Time, FromClient: side == Up, Text: s.opcode == wsText,
			Body: flow.Body{Kept: side == Up || w.c.limits.Response > 0, Source: flow.Provenance{Offset: m.Offset, Frame: m.Frame}},
		}
		s.open, s.size = true, 0
	}
}

func (w *webSocket) payload(side Side, b []byte) {
	s := &w.side[side]
	if s.opcode >= 8 || !s.open {
		return // control frames carry no message of anybody's
	}
	s.size += int64(len(b))
	limit := w.c.limits.Body
	if side == Down && w.c.limits.Response == 0 && s.inflate == nil {
		return
	}
	from := len(s.message.Body.Data)
	k := min(len(b), max(0, limit-from))
	s.message.Body.Data = append(s.message.Body.Data, b[:k]...)
	if s.masked {
		p := s.message.Body.Data[from:]
		for i := range p {
			p[i] ^= s.mask[(s.pos+i)&3]
		}
		s.pos += len(b)
	}
}

func (w *webSocket) frameDone(side Side, m Mark) {
	s := &w.side[side]
	s.have = false
	if s.opcode >= 8 || !s.final || !s.open {
		return
	}
	s.open = false
	body := &s.message.Body
	body.Size = s.size
	if body.Kept {
		body.Cut = s.size - int64(len(body.Data))
	}
	if s.packed && s.inflate != nil {
		if data, err := s.inflate.message(body.Data); err == nil || len(data) > 0 {
			body.Data, body.Decoded, body.Size = data, true, max(int64(len(data)), 0)
		}
	}
	if !body.Kept {
		body.Data = nil
	}
	w.x.f.Messages = append(w.x.f.Messages, s.message)
	w.held += len(body.Data) + 64
	s.message = flow.Message{}
	if w.held >= w.c.limits.Messages {
		w.flush(m)
	}
}

// flush emits the messages so far.
func (w *webSocket) flush(m Mark) {
	f := w.x.f
	f.Timing.End = m.Time
	next := w.c.flow(flow.WebSocket, "websocket")
	next.Timing.Start = m.Time
	if f.Request != nil {
		next.Server.Name = f.Request.Host
	}
	w.c.emit(f)
	w.x = &exchange{f: next, upDone: true, downDone: true}
	w.held, w.first = 0, false
}

func (w *webSocket) eof(Side, Mark) {}

func (w *webSocket) soFar(m Mark, _ func(*flow.Flow)) {
	if len(w.x.f.Messages) > 0 || w.first && w.x.f.Response != nil {
		w.flush(m)
	}
}

func (w *webSocket) end(m Mark) {
	for side := range w.side {
		if s := &w.side[side]; s.open && len(s.message.Body.Data) > 0 { // cut short
			s.message.Body.Size = s.size
			if s.message.Body.Kept && !s.packed {
				w.x.f.Messages = append(w.x.f.Messages, s.message)
			}
		}
	}
	if w.first || len(w.x.f.Messages) > 0 {
		w.x.f.Timing.End = m.Time
		w.c.emit(w.x.f)
	}
	w.broken = true
}

// inflater undoes permessage-deflate for one direction.
type inflater struct {
	limit  int
	forget bool   // no context takeover
	window []byte // the last 32 KiB that came out
	r      io.ReadCloser
}

// tail is what RFC 7692, 7.2.2 says to append, and a final empty block so that
// the decoder ends.
var tail = []byte{0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff}

const windowSize = 32 << 10

func (f *inflater) message(b []byte) ([]byte, error) {
	src := io.MultiReader(bytes.NewReader(b), bytes.NewReader(tail))
	if f.r == nil {
		f.r = flate.NewReaderDict(src, f.window)
	} else if err := f.r.(flate.Resetter).Reset(src, f.window); err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(f.r, int64(f.limit)))
	if !f.forget {
		f.window = append(f.window, out...)
		if n := len(f.window); n > windowSize {
			f.window = append(f.window[:0], f.window[n-windowSize:]...)
		}
	}
	return out, err
}
