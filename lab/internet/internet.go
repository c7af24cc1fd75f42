// Package internet is a small internet on loopback: hosts with names,
// certificates, owners and places, all simulated (places.toml). Each host
// has an address of 127.33.0.0/16, and answers as late as a machine at its
// place would. What really listens is a port on 127.0.0.1; Route says which.
//
// Nothing leaves loopback: names that the table does not have do not resolve,
// addresses that it does not have have no route, and a table with any other
// address does not load.
package internet

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed places.toml
var places []byte

// Places is the table of the simulated internet as it was on a day, as constat
// audit --recipients reads it.
func Places(day time.Time) []byte {
	return bytes.Replace(places, []byte(`"DATE"`), []byte(day.UTC().Format(`"2006-01-02"`)), 1)
}

// table is what this package needs of places.toml.
type table struct {
	Network []struct {
		Prefix netip.Prefix `toml:"prefix"`
		RTT    float64      `toml:"rtt_ms"`
	} `toml:"network"`
	Host []struct {
		Name    string     `toml:"name"`
		Address netip.Addr `toml:"address"`
	} `toml:"host"`
}

// site is one host that is up.
type site struct {
	address  netip.Addr
	real     netip.AddrPort
	listener net.Listener
	server   *http.Server
}

// Net is the internet while it is up.
type Net struct {
	roots *x509.CertPool
	sites map[string]*site
}

// ErrNotLoopback is returned for an internet that would reach another host.
var ErrNotLoopback = errors.New("the lab runs on loopback only")

// Open brings the hosts up, each with its handler; a host without one answers
// 404. Close ends it.
func Open(handlers map[string]http.Handler) (*Net, error) {
	return open(places, handlers)
}

func open(places []byte, handlers map[string]http.Handler) (_ *Net, err error) {
	var t table
	if _, err := toml.Decode(string(places), &t); err != nil {
		return nil, fmt.Errorf("the lab's places: %w", err)
	}
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	n := &Net{roots: ca.pool(), sites: map[string]*site{}}
	defer func() {
		if err != nil {
			n.Close()
		}
	}()
	for _, h := range t.Host {
		if !h.Address.IsLoopback() {
			return nil, fmt.Errorf("%s is at %s: %w", h.Name, h.Address, ErrNotLoopback)
		}
		var rtt time.Duration
		for _, w := range t.Network {
			if w.Prefix.Contains(h.Address) {
				rtt = time.Duration(w.RTT * float64(time.Millisecond))
			}
		}
		handler := handlers[h.Name]
		if handler == nil {
			handler = http.NotFoundHandler()
		}
		s, err := ca.serve(h.Name, rtt, handler)
		if err != nil {
			return nil, err
		}
		s.address = h.Address
		n.sites[h.Name] = s
	}
	for name := range handlers {
		if n.sites[name] == nil {
			return nil, fmt.Errorf("the lab's places have no host %s", name)
		}
	}
	return n, nil
}

// Close takes the hosts down.
func (n *Net) Close() error {
	for _, s := range n.sites {
		s.server.Close()
		s.listener.Close() // a server that had no time to start knows it not
	}
	return nil
}

// Roots are the authorities that the hosts' certificates are of.
func (n *Net) Roots() *x509.CertPool { return n.roots }

// Resolve finds the addresses of a name of this internet.
func (n *Net) Resolve(_ context.Context, host string) ([]netip.Addr, error) {
	if s := n.sites[host]; s != nil {
		return []netip.Addr{s.address}, nil
	}
	return nil, &net.DNSError{Err: "no such host in the lab", Name: host, IsNotFound: true}
}

// Knows reports whether a name is of this internet.
func (n *Net) Knows(host string) bool { return n.sites[host] != nil }

// Route says which port on this machine plays an address. Other addresses of
// loopback are themselves; the rest of the world goes to port 0, where nothing
// can be reached.
func (n *Net) Route(a netip.AddrPort) netip.AddrPort {
	for _, s := range n.sites {
		if s.address == a.Addr().Unmap() && a.Port() == 443 {
			return s.real
		}
	}
	if a.Addr().Unmap().IsLoopback() {
		return a
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
}

// authority signs the hosts' certificates. Its key is made at each start and
// never written.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "constat lab, simulated internet"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, err
	}
	c, err = x509.ParseCertificate(der)
	return &authority{c, key}, err
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// serve brings one host up.
func (a *authority) serve(name string, rtt time.Duration, h http.Handler) (*site, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{
		real:     l.Addr().(*net.TCPAddr).AddrPort(),
		listener: l,
		server: &http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
			ErrorLog:  log.New(io.Discard, "", 0), // clients that go away are no news
		},
	}
	go s.server.ServeTLS(far{l, rtt}, "", "")
	return s, nil
}

// Page is a handler that shows text: hosts that only take data have one.
func Page(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "index.html", time.Time{}, bytes.NewReader([]byte(text)))
	})
}
