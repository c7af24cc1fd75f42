package mitm

import (
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// connection is what a dump tells of one side's connection.
type connection struct {
	id       string
	address  address // server: what was asked for; client before 19: the peer
	peer     address // the other end as seen by the socket
	local    address
	via      address // upstream proxy, if one was used
	tls      bool
	version  string
	cipher   string
	sni      string
	alpn     string
	certs    [][]byte
	start    time.Time
	tcp      time.Time // handshake complete
	tlsSetup time.Time
	end      time.Time
	startKey string // timestamp_start as written
}

// readConnection reads client_conn or server_conn of any version.
func readConnection(s *scanner, v value) connection {
	var c connection
	v.each(s, func(key string, v value) {
		switch key {
		case "id":
			c.id = v.text()
		case "address":
			c.address = v.address(s)
		case "peername", "ip_address", "peer_address": // since 19; 0.18 to 18; 0.17
			if !v.null() {
				c.peer = v.address(s)
			}
		case "sockname", "source_address":
			if !v.null() {
				c.local = v.address(s)
			}
		case "via", "via2": // address since 10; before, a connection of its own
			if a := readVia(s, v); a != (address{}) {
				c.via = a
			}
		case "tls", "tls_established", "ssl_established": // since 10; since 6; before
			c.tls = c.tls || v.yes()
		case "tls_version":
			c.version = v.text()
		case "cipher", "cipher_name": // since 19; before
			if name := v.text(); name != "" {
				c.cipher = name
			}
		case "sni":
			c.sni = v.text()
		case "alpn", "alpn_proto_negotiated": // since 11; before
			c.alpn = v.text()
		case "certificate_list":
			for _, cert := range v.list(s) {
				c.certs = append(c.certs, cert.data)
			}
		case "cert": // before 10
			if v.tag == ',' || v.tag == ';' {
				c.certs = [][]byte{v.data}
			}
		case "timestamp_start":
			c.start, c.startKey = v.time(), string(v.data)
		case "timestamp_tcp_setup":
			c.tcp = v.time()
		case "timestamp_tls_setup", "timestamp_ssl_setup": // since 6; before
			c.tlsSetup = v.time()
		case "timestamp_end":
			c.end = v.time()
		}
	})
	return c
}

// readVia reads the upstream proxy: [scheme, [host, port]] since 10, or the
// whole connection to it, whose own via is not followed.
func readVia(s *scanner, v value) address {
	var a address
	v.each(s, func(key string, v value) {
		if key == "address" {
			a = v.address(s)
		}
	})
	if items := v.list(s); len(items) == 2 {
		a = items[1].address(s)
	}
	return a
}

// connected reports whether anything reached the server.
func (c *connection) connected() bool {
	return !c.tcp.IsZero() || !c.tlsSetup.IsZero() || !c.start.IsZero() && c.peer.ip().IsValid()
}

// upstream reports whether a proxy stood between mitmproxy and the server.
// Some releases up to 2 name the server itself there.
func (c *connection) upstream() bool {
	return c.via != (address{}) && c.via != c.address
}

// endpoints sets the two ends and the channel between them.
func (rec *record) endpoints() {
	f, srv, cl := rec.flow, &rec.server, &rec.client
	peer := cl.peer
	if peer == (address{}) {
		peer = cl.address
	}
	f.Client = flow.Endpoint{Name: peer.name(), Addr: peer.ip()}
	f.Server.Name = srv.address.name()
	switch {
	case srv.upstream():
		// The socket's other end is the proxy, which says nothing of the server.
		rec.note("sent through the upstream proxy " + srv.via.host)
		f.Server.Addr = srv.address.ip()
	case srv.peer.ip().IsValid():
		f.Server.Addr = srv.peer.ip()
	default:
		f.Server.Addr = srv.address.ip()
	}
	if srv.tls || !srv.tlsSetup.IsZero() {
		f.TLS = &flow.TLS{Version: tlsVersion(srv.version), Cipher: srv.cipher, SNI: srv.sni, ALPN: srv.alpn, Certificates: srv.certs}
	}
}

// tlsVersion turns OpenSSL's "TLSv1.2" into the name of the standard. QUIC is
// TLS 1.3 by definition (RFC 9001, 4.2).
func tlsVersion(v string) string {
	switch {
	case v == "TLSv1":
		return "TLS 1.0"
	case strings.HasPrefix(v, "TLSv"):
		return "TLS " + v[len("TLSv"):]
	case strings.HasPrefix(v, "QUIC"):
		return "TLS 1.3"
	}
	return v
}

// resolution is the clock step of Python's time.time as written in a dump.
const resolution = time.Microsecond

// outer returns the time from one instant to another as a bound on a round
// trip to the server, nil if either is missing or they are out of order.
func outer(from, to time.Time, basis string) *flow.RTT {
	if from.IsZero() || to.IsZero() || !to.After(from) {
		return nil
	}
	return &flow.RTT{D: to.Sub(from), Resolution: resolution, Leg: flow.Outer, Basis: basis}
}

// handshakeTimes sets the connection's round trips on the first flow that uses
// it. mitmproxy starts its clock before it looks the name up, so the TCP time
// may hold a DNS exchange too: it stays an upper bound.
func (rd *reader) handshakeTimes(rec *record) {
	c, t := &rec.server, &rec.flow.Timing
	key := c.id
	if key == "" { // before 5
		key = c.startKey + " " + c.local.host + ":" + itoa(c.local.port)
	}
	if c.start.IsZero() || rd.connections.seen(key) {
		return
	}
	if c.tcp.IsZero() { // QUIC
		t.Connect = outer(c.start, c.tlsSetup, "mitmproxy timestamp_tls_setup - timestamp_start, no TCP")
		return
	}
	if !c.upstream() {
		t.TCP = outer(c.start, c.tcp, "mitmproxy timestamp_tcp_setup")
	}
	t.TLS = outer(c.tcp, c.tlsSetup, "mitmproxy timestamp_tls_setup")
}

// recent remembers the last strings it was shown.
type recent struct {
	ring []string
	next int
	set  map[string]struct{}
}

func newRecent(n int) *recent {
	return &recent{ring: make([]string, n), set: make(map[string]struct{})}
}

// seen reports whether key is remembered, and remembers it.
func (r *recent) seen(key string) bool {
	if len(key) > 128 {
		key = strings.Clone(key[:128])
	}
	if _, ok := r.set[key]; ok {
		return true
	}
	delete(r.set, r.ring[r.next])
	r.ring[r.next] = key
	r.set[key] = struct{}{}
	r.next = (r.next + 1) % len(r.ring)
	return false
}
