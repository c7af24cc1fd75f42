package witness

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

func certify(t testing.TB, key crypto.Signer) tls.Certificate {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.test"}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// shake makes a real handshake over loopback, and some traffic after it.
func shake(t testing.TB, server *tls.Config, client func(*tls.Config)) (*Testimony, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s := tls.Server(c, server)
		io.Copy(s, s)
		s.Close()
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	h := Begin([]byte("the head of a log, 32 bytes long"))
	cfg := &tls.Config{ServerName: "a.test", InsecureSkipVerify: true}
	recorded := h.Prepare(cfg, conn)
	if client != nil {
		client(cfg)
	}
	c := tls.Client(recorded, cfg)
	defer c.Close()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	w, err := h.Finish(c.ConnectionState())
	if err != nil {
		return nil, err
	}
	io.WriteString(c, "said afterwards")
	if _, err := io.ReadFull(c, make([]byte, 15)); err != nil {
		t.Fatal(err)
	}
	return w, nil
}

func TestWitness(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	rsa2048, _ := rsa.GenerateKey(rand.Reader, 2048)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	for name, c := range map[string]struct {
		key    crypto.Signer
		server *tls.Config
	}{
		"P-256":             {p256, &tls.Config{}},
		"P-384":             {p384, &tls.Config{}},
		"RSA":               {rsa2048, &tls.Config{}},
		"Ed25519":           {ed, &tls.Config{}},
		"hello retry":       {p256, &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP521}}},
		"asks for a client": {p256, &tls.Config{ClientAuth: tls.RequestClientCert}},
	} {
		t.Run(name, func(t *testing.T) {
			c.server.Certificates = []tls.Certificate{certify(t, c.key)}
			w, err := shake(t, c.server, nil)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			w.WriteTo(&b)
			if w, err = Parse(b.Bytes()); err != nil {
				t.Fatal(err)
			}
			chain, err := Verify(w)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(chain[0].Raw, c.server.Certificates[0].Certificate[0]) {
				t.Error("another certificate")
			}
			t.Logf("%d bytes", b.Len())

			head := w.Head
			w.Head = []byte("the head of another log, 32 long")
			if _, err := Verify(w); err == nil || !strings.Contains(err.Error(), "commit") {
				t.Errorf("another head: %v", err)
			}
			w.Head = head
			// The hello, the server's hello and the flight up to its signature
			// are signed, byte by byte.
			for _, part := range [][]byte{w.Sent[:helloLength(w.Sent)], w.Received[:signedLength(t, w)]} {
				for i := range part {
					if i%3 != 0 || outside(part, i) {
						continue
					}
					part[i] ^= 1
					if _, err := Verify(w); err == nil {
						t.Errorf("byte %d of %d changed and not noticed", i, len(part))
					}
					part[i] ^= 1
				}
			}
		})
	}
}

// helloLength is how many bytes the first record takes.
func helloLength(b []byte) int { return 5 + int(b[3])<<8 + int(b[4]) }

// signedLength is the shortest prefix of what the server sent that verifies.
func signedLength(t *testing.T, w *Testimony) int {
	t.Helper()
	cut := *w
	for n := range w.Received {
		cut.Received = w.Received[:n]
		if _, err := Verify(&cut); err == nil {
			return n
		}
	}
	t.Fatal("nothing verifies")
	return 0
}

// outside reports whether byte i of records stands in a record's header or in
// a change-cipher-spec, which the signature does not cover.
func outside(b []byte, i int) (out bool) {
	at := 0
	out = true
	records(b, func(kind byte, head, body []byte) error {
		if i >= at+5 && i < at+5+len(body) {
			out = kind == 20
		}
		at += 5 + len(body)
		return nil
	})
	return out
}

func TestNoWitness(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	server := &tls.Config{Certificates: []tls.Certificate{certify(t, key)}}
	if _, err := shake(t, server, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }); err == nil || !strings.Contains(err.Error(), "TLS 1.2") {
		t.Errorf("TLS 1.2: %v", err)
	}
	if _, err := shake(t, server, func(c *tls.Config) { c.Rand = rand.Reader }); err == nil || !strings.Contains(err.Error(), "no commitment") {
		t.Errorf("a random that commits to nothing: %v", err)
	}
	cache := tls.NewLRUClientSessionCache(1)
	resume := func(c *tls.Config) { c.ClientSessionCache, c.SessionTicketsDisabled = cache, false }
	if _, err := shake(t, server, resume); err != nil {
		t.Fatal(err)
	}
	if _, err := shake(t, server, resume); err == nil || !strings.Contains(err.Error(), "resumed") {
		t.Errorf("resumed: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w, err := shake(f, &tls.Config{Certificates: []tls.Certificate{certify(f, key)}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	w.WriteTo(&b)
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if w, err := Parse(b); err == nil {
			Verify(w)
		}
	})
}
