package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/net/http2/hpack"

	"github.com/constat/constat/flow"
)

// http2 parses HTTP/2 (RFC 9113), both directions.
type http2 struct {
	c       *Conn
	side    [2]half2
	streams map[uint32]*stream2
	last    uint32 // the newest stream of the client
}

// half2 is one direction.
type half2 struct {
	preface int     // bytes of it still to skip
	head    [9]byte // of the frame at hand
	n       int     // bytes of head there are
	frame   frame2
	left    int    // bytes of the payload to come
	pad     int    // of them, padding; -1: its length is still to come
	buf     []byte // a payload that is needed whole
	pending int    // bytes that are not understood yet: a frame, or the frames of a header block
	block   block2
	decoder *hpack.Decoder
}

type frame2 struct {
	kind, flags byte
	stream      uint32
}

// block2 is a header block, which may come in several frames.
type block2 struct {
	at      Mark   // of its first frame
	stream  uint32 // that its frames are on
	promise bool   // it is of a PUSH_PROMISE
	ends    bool   // END_STREAM came with it
	partial bool   // more is to come
	bytes   []byte // as far as it came
	fields  []flow.Field
	size    int // of fields, as RFC 9113, 6.5.2 counts
}

// stream2 is one exchange.
type stream2 struct {
	x    *exchange
	ws   *webSocket // after an extended CONNECT
	open [2]bool    // a head of this direction has come
}

// Frame types and flags (RFC 9113, section 6).
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	frameReset        = 0x3
	framePromise      = 0x5
	frameContinuation = 0x9

	flagEndStream  = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

// maxTable is the largest HPACK table. An endpoint may allow its peer any;
// whether it did is not for a listener to enforce. It is far more than any
// allows.
const maxTable = 1 << 20

var (
	errPreface = errors.New("not the preface of HTTP/2 where it should be")
	errFrame   = errors.New("an HTTP/2 frame that breaks the protocol")
	errStreams = errors.New("more HTTP/2 streams open than the limit")
)

func newHTTP2(c *Conn) *http2 {
	h := &http2{c: c, streams: map[uint32]*stream2{}}
	h.side[Up].preface = len(preface)
	for i := range h.side {
		b := &h.side[i].block
		var d *hpack.Decoder
		d = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
			if b.size += len(f.Name) + len(f.Value) + 32; b.size > c.limits.Head {
				d.SetEmitEnabled(false)
				return
			}
			b.fields = append(b.fields, flow.Field{Name: f.Name, Value: f.Value})
		})
		d.SetAllowedMaxDynamicTableSize(maxTable)
		d.SetMaxStringLength(c.limits.Head)
		h.side[i].decoder = d
	}
	return h
}

func (h *http2) data(side Side, m Mark, b []byte) error {
	s := &h.side[side]
	if s.preface > 0 {
		k := min(s.preface, len(b))
		from := len(preface) - s.preface
		if string(b[:k]) != preface[from:from+k] {
			return errPreface
		}
		s.pending += k
		if s.preface -= k; s.preface == 0 {
			h.read(side, 0)
		}
		b = b[k:]
		m.skip(k)
	}
	for len(b) > 0 {
		n, err := h.step(side, m, b)
		if err != nil {
			return err
		}
		b = b[n:]
		m.skip(n)
	}
	return nil
}

// read counts what was pending, and n bytes, as understood.
func (h *http2) read(side Side, n int) {
	s := &h.side[side]
	h.c.read[side] += int64(s.pending + n)
	s.pending = 0
}

func (h *http2) step(side Side, m Mark, b []byte) (int, error) {
	s := &h.side[side]
	if s.n < len(s.head) {
		if s.n == 0 && !s.block.partial {
			s.block.at = m
		}
		k := copy(s.head[s.n:], b)
		s.n += k
		s.pending += k
		if s.n < len(s.head) {
			return k, nil
		}
		if err := h.frameHead(side); err != nil {
			return 0, err
		}
		if s.left == 0 {
			return k, h.frameDone(side, m)
		}
		return k, nil
	}
	k := min(s.left, len(b))
	p := b[:k]
	s.left -= k
	if s.pad < 0 {
		if s.pad = int(p[0]); s.pad > s.left+len(p)-1 {
			return 0, errFrame
		}
		p = p[1:]
		m.skip(1)
	}
	switch s.frame.kind {
	case frameData:
		if real := s.left + len(p) - s.pad; real < len(p) {
			p = p[:max(0, real)]
		}
		h.read(side, k-len(p))
		if len(p) > 0 {
			h.body(side, m, p)
		}
	case frameHeaders, frameContinuation, framePromise:
		s.pending += k
		s.buf = append(s.buf, p...)
	case frameReset:
		s.buf = append(s.buf, p...)
		h.read(side, k)
	default:
		h.read(side, k)
	}
	if s.left == 0 {
		return k, h.frameDone(side, m)
	}
	return k, nil
}

// frameHead takes the head of a frame apart.
func (h *http2) frameHead(side Side) error {
	s := &h.side[side]
	s.left = int(s.head[0])<<16 | int(s.head[1])<<8 | int(s.head[2])
	s.frame = frame2{s.head[3], s.head[4], binary.BigEndian.Uint32(s.head[5:]) & (1<<31 - 1)}
	s.pad, s.buf = 0, s.buf[:0]
	f := s.frame
	// Nothing may stand between the frames of a header block.
	if s.block.partial != (f.kind == frameContinuation) || s.block.partial && f.stream != s.block.stream {
		return errFrame
	}
	switch f.kind {
	case frameHeaders, framePromise, frameContinuation:
		if len(s.block.bytes)+s.left > h.c.limits.Head {
			return errHead
		}
	case frameReset:
		if s.left != 4 {
			return errFrame
		}
	}
	if f.flags&flagPadded != 0 && (f.kind == frameData || f.kind == frameHeaders || f.kind == framePromise) {
		if s.pad = -1; s.left == 0 {
			return errFrame
		}
	}
	return nil
}

// body takes bytes of a DATA frame. What a client sends on no stream that is
// open has left it all the same, and stays unread.
func (h *http2) body(side Side, m Mark, p []byte) {
	s := h.streams[h.side[side].frame.stream]
	switch {
	case s == nil || s.ws == nil && s.x.body[side].body == nil:
		if side == Down {
			h.read(side, len(p))
		}
	case s.ws != nil:
		_ = s.ws.data(side, m, p) // a broken WebSocket ends its stream, not the connection
	default:
		h.read(side, len(p))
		h.c.write(s.x, side, m, p)
	}
}

// frameDone acts on a frame that is complete.
func (h *http2) frameDone(side Side, m Mark) error {
	s := &h.side[side]
	s.n = 0
	f, buf := s.frame, s.buf
	switch f.kind {
	case frameHeaders, framePromise:
		if s.pad > len(buf) {
			return errFrame
		}
		buf = buf[:len(buf)-s.pad]
		skip := 0
		if f.kind == framePromise {
			skip = 4
		} else if f.flags&flagPriority != 0 {
			skip = 5
		}
		if len(buf) < skip {
			return errFrame
		}
		buf = buf[skip:]
		b := &s.block
		b.stream, b.promise, b.ends = f.stream, f.kind == framePromise, f.kind == frameHeaders && f.flags&flagEndStream != 0
		return h.piece(side, m, buf, f.flags&flagEndHeaders != 0)
	case frameContinuation:
		return h.piece(side, m, buf, f.flags&flagEndHeaders != 0)
	case frameData:
		h.read(side, 0)
		if f.flags&flagEndStream != 0 {
			h.sideDone(f.stream, side, m)
		}
	case frameReset:
		h.reset(f.stream, side, m, binary.BigEndian.Uint32(buf))
	default:
		h.read(side, 0)
	}
	return nil
}

// reset ends a stream before its time.
func (h *http2) reset(id uint32, side Side, m Mark, code uint32) {
	s := h.streams[id]
	if s == nil {
		return
	}
	if code != 0 { // NO_ERROR after a full response is a polite end (RFC 9113, 8.1)
		x := s.x
		if s.ws != nil {
			x = s.ws.x
		}
		x.note(fmt.Sprintf("reset by the %s, HTTP/2 error %d", [2]string{Up: "client", Down: "server"}[side], code))
	}
	h.close(id, m)
}

// piece adds to a header block, and acts on it at its end.
func (h *http2) piece(side Side, m Mark, p []byte, last bool) error {
	s := &h.side[side]
	b := &s.block
	if b.partial = !last; !last || len(b.bytes) > 0 {
		b.bytes = append(b.bytes, p...)
		p = b.bytes
	}
	if !last {
		return nil
	}
	fields, err := h.decode(side, p)
	if b.bytes = b.bytes[:0]; cap(b.bytes) > keptBuffer {
		b.bytes = nil
	}
	if cap(s.buf) > keptBuffer {
		s.buf = nil
	}
	if err != nil {
		return err
	}
	read := true // a promise is the server's idea, nothing the client sent
	if !b.promise {
		if read, err = h.headers(side, m, b, fields); err != nil {
			return err
		}
	}
	if !read {
		s.pending = 0
	}
	h.read(side, 0)
	return nil
}

func (h *http2) decode(side Side, p []byte) ([]flow.Field, error) {
	b, d := &h.side[side].block, h.side[side].decoder
	b.fields, b.size = make([]flow.Field, 0, 16), 0
	d.SetEmitEnabled(true)
	if _, err := d.Write(p); err != nil {
		return nil, fmt.Errorf("HPACK: %w", err)
	}
	if err := d.Close(); err != nil {
		return nil, fmt.Errorf("HPACK: %w", err)
	}
	if b.size > h.c.limits.Head {
		return nil, errHead
	}
	fields := b.fields
	b.fields = nil
	return fields, nil
}

// headers acts on the fields of a header block. It reports whether they
// belong to any exchange.
func (h *http2) headers(side Side, m Mark, b *block2, fields []flow.Field) (bool, error) {
	id := b.stream
	s := h.streams[id]
	if interim(fields) && side == Down && (s == nil || !s.open[Down]) {
		return true, nil // the final response is to come
	}
	if s == nil {
		if id%2 == 0 || id <= h.last { // a push, or a stream that was closed
			return side == Down, nil
		}
		if len(h.streams) >= h.c.limits.Streams {
			return false, errStreams
		}
		s = &stream2{x: h.c.open("HTTP/2", b.at)}
		s.x.f.Stream = new(uint64(id))
		s.x.done[Up] = true // until its head is seen
		h.streams[id] = s
		if side == Up {
			h.last = id
		}
	}
	if s.ws != nil { // has no trailers
		if b.ends {
			h.sideDone(id, side, m)
		}
		return side == Down, nil
	}
	if err := h.c.keepHead(&s.x.hold, b.size); err != nil {
		return false, err
	}
	f := s.x.f
	switch {
	case s.open[side] && side == Down:
		f.Response.Trailer = append(f.Response.Trailer, fields...)
	case s.open[side]:
		f.Request.Trailer = append(f.Request.Trailer, fields...)
	case side == Down:
		h.response(s, b.at, fields)
	default:
		h.request(s, b.at, fields)
	}
	if b.ends {
		h.sideDone(id, side, m)
	}
	return true, nil
}

// sideDone ends one direction of a stream.
func (h *http2) sideDone(id uint32, side Side, m Mark) {
	s := h.streams[id]
	if s == nil {
		return
	}
	s.x.done[side] = true
	if s.ws == nil {
		if side == Up {
			s.x.f.Timing.Sent = m.Time
		} else {
			s.x.f.Timing.End = m.Time
		}
	}
	if s.x.done == [2]bool{true, true} {
		h.close(id, m)
	}
}

// close emits a stream as far as it came.
func (h *http2) close(id uint32, m Mark) {
	s := h.streams[id]
	delete(h.streams, id)
	if s.ws != nil {
		s.ws.end(m)
		return
	}
	s.x.empty()
	h.c.finish(s.x, m)
}

// gap goes on if the missing bytes are all of the contents of one DATA frame:
// then neither the next frame nor the state of HPACK is lost with them.
func (h *http2) gap(side Side, m Mark, n int64) bool {
	f := &h.side[side]
	s := h.streams[f.frame.stream]
	if n <= 0 || f.n < len(f.head) || f.frame.kind != frameData || f.pad < 0 || n > int64(f.left-f.pad) || s == nil || s.ws != nil || s.x.body[side].body == nil {
		return false
	}
	s.x.hole(side, n)
	if f.left -= int(n); f.left == 0 {
		return h.frameDone(side, m) == nil
	}
	return true
}

func (h *http2) eof(Side, Mark) {}

func (h *http2) soFar(m Mark, asked func(*flow.Flow)) {
	for _, id := range h.ids() {
		if s := h.streams[id]; s.ws != nil {
			s.ws.soFar(m, asked)
		} else {
			s.x.waiting(asked)
		}
	}
}

func (h *http2) end(m Mark) {
	for _, id := range h.ids() {
		h.close(id, m)
	}
}

// ids returns the open streams in order.
func (h *http2) ids() []uint32 {
	return slices.Sorted(maps.Keys(h.streams))
}
