// Package probe makes handshakes of its own with a server, to have a round trip
// where a capture has none.
//
// It is never used unless somebody asks for it: a handshake tells the operator
// who is investigating, and from where. It is sparing (at most MaxHandshakes,
// one at a time, with a pause between them), sends no request, and every one is
// told of: when, to which address, how long, and who answered.
//
// What is measured is the class that a claim can rest on (field note on places,
// 3.2): from the first byte of the ClientHello to the end of the handshake, which
// only the holder of the certified key can bring about. With TLS 1.3 that is one
// round trip; with TLS 1.2 two, and a retry of the hello costs another one: the
// time is then longer than a round trip, which is the harmless side.
package probe

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/constat/constat/flow"
)

// MaxHandshakes bounds the handshakes of one probe.
const MaxHandshakes = 10

// Options say how to probe.
type Options struct {
	ServerName string // SNI; "" sends none
	Handshakes int    // 0: three
	Pause      time.Duration
	Timeout    time.Duration // of each; 0: five seconds

	// Dial makes the connection; nil is the network's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Now  func() time.Time // nil: the clock
}

// Handshake is one handshake, made or failed.
type Handshake struct {
	Time    time.Time      `json:"time"`
	Address netip.AddrPort `json:"address"`
	TCP     time.Duration  `json:"tcp_ns,omitempty"` // SYN to SYN/ACK, as the system tells it: anyone on the path may have answered
	TLS     time.Duration  `json:"tls_ns,omitempty"` // ClientHello to the end of the handshake; 0 if it failed
	Version string         `json:"tls_version,omitempty"`

	// Certificate is the leaf's SHA-256 in hex; Verified says that it is valid
	// for ServerName by the system's roots. Whoever answered holds its key either way.
	Certificate string `json:"certificate_sha256,omitempty"`
	Verified    bool   `json:"verified"`
	Subject     string `json:"subject,omitempty"`
	Error       string `json:"error,omitempty"`
}

// Run makes handshakes with a server, and tells of each in order.
func Run(ctx context.Context, server netip.AddrPort, o Options) []Handshake {
	n := min(max(o.Handshakes, 0), MaxHandshakes)
	if o.Handshakes == 0 {
		n = 3
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	var out []Handshake
	for i := range n {
		if i > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(o.Pause):
			}
		}
		if ctx.Err() != nil {
			break
		}
		out = append(out, one(ctx, server, &o))
	}
	return out
}

func one(ctx context.Context, server netip.AddrPort, o *Options) Handshake {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	h := Handshake{Time: o.Now(), Address: server}
	began := time.Now()
	raw, err := o.Dial(ctx, "tcp", server.String())
	if err != nil {
		h.Error = fmt.Sprintf("no connection: %v", err)
		return h
	}
	defer raw.Close()
	h.TCP = time.Since(began)

	conn := &stamped{Conn: raw}
	// The certificate is judged afterwards: an invalid one is told of, and its key
	// was proved all the same.
	client := tls.Client(conn, &tls.Config{ServerName: o.ServerName, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
	err = client.HandshakeContext(ctx)
	done := time.Now()
	if err != nil {
		h.Error = fmt.Sprintf("no handshake: %v", err)
		return h
	}
	s := client.ConnectionState()
	h.TLS, h.Version = done.Sub(conn.hello), tls.VersionName(s.Version)
	if len(s.PeerCertificates) > 0 {
		leaf := s.PeerCertificates[0]
		sum := sha256.Sum256(leaf.Raw)
		h.Certificate, h.Subject = hex.EncodeToString(sum[:]), leaf.Subject.String()
		h.Verified = verified(&s, o.ServerName) == nil
	}
	return h
}

// stamped notes when the first byte was handed to the system.
type stamped struct {
	net.Conn
	hello time.Time
}

func (s *stamped) Write(b []byte) (int, error) {
	if s.hello.IsZero() {
		s.hello = time.Now()
	}
	return s.Conn.Write(b)
}

// Timing is what the handshakes measured, for recipient.Sighting.Add: one for
// each that succeeded.
func Timing(hs []Handshake) []flow.Timing {
	var out []flow.Timing
	for _, h := range hs {
		if h.TLS <= 0 {
			continue
		}
		out = append(out, flow.Timing{
			Start: h.Time,
			TLS:   &flow.RTT{D: h.TLS, Leg: flow.Direct, Basis: "own handshake, ClientHello to its end"},
			TCP:   &flow.RTT{D: h.TCP, Leg: flow.Direct, Basis: "own handshake, connect"},
		})
	}
	return out
}
