package stream

import (
	"bytes"
	"io"
	"time"

	"github.com/constat/constat/flow"
)

// Side is a direction of a connection.
type Side int

// The directions.
const (
	Up   Side = iota // from the client
	Down             // from the server
)

// Mark says when and where in the capture some bytes were seen. Offset and
// Frame are what flow.Provenance calls so; zero if there is nothing to point
// at, as in a live relay.
type Mark struct {
	Time   time.Time
	Offset int64
	Frame  int64
}

// Info is what is known of the connection beside its bytes. It is copied
// into every flow.
type Info struct {
	Client, Server flow.Endpoint
	TLS            *flow.TLS // nil: in the clear
	Timing         flow.Timing
	App            *flow.App
	Leg            flow.Leg // that the times of Data are measured on
	Basis          string   // of a first-byte time: "relay, request sent to first byte"

	// Content, if not nil, is asked at the beginning of each HTTP body for a
	// writer that gets all of it, also what Limits keep out of the flow. It may
	// return nil. The Body is the one that the flow will have; when bytes are
	// written it has taken them in already.
	Content func(*flow.Body) io.Writer
}

// Limits bound what one connection may hold. Zero fields take the defaults.
type Limits struct {
	Head     int // bytes of a request's or response's head; default 1 MiB
	Body     int // bytes kept of a body or message from the client; default 16 MiB
	Response int // bytes kept of a response's body; default 0: none
	Streams  int // exchanges open at once on an HTTP/2 connection; default 4,096
	Pending  int // pipelined HTTP/1 requests without an answer; default 1,024
	Messages int // bytes of messages after which a flow is emitted and another begun; default 256 KiB

	// Budget bounds the bodies of all connections that share it.
	Budget *Budget
}

func (l Limits) withDefaults() Limits {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.Head, 1<<20)
	set(&l.Body, 16<<20)
	set(&l.Streams, 4096)
	set(&l.Pending, 1024)
	set(&l.Messages, 256<<10)
	return l
}

// Conn parses one connection. It belongs to one goroutine.
type Conn struct {
	info   Info
	limits Limits
	emit   func(*flow.Flow)

	proto  parser
	held   [2][]byte // before the protocol is known
	heldAt [2]Mark
	total  [2]int64
	first  time.Time
	last   time.Time
	done   bool
}

// parser is one protocol. The first error of data ends it: what its direction
// still brings is counted as opaque.
type parser interface {
	data(side Side, m Mark, b []byte) error
	// eof tells that a direction has ended in good order.
	eof(side Side, m Mark)
	// soFar emits the messages there are, and shows asked the requests that
	// are complete and have no complete response.
	soFar(m Mark, asked func(*flow.Flow))
	// end tells that the connection is over; open exchanges are emitted as far
	// as they came.
	end(m Mark)
}

// New returns the parser of one connection. emit is called for each flow as
// it completes, from within Data, EOF and Close; Index is left to the caller.
func New(info Info, limits Limits, emit func(*flow.Flow)) *Conn {
	return &Conn{info: info, limits: limits.withDefaults(), emit: emit}
}

// Data hands over bytes of one direction, in order. It does not keep b.
func (c *Conn) Data(side Side, m Mark, b []byte) {
	if len(b) == 0 || c.done {
		return
	}
	if c.first.IsZero() {
		c.first = m.Time
	}
	c.last = m.Time
	c.total[side] += int64(len(b))
	if c.proto == nil {
		if b = c.recognise(side, &m, b); c.proto == nil {
			return
		}
	}
	if len(b) > 0 {
		c.give(side, m, b)
	}
}

// give hands bytes to the parser, and gives up on the connection when they
// make no sense. Then all of b counts as unread: too much rather than too
// little.
func (c *Conn) give(side Side, m Mark, b []byte) {
	err := c.proto.data(side, m, b)
	if err == nil {
		return
	}
	c.proto.end(m)
	l := &lost{c: c, reason: err.Error(), from: c.total}
	l.from[side] -= int64(len(b))
	c.proto = l
}

// Gap tells that n bytes of a direction were not seen, -1 if nobody knows how
// many. Framed protocols cannot go on after it.
func (c *Conn) Gap(side Side, m Mark, n int64) {
	if c.done {
		return
	}
	if c.proto == nil {
		c.settle(&raw{c: c})
	}
	if r, ok := c.proto.(*raw); ok {
		r.gap(side, m, n)
		return
	}
	if l, ok := c.proto.(*lost); ok {
		l.missing(side, n)
		return
	}
	c.proto.end(m)
	l := &lost{c: c, reason: "bytes missing in the capture", from: c.total}
	l.missing(side, n)
	c.proto = l
}

// EOF tells that a direction has ended in good order.
func (c *Conn) EOF(side Side, m Mark) {
	if c.done {
		return
	}
	if c.proto == nil && (len(c.held[Up]) > 0 || len(c.held[Down]) > 0) {
		c.settle(&raw{c: c})
	}
	if c.proto != nil {
		c.proto.eof(side, m)
	}
}

// Close tells that the connection is over, in whatever order. What is open is
// emitted as far as it came.
func (c *Conn) Close(m Mark) {
	if c.done {
		return
	}
	if c.proto == nil && (len(c.held[Up]) > 0 || len(c.held[Down]) > 0) {
		c.settle(&raw{c: c})
	}
	c.done = true
	if c.proto != nil {
		c.proto.end(m)
	}
}

// Flush emits what messages have come (WebSocket, raw), and shows asked the
// HTTP requests that have left and are not answered yet; their flows are
// emitted later, as ever. A recorder that must lose nothing calls it from time
// to time, because some exchanges take hours.
func (c *Conn) Flush(m Mark, asked func(*flow.Flow)) {
	if c.proto != nil && !c.done {
		c.proto.soFar(m, asked)
	}
}

// Bytes returns how many bytes each direction brought.
func (c *Conn) Bytes() (up, down int64) { return c.total[Up], c.total[Down] }

// flow begins a flow of this connection.
func (c *Conn) flow(kind flow.Kind, protocol string) *flow.Flow {
	return &flow.Flow{
		Kind: kind, Protocol: protocol, Client: c.info.Client, Server: c.info.Server,
		TLS: c.info.TLS, Timing: c.info.Timing, App: c.info.App,
	}
}

// handshakeDone drops the times of the handshake: they belong to the first
// exchange on the connection, later ones had none.
func (c *Conn) handshakeDone() {
	c.info.Timing.TCP, c.info.Timing.TLS, c.info.Timing.Connect = nil, nil, nil
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// recognise holds the first bytes back until they say what is spoken. It
// returns what is left to parse of b.
func (c *Conn) recognise(side Side, m *Mark, b []byte) []byte {
	alpn := ""
	if c.info.TLS != nil {
		alpn = c.info.TLS.ALPN
	}
	if alpn == "h2" {
		c.settle(newHTTP2(c))
		return b
	}
	if len(c.held[side]) == 0 {
		c.heldAt[side] = *m
	}
	c.held[side] = append(c.held[side], b...)
	up := c.held[Up]
	switch {
	case len(up) == 0 && len(c.held[Down]) < 1024:
		return nil // a server that greets first is no web server, but let the client speak
	case len(up) > 0 && len(up) < len(preface) && bytes.HasPrefix([]byte(preface), up):
		return nil
	case bytes.HasPrefix(up, []byte(preface)):
		c.settle(newHTTP2(c))
	case requestLike(up):
		if len(up) < 32 && bytes.IndexByte(up, ' ') < 0 {
			return nil // only letters yet
		}
		c.settle(newHTTP1(c))
	default:
		c.settle(&raw{c: c})
	}
	return nil
}

// settle chooses the protocol and gives it what was held back.
func (c *Conn) settle(p parser) {
	c.proto = p
	for _, side := range []Side{Up, Down} {
		if b := c.held[side]; len(b) > 0 {
			c.held[side] = nil
			c.give(side, c.heldAt[side], b)
		}
	}
}

// requestLike reports whether b may begin an HTTP/1 request: a method of
// upper-case letters (also "M-SEARCH") and a space.
func requestLike(b []byte) bool {
	for i, ch := range b {
		switch {
		case ch == ' ':
			return i > 0
		case i >= 24 || (ch < 'A' || ch > 'Z') && ch != '-' && ch != '_':
			return false
		}
	}
	return len(b) > 0
}
