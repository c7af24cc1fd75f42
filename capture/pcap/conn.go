package pcap

import (
	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// conn is a TCP connection: of its first bytes it finds out what it carries,
// and hands it to whoever reads that.
type conn struct {
	s      *session
	tcp    *tcp.Conn
	inner  tcp.Handler // nil: not known yet
	told   bool        // some flow came of it
	shape  shape
	timing flow.Timing // of its handshakes that no flow has told yet

	// What came before it is known: a few bytes.
	held []byte
	side stream.Side
	mark stream.Mark
}

// Data implements tcp.Handler.
func (c *conn) Data(side stream.Side, m stream.Mark, b []byte) {
	if c.inner != nil {
		c.inner.Data(side, m, b)
		return
	}
	if len(c.held) > 0 && side != c.side {
		c.settle(c.plain()) // the first side said too little to be TLS
		c.inner.Data(side, m, b)
		return
	}
	if len(c.held) == 0 {
		c.side, c.mark = side, m
	}
	c.held = append(c.held, b...)
	switch is, enough := c.secure(); {
	case is && enough:
		c.settle(newSecure(c, c.tcp.Info(), false))
	case enough:
		c.settle(c.plain())
	}
}

// secure reports whether the connection is TLS by its first bytes, or by its port
// if they are missing.
func (c *conn) secure() (is, enough bool) {
	if len(c.held) == 0 {
		port := c.tcp.Server.Port()
		return port == 443 || port == dotPort || port == 8443, true
	}
	if c.side == stream.Up {
		if is, enough = tls.Looks(c.held); is || !enough {
			return is, enough
		}
	}
	if !c.tcp.Midway {
		return false, true
	}
	return midway(c.held)
}

// midway reports whether b is the beginning of a TLS record in the middle of a
// connection (RFC 8446, 5.1).
func midway(b []byte) (is, enough bool) {
	if b[0] < 20 || b[0] > 23 || len(b) > 1 && b[1] != 3 || len(b) > 2 && b[2] > 4 {
		return false, true
	}
	return true, len(b) >= 3
}

// settle hands over what was held.
func (c *conn) settle(h tcp.Handler) {
	c.inner = h
	if held := c.held; len(held) > 0 {
		c.held = nil
		h.Data(c.side, c.mark, held)
	}
}

// plain reads what is not encrypted.
func (c *conn) plain() tcp.Handler { return c.reader(c.tcp.Info()) }

// reader is whoever reads plaintext of the connection.
func (c *conn) reader(info stream.Info) tcp.Handler {
	if info.Server.Name == "" {
		info.Server.Name = c.s.names.of(info.Server.Addr.Addr())
	}
	info.Tunnel = c.tunnel
	if port := info.Server.Addr.Port(); port == dnsPort || info.TLS != nil && (port == dotPort || info.TLS.ALPN == "dot") {
		return &dnsStream{s: c.s, info: info, emit: c.emit}
	}
	return stream.New(info, c.s.limits, c.emit)
}

// tunnel reads what a CONNECT leads to, nil if it is to be read as it stands.
func (c *conn) tunnel(info stream.Info) stream.Tunnel {
	return &tunnel{c: c, info: info}
}

func (c *conn) emit(f *flow.Flow) {
	c.told = true
	c.s.emit(f)
}

// Gap implements tcp.Handler.
func (c *conn) Gap(side stream.Side, m stream.Mark, n int64) {
	if c.inner == nil {
		// What follows may be TLS all the same: its records are found again.
		if is, _ := c.secure(); is {
			c.settle(newSecure(c, c.tcp.Info(), false))
		} else {
			c.settle(c.plain())
		}
	}
	c.inner.Gap(side, m, n)
}

// EOF implements tcp.Handler.
func (c *conn) EOF(side stream.Side, m stream.Mark) {
	if c.inner == nil && len(c.held) > 0 {
		c.settle(c.plain())
	}
	if c.inner != nil {
		c.inner.EOF(side, m)
	}
}

// Close implements tcp.Handler.
func (c *conn) Close(m stream.Mark) {
	if c.inner == nil && len(c.held) > 0 {
		c.settle(c.plain())
	}
	if s, ok := c.inner.(*secure); ok && s.tls.Held() > 0 && !c.s.over {
		c.s.wait(c, m)
		return
	}
	c.finish(m)
}

// finish emits what is left of the connection.
func (c *conn) finish(m stream.Mark) {
	if c.inner != nil {
		c.inner.Close(m)
	}
	if !c.told {
		c.unread("tcp", nil, [2]int64{}, c.silence())
	}
}

// silence says why a connection carried nothing.
func (c *conn) silence() string {
	switch h := c.tcp.Handshake; {
	case c.tcp.Midway:
		return "no payload in the capture"
	case c.tcp.End == tcp.Reset && c.tcp.Resetter == stream.Down && h.SYNACK == 0:
		return "refused by the server"
	case h.SYNACK == 0:
		return "not answered"
	}
	return "opened, and closed without a byte"
}

// unread emits what could not be read.
func (c *conn) unread(protocol string, secure *flow.TLS, n [2]int64, reason string) {
	info := c.tcp.Info()
	info.Timing.TLS = c.timing.TLS
	f := &flow.Flow{Kind: flow.Opaque, Protocol: protocol, Client: info.Client, Server: info.Server, TLS: secure, Timing: info.Timing, App: info.App}
	f.Source = flow.Provenance{Frame: c.tcp.FirstFrame}
	f.Timing.End = when(c.tcp.Last)
	f.Unread = &flow.Unread{Up: n[stream.Up], Down: n[stream.Down], Reason: reason, Shape: c.shape.told()}
	if c.told {
		f.Timing.TCP, f.Timing.TLS = nil, nil
	}
	c.emit(f)
}
