package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/constat/constat/evidence"
)

// secure relays a connection that begins with a TLS hello.
func (s *session) secure(first []byte) {
	s.client.SetReadDeadline(time.Now().Add(helloTimeout))
	hello, seen, err := readHello(io.MultiReader(bytes.NewReader(first), s.client))
	s.client.SetReadDeadline(time.Time{})
	client := &prefixed{Conn: s.client, head: seen}
	s.client = client
	if err != nil {
		s.pass("the TLS hello could not be read: " + err.Error())
		return
	}
	s.hello = hello
	host := hello.SNI
	if host == "" {
		host = s.target.Host
	}
	if s.e.cfg.Pass != nil && s.e.cfg.Pass(host) {
		s.pass("passed through on request")
		return
	}
	who := stack{host, hello.JA4}
	if why := s.e.refusals.of(who); why != "" {
		s.pass(why)
		return
	}
	upstream, why := s.handshake(host)
	if why != "" {
		// The client shall see for itself what the server has to say.
		if s.redial() == nil {
			s.pass(why)
		}
		return
	}
	defer upstream.Close()
	state := upstream.ConnectionState()
	s.answer(client, upstream, who, state)
}

// handshake makes the TLS connection to the server. why says why the
// connection cannot be intercepted, if so.
func (s *session) handshake(host string) (conn *tls.Conn, why string) {
	asked := false
	timed := &timedConn{Conn: s.server}
	s.witness = newCeremony(s.e.cfg.Log, timed)
	cfg := &tls.Config{
		NextProtos: s.hello.ALPN,
		ServerName: s.hello.SNI,
		RootCAs:    s.e.cfg.Roots,
		MinVersion: tls.VersionTLS10,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return nil, errors.New("a certificate of the client is asked for")
		},
		DynamicRecordSizingDisabled: true,
	}
	if s.hello.SNI == "" { // no name is sent, and the address is checked below
		cfg.InsecureSkipVerify = true
		cfg.VerifyConnection = func(cs tls.ConnectionState) error {
			pool := x509.NewCertPool()
			for _, c := range cs.PeerCertificates[1:] {
				pool.AddCert(c)
			}
			_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, Roots: s.e.cfg.Roots, Intermediates: pool})
			return err
		}
	}
	conn = tls.Client(s.witness.prepare(cfg), cfg)
	ctx, cancel := context.WithTimeout(s.e.ctx, dialTimeout)
	defer cancel()
	err := conn.HandshakeContext(ctx)
	var unknown *tls.CertificateVerificationError
	switch {
	case asked:
		return nil, "the server asks for a certificate of the client"
	case errors.As(err, &unknown):
		return nil, "the server's certificate does not verify: " + clip(unknown.Err.Error(), 200)
	case err != nil:
		return nil, "no TLS handshake with the server: " + clip(err.Error(), 200)
	}
	s.rttTLS = timed.rtt()
	s.witness.finish(conn.ConnectionState())
	return conn, ""
}

// answer ends the client's TLS connection and relays.
func (s *session) answer(client net.Conn, upstream *tls.Conn, who stack, state tls.ConnectionState) {
	host := who.host
	leaf, err := s.e.cfg.Authority.leaf(host)
	if err != nil {
		if s.redial() == nil {
			s.pass(err.Error())
		}
		return
	}
	cfg := &tls.Config{
		Certificates: []tls.Certificate{*leaf}, MinVersion: tls.VersionTLS10,
		SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
	}
	if state.NegotiatedProtocol != "" {
		cfg.NextProtos = []string{state.NegotiatedProtocol}
	}
	inner := tls.Server(client, cfg)
	defer inner.Close()
	ctx, cancel := context.WithTimeout(s.e.ctx, helloTimeout)
	err = inner.HandshakeContext(ctx)
	cancel()
	s.open(evidence.Intercepted, "", &state)
	if err != nil {
		how, meaning := rejection(err)
		switch {
		case meaning == refused, meaning == silent && !s.trusted():
			s.rejected(who, how, meaning)
		default:
			s.e.gap(evidence.Gap{Conn: s.conn, Host: host, Kind: "failed", Reason: how})
		}
		s.close("the handshake with the client did not end well")
		return
	}
	shaken := time.Now()
	clientErr := s.relay(inner, upstream, &state)
	switch {
	case s.up > 0:
		s.e.refusals.accepted(who)
	case s.trusted():
	case s.e.ctx.Err() == nil && time.Since(shaken) < silentClose && clientErr != errServerFirst:
		// What a client does that looks at the certificate after the handshake.
		s.rejected(who, "the client closed the connection after the handshake, without a byte", silent)
	}
	s.close("")
}

// trusted reports whether the client is known to accept our certificate.
func (s *session) trusted() bool {
	a, ok := s.client.RemoteAddr().(*net.TCPAddr)
	return s.e.cfg.Trusted && ok && a.IP.IsLoopback()
}

// silentClose is within what time a client that rejects a certificate after
// the handshake closes. Browsers close unused connections much later.
const silentClose = 3 * time.Second

// meaning of how a client ended a connection.
type meaning int

const (
	failed  meaning = iota // for another reason
	silent                 // perhaps a refusal, perhaps a change of mind
	refused                // it said that it does not accept the certificate
)

// rejection says in words how a client ended the handshake, and what that
// means (the shapes were measured: capture note, section 8).
func rejection(err error) (how string, m meaning) {
	var alert *net.OpError
	switch {
	case errors.As(err, &alert) && alert.Op == "remote error":
		return "the client rejected the certificate: " + alert.Err.Error(), refused
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the client closed the connection during the handshake", silent
	case err.Error() == "local error: tls: bad record MAC":
		// OpenSSL's family sends its alert in the clear in TLS 1.3.
		return "the client rejected the certificate: an alert that is not encrypted", refused
	default:
		return "the handshake with the client failed: " + clip(err.Error(), 200), failed
	}
}

// rejected logs that a client refused, and remembers it.
func (s *session) rejected(who stack, how string, m meaning) {
	if s.e.refusals.rejected(who, how, m == silent) {
		s.e.Stats.Rejected.Add(1)
		s.e.gap(evidence.Gap{Conn: s.conn, Host: who.host, Kind: "rejected", Reason: how})
	}
}

// pass relays bytes without reading them.
func (s *session) pass(why string) {
	s.open(evidence.Passed, why, nil)
	s.copy(s.client, s.server)
	s.close("")
}

// timedConn takes the time between the first write and the first read after
// it: of a TLS client, one round trip to whoever sends the server's flight.
type timedConn struct {
	net.Conn
	wrote, read time.Time
}

func (t *timedConn) Write(b []byte) (int, error) {
	if t.wrote.IsZero() {
		t.wrote = time.Now()
	}
	return t.Conn.Write(b)
}

func (t *timedConn) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if t.read.IsZero() && n > 0 {
		t.read = time.Now()
	}
	return n, err
}

func (t *timedConn) rtt() time.Duration {
	if t.wrote.IsZero() || t.read.IsZero() {
		return 0
	}
	return t.read.Sub(t.wrote)
}

// CloseWrite ends one direction.
func (t *timedConn) CloseWrite() error { return closeWrite(t.Conn) }
