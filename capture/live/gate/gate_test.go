package gate

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/constat/constat/capture/live/gate/gatetest"
)

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// accepted makes a TCP handler of one for connections.
func accepted(f func(net.Conn, netip.AddrPort)) func(*Call, netip.AddrPort) {
	return func(call *Call, to netip.AddrPort) {
		if c, err := call.Accept(); err == nil {
			f(c, to)
		}
	}
}

// TestRefused: a connection that nobody accepts is refused as a server would.
func TestRefused(t *testing.T) {
	g := open(t, Config{TCP: func(*Call, netip.AddrPort) {}})
	_, err := gatetest.Phone(t, g.ClientConfig()).DialContext(t.Context(), "tcp", "198.51.100.7:80")
	if err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v", err)
	}
}

func open(t testing.TB, c Config) *Gate {
	t.Helper()
	if !c.Listen.IsValid() {
		c.Listen = loopback
	}
	g, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

func TestTCP(t *testing.T) {
	sent := make([]byte, 20<<20)
	rand.NewChaCha8([32]byte{}).Read(sent)
	g := open(t, Config{TCP: accepted(func(c net.Conn, to netip.AddrPort) {
		defer c.Close()
		if to.Port() == 7 { // echo, until the phone ends its direction
			io.Copy(c, c)
			return
		}
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		body, _ := io.ReadAll(req.Body)
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\nX-To: %s\r\n\r\n", len(body), to)
		c.Write(body)
	})})
	nt := gatetest.Phone(t, g.ClientConfig())
	client := &http.Client{Transport: &http.Transport{DialContext: nt.DialContext}, Timeout: 60 * time.Second}
	for _, to := range []string{"198.51.100.7:80", "[2001:db8::7]:8080"} {
		res, err := client.Post("http://"+to+"/", "text/plain", bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || !bytes.Equal(got, sent) || res.Header.Get("X-To") != to {
			t.Errorf("%s: %v, %d bytes back, to %s", to, err, len(got), res.Header.Get("X-To"))
		}
	}
	// Half-close.
	c, err := nt.DialContext(t.Context(), "tcp", "203.0.113.9:7")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "the last word")
	c.(interface{ CloseWrite() error }).CloseWrite()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if got, err := io.ReadAll(c); err != nil || string(got) != "the last word" {
		t.Errorf("%q, %v", got, err)
	}
	if n := g.Stats.TCP.Load(); n != 3 {
		t.Errorf("%d connections", n)
	}
}

func TestUDP(t *testing.T) {
	g := open(t, Config{
		TCP: accepted(func(c net.Conn, _ netip.AddrPort) { c.Close() }),
		UDP: func(to netip.AddrPort) func(net.Conn) {
			if to.Port() == 443 {
				return nil
			}
			return func(c net.Conn) {
				b := make([]byte, 100)
				n, err := c.Read(b)
				if err == nil {
					fmt.Fprintf(c, "%s says %s", to, b[:n])
				}
			}
		},
		DNS: func(q []byte) []byte {
			var m dnsmessage.Message
			if m.Unpack(q) != nil {
				return nil
			}
			m.Response = true
			for _, question := range m.Questions {
				if question.Type == dnsmessage.TypeA {
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{198, 51, 100, 7}}})
				}
			}
			b, _ := m.Pack()
			return b
		},
	})
	nt := gatetest.Phone(t, g.ClientConfig())
	c, err := nt.DialContext(t.Context(), "udp", "198.51.100.7:3478")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "hello")
	b := make([]byte, 100)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := c.Read(b); err != nil || string(b[:n]) != "198.51.100.7:3478 says hello" {
		t.Errorf("%q, %v", b[:n], err)
	}
	// QUIC is refused at once, not by silence.
	q, err := nt.DialContext(t.Context(), "udp", "198.51.100.7:443")
	if err != nil {
		t.Fatal(err)
	}
	refused := error(nil)
	for range 100 {
		if _, refused = io.WriteString(q, "initial"); refused != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if refused == nil || !strings.Contains(refused.Error(), "refused") {
		t.Errorf("a refused datagram: %v", refused)
	}
	if n := g.Stats.Refused.Load(); n == 0 {
		t.Error("nothing was refused")
	}
	addrs, err := nt.LookupContextHost(t.Context(), "name.test")
	if err != nil || len(addrs) != 1 || addrs[0] != "198.51.100.7" {
		t.Errorf("%v, %v", addrs, err)
	}
	// And over TCP.
	d, err := nt.DialContext(t.Context(), "tcp", Address.String()+":53")
	if err != nil {
		t.Fatal(err)
	}
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 7}, Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("t.test."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	p, _ := m.Pack()
	d.Write(append([]byte{0, byte(len(p))}, p...))
	d.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, err := d.Read(b)
	if err != nil || m.Unpack(b[2:n]) != nil || m.ID != 7 || len(m.Answers) != 1 {
		t.Errorf("DNS over TCP: %v %+v", err, m)
	}
}

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	tcp := accepted(func(c net.Conn, _ netip.AddrPort) { c.Close() })
	a := open(t, Config{Dir: dir, TCP: tcp, Endpoint: "192.0.2.1:51820"})
	text := a.ClientConfig()
	a.Close()
	info, err := os.Stat(filepath.Join(dir, keyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if b := open(t, Config{Dir: dir, TCP: tcp, Endpoint: "192.0.2.1:51820"}); b.ClientConfig() != text {
		t.Error("other keys")
	}
	if qr, err := a.QR(); err != nil || len(qr) < 500 {
		t.Errorf("%v: %s", err, qr)
	}
	// A stranger's key opens nothing.
	stranger := open(t, Config{TCP: tcp})
	g := open(t, Config{TCP: func(c *Call, _ netip.AddrPort) { t.Error("a stranger came in") }})
	nt := gatetest.Phone(t, strings.Replace(stranger.ClientConfig(), "Endpoint = "+stranger.Addr().String(), "Endpoint = "+g.Addr().String(), 1))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if c, err := nt.DialContext(ctx, "tcp", "198.51.100.7:80"); err == nil {
		c.Close()
		t.Error("connected")
	}
}

func BenchmarkThroughput(b *testing.B) {
	for _, dir := range []string{"down", "up"} {
		b.Run(dir, func(b *testing.B) {
			g := open(b, Config{TCP: accepted(func(c net.Conn, to netip.AddrPort) {
				defer c.Close()
				if dir == "up" {
					io.Copy(io.Discard, c)
					return
				}
				p := make([]byte, 64<<10)
				for {
					if _, err := c.Write(p); err != nil {
						return
					}
				}
			})})
			c, err := gatetest.Phone(b, g.ClientConfig()).DialContext(b.Context(), "tcp", "198.51.100.7:80")
			if err != nil {
				b.Fatal(err)
			}
			p := make([]byte, 64<<10)
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				if dir == "up" {
					_, err = c.Write(p)
				} else {
					_, err = io.ReadFull(c, p)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
