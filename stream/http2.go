package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/constat/constat/flow"
)

// http2 parses HTTP/2 (RFC 9113), both directions.
type http2 struct {
	c       *Conn
	side    [2]half2
	streams map[uint32]*stream2
}

// half2 is one direction.
type half2 struct {
	head    [9]byte // of the frame at hand
	n       int     // bytes of head there are
	frame   frame2
	left    int    // bytes of the payload to come
	pad     int    // of them, padding; -1: its length is still to come
	buf     []byte // a payload that is needed whole
	at      Mark   // of the frame
	block   []byte // header block in pieces
	partial bool   // more pieces are to come
	blockOf uint32
	blockTo blockKind
	ends    bool // END_STREAM came with the block
	decoder *hpack.Decoder
	preface int // bytes of it still to skip
}

type frame2 struct {
	kind, flags byte
	stream      uint32
}

// blockKind says what a header block is for.
type blockKind int

const (
	forHeaders blockKind = iota
	forPromise
)

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

// maxFrame bounds a frame that is needed whole; DATA passes through.
const maxFrame = 1 << 20

var (
	errPreface = errors.New("not the preface of HTTP/2 where it should be")
	errFrame   = errors.New("an HTTP/2 frame that breaks the protocol")
	errStreams = errors.New("more HTTP/2 streams open than the limit")
)

func newHTTP2(c *Conn) *http2 {
	h := &http2{c: c, streams: map[uint32]*stream2{}}
	h.side[Up].preface = len(preface)
	for i := range h.side {
		// An endpoint may allow its peer any table; whether it did is not for a
		// listener to enforce. 1 MiB is far more than any allows.
		d := hpack.NewDecoder(4096, nil)
		d.SetAllowedMaxDynamicTableSize(1 << 20)
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
		s.preface -= k
		b = b[k:]
		m.Offset += int64(k)
	}
	for len(b) > 0 {
		n, err := h.step(side, m, b)
		if err != nil {
			return err
		}
		b = b[n:]
		m.Offset += int64(n)
	}
	return nil
}

func (h *http2) step(side Side, m Mark, b []byte) (int, error) {
	s := &h.side[side]
	if s.n < len(s.head) {
		if s.n == 0 {
			s.at = m
		}
		k := copy(s.head[s.n:], b)
		if s.n += k; s.n < len(s.head) {
			return k, nil
		}
		s.left = int(s.head[0])<<16 | int(s.head[1])<<8 | int(s.head[2])
		s.frame = frame2{s.head[3], s.head[4], binary.BigEndian.Uint32(s.head[5:]) & (1<<31 - 1)}
		s.pad, s.buf = 0, s.buf[:0]
		if s.frame.flags&flagPadded != 0 && (s.frame.kind == frameData || s.frame.kind == frameHeaders || s.frame.kind == framePromise) {
			s.pad = -1
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
		m.Offset++
	}
	switch s.frame.kind {
	case frameData:
		if real := s.left + len(p) - s.pad; real < len(p) {
			p = p[:max(0, real)]
		}
		if x := h.streams[s.frame.stream]; x != nil && len(p) > 0 {
			h.body(x, side, m, p)
		}
	case frameHeaders, frameContinuation, framePromise, frameReset:
		if len(s.buf)+len(p) > maxFrame {
			return 0, errHead
		}
		s.buf = append(s.buf, p...)
	}
	if s.left == 0 {
		return k, h.frameDone(side, m)
	}
	return k, nil
}

// body takes bytes of a DATA frame.
func (h *http2) body(x *stream2, side Side, m Mark, p []byte) {
	switch {
	case x.ws != nil:
		_ = x.ws.data(side, m, p) // a broken WebSocket ends its stream, not the connection
	case side == Up:
		x.x.up.write(m, p)
	default:
		x.x.down.write(m, p)
	}
}

// frameDone acts on a frame that is complete.
func (h *http2) frameDone(side Side, m Mark) error {
	s := &h.side[side]
	s.n = 0
	f, buf := s.frame, s.buf
	if s.pad > 0 && f.kind != frameData {
		if s.pad > len(buf) {
			return errFrame
		}
		buf = buf[:len(buf)-s.pad]
	}
	if s.partial != (f.kind == frameContinuation) {
		return errFrame // nothing may stand between the pieces of a header block
	}
	switch f.kind {
	case frameData:
		if f.flags&flagEndStream != 0 {
			h.sideDone(f.stream, side, m)
		}
	case frameHeaders:
		if f.flags&flagPriority != 0 {
			if len(buf) < 5 {
				return errFrame
			}
			buf = buf[5:]
		}
		s.blockOf, s.blockTo, s.ends = f.stream, forHeaders, f.flags&flagEndStream != 0
		return h.piece(side, m, buf, f.flags&flagEndHeaders != 0)
	case framePromise:
		if len(buf) < 4 {
			return errFrame
		}
		s.blockOf, s.blockTo, s.ends = binary.BigEndian.Uint32(buf)&(1<<31-1), forPromise, false
		return h.piece(side, m, buf[4:], f.flags&flagEndHeaders != 0)
	case frameContinuation:
		return h.piece(side, m, buf, f.flags&flagEndHeaders != 0)
	case frameReset:
		if x := h.streams[f.stream]; x != nil && len(buf) == 4 {
			code := binary.BigEndian.Uint32(buf)
			who := "client"
			if side == Down {
				who = "server"
			}
			if code != 0 { // NO_ERROR after a full response is a polite end (RFC 9113, 8.1)
				x.x.f.Notes = append(x.x.f.Notes, fmt.Sprintf("reset by the %s, HTTP/2 error %d", who, code))
			}
			h.close(f.stream, m)
		}
	}
	return nil
}

// piece adds to a header block and decodes it at its end.
func (h *http2) piece(side Side, m Mark, b []byte, last bool) error {
	s := &h.side[side]
	if !last {
		if len(s.block)+len(b) > h.c.limits.Head {
			return errHead
		}
		s.block, s.partial = append(s.block, b...), true
		return nil
	}
	if s.partial {
		s.partial = false
		s.block = append(s.block, b...)
		b = s.block
	}
	fields, err := h.decode(s.decoder, b)
	s.block = s.block[:0]
	if err != nil {
		return err
	}
	if s.blockTo == forPromise {
		return nil // the server's idea, nothing the client sent
	}
	return h.headers(side, m, s.blockOf, fields, s.ends)
}

func (h *http2) decode(d *hpack.Decoder, b []byte) ([]flow.Field, error) {
	var fields []flow.Field
	size := 0
	d.SetEmitFunc(func(f hpack.HeaderField) {
		if size += len(f.Name) + len(f.Value) + 32; size <= h.c.limits.Head {
			fields = append(fields, flow.Field{Name: f.Name, Value: f.Value})
		}
	})
	if _, err := d.Write(b); err != nil {
		return nil, fmt.Errorf("HPACK: %w", err)
	}
	if err := d.Close(); err != nil {
		return nil, fmt.Errorf("HPACK: %w", err)
	}
	if size > h.c.limits.Head {
		return nil, errHead
	}
	return fields, nil
}

// headers acts on the fields of a header block.
func (h *http2) headers(side Side, m Mark, id uint32, fields []flow.Field, ends bool) error {
	s := &h.side[side]
	x := h.streams[id]
	switch {
	case side == Up && x == nil:
		if len(h.streams) >= h.c.limits.Streams {
			return errStreams
		}
		x = h.request(s.at, fields, ends)
		h.streams[id] = x
	case x == nil: // a push, or the request was not seen
		if id%2 == 0 {
			return nil
		}
		x = &stream2{x: h.c.open("HTTP/2", s.at)}
		x.x.upDone, x.open[Up] = true, true
		h.streams[id] = x
		h.response(x, s.at, fields)
	case side == Up && x.open[Up]:
		if x.x.f.Request != nil {
			x.x.f.Request.Trailer = append(x.x.f.Request.Trailer, fields...)
		}
	case side == Down && x.open[Down]:
		x.x.f.Response.Trailer = append(x.x.f.Response.Trailer, fields...)
	case side == Down:
		h.response(x, s.at, fields)
	}
	if ends {
		h.sideDone(id, side, m)
	}
	return nil
}

func (h *http2) request(at Mark, fields []flow.Field, ends bool) *stream2 {
	x := &stream2{x: h.c.open("HTTP/2", at)}
	x.open[Up] = true
	pseudo := func(name string) string { return flow.Header(fields, name) }
	r := &flow.Request{Method: pseudo(":method"), Version: "HTTP/2", Headers: fields, URLAt: flow.Provenance{Frame: at.Frame}}
	authority := pseudo(":authority")
	if authority == "" {
		authority = flow.Header(fields, "host")
	}
	if r.Method == "CONNECT" && pseudo(":protocol") == "" {
		r.URL = authority
	} else {
		r.URL = h.c.url(pseudo(":scheme"), authority, pseudo(":path"))
	}
	if r.Host = hostOf(authority); r.Host == "" {
		r.Host = hostOf(h.c.serverName())
	}
	x.x.f.Request = r
	if pseudo(":protocol") == "websocket" {
		x.ws = newWebSocket(h.c, x.x)
		x.ws.inside = true
	} else {
		x.x.up.begin(h.c, &r.Body, h.c.limits.Body, length(fields))
		if ends {
			r.Body.Kept = true
		}
	}
	return x
}

func (h *http2) response(x *stream2, at Mark, fields []flow.Field) {
	status, err := strconv.Atoi(flow.Header(fields, ":status"))
	if err == nil && status < 200 {
		return // interim
	}
	x.open[Down] = true
	r := &flow.Response{Status: status, Version: "HTTP/2", Headers: fields}
	x.x.f.Response = r
	x.x.f.Timing.Answered = at.Time
	x.x.down.begin(h.c, &r.Body, h.c.limits.Response, length(fields))
	if x.ws != nil {
		x.ws.accepted(r)
	}
}

// length is what a Content-Length field says, -1 without one.
func length(fields []flow.Field) int64 {
	if n, err := strconv.ParseInt(strings.TrimSpace(flow.Header(fields, "content-length")), 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}

// sideDone ends one direction of a stream.
func (h *http2) sideDone(id uint32, side Side, m Mark) {
	x := h.streams[id]
	if x == nil {
		return
	}
	if side == Up {
		x.x.upDone = true
		x.x.f.Timing.Sent = m.Time
	} else {
		x.x.downDone = true
		x.x.f.Timing.End = m.Time
	}
	if x.x.upDone && x.x.downDone {
		h.close(id, m)
	}
}

// close emits a stream as far as it came.
func (h *http2) close(id uint32, m Mark) {
	x := h.streams[id]
	delete(h.streams, id)
	if x.ws != nil {
		x.ws.end(m)
		return
	}
	if f := x.x.f; f.Response != nil && f.Response.Body.Size == 0 && x.x.downDone {
		f.Response.Body.Kept = true // empty, not unkept
	}
	h.c.finish(x.x, m)
}

func (h *http2) eof(Side, Mark) {}

func (h *http2) soFar(m Mark, asked func(*flow.Flow)) {
	for _, s := range h.streams {
		if s.ws != nil {
			s.ws.soFar(m, asked)
		} else {
			s.x.waiting(asked)
		}
	}
}

func (h *http2) end(m Mark) {
	ids := make([]uint32, 0, len(h.streams))
	for id := range h.streams {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		h.close(id, m)
	}
}
