package pcap

import (
	"slices"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet/udp"
	"github.com/constat/constat/stream"
)

// converse returns the reader of a UDP conversation.
func (s *session) converse(c *udp.Conversation) udp.Handler {
	return &conversation{s: s, udp: c}
}

// conversation reads DNS and QUIC, and keeps other datagrams as messages, or
// counts those that nobody can read.
type conversation struct {
	s     *session
	udp   *udp.Conversation
	dns   *resolver
	kinds []*gathered // what was met so far
	cut   [2]int64    // bytes that the capture does not hold
}

// gathered are datagrams of one kind.
type gathered struct {
	protocol string
	closed   string     // why nobody can read them, "" for messages
	f        *flow.Flow // nil: emitted
	held     int
	shape    shape // of what is closed
}

// maxDatagrams are the bytes of datagrams after which a flow is emitted and
// another begun.
const maxDatagrams = 256 << 10

// Datagram implements udp.Handler.
func (c *conversation) Datagram(side stream.Side, m stream.Mark, b []byte, cut int) {
	if cut > 0 {
		c.cut[side] += int64(cut)
	}
	if c.udp.Server.Port() == dnsPort && cut == 0 {
		if c.dns == nil {
			c.dns = &resolver{s: c.s, emit: c.s.emit, base: c.base()}
		}
		if c.dns.message(side, m, b) {
			return
		}
	}
	if (c.udp.Server.Port() == mdnsPort || c.udp.Client.Port() == mdnsPort) && cut == 0 && c.mdns(side, m, b) {
		return
	}
	src, dst := c.udp.Client, c.udp.Server
	if side == stream.Down {
		src, dst = dst, src
	}
	if len(b) > 0 && c.s.quic.Datagram(src, dst, m, b, c.udp.App) {
		return
	}
	c.message(side, m, b, cut)
}

func (c *conversation) base() flow.Flow {
	return flow.Flow{
		Client: flow.Endpoint{Addr: c.udp.Client}, App: c.udp.App,
		Server: flow.Endpoint{Addr: c.udp.Server, Name: c.s.names.of(c.udp.Server.Addr())},
	}
}

// mdns takes a message of multicast DNS (RFC 6762), and reports whether it is
// one. Each is a flow: who asks does not say who is to answer, and devices tell
// their names unasked.
func (c *conversation) mdns(side stream.Side, m stream.Mark, b []byte) bool {
	l := records(b)
	if l == nil || len(l.Questions)+len(l.Answers) == 0 {
		return false
	}
	f := c.base()
	f.Kind, f.Protocol, f.Lookup = flow.DNS, "mdns", l
	f.Source = flow.Provenance{Offset: m.Offset, Length: int64(len(b)), Frame: m.Frame}
	f.Timing.Start, f.Timing.End = m.Time, m.Time
	if side == stream.Up {
		f.Timing.Sent = m.Time
	} else {
		f.Timing.Answered = m.Time
	}
	c.s.emit(&f)
	return true
}

// saw reports whether datagrams of a protocol were met before.
func (c *conversation) saw(protocol string) bool {
	return slices.ContainsFunc(c.kinds, func(g *gathered) bool { return g.protocol == protocol })
}

// gather returns where a datagram of n bytes belongs.
func (c *conversation) gather(side stream.Side, b []byte, n int) *gathered {
	kind := datagramKind{protocol: "udp"}
	for _, k := range datagramKinds {
		if k.is(c, side, b, n) {
			kind = k
			break
		}
	}
	for _, g := range c.kinds {
		if g.protocol == kind.protocol {
			return g
		}
	}
	g := &gathered{protocol: kind.protocol, closed: kind.closed}
	c.kinds = append(c.kinds, g)
	return g
}

// message keeps a datagram, or counts it.
func (c *conversation) message(side stream.Side, m stream.Mark, b []byte, cut int) {
	g := c.gather(side, b, len(b)+cut)
	if g.f == nil {
		f := c.base()
		f.Kind, f.Protocol = flow.UDP, g.protocol
		f.Timing.Start = m.Time
		f.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
		if g.closed != "" {
			f.Kind, f.Unread = flow.Opaque, &flow.Unread{Reason: g.closed}
		}
		g.f = &f
	}
	g.f.Timing.End = m.Time
	if g.closed != "" {
		g.count(side, m, b, len(b)+cut)
		return
	}
	x := flow.Message{Time: m.Time, FromClient: side == stream.Up, Body: flow.Body{Size: int64(len(b) + cut), Cut: int64(cut)}}
	x.Body.Source = flow.Provenance{Offset: m.Offset, Length: int64(len(b)), Frame: m.Frame}
	if side == stream.Up || c.s.opt.ResponseBodies {
		x.Body.Kept, x.Body.Data = true, append([]byte(nil), b...)
		g.held += len(b)
	}
	g.held += 128
	g.f.Messages = append(g.f.Messages, x)
	if g.held >= maxDatagrams {
		c.flush(g)
	}
}

// count takes a datagram of n bytes that nobody can read.
func (g *gathered) count(side stream.Side, m stream.Mark, b []byte, n int) {
	if side == stream.Up {
		g.f.Unread.Up += int64(n)
		g.shape.run(m, n)
		g.shape.count(b)
	} else {
		g.f.Unread.Down += int64(n)
		if n > 512 {
			g.shape.end()
		}
	}
	g.shape.record(side, n)
	if g.protocol == "dtls" && side == stream.Up && g.f.TLS == nil {
		if h := helloOfDTLS(b); h != nil {
			g.f.TLS = &flow.TLS{SNI: h.SNI}
		}
	}
}

func (c *conversation) flush(g *gathered) {
	if g.f != nil {
		if g.f.Unread != nil {
			g.f.Unread.Shape = g.shape.told()
		}
		c.s.emit(g.f)
	}
	g.f, g.held = nil, 0
}

// Close implements udp.Handler.
func (c *conversation) Close(stream.Mark) {
	if c.dns != nil {
		c.dns.end()
	}
	for _, g := range c.kinds {
		c.flush(g)
	}
}
