package live

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/stream"
)

// session is one relayed connection.
type session struct {
	e      *Engine
	client net.Conn
	target Target
	begun  time.Time

	server    net.Conn       // TCP
	reached   netip.AddrPort // the server, as the client knows it; not what a Route made of it
	addresses []netip.Addr
	rttTCP    time.Duration
	rttTLS    time.Duration
	hello     *Hello
	witness   *ceremony

	conn  int64 // number of its entry, 0 before
	up    int64
	down  int64
	stops []func() bool
}

// hangUp closes the server's side.
func (s *session) hangUp() {
	for _, stop := range s.stops {
		stop()
	}
	if s.server != nil {
		s.server.Close()
	}
}

// dial connects to the server, address by address.
func (s *session) dial() error {
	ctx, cancel := context.WithTimeout(s.e.ctx, dialTimeout)
	defer cancel()
	if s.addresses == nil {
		if s.target.Addr.IsValid() {
			s.addresses = []netip.Addr{s.target.Addr}
		} else if a, err := netip.ParseAddr(s.target.Host); err == nil {
			s.addresses = []netip.Addr{a.Unmap()}
		} else if s.addresses, err = s.e.cfg.Resolve(ctx, s.target.Host); err != nil {
			return err
		}
	}
	err := fmt.Errorf("%s has no address", s.target.Host)
	var d net.Dialer
	network := "tcp"
	if s.target.UDP {
		network = "udp"
	}
	for i := 0; i < len(s.addresses); i++ {
		a := s.addresses[i].Unmap()
		if (a.IsLoopback() || a.IsUnspecified()) && !s.mayLocal() {
			err = errLocal
			continue
		}
		// A dead address must not use up the time of the others.
		try, done := context.WithTimeout(ctx, max(dialTimeout/time.Duration(len(s.addresses)-i), time.Second))
		from := time.Now()
		var c net.Conn
		c, err = d.DialContext(try, network, s.e.route(netip.AddrPortFrom(a, s.target.Port)).String())
		done()
		if err == nil {
			s.rttTCP = time.Since(from)
			s.server, s.reached = c, netip.AddrPortFrom(a, s.target.Port)
			s.stops = append(s.stops, context.AfterFunc(s.e.ctx, func() { c.Close() }))
			return nil
		}
		if i == len(s.addresses)-1 {
			s.addresses = append(s.addresses, s.otherAddresses(ctx)...)
		}
	}
	return err
}

// errLocal is told to clients elsewhere that want something on this machine.
var errLocal = errors.New("what listens on the loopback of the capturing machine is not reached through the capture")

// mayLocal reports whether the client may reach this machine's loopback.
func (s *session) mayLocal() bool {
	a, ok := s.client.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback() || s.e.cfg.Local != nil && s.e.cfg.Local(s.target.Host)
}

// otherAddresses are those of the name that was asked for, if the address that
// the client chose does not answer from here (it may have IPv6, and we not).
func (s *session) otherAddresses(ctx context.Context) []netip.Addr {
	if _, err := netip.ParseAddr(s.target.Host); err == nil || !s.target.Addr.IsValid() {
		return nil
	}
	all, err := s.e.cfg.Resolve(ctx, s.target.Host)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(a netip.Addr) bool { return slices.Contains(s.addresses, a) })
}

// redial connects anew, after a handshake that used the connection up.
func (s *session) redial() error {
	s.server.Close()
	return s.dial()
}

// run finds out what is spoken and relays it.
func (s *session) run() {
	first, speaker := s.listen()
	switch {
	case speaker == stream.Up && isHello(first):
		s.secure(first)
	default:
		s.clear(first, speaker)
	}
}

// isHello reports whether b begins a TLS record with a handshake message.
func isHello(b []byte) bool {
	return len(b) > 1 && b[0] == 0x16 && b[1] == 3 || len(b) == 1 && b[0] == 0x16
}

// listen waits until one side says something and returns it. Most often that
// is the client; a mail server greets first.
func (s *session) listen() ([]byte, stream.Side) {
	type word struct {
		b    []byte
		side stream.Side
	}
	said := make(chan word, 2)
	hear := func(c net.Conn, side stream.Side) {
		b := make([]byte, 4<<10)
		n, _ := c.Read(b)
		said <- word{b[:n], side}
	}
	// A server that greets first is rare, and a reader on it costs a goroutine
	// a connection: the client gets a head start.
	s.client.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	b := make([]byte, 4<<10)
	n, err := s.client.Read(b)
	s.client.SetReadDeadline(time.Time{})
	if n > 0 || err != nil && !isTimeout(err) {
		return b[:n], stream.Up
	}
	s.client.SetReadDeadline(time.Now().Add(idleTimeout))
	s.server.SetReadDeadline(time.Now().Add(idleTimeout))
	go hear(s.client, stream.Up)
	go hear(s.server, stream.Down)
	w := <-said
	// Wake the other reader; what it read meanwhile is kept.
	other := s.server
	if w.side == stream.Down {
		other = s.client
	}
	other.SetReadDeadline(time.Unix(1, 0))
	late := <-said
	s.client.SetReadDeadline(time.Time{})
	s.server.SetReadDeadline(time.Time{})
	if len(late.b) > 0 {
		if late.side == stream.Up {
			s.client = &prefixed{Conn: s.client, head: late.b}
		} else {
			s.server = &prefixed{Conn: s.server, head: late.b}
		}
	}
	return w.b, w.side
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// prefixed is a connection some bytes of which were read already.
type prefixed struct {
	net.Conn
	head []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}

// CloseWrite ends one direction.
func (p *prefixed) CloseWrite() error { return closeWrite(p.Conn) }

// clear relays a connection that begins without TLS.
func (s *session) clear(first []byte, speaker stream.Side) {
	if speaker == stream.Up {
		s.client = &prefixed{Conn: s.client, head: first}
	} else {
		s.server = &prefixed{Conn: s.server, head: first}
	}
	s.open(evidence.Plain, "", nil)
	s.relay(s.client, s.server, nil)
	s.close("")
}

// open logs the connection.
func (s *session) open(mode evidence.Mode, reason string, state *tls.ConnectionState) {
	w := s.e.cfg.Log
	c := evidence.Connection{
		Addresses: s.addresses, Client: address(s.client), Host: s.target.Host, Mode: mode, Reason: reason,
		RTTTCP: int64(s.rttTCP), RTTTLS: int64(s.rttTLS), Server: s.serverAddress(), Start: w.Mono(s.begun),
	}
	var chain [][]byte
	if s.hello != nil {
		c.SNI, c.JA3, c.JA4 = s.hello.SNI, s.hello.JA3, s.hello.JA4
	}
	if state != nil {
		c.ALPN, c.Version, c.Cipher = state.NegotiatedProtocol, tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)
		for _, cert := range state.PeerCertificates {
			chain = append(chain, cert.Raw)
		}
		c.Witness = s.witness.state()
	}
	var err error
	s.conn, err = w.Connection(c, chain)
	s.e.check(err)
	if mode == evidence.Passed {
		s.e.Stats.Passed.Add(1)
	}
	if state != nil {
		s.e.check(s.witness.log(w, s.conn))
	}
}

func address(c net.Conn) string {
	if a := c.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}

func (s *session) serverAddress() string {
	if s.server == nil {
		return ""
	}
	return s.reached.String()
}

// close logs the end of the connection.
func (s *session) close(reason string) {
	s.e.check(s.e.cfg.Log.Closed(s.conn, s.up, s.down, reason))
}
