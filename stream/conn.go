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

	// Tunnel, if not nil, is asked who reads what a CONNECT leads to (RFC 9110,
	// 9.3.6). Info is that of the connection inside, without TLS. If it returns
	// nil, another Conn does.
	Tunnel func(Info) Tunnel
}

// Tunnel reads the bytes of a connection inside another one. A *Conn is one.
type Tunnel interface {
	Data(side Side, m Mark, b []byte)
	Gap(side Side, m Mark, n int64)
	EOF(side Side, m Mark)
	Close(m Mark)
}

// Limits bound what one connection may hold. Zero fields take the defaults.
type Limits struct {
	Head     int // bytes of a request's or response's head; default 1 MiB
	Body     int // bytes kept of a body or message from the client; default 16 MiB
	Response int // bytes kept of a response's body; default 0: none
	Held     int // bytes kept of all exchanges that are open at once; default 64 MiB
	Streams  int // exchanges open at once on an HTTP/2 connection; default 4,096
	Pending  int // pipelined HTTP/1 requests without an answer; default 1,024
	Messages int // bytes of messages after which a flow is emitted and another begun; default 256 KiB

	// Lookups keeps the answers of DNS over HTTPS (RFC 8484), up to 64 KiB,
	// whatever Response says.
	Lookups bool

	// Budget bounds the bodies and messages of all connections that share it.
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
	set(&l.Held, 64<<20)
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

	proto parser
	held  [2][]byte // before the protocol is known
	turns []turn    // of held
	total [2]int64
	read  [2]int64 // of total, what became part of an exchange or is framing
	kept  int      // bytes of the exchanges that are open, at most limits.Held
	depth int      // how many CONNECTs it is inside of
	first time.Time
	done  bool

	missing *lost // counts what the parser went on after; nil: nothing
}

const reasonMissing = "bytes missing in the capture"

// turn is some bytes of one direction.
type turn struct {
	side Side
	mark Mark
	n    int
}

// maxTurns is how many turns are told apart before the protocol is known, if
// one side goes on speaking.
const maxTurns = 64

// parser is one protocol. It adds to Conn.read what it has understood: whole
// heads and frames, bodies as they come. The first error of data ends it, and
// everything not yet understood is counted as opaque.
type parser interface {
	data(side Side, m Mark, b []byte) error
	// gap tells that n bytes are missing; false: the parser cannot go on.
	gap(side Side, m Mark, n int64) bool
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
	if c.total == [2]int64{} {
		c.first = m.Time
	}
	c.total[side] += int64(len(b))
	if c.proto != nil {
		c.give(side, m, b)
		return
	}
	if k := len(c.turns) - 1; k >= 0 && c.turns[k].side == side && (k >= maxTurns || c.turns[k].mark.Time.Equal(m.Time) && c.turns[k].mark.Frame == m.Frame) {
		c.turns[k].n += len(b)
	} else {
		c.turns = append(c.turns, turn{side, m, len(b)})
	}
	c.held[side] = append(c.held[side], b...)
	if p := c.recognise(len(b)); p != nil {
		c.settle(p)
	}
}

// give hands bytes to the parser, and gives up on the connection when they
// make no sense.
func (c *Conn) give(side Side, m Mark, b []byte) {
	if err := c.proto.data(side, m, b); err != nil {
		c.proto.end(m)
		c.giveUp(err.Error())
	}
}

// giveUp counts from here on.
func (c *Conn) giveUp(reason string) {
	l := &lost{c: c, reason: reason}
	if c.missing != nil {
		l.unseen, l.unknown = c.missing.unseen, c.missing.unknown
	}
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
	if !c.proto.gap(side, m, n) {
		c.proto.end(m)
		c.giveUp(reasonMissing)
		c.proto.gap(side, m, n)
	}
}

// EOF tells that a direction has ended in good order.
func (c *Conn) EOF(side Side, m Mark) {
	if c.done {
		return
	}
	c.undecided()
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
	c.undecided()
	c.done = true
	if c.proto == nil {
		return
	}
	c.proto.eof(Down, m) // the end of a response that nothing else delimits
	c.proto.end(m)
	if _, ok := c.proto.(*lost); ok {
		return
	}
	switch {
	case c.missing != nil:
		c.missing.end(m)
	case c.read[Up] < c.total[Up]: // of a response, its flow says that it is cut short
		(&lost{c: c, reason: "cut short, or sent when nothing was open to take it"}).end(m)
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

// undecided gives up on finding out what is spoken: no more will come.
func (c *Conn) undecided() {
	if c.proto == nil && c.total != [2]int64{} {
		c.settle(&raw{c: c})
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

// undecidedDown is how much a server may say before its client has said what
// is spoken.
const undecidedDown = 1024

// recognise tells from the first bytes what is spoken, nil as long as they do
// not say. Of what is held, the last n bytes are new.
func (c *Conn) recognise(n int) parser {
	up := c.held[Up]
	if c.info.TLS != nil && c.info.TLS.ALPN == "h2" {
		if k := min(len(up), len(preface)); k == 0 || preface[:k] == string(up[:k]) || !requestLike(up) {
			return newHTTP2(c)
		}
		// Agreed upon, and yet a request of HTTP/1: Go's client does so when it
		// resumes a session of TLS 1.2.
	}
	line := bytes.IndexByte(up[max(0, len(up)-n):], '\n')
	if line >= 0 {
		line += max(0, len(up)-n)
	}
	switch {
	case bytes.HasPrefix(up, []byte(preface)):
		return newHTTP2(c)
	case len(c.held[Down]) >= undecidedDown:
		return &raw{c: c} // a server that greets at length is no web server
	case len(up) == 0, len(up) < len(preface) && preface[:len(up)] == string(up):
		return nil
	case !requestLike(up):
		return &raw{c: c}
	case line < 0 && len(up) <= c.limits.Head:
		return nil
	}
	if line >= 0 && line <= c.limits.Head {
		if _, _, _, ok := requestLine(string(up[:line])); ok {
			return newHTTP1(c)
		}
	}
	return &raw{c: c} // SMTP, FTP, NATS and others talk in capitals too
}

// settle chooses the protocol and gives it what was held back.
func (c *Conn) settle(p parser) {
	c.proto = p
	held, turns := c.held, c.turns
	c.held, c.turns = [2][]byte{}, nil
	for _, t := range turns {
		c.give(t.side, t.mark, held[t.side][:t.n])
		held[t.side] = held[t.side][t.n:]
	}
}

// skip moves a mark by n bytes, if it points at anything.
func (m *Mark) skip(n int) {
	if m.Offset > 0 {
		m.Offset += int64(n)
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
