package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// mix is a kind of traffic.
type mix struct {
	name      string
	http2     bool
	exchanges int // on a connection
	body      int // bytes, of request and response in turn; small ones both ways
	// at once are the requests in flight over HTTP/2.
	atOnce int
}

// mixes are those that tshark was measured on in the field notes: HTTP/1 and
// HTTP/2 with bodies of 20 kB, HTTP/2 with 300 B.
var mixes = []mix{
	{"h1-20k", false, 90, 20000, 1},
	{"h2-20k", true, 90, 20000, 4},
	{"h2-300", true, 1500, 300, 8},
}

func names() (out []string) {
	for _, m := range mixes {
		out = append(out, m.name)
	}
	return out
}

// wrote is what one side wrote at once.
type wrote struct {
	client bool
	data   []byte
}

// talk has a client and a server talk over TLS, in memory, and makes a template
// of what they wrote. It returns the connection's key log with it.
func talk(m mix, seed uint64, number int) (*template, []byte, error) {
	wire := &wire{}
	client, server := wire.ends()
	config := &tls.Config{Certificates: []tls.Certificate{certificate()}, MinVersion: tls.VersionTLS12}
	srv := &http.Server{
		TLSConfig: config,
		ErrorLog:  log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			n := 60
			if r.Method == http.MethodGet || m.body < 1000 {
				n = m.body
			}
			w.Write(document(rand.New(rand.NewPCG(seed, uint64(len(r.URL.Path)))), n))
		}),
	}
	go srv.ServeTLS(&once{conn: server}, "", "")

	var keys bytes.Buffer
	transport := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return client, nil },
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true, KeyLogWriter: &keys, ServerName: "log.quinze.test"},
		DisableCompression: true,
		ForceAttemptHTTP2:  m.http2,
	}
	if number == 3 { // one connection in four is of TLS 1.2
		transport.TLSClientConfig.MaxVersion = tls.VersionTLS12
		transport.TLSClientConfig.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if !m.http2 {
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	t := &template{mix: m.name}
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	one := func(i int, body []byte) error {
		method := http.MethodPost
		if m.body >= 1000 && i%2 == 1 { // every second large body comes down
			method, body = http.MethodGet, nil
		}
		q, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("https://log.quinze.test/v1/batch/%d?n=%d", number, i), bytes.NewReader(body))
		if err != nil {
			return err
		}
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("User-Agent", "Quinze/15.0 (Linux; Android 14)")
		resp, err := transport.RoundTrip(q)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		wire.mu.Lock()
		t.exchanges, t.up, t.down = t.exchanges+1, t.up+int64(len(body)), t.down+n
		wire.mu.Unlock()
		return err
	}
	for i := 0; i < m.exchanges; {
		n := m.atOnce
		if i == 0 {
			n = 1 // the first makes the connection
		}
		errs := make(chan error, n)
		for k := range n {
			body := document(r, m.body)
			go func() { errs <- one(i+k, body) }()
		}
		for range n {
			if err := <-errs; err != nil {
				return nil, nil, err
			}
		}
		i += n
	}
	transport.CloseIdleConnections()
	time.Sleep(20 * time.Millisecond) // the close alerts
	srv.Close()
	wire.mu.Lock()
	defer wire.mu.Unlock()
	t.render(wire.log)
	return t, keys.Bytes(), nil
}

// document is JSON of n bytes.
func document(r *rand.Rand, n int) []byte {
	b := []byte(`{"app":"quinze","events":[`)
	for len(b) < n-90 {
		b = fmt.Appendf(b, `{"t":%d,"name":"clip_%x","id":"%016x"},`, r.Uint32(), r.Uint32N(1<<16), r.Uint64())
	}
	b = append(b, `0],"pad":"`...)
	for len(b) < n-2 {
		b = append(b, "quinze"[len(b)%6])
	}
	return append(b, '"', '}')
}

func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "log.quinze.test"}, DNSNames: []string{"log.quinze.test"}, NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(1_900_000_000, 0)}
	der, err := x509.CreateCertificate(crand.Reader, c, c, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// wire is a connection in memory that keeps what was written, in order.
type wire struct {
	mu   sync.Mutex
	more sync.Cond
	log  []wrote
	to   [2]bytes.Buffer // what client and server have not read
	shut [2]bool
}

func (w *wire) ends() (client, server net.Conn) {
	w.more.L = &w.mu
	return &end{w, 0}, &end{w, 1}
}

type end struct {
	w  *wire
	me int
}

func (e *end) Read(b []byte) (int, error) {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	for e.w.to[e.me].Len() == 0 {
		if e.w.shut[0] || e.w.shut[1] {
			return 0, io.EOF
		}
		e.w.more.Wait()
	}
	return e.w.to[e.me].Read(b)
}

func (e *end) Write(b []byte) (int, error) {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	if e.w.shut[e.me] || e.w.shut[1-e.me] {
		return 0, io.ErrClosedPipe
	}
	e.w.log = append(e.w.log, wrote{e.me == 0, bytes.Clone(b)})
	e.w.to[1-e.me].Write(b)
	e.w.more.Broadcast()
	return len(b), nil
}

func (e *end) Close() error {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	e.w.shut[e.me] = true
	e.w.more.Broadcast()
	return nil
}

func (e *end) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (e *end) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// once is a listener of one connection.
type once struct {
	conn net.Conn
	mu   sync.Mutex
	used bool
}

func (o *once) Accept() (net.Conn, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.used {
		return nil, net.ErrClosed
	}
	o.used = true
	return o.conn, nil
}
func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return &net.TCPAddr{} }
