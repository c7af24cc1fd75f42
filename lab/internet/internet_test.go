package internet

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// up is an internet that goes down with the test.
func up(t *testing.T, handlers map[string]http.Handler) *Net {
	t.Helper()
	n, err := Open(handlers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// dial connects to the port that plays a host.
func dial(t *testing.T, n *Net, host string) net.Conn {
	t.Helper()
	at, err := n.Resolve(t.Context(), host)
	if err != nil || len(at) != 1 {
		t.Fatalf("%s: %v, %v", host, at, err)
	}
	c, err := net.Dial("tcp", n.Route(netip.AddrPortFrom(at[0], 443)).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// known is places.toml as the tests read it.
func known(t *testing.T) (all table) {
	t.Helper()
	if _, err := toml.Decode(string(places), &all); err != nil || len(all.Host) < 2 {
		t.Fatalf("%d hosts, %v", len(all.Host), err)
	}
	return all
}

// TestEachHostIsItself: the name, the certificate and the handler of each host
// are its own.
func TestEachHostIsItself(t *testing.T) {
	t.Parallel()
	hosts := known(t).Host
	handlers := map[string]http.Handler{}
	for _, h := range hosts {
		handlers[h.Name] = Page("this is " + h.Name)
	}
	n := up(t, handlers)
	keys, addresses := map[string]string{}, map[netip.Addr]string{}
	for i, h := range hosts {
		c := tls.Client(dial(t, n, h.Name), &tls.Config{RootCAs: n.Roots(), ServerName: h.Name})
		if err := c.Handshake(); err != nil {
			t.Errorf("%s: %v", h.Name, err)
			continue
		}
		leaf := c.ConnectionState().PeerCertificates[0]
		if twin := keys[string(leaf.RawSubjectPublicKeyInfo)]; twin != "" {
			t.Errorf("%s has the key of %s", h.Name, twin)
		}
		keys[string(leaf.RawSubjectPublicKeyInfo)] = h.Name
		other := hosts[(i+1)%len(hosts)].Name
		if err := leaf.VerifyHostname(other); err == nil {
			t.Errorf("%s could pass as %s", h.Name, other)
		}
		if twin := addresses[h.Address]; twin != "" {
			t.Errorf("%s has the address of %s", h.Name, twin)
		}
		addresses[h.Address] = h.Name
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", h.Name)
		if b, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(b), "\r\n\r\nthis is "+h.Name) {
			t.Errorf("%s answers %q, %v", h.Name, b, err)
		}
	}
}

// TestOnlyItsOwnRoots: the machine's authorities do not vouch for the lab, and
// one lab's not for another's.
func TestOnlyItsOwnRoots(t *testing.T) {
	n, other := up(t, nil), up(t, nil)
	for name, c := range map[string]*tls.Config{
		"the machine's roots": {ServerName: "quinze.example"},
		"another lab's roots": {ServerName: "quinze.example", RootCAs: other.Roots()},
		"another name":        {ServerName: "media.quinze.example", RootCAs: n.Roots()},
	} {
		var bad *tls.CertificateVerificationError
		if err := tls.Client(dial(t, n, "quinze.example"), c).Handshake(); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAuthorityIsBounded: a root that a phone is made to trust can vouch for
// nothing outside .example.
func TestAuthorityIsBounded(t *testing.T) {
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ca.serve("www.constat.org", 0, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer s.server.Close()
	c, err := net.Dial("tcp", s.real.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := tls.Client(c, &tls.Config{ServerName: "www.constat.org", RootCAs: ca.pool()}).Handshake(); err == nil {
		t.Error("the lab's authority vouches for any name")
	}
}

func TestNames(t *testing.T) {
	n := up(t, nil)
	for _, name := range []string{"", "example", "example.com", "www.quinze.example", "quinze.example.evil.test", "127.33.1.10", "localhost"} {
		at, err := n.Resolve(t.Context(), name)
		var none *net.DNSError
		if !errors.As(err, &none) || !none.IsNotFound || none.Name != name || len(at) != 0 || n.Knows(name) {
			t.Errorf("%q: %v, %v, known %t", name, at, err, n.Knows(name))
		}
	}
	for _, h := range known(t).Host {
		at, err := n.Resolve(context.Background(), h.Name)
		if err != nil || len(at) != 1 || at[0] != h.Address || !n.Knows(h.Name) {
			t.Errorf("%s: %v, %v, known %t", h.Name, at, err, n.Knows(h.Name))
		}
	}
}

func TestRoutes(t *testing.T) {
	n := up(t, nil)
	real := n.sites["quinze.example"].real
	if !real.Addr().IsLoopback() || real.Port() == 0 || real == n.sites["media.quinze.example"].real {
		t.Errorf("quinze.example is at %s, its media at %s", real, n.sites["media.quinze.example"].real)
	}
	nowhere := netip.MustParseAddrPort("127.0.0.1:0")
	for from, want := range map[string]netip.AddrPort{
		"127.33.1.10:443":          real,
		"[::ffff:127.33.1.10]:443": real,
		"127.33.1.10:80":           netip.MustParseAddrPort("127.33.1.10:80"), // nobody listens
		"127.0.0.1:8080":           netip.MustParseAddrPort("127.0.0.1:8080"),
		"[::1]:8080":               netip.MustParseAddrPort("[::1]:8080"),
		"192.0.2.1:443":            nowhere,
		"8.8.8.8:53":               nowhere,
		"10.0.0.1:443":             nowhere,
		"169.254.169.254:80":       nowhere,
		"0.0.0.0:443":              nowhere,
		"[2001:db8::1]:443":        nowhere,
		"[::ffff:192.0.2.1]:443":   nowhere,
	} {
		if got := n.Route(netip.MustParseAddrPort(from)); got != want {
			t.Errorf("%s goes to %s, want %s", from, got, want)
		}
	}
}

func TestRefusesToStart(t *testing.T) {
	host := func(at string) string { return fmt.Sprintf("[[host]]\nname = \"a.example\"\naddress = %q\n", at) }
	for _, at := range []string{"192.0.2.1", "0.0.0.0", "10.0.0.1", "128.0.0.1", "::", "2001:db8::1", "fe80::1", "::ffff:192.0.2.1"} {
		first := host("127.33.9.1")
		if n, err := open([]byte(first+strings.Replace(host(at), "a.", "b.", 1)), nil); !errors.Is(err, ErrNotLoopback) || n != nil {
			t.Errorf("%s: %v, %v", at, n, err)
		} else if !strings.Contains(err.Error(), "b.example is at "+at) {
			t.Errorf("%s: %v", at, err)
		}
	}
	for name, text := range map[string]string{"no TOML": "[[host", "no address": host("here")} {
		if _, err := open([]byte(text), nil); err == nil {
			t.Errorf("%s: it starts", name)
		}
	}
	if _, err := Open(map[string]http.Handler{"quinzee.example": Page("")}); err == nil || !strings.Contains(err.Error(), "quinzee.example") {
		t.Errorf("a handler of no host: %v", err)
	}
}

// TestDown: after Close nothing listens.
func TestDown(t *testing.T) {
	n, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	real := n.sites["quinze.example"].real.String()
	c, err := net.Dial("tcp", real)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	n.Close()
	if c, err := net.Dial("tcp", real); err == nil {
		c.Close()
		t.Error("a host that was taken down answers")
	}
}

// TestPlaces: the published table has the day in its place, and is otherwise
// the one that this package reads.
func TestPlaces(t *testing.T) {
	day := time.Date(2026, 3, 1, 1, 0, 0, 0, time.FixedZone("", 3*3600)) // still February in UTC
	got := Places(day)
	if want := bytes.Replace(places, []byte(`"DATE"`), []byte(`"2026-02-28"`), 1); !bytes.Equal(got, want) || bytes.Equal(got, places) {
		t.Error("the date is not in its place")
	}
	var doc struct {
		Simulated bool
		Date      string
	}
	if _, err := toml.Decode(string(got), &doc); err != nil || !doc.Simulated || doc.Date != "2026-02-28" {
		t.Errorf("%+v, %v", doc, err)
	}
	for _, h := range known(t).Host {
		networks := 0
		for _, w := range known(t).Network {
			if w.Prefix.Contains(h.Address) && w.RTT > 0 {
				networks++
			}
		}
		if networks != 1 || !netip.MustParsePrefix("127.33.0.0/16").Contains(h.Address) || !strings.HasSuffix(h.Name, ".example") {
			t.Errorf("%s at %s is in %d networks", h.Name, h.Address, networks)
		}
	}
}
