package tls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	gotls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// event is what one read or write of a real endpoint brought.
type event struct {
	side stream.Side
	data []byte
	gap  int64 // bytes that the capture lost here
}

// session is a recorded connection, with what its endpoints know of it.
type session struct {
	name   string
	events []event
	log    []byte
	said   [2][]byte // plaintext
	state  gotls.ConnectionState
}

// tape records what passes over a connection, in order.
type tape struct {
	mu     sync.Mutex
	events []event
	open   sync.WaitGroup // directions of a relay that have not ended
}

func (t *tape) note(side stream.Side, b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, event{side: side, data: bytes.Clone(b)})
}

func (t *tape) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.events)
}

// tapped is the client's end of a connection that is recorded.
type tapped struct {
	net.Conn
	t *tape
}

func (c tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.t.note(stream.Down, b[:n])
	}
	return n, err
}

func (c tapped) Write(b []byte) (int, error) {
	c.t.note(stream.Up, b) // before the server can answer
	return c.Conn.Write(b)
}

// certs are a server's, made once.
var certs = sync.OnceValue(func() (c struct {
	rsa, ecdsa gotls.Certificate
	rsaKey     *rsa.PrivateKey
	pool       *x509.CertPool
}) {
	c.pool = x509.NewCertPool()
	sign := func(pub, key any) gotls.Certificate {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "server.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"server.test", "public.test"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign}
		der, err := x509.CreateCertificate(rand.Reader, template, template, pub, key)
		if err != nil {
			panic(err)
		}
		leaf, _ := x509.ParseCertificate(der)
		c.pool.AddCert(leaf)
		return gotls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	}
	var err error
	if c.rsaKey, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	c.rsa = sign(c.rsaKey.Public(), c.rsaKey)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	c.ecdsa = sign(ec.Public(), ec)
	return c
})

// text is n bytes that differ from place to place.
func text(seed uint64, n int) []byte {
	b := make([]byte, n)
	rng := mathrand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	rng.Read(b)
	return b
}

// turn is so many bytes that one side says.
type turn struct {
	side stream.Side
	n    int
}

// dialog is who says what.
var dialog = []turn{{stream.Up, 120}, {stream.Down, 3000}, {stream.Up, 40_000}, {stream.Down, 1}, {stream.Down, 70_000}, {stream.Up, 16_384}, {stream.Down, 200}}

// talk holds the dialog over two ends, and returns what was said.
func talk(client, server io.ReadWriter, turns []turn) (said [2][]byte, err error) {
	ends := [2]io.ReadWriter{stream.Up: client, stream.Down: server}
	for i, turn := range turns {
		b := text(uint64(i), turn.n)
		said[turn.side] = append(said[turn.side], b...)
		done := make(chan error, 1)
		go func() {
			_, err := ends[turn.side].Write(b)
			done <- err
		}()
		if _, err := io.ReadFull(ends[1-turn.side], make([]byte, len(b))); err != nil {
			return said, err
		}
		if err := <-done; err != nil {
			return said, err
		}
	}
	return said, nil
}

// goSession records two ends of crypto/tls that hold the dialog.
func goSession(t testing.TB, name string, client, server *gotls.Config) *session {
	t.Helper()
	return goTurns(t, name, client, server, dialog)
}

// goTurns records two ends of crypto/tls.
func goTurns(t testing.TB, name string, client, server *gotls.Config, turns []turn) *session {
	t.Helper()
	var mu sync.Mutex
	var log bytes.Buffer
	tape := &tape{}
	client, server = client.Clone(), server.Clone()
	client.KeyLogWriter = writer(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(b)
	})
	if client.RootCAs == nil {
		client.RootCAs = certs().pool
	}
	if client.ServerName == "" {
		client.ServerName = "server.test"
	}
	if server.Certificates == nil {
		server.Certificates = []gotls.Certificate{certs().rsa, certs().ecdsa}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := ln.Accept()
		accepted <- c
	}()
	a, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b := <-accepted
	defer a.Close()
	defer b.Close()
	cl, sv := gotls.Client(tapped{a, tape}, client), gotls.Server(b, server)
	shook := make(chan error, 1)
	go func() { shook <- sv.Handshake() }()
	if err := cl.Handshake(); err != nil {
		t.Fatalf("%s: client: %v", name, err)
	}
	if err := <-shook; err != nil {
		t.Fatalf("%s: server: %v", name, err)
	}
	said, err := talk(cl, sv, turns)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	cl.CloseWrite()
	sv.Read(make([]byte, 1))
	sv.CloseWrite()
	cl.Read(make([]byte, 1))
	mu.Lock()
	defer mu.Unlock()
	return &session{name: name, events: tape.events, log: bytes.Clone(log.Bytes()), said: said, state: cl.ConnectionState()}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// heard is a Handler that keeps everything.
type heard struct {
	said   [2][]byte
	unread map[string]int64 // bytes by side and reason, "up no key"
	gaps   [2]int
	eof    [2]int
	state  *State
	states int
	trace  []string // what came in which order, runs of data as one
	marks  [2][]stream.Mark
	calls  [2][][]byte
}

func (h *heard) State(s *State) {
	h.state = s.Clone()
	h.states++
}

var sides = [2]string{"up", "down"}

func (h *heard) Data(side stream.Side, m stream.Mark, b []byte) {
	h.said[side] = append(h.said[side], b...)
	h.marks[side] = append(h.marks[side], m)
	h.calls[side] = append(h.calls[side], bytes.Clone(b))
	h.step(sides[side])
}

func (h *heard) step(s string) {
	if n := len(h.trace); n == 0 || h.trace[n-1] != s {
		h.trace = append(h.trace, s)
	}
}

func (h *heard) Gap(side stream.Side, m stream.Mark, n int64) {
	h.gaps[side]++
	h.step(sides[side] + " gap")
}

func (h *heard) Unread(side stream.Side, m stream.Mark, n int64, reason string) {
	if h.unread == nil {
		h.unread = map[string]int64{}
	}
	h.unread[sides[side]+" "+reason] += n
	h.step(sides[side] + " " + reason)
}

func (h *heard) EOF(side stream.Side, m stream.Mark) {
	h.eof[side]++
	h.step(sides[side] + " eof")
}

// play gives a recorded connection to a Conn, cut into pieces of at most max
// bytes (0: as recorded).
func play(events []event, log *keylog.Log, limits Limits, max int, rng *mathrand.Rand) *heard {
	h := &heard{}
	c := New(log, limits, h)
	feed(c, events, max, rng)
	c.Close(stream.Mark{Time: start.Add(time.Hour)})
	return h
}

func feed(c *Conn, events []event, max int, rng *mathrand.Rand) {
	var at [2]int64
	for i, e := range events {
		for b := e.data; len(b) > 0; {
			n := len(b)
			if max > 0 {
				n = min(n, 1+rng.IntN(max))
			}
			c.Data(e.side, stream.Mark{Time: start.Add(time.Duration(i) * time.Millisecond), Offset: 1 + at[e.side]}, b[:n])
			at[e.side] += int64(n)
			b = b[n:]
		}
		if e.gap != 0 {
			c.Gap(e.side, stream.Mark{Time: start.Add(time.Duration(i) * time.Millisecond), Offset: 1 + at[e.side]}, e.gap)
			at[e.side] += max64(e.gap, 0)
		}
	}
}

func max64(a, b int64) int64 { return max(a, b) }

func logOf(parts ...[]byte) *keylog.Log {
	l := keylog.New()
	for _, p := range parts {
		l.Add(p)
	}
	return l
}

// lines returns the lines of a key log that have one of the labels.
func lines(log []byte, labels ...string) []byte {
	var out []string
	for line := range strings.Lines(string(log)) {
		label, _, _ := strings.Cut(line, " ")
		if slices.Contains(labels, label) {
			out = append(out, line)
		}
	}
	return []byte(strings.Join(out, ""))
}

// want checks that all was read that was said, and nothing else.
func (h *heard) want(t testing.TB, s *session) {
	t.Helper()
	for side := range h.said {
		if !bytes.Equal(h.said[side], s.said[side]) {
			t.Errorf("%s: %s: %d bytes read of %d, alike up to %d; unread %v", s.name, sides[side], len(h.said[side]), len(s.said[side]), alike(h.said[side], s.said[side]), h.unread)
		}
	}
	if len(h.unread) > 0 {
		t.Errorf("%s: unread %v", s.name, h.unread)
	}
}

func alike(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// whole joins what each side sent.
func (s *session) whole() (all [2][]byte) {
	for _, e := range s.events {
		all[e.side] = append(all[e.side], e.data...)
	}
	return all
}

func (s *session) String() string { return fmt.Sprintf("%s (%d events)", s.name, len(s.events)) }
