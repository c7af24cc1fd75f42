package pcap

import (
	"maps"
	"slices"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// secure is a connection that is TLS, or what a tunnel carries that is.
type secure struct {
	c    *conn
	in   bool // a tunnel's: the sizes on the wire are another connection's
	tls  *tls.Conn
	open opened
}

func newSecure(c *conn, info stream.Info, inside bool) *secure {
	s := &secure{c: c, in: inside, open: opened{c: c, info: info, closed: map[string]*[2]int64{}}}
	s.tls = tls.New(c.s.secrets, c.s.tls, &s.open)
	return s
}

// Data implements tcp.Handler.
func (s *secure) Data(side stream.Side, m stream.Mark, b []byte) {
	if !s.in && (s.open.state == nil || !s.open.state.Opened) {
		s.c.shape.add(side, m, b)
	}
	s.tls.Data(side, m, b)
}

// Gap implements tcp.Handler.
func (s *secure) Gap(side stream.Side, m stream.Mark, n int64) { s.tls.Gap(side, m, n) }

// EOF implements tcp.Handler.
func (s *secure) EOF(side stream.Side, m stream.Mark) { s.tls.EOF(side, m) }

// Close implements tcp.Handler.
func (s *secure) Close(m stream.Mark) {
	s.tls.Close(m)
	s.open.end(m)
}

// opened takes the plaintext of a secure connection.
type opened struct {
	c      *conn
	info   stream.Info
	state  *tls.State
	plain  tcp.Handler          // nil: there was no plaintext so far
	closed map[string]*[2]int64 // bytes that stay closed, by reason
}

// State implements tls.Handler.
func (o *opened) State(st *tls.State) { o.state = st }

// Data implements tls.Handler.
func (o *opened) Data(side stream.Side, m stream.Mark, b []byte) {
	if o.plain == nil {
		o.info.TLS = o.state.TLS()
		o.info.Timing.TLS = o.rtt()
		o.plain = o.c.reader(o.info)
	}
	o.plain.Data(side, m, b)
}

// rtt is the time of the handshake, with the step of the capture's clock. What
// only may have come from the server bounds no distance to it.
func (o *opened) rtt() *flow.RTT {
	if o.state == nil || o.state.FlightAt.Time.IsZero() {
		return nil
	}
	return o.state.RTT(flow.Direct, o.c.tcp.Resolution)
}

// Gap implements tls.Handler.
func (o *opened) Gap(side stream.Side, m stream.Mark, n int64) {
	if o.plain != nil {
		o.plain.Gap(side, m, n)
		return
	}
	o.count(side, n, tls.AfterGap)
}

// Unread implements tls.Handler.
func (o *opened) Unread(side stream.Side, m stream.Mark, n int64, reason string) {
	o.count(side, n, reason)
	if o.plain != nil {
		o.plain.Gap(side, m, 0) // the bytes are counted here
	}
}

func (o *opened) count(side stream.Side, n int64, reason string) {
	x := o.closed[reason]
	if x == nil {
		x = new([2]int64)
		o.closed[reason] = x
	}
	switch {
	case n < 0 || x[side] < 0:
		x[side] = -1
	default:
		x[side] += n
	}
}

// EOF implements tls.Handler.
func (o *opened) EOF(side stream.Side, m stream.Mark) {
	if o.plain != nil {
		o.plain.EOF(side, m)
	}
}

// end tells what stayed closed.
func (o *opened) end(m stream.Mark) {
	if o.plain != nil {
		o.plain.Close(m)
	}
	var secure *flow.TLS
	if o.state != nil {
		secure = o.state.TLS()
	}
	o.c.timing.TLS = o.rtt()
	refused := o.refused()
	for _, reason := range slices.Sorted(maps.Keys(o.closed)) {
		n := *o.closed[reason]
		if reason == tls.NoKey && refused != "" {
			reason = refused
		}
		o.c.unread("tls", secure, n, reason)
	}
	if o.c.told {
		return
	}
	switch {
	case refused != "":
		o.c.unread("tls", secure, [2]int64{}, refused)
	case o.state == nil || !o.state.Done:
		o.c.unread("tls", secure, [2]int64{}, "the handshake did not end")
	default:
		o.c.unread("tls", secure, [2]int64{}, "no application data")
	}
}

// refused says that the client did not take the server's certificate, as apps
// do that pin theirs; "" if it did.
func (o *opened) refused() string {
	if o.state == nil {
		return ""
	}
	for _, a := range o.state.Alerts {
		if a.From != stream.Up {
			continue
		}
		switch a.Name() {
		case "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired", "certificate_unknown", "unknown_ca":
			return "pinned: the client refused the certificate (alert " + a.Name() + ")"
		}
	}
	return ""
}
