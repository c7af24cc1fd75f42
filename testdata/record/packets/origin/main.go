// Command origin is the server of the recorded captures. It speaks HTTP/1.1,
// HTTP/2 (with and without TLS), HTTP/3, WebSocket, a gRPC-like stream,
// server-sent events, DNS (UDP, TCP, over TLS, over HTTPS) and a push socket
// of length-prefixed protobuf, each written for the recording so that the
// order and spelling of header fields can be told, and writes of each exchange
// what it saw and answered.
//
//	origin -log truth.jsonl -cert cert.pem -key key.pem -tls 198.51.100.1:443 …
//
// It prints "ready" when it listens and serves until its standard input ends.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/constat/constat/internal/oracle"
)

// origin is what all its listeners share.
type origin struct {
	log   *oracle.Log
	conns atomic.Int64
	pages string // directory of the browsers' pages
	h3    string // Alt-Svc to offer, or none
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	log.SetFlags(0)
	log.SetPrefix("origin: ")
	var plain, secure, quicAddrs, dns, dot, push, pushTLS list
	flag.Var(&plain, "plain", "`ADDRESS` for HTTP/1.1 and h2c")
	flag.Var(&secure, "tls", "`ADDRESS` for HTTP/1.1 and HTTP/2 over TLS")
	flag.Var(&quicAddrs, "h3", "`ADDRESS` for HTTP/3")
	flag.Var(&dns, "dns", "`ADDRESS` for DNS over UDP and TCP")
	flag.Var(&dot, "dot", "`ADDRESS` for DNS over TLS")
	flag.Var(&push, "push", "`ADDRESS` for the push socket")
	flag.Var(&pushTLS, "push-tls", "`ADDRESS` for the push socket over TLS")
	path := flag.String("log", "", "`FILE` for what was served")
	cert := flag.String("cert", "", "certificate `FILE`")
	key := flag.String("key", "", "key `FILE`")
	least := flag.String("min", "1.2", "lowest TLS `VERSION`")
	most := flag.String("max", "1.3", "highest TLS `VERSION`")
	suites := flag.String("suites", "", "TLS 1.2 `SUITES` by IANA name, with commas")
	alpn := flag.String("alpn", "h2,http/1.1", "ALPN `PROTOCOLS` with commas")
	groups := flag.String("groups", "", "key exchange `GROUPS`: X25519, P256, P384, P521, X25519MLKEM768")
	ech := flag.String("ech", "", "take Encrypted Client Hellos and write their configuration to `FILE`")
	noTickets := flag.Bool("no-tickets", false, "no session tickets")
	retry := flag.Bool("retry", false, "QUIC: ask for a Retry")
	version2 := flag.Bool("quic-v2", false, "QUIC: version 2 first")
	pages := flag.String("pages", "", "`DIRECTORY` of pages")
	altSvc := flag.String("alt-svc", "", "Alt-Svc `VALUE` to send")
	flag.Parse()

	l, err := oracle.OpenLog(*path)
	if err != nil {
		log.Fatal(err)
	}
	o := &origin{log: l, pages: *pages, h3: *altSvc}
	var config *tls.Config
	if *cert != "" {
		if config, err = channel(*cert, *key, *least, *most, *suites, *groups, !*noTickets); err != nil {
			log.Fatal(err)
		}
	}
	if *ech != "" {
		if err := hide(config, "cdn.quinze.test", *ech); err != nil {
			log.Fatal(err)
		}
	}
	with := func(protocols ...string) *tls.Config {
		c := config.Clone()
		c.NextProtos = protocols
		return c
	}
	for _, a := range plain {
		o.listen(a, nil, o.serveHTTP)
	}
	for _, a := range secure {
		o.listen(a, with(strings.Split(*alpn, ",")...), o.serveHTTP)
	}
	for _, a := range dot {
		o.listen(a, with("dot"), o.serveDNSStream)
	}
	for _, a := range dns {
		o.listen(a, nil, o.serveDNSStream)
		o.listenDNS(a)
	}
	for _, a := range push {
		o.listen(a, nil, o.servePush)
	}
	for _, a := range pushTLS {
		o.listen(a, with(), o.servePush)
	}
	for _, a := range quicAddrs {
		o.listenHTTP3(a, with("h3"), *retry, *version2)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	time.Sleep(200 * time.Millisecond) // exchanges that just ended write their line
}

// listen serves each connection to address, over TLS unless config is nil.
func (o *origin) listen(address string, config *tls.Config, serve func(*conn)) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			nc, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				log.Fatal(err)
			}
			go func() {
				defer nc.Close()
				c := &conn{Conn: nc, id: fmt.Sprint("c", o.conns.Add(1))}
				if config != nil {
					t := tls.Server(nc, config)
					nc.SetDeadline(time.Now().Add(20 * time.Second))
					if err := t.Handshake(); err != nil {
						log.Printf("%s: handshake: %v", c.id, err)
						return
					}
					c.Conn, c.tls = t, describe(t.ConnectionState())
				}
				c.SetDeadline(time.Now().Add(90 * time.Second))
				serve(c)
			}()
		}
	}()
}

// conn is a connection with what the truth says of it.
type conn struct {
	net.Conn
	id  string
	tls *oracle.TLS // nil: in the clear
}

// exchange starts the truth of an exchange on c.
func (c *conn) exchange(protocol string) *oracle.Exchange {
	return &oracle.Exchange{
		Time: now(), Conn: c.id, Client: c.RemoteAddr().String(), Server: c.LocalAddr().String(),
		Protocol: protocol, TLS: c.tls,
	}
}

func now() *time.Time {
	t := time.Now().UTC()
	return &t
}

// channel makes the TLS side of the origin.
func channel(cert, key, least, most, suites, groups string, tickets bool) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	versions := map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: versions[least], MaxVersion: versions[most], SessionTicketsDisabled: !tickets}
	known := map[string]uint16{}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[s.Name] = s.ID
	}
	for name := range strings.SplitSeq(suites, ",") {
		if name == "" {
			continue
		}
		id, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("no TLS suite %q", name)
		}
		c.CipherSuites = append(c.CipherSuites, id)
	}
	curves := map[string]tls.CurveID{"X25519": tls.X25519, "P256": tls.CurveP256, "P384": tls.CurveP384, "P521": tls.CurveP521, "X25519MLKEM768": tls.X25519MLKEM768}
	for name := range strings.SplitSeq(groups, ",") {
		if name == "" {
			continue
		}
		id, ok := curves[name]
		if !ok {
			return nil, fmt.Errorf("no group %q", name)
		}
		c.CurvePreferences = append(c.CurvePreferences, id)
	}
	return c, nil
}

// describe tells of a handshake what the truth keeps.
func describe(s tls.ConnectionState) *oracle.TLS {
	return &oracle.TLS{Version: tls.VersionName(s.Version), Suite: tls.CipherSuiteName(s.CipherSuite),
		SNI: s.ServerName, ALPN: s.NegotiatedProtocol, Resumed: s.DidResume}
}
