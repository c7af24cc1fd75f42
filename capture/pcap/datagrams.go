package pcap

import (
	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet/udp"
	"github.com/constat/constat/stream"
)

// converse returns the reader of a UDP conversation.
func (s *session) converse(c *udp.Conversation) udp.Handler {
	return &conversation{s: s, udp: c}
}

// conversation reads DNS and QUIC, and keeps other datagrams as messages.
type conversation struct {
	s    *session
	udp  *udp.Conversation
	dns  *resolver
	f    *flow.Flow // of other datagrams
	held int
	cut  [2]int64 // bytes that the capture does not hold
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

// message keeps a datagram of an unknown protocol.
func (c *conversation) message(side stream.Side, m stream.Mark, b []byte, cut int) {
	if c.f == nil {
		f := c.base()
		f.Kind, f.Protocol = flow.UDP, "udp"
		f.Timing.Start = m.Time
		f.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
		c.f = &f
	}
	x := flow.Message{Time: m.Time, FromClient: side == stream.Up, Body: flow.Body{Size: int64(len(b) + cut), Cut: int64(cut)}}
	x.Body.Source = flow.Provenance{Offset: m.Offset, Length: int64(len(b)), Frame: m.Frame}
	if side == stream.Up || c.s.opt.ResponseBodies {
		x.Body.Kept, x.Body.Data = true, append([]byte(nil), b...)
		c.held += len(b)
	}
	c.held += 128
	c.f.Messages = append(c.f.Messages, x)
	c.f.Timing.End = m.Time
	if c.held >= maxDatagrams {
		c.flush()
	}
}

func (c *conversation) flush() {
	if c.f != nil {
		c.s.emit(c.f)
	}
	c.f, c.held = nil, 0
}

// Close implements udp.Handler.
func (c *conversation) Close(stream.Mark) {
	if c.dns != nil {
		c.dns.end()
	}
	c.flush()
}
