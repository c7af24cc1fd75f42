package stream

import (
	"errors"
	"maps"
	"slices"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream/qpack"
)

// HTTP3 parses HTTP/3 (RFC 9114): the streams of one QUIC connection, whose
// bytes whoever reads QUIC hands over. It belongs to one goroutine.
//
// Beside requests and their answers it reads extended CONNECT for WebSocket
// (RFC 9220). WebTransport and what is proxied over UDP (MASQUE) are named in
// the flow that opens them, and their bytes are counted as opaque. Pushed
// responses are the server's idea and are passed over.
//
// A stream that breaks the protocol ends its own parsing, not that of the
// others.
type HTTP3 struct {
	c       *Conn
	streams map[uint64]*stream3  // of requests
	singles map[uint64]*single3  // unidirectional
	decoder [2]*qpack.Decoder    // of what a side has encoded
	waiting []*stream3           // with a field section that is blocked
	unread  map[string]*[2]int64 // bytes by the reason why they were not read
}

// Types of unidirectional streams (RFC 9114, 6.2; RFC 9204, 4.2;
// draft-ietf-webtrans-http3).
const (
	streamControl      = 0x00
	streamPush         = 0x01
	streamInstructions = 0x02 // of QPACK's encoder
	streamAcknowledge  = 0x03 // of QPACK's decoder
	streamWebTransport = 0x54
)

// Types of frames (RFC 9114, 7.2).
const (
	frame3Data         = 0x00
	frame3Headers      = 0x01
	frame3Settings     = 0x04
	frame3Promise      = 0x05
	frame3WebTransport = 0x41 // begins a stream of WebTransport instead
)

// settingTable is SETTINGS_QPACK_MAX_TABLE_CAPACITY (RFC 9204, section 5).
const settingTable = 0x01

// maxSettings is how long a SETTINGS frame may be to be read.
const maxSettings = 16 << 10

// maxGrease is how much of a frame or stream of a reserved type (RFC 9114,
// 7.2.8) is taken for what it should be: noise. What is longer was not read.
const maxGrease = 256

var (
	errFrame3     = errors.New("an HTTP/3 frame that breaks the protocol")
	errStreams3   = errors.New("more HTTP/3 streams open than the limit")
	errReset      = errors.New("reset before its end")
	errHole       = errors.New(reasonMissing)
	errTransport  = errors.New("WebTransport is not read")
	errUnknown    = errors.New("an HTTP/3 stream or frame of an unknown type")
	errDatagrams  = errors.New("HTTP datagrams are not read")
	errOwnStreams = errors.New("a stream that the server opened in both directions")
	errSettings   = errors.New("an HTTP/3 control stream that breaks the protocol")
)

// NewHTTP3 returns the parser of one connection. emit is called for each flow
// as it completes, from within the methods; Index is left to the caller.
func NewHTTP3(info Info, limits Limits, emit func(*flow.Flow)) *HTTP3 {
	h := &HTTP3{
		c:       New(info, limits, emit),
		streams: map[uint64]*stream3{},
		singles: map[uint64]*single3{},
		unread:  map[string]*[2]int64{},
	}
	for side := range h.decoder {
		h.decoder[side] = qpack.New(qpack.Limits{Table: maxTable, Section: h.c.limits.Head})
	}
	return h
}

// Begun tells that the connection had begun before what is handed over: what
// field sections refer to was not captured.
func (h *HTTP3) Begun() {
	for _, d := range h.decoder {
		d.Lost()
	}
}

// Stream hands over bytes that a side sent on a stream, in order; with fin no
// more of them come. It does not keep b. What comes on a stream after its end
// makes a new one: whoever reads QUIC knows which are over.
func (h *HTTP3) Stream(id uint64, side Side, m Mark, b []byte, fin bool) {
	c := h.c
	if c.done {
		return
	}
	if c.total == [2]int64{} {
		c.first = m.Time
	}
	c.total[side] += int64(len(b))
	switch from := Side(id & 1); {
	case id&2 != 0 && from != side:
		h.lose(side, len(b), errFrame3)
	case id&2 != 0:
		h.single(id, side, m, b, fin)
	case from == Down:
		h.lose(side, len(b), errOwnStreams) // only WebTransport has them
	default:
		h.exchange(id, side, m, b, fin)
	}
}

// Reset tells that a side has ended its part of a stream before its time
// (RFC 9000, 19.4), with an error code of the application.
func (h *HTTP3) Reset(id uint64, side Side, m Mark, code uint64) {
	if s := h.streams[id]; s != nil && !h.c.done {
		h.reset(s, side, m, code)
	}
}

// Gap tells that n bytes of a stream were not seen, -1 if nobody knows how
// many.
func (h *HTTP3) Gap(id uint64, side Side, m Mark, n int64) {
	switch {
	case h.c.done:
	case id&2 != 0:
		if s := h.singleOf(id, side); s != nil {
			h.endSingle(s, m, errHole)
		}
	case id&1 == 0:
		if s := h.streamOf(id); s != nil {
			h.hole(s, side, m, n)
		}
	}
}

// Datagram hands over what a side sent in a DATAGRAM frame (RFC 9221). It is
// counted.
func (h *HTTP3) Datagram(side Side, m Mark, b []byte) {
	if h.c.done {
		return
	}
	h.c.total[side] += int64(len(b))
	h.lose(side, len(b), errDatagrams)
}

// Flush does what Conn.Flush does.
func (h *HTTP3) Flush(m Mark, asked func(*flow.Flow)) {
	if h.c.done {
		return
	}
	for _, s := range h.ordered() {
		switch {
		case s.ws != nil:
			s.ws.soFar(m, asked)
		case s.x != nil:
			s.x.waiting(asked)
		}
	}
}

// Close tells that the connection is over. What is open is emitted as far as
// it came.
func (h *HTTP3) Close(m Mark) {
	c := h.c
	if c.done {
		return
	}
	// What still waits will not get what it waits for.
	for _, d := range h.decoder {
		d.Assume()
	}
	h.unblock(m)
	for _, d := range h.decoder {
		d.Lost()
	}
	h.unblock(m)
	c.done = true
	for _, s := range h.ordered() {
		h.close(s, m)
	}
	for _, id := range slices.Sorted(maps.Keys(h.singles)) {
		s := h.singles[id]
		h.lose(s.side, s.pending, errCutShort)
		c.release(&s.hold)
	}
	for _, reason := range slices.Sorted(maps.Keys(h.unread)) {
		n := h.unread[reason]
		h.opaque(m, n[Up], n[Down], reason)
		c.read[Up] += n[Up]
		c.read[Down] += n[Down]
	}
	if up := c.total[Up] - c.read[Up]; up > 0 {
		h.opaque(m, up, c.total[Down]-c.read[Down], "cut short, or sent when nothing was open to take it")
	}
}

// opaque emits a count of what was not read.
func (h *HTTP3) opaque(m Mark, up, down int64, reason string) {
	f := h.c.flow(flow.Opaque, "QUIC")
	f.Timing.Start, f.Timing.End = h.c.first, m.Time
	f.Unread = &flow.Unread{Up: up, Down: down, Reason: reason}
	h.c.emit(f)
}

// lose counts bytes that are not read.
func (h *HTTP3) lose(side Side, n int, reason error) {
	if n == 0 {
		return
	}
	u := h.unread[reason.Error()]
	if u == nil {
		u = new([2]int64)
		h.unread[reason.Error()] = u
	}
	u[side] += int64(n)
}

// Bytes returns how many bytes of streams and datagrams each direction
// brought.
func (h *HTTP3) Bytes() (up, down int64) { return h.c.Bytes() }

// ordered returns the open exchanges in order.
func (h *HTTP3) ordered() []*stream3 {
	all := make([]*stream3, 0, len(h.streams))
	for _, id := range slices.Sorted(maps.Keys(h.streams)) {
		all = append(all, h.streams[id])
	}
	return all
}

// unblock goes on with the streams whose field sections can be read now.
func (h *HTTP3) unblock(m Mark) {
	waiting := h.waiting
	h.waiting = nil
	for _, s := range waiting {
		if h.streams[s.id] == s {
			h.resume(s, m)
		}
	}
}

// varint reads an integer of RFC 9000, section 16. n is 0 if b ends within it.
func varint(b []byte) (v uint64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	if n = 1 << (b[0] >> 6); len(b) < n {
		return 0, 0
	}
	v = uint64(b[0] & 0x3f)
	for _, x := range b[1:n] {
		v = v<<8 | uint64(x)
	}
	return v, n
}

// grease tells a type that is reserved to make sure that unknown ones are
// passed over (RFC 9114, 7.2.8).
func grease(kind uint64) bool { return kind >= 0x21 && (kind-0x21)%0x1f == 0 }
