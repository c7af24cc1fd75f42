package quic

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	ctls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// seen is a datagram on the wire.
type seen struct {
	src, dst netip.AddrPort
	at       time.Time
	data     []byte
}

// wire is a relay between clients and a server on loopback that records what
// passes, and may harm it.
type wire struct {
	addr   netip.AddrPort // that clients send to
	mu     sync.Mutex
	record []seen
	harm   func(n int, up bool, b []byte) [][]byte // what is sent on instead of b
	counts [2]int
}

// newWire relays to the server.
func newWire(t testing.TB, server net.Addr, harm func(n int, up bool, b []byte) [][]byte) *wire {
	t.Helper()
	front, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{addr: front.LocalAddr().(*net.UDPAddr).AddrPort(), harm: harm}
	backs := map[netip.AddrPort]*net.UDPConn{}
	t.Cleanup(func() {
		front.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, b := range backs {
			b.Close()
		}
	})
	go func() {
		b := make([]byte, 65536)
		for {
			n, client, err := front.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			w.mu.Lock()
			back := backs[client]
			if back == nil {
				if back, err = net.DialUDP("udp4", nil, server.(*net.UDPAddr)); err != nil {
					w.mu.Unlock()
					return
				}
				backs[client] = back
				go func() {
					b := make([]byte, 65536)
					for {
						n, err := back.Read(b)
						if err != nil {
							return
						}
						for _, d := range w.pass(w.addr, client, b[:n]) {
							front.WriteToUDPAddrPort(d, client)
						}
					}
				}()
			}
			w.mu.Unlock()
			for _, d := range w.pass(client, w.addr, b[:n]) {
				back.Write(d)
			}
		}
	}()
	return w
}

// pass records what is passed on.
func (w *wire) pass(src, dst netip.AddrPort, b []byte) [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	up := dst == w.addr
	i := 0
	if !up {
		i = 1
	}
	out := [][]byte{b}
	if w.harm != nil {
		out = w.harm(w.counts[i], up, b)
	}
	w.counts[i]++
	for _, d := range out {
		w.record = append(w.record, seen{src, dst, time.Now(), bytes.Clone(d)})
	}
	return out
}

// taken returns the record so far.
func (w *wire) taken() []seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.record)
}

// secrets is a key log that grows.
type secrets struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *secrets) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *secrets) text() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.b.Bytes())
}

// origin is an HTTP/3 server that writes down what it was asked.
type origin struct {
	addr net.Addr
	mu   sync.Mutex
	asks []string // "METHOD path header bodyhash -> status bodyhash"
}

func selfSigned(t testing.TB) ctls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "constat test"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return ctls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%d:%s", len(b), hex.EncodeToString(sum[:8]))
}

// ServeHTTP answers with as many bytes as the path asks for ("/n/1000").
func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var n int
	fmt.Sscanf(r.URL.Path, "/n/%d", &n)
	answer := bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]
	w.Header().Set("X-Answer", r.Header.Get("X-Ask"))
	o.mu.Lock()
	o.asks = append(o.asks, fmt.Sprintf("%s %s %s %s -> 200 %s", r.Method, r.URL.RequestURI(), r.Header.Get("X-Ask"), digest(body), digest(answer)))
	o.mu.Unlock()
	w.Write(answer)
}

func (o *origin) asked() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := slices.Clone(o.asks)
	slices.Sort(a)
	return a
}

// serve runs an HTTP/3 server of quic-go.
func serve(t testing.TB, transport *quicgo.Transport, config *quicgo.Config, tlsConfig *ctls.Config) *origin {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	transport.Conn = conn
	if tlsConfig == nil {
		tlsConfig = &ctls.Config{}
	}
	if tlsConfig.Certificates == nil {
		tlsConfig.Certificates = []ctls.Certificate{selfSigned(t)}
	}
	l, err := transport.ListenEarly(http3.ConfigureTLSConfig(tlsConfig), config)
	if err != nil {
		t.Fatal(err)
	}
	o := &origin{addr: conn.LocalAddr()}
	s := &http3.Server{Handler: o}
	go s.ServeListener(l)
	t.Cleanup(func() { s.Close(); transport.Close(); conn.Close() })
	return o
}

// ask sends a request.
func ask(t testing.TB, rt http.RoundTripper, method, url string, body []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Ask", fmt.Sprintf("%s-%d", strings.Repeat("ask", 10), len(body)))
	resp, err := rt.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
}

// limits keep responses too.
var testLimits = Limits{Stream: stream.Limits{Response: 64 << 20, Body: 64 << 20}}

// play gives a record to a Tracker.
func play(t testing.TB, record []seen, keys []byte, l Limits) []*flow.Flow {
	t.Helper()
	return playWith(t, record, keys, l, nil)
}

func playWith(t testing.TB, record []seen, keys []byte, l Limits, hello func(Hello)) []*flow.Flow {
	t.Helper()
	log := keylog.New()
	log.Add(keys)
	var flows []*flow.Flow
	tracker := New(log, l, func(f *flow.Flow) { flows = append(flows, f) })
	tracker.Hello = hello
	for i, s := range record {
		if !tracker.Datagram(s.src, s.dst, stream.Mark{Time: s.at, Offset: int64(1 + i*100000), Frame: int64(i + 1)}, s.data, nil) {
			t.Errorf("datagram %d is not taken for QUIC", i)
		}
	}
	tracker.Close()
	clean(t, tracker)
	return flows
}

// clean checks that nothing is left of connections that were closed.
func clean(t testing.TB, tracker *Tracker) {
	t.Helper()
	if tracker.held != 0 || len(tracker.ids) != 0 || len(tracker.pairs) != 0 || len(tracker.servers) != 0 || len(tracker.waiting) != 0 || tracker.lengths != [maxID + 1]int{} || tracker.recent.Len()+tracker.closing.Len() != 0 {
		t.Errorf("left after the end: %d bytes, %d IDs, %d pairs, %d waiting, lengths %v", tracker.held, len(tracker.ids), len(tracker.pairs), len(tracker.waiting), tracker.lengths)
	}
}

// exchanges are the complete HTTP/3 exchanges, as the origin writes them.
func exchanges(flows []*flow.Flow) (lines []string) {
	for _, f := range flows {
		if f.Kind != flow.HTTP || f.Request == nil || f.Response == nil || len(f.Notes) > 0 && strings.Contains(strings.Join(f.Notes, " "), "cut short") {
			continue
		}
		_, path, _ := strings.Cut(strings.TrimPrefix(f.Request.URL, "https://"), "/")
		lines = append(lines, fmt.Sprintf("%s /%s %s %s -> %d %s", f.Request.Method, path, flow.Header(f.Request.Headers, "x-ask"), digest(f.Request.Body.Data), f.Response.Status, digest(f.Response.Body.Data)))
	}
	slices.Sort(lines)
	return lines
}

// others describes the flows that are no complete exchanges.
func others(flows []*flow.Flow) (lines []string) {
	for _, f := range flows {
		if f.Kind != flow.HTTP {
			u := f.Unread
			if u == nil {
				u = &flow.Unread{}
			}
			lines = append(lines, fmt.Sprintf("%s %s up %d down %d: %s %q", f.Kind, f.Protocol, u.Up, u.Down, u.Reason, f.Notes))
		} else if f.Request == nil {
			lines = append(lines, fmt.Sprintf("answer without a request %q", f.Notes))
		} else if f.Response == nil || len(f.Notes) > 0 {
			lines = append(lines, fmt.Sprintf("%s %s %q", f.Request.Method, f.Request.URL, f.Notes))
		}
	}
	return lines
}
