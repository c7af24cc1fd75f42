package netlog

import (
	ctls "crypto/tls"
	"encoding/pem"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// step is the step of the log's clock.
const step = time.Millisecond

// maxCertificates bounds the certificates of a socket, in bytes of PEM.
const maxCertificates = 64 << 10

// basis is what a first-byte time rests on.
const basis = "net-log, request sent to first byte"

// inProxy is why nothing is read of what passes a proxy that is itself reached
// by TLS.
const inProxy = "TLS inside of TLS: a net-log does not tell whose bytes are whose"

// socket is a TCP connection of the browser.
type socket struct {
	rd *reader
	id int64

	name          string // of the server, as the browser was asked
	client        netip.AddrPort
	server        netip.AddrPort
	start, tried  time.Time
	rtt           *flow.RTT // of connect()
	first         int64     // line
	failed        string    // why connecting or securing failed
	connected     bool
	plain         *stream.Conn // in the clear, or up to the handshake
	inner         *stream.Conn // inside of TLS
	layers        int          // of TLS that were begun
	secured       bool         // the handshake is over
	secure        flow.TLS     // what is known of it
	hello         *tls.Conn    // reads the handshake on the wire
	state         *tls.State
	wire, content [2]int64 // bytes, before and after TLS
	told          bool     // some flow came of it
	proxied       bool     // a CONNECT was sent
	last          time.Time
}

// socketAt returns the socket of an event, which may be the first of it that the log
// holds.
func (rd *reader) socketAt(e *event) *socket {
	s := rd.sockets[e.source]
	if s == nil {
		if len(rd.sockets) >= maxSockets {
			oldest := e.source
			for id := range rd.sockets {
				oldest = min(oldest, id)
			}
			if x := rd.sockets[oldest]; x != nil {
				x.close(e.mark(rd))
			}
		}
		s = &socket{rd: rd, id: e.source, start: e.at, first: rd.number}
		rd.sockets[e.source] = s
	}
	s.last = e.at
	return s
}

// socket lets an event of a socket have its effect.
func (rd *reader) socket(e *event) {
	const begin, end = 1, 2
	if e.kind == socketAlive && e.phase == end {
		if s := rd.sockets[e.source]; s != nil {
			s.last = e.at
			s.close(e.mark(rd))
		}
		delete(rd.datagram, e.source)
		return
	}
	if e.kind == socketAlive {
		// What sort of socket it is the next event says.
		if job, ok := integer(member(member(e.params, "source_dependency"), "id")); ok {
			rd.follow(e.source, job)
		}
		return
	}
	s := rd.socketAt(e)
	switch e.kind {
	case tcpConnect:
		if e.phase == end {
			s.connect(e)
		}
	case tcpAttempt:
		s.attempt(e)
	case sslConnect:
		if e.phase == begin {
			s.shake(e)
		} else {
			s.shaken(e)
		}
	case sslCertificates:
		s.secure.Certificates = nil
		size := 0
		for o := elements(member(e.params, "certificates")); ; {
			_, value, ok := o.next()
			if !ok {
				break
			}
			if size += len(value); size > maxCertificates {
				break
			}
			if block, _ := pem.Decode([]byte(text(value))); block != nil {
				s.secure.Certificates = append(s.secure.Certificates, block.Bytes)
			}
		}
	case socketSent:
		s.onWire(e, stream.Up)
	case socketReceived:
		s.onWire(e, stream.Down)
	case sslSent:
		s.inside(e, stream.Up)
	case sslReceived:
		s.inside(e, stream.Down)
	}
}

// attempt notes an address that is tried, and how long it took to answer.
func (s *socket) attempt(e *event) {
	if e.phase == 1 {
		s.server, s.tried = address(member(e.params, "address")), e.at
		return
	}
	if d := e.at.Sub(s.tried); !s.tried.IsZero() && d >= 0 && e.netError(s.rd) == "" {
		s.rtt = &flow.RTT{D: d, Resolution: step, Leg: flow.Direct, Basis: "net-log TCP_CONNECT_ATTEMPT"}
	}
}

// connect notes the end of connecting.
func (s *socket) connect(e *event) {
	if s.failed = e.netError(s.rd); s.failed != "" {
		return
	}
	s.connected = true
	for o := members(e.params); ; {
		key, value, ok := o.next()
		if !ok {
			return
		}
		switch string(key) {
		case "local_address", "source_address": // the second until 2021
			s.client = address(value)
		case "remote_address":
			s.server = address(value)
		}
	}
}

func address(b []byte) netip.AddrPort {
	a, _ := netip.ParseAddrPort(text(b))
	return a
}

// shake notes that TLS begins.
func (s *socket) shake(e *event) {
	if s.plain != nil {
		s.plain.Close(e.mark(s.rd)) // a CONNECT to a proxy
		s.plain = nil
	}
	if s.layers++; s.layers > 1 {
		s.hello = nil
		return
	}
	s.hello = tls.New(s.rd.secrets, s.rd.tls, handshake{s})
}

// shaken notes what TLS was agreed on.
func (s *socket) shaken(e *event) {
	s.secured, s.hello = true, nil
	if failed := e.netError(s.rd); failed != "" {
		s.failed = failed
		return
	}
	for o := members(e.params); ; {
		key, value, ok := o.next()
		if !ok {
			return
		}
		switch string(key) {
		case "version":
			s.secure.Version = line.Clip(text(value), maxText)
		case "cipher_suite":
			if n, ok := integer(value); ok && n >= 0 && n <= 0xffff {
				s.secure.Cipher = ctls.CipherSuiteName(uint16(n))
			}
		case "next_proto":
			if s.secure.ALPN = line.Clip(text(value), maxText); s.secure.ALPN == "unknown" {
				s.secure.ALPN = ""
			}
		case "is_resumed":
			s.secure.Resumed = string(value) == "true"
		case "encrypted_client_hello":
			if string(value) == "true" {
				s.secure.ECH = string(tls.ECHAccepted)
			}
		}
	}
}

// handshake takes what the bytes of a handshake tell everybody.
type handshake struct{ s *socket }

func (h handshake) State(st *tls.State) { h.s.state = st }

func (handshake) Data(stream.Side, stream.Mark, []byte)          {}
func (handshake) Gap(stream.Side, stream.Mark, int64)            {}
func (handshake) Unread(stream.Side, stream.Mark, int64, string) {}
func (handshake) EOF(stream.Side, stream.Mark)                   {}

// channel is what is known of TLS: the browser's word, and what it does not
// tell from the handshake.
func (s *socket) channel() *flow.TLS {
	t := s.secure
	t.Certificates = slices.Clone(t.Certificates)
	if st := s.state; st != nil {
		w := st.TLS()
		for _, x := range []struct{ to, from *string }{
			{&t.Version, &w.Version}, {&t.Cipher, &w.Cipher}, {&t.ALPN, &w.ALPN}, {&t.SNI, &w.SNI}, {&t.JA3, &w.JA3}, {&t.JA4, &w.JA4}, {&t.ECH, &w.ECH},
		} {
			if *x.to == "" {
				*x.to = *x.from
			}
		}
		if len(t.Certificates) == 0 {
			t.Certificates = w.Certificates
		}
	}
	return &t
}

// info is what a flow of this socket is told.
func (s *socket) info() stream.Info {
	i := stream.Info{
		Client: flow.Endpoint{Addr: s.client}, Server: flow.Endpoint{Name: s.name, Addr: s.server}, App: s.rd.app,
		Timing: flow.Timing{Start: s.start, TCP: s.rtt}, Leg: flow.Direct, Basis: basis,
	}
	if i.Server.Name == "" {
		i.Server.Name = s.rd.nameOf(s.id)
	}
	if s.proxied && i.Timing.TCP != nil {
		rtt := *i.Timing.TCP
		rtt.Leg = flow.Inner
		i.Timing.TCP = &rtt
	}
	if s.layers > 0 {
		i.TLS = s.channel()
		if s.state != nil {
			i.Timing.TLS = s.state.RTT(flow.Direct, step)
		}
		if i.Server.Name == "" {
			i.Server.Name = i.TLS.SNI
		}
	}
	return i
}

// onWire takes what passed below TLS.
func (s *socket) onWire(e *event, side stream.Side) {
	b, n, ok := s.rd.content(e)
	s.wire[side] += n
	m := e.mark(s.rd)
	switch {
	case s.layers > 0:
		if ok && s.hello != nil {
			s.hello.Data(side, m, b)
		}
		return
	case n == 0:
		return
	case !ok && s.plain == nil:
		s.rd.silent()
		return
	}
	if s.plain == nil {
		s.rd.speaks()
		s.plain = stream.New(s.info(), s.rd.limits, s.emit)
	}
	if !ok {
		s.plain.Gap(side, m, n)
		return
	}
	s.plain.Data(side, m, b)
}

// inside takes what passed inside of TLS.
func (s *socket) inside(e *event, side stream.Side) {
	b, n, ok := s.rd.content(e)
	s.content[side] += n
	m := e.mark(s.rd)
	switch {
	case n == 0 || s.layers > 1: // of which layer it is, nothing tells
		return
	case !ok && s.inner == nil:
		s.rd.silent()
		return
	}
	if s.inner == nil {
		s.rd.speaks()
		s.layers = 1 // if the log began later
		s.secured = true
		s.inner = stream.New(s.info(), s.rd.limits, s.emit)
	}
	if !ok {
		s.inner.Gap(side, m, n)
		return
	}
	s.inner.Data(side, m, b)
}

// silent and speaks find out whether the log holds bytes, if it does not say.
func (rd *reader) silent() {
	if !rd.bytes {
		rd.mute = true
	}
}

func (rd *reader) speaks() {
	if !rd.mute {
		rd.bytes = true
	}
}

func (s *socket) emit(f *flow.Flow) {
	s.told = true
	if f.Request != nil && f.Request.Method == "CONNECT" && s.layers == 0 {
		s.proxied, s.name = true, f.Request.Host
	}
	s.rd.emit(f)
}

// close tells what is open of the connection, or that nothing was said.
func (s *socket) close(m stream.Mark) {
	delete(s.rd.sockets, s.id)
	if m.Time.IsZero() {
		m.Time = s.last
	}
	for _, c := range []*stream.Conn{s.plain, s.inner} {
		if c != nil {
			c.Close(m)
		}
	}
	n, reason := s.content, ""
	switch {
	case s.told:
		return
	case s.layers > 1:
		reason = inProxy
	case s.rd.mute && s.layers == 0 && s.wire != [2]int64{}:
		n, reason = s.wire, "net-log without bytes"
	case s.rd.mute && s.content != [2]int64{}:
		reason = "net-log without bytes"
	case s.failed != "" && strings.HasPrefix(s.failed, "ERR_CERT_"):
		reason = "the client refused the certificate (" + s.failed + ")"
	case s.failed != "" && s.layers > 0:
		reason = "the handshake failed (" + s.failed + ")"
	case s.failed != "":
		reason = "not connected (" + s.failed + ")"
	case s.layers > 0 && !s.secured:
		reason = "the handshake did not end"
	case s.layers > 0:
		reason = "no application data"
	case !s.connected && !s.server.IsValid():
		return // of another sort of socket, or of one that the log hardly saw
	case !s.connected:
		reason = "not answered"
	default:
		reason = "opened, and closed without a byte"
	}
	i := s.info()
	protocol := "tcp"
	if s.layers > 0 {
		protocol = "tls"
	}
	i.Timing.End = m.Time
	s.rd.emit(&flow.Flow{
		Kind: flow.Opaque, Protocol: protocol, Source: flow.Provenance{Frame: s.first}, Client: i.Client, Server: i.Server, TLS: i.TLS, Timing: i.Timing, App: i.App,
		Unread: &flow.Unread{Up: n[stream.Up], Down: n[stream.Down], Reason: reason},
	})
}
