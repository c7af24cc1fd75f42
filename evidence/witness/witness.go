// Package witness makes the server of a TLS 1.3 connection sign a commitment
// to our log, without its knowing or doing anything unusual.
//
// In TLS 1.3 the server's CertificateVerify signs a hash of the handshake so
// far (RFC 8446, 4.4.3), and that begins with the ClientHello and its 32
// random bytes. If these bytes are
//
//	SHA-256("constat witness v1\n", nonce, head of the log)
//
// with a fresh random nonce, then whoever holds the key of the server's
// certificate has signed, after that head existed, something that commits to
// it. The nonce keeps the server (and the wire) from learning the head. Kept
// are the bytes of the handshake, the secret that opens the server's part of
// it, the nonce and the head; Verify needs nothing else.
//
// What it proves: a holder of the certificate's key took part in a handshake
// that began after the log had that head. So the destination was genuine, and
// the part of the log before it was not made up later than the last moment the
// server's key can be shown to have been its own.
//
// What it does not prove: what was said on the connection afterwards (both
// ends have the keys of that), that an app rather than this instrument said
// it, or when: the server signs no time.
//
// A resumed session has no signature, TLS 1.2 has another one that is not
// used here: both are "no witness", and the log says so.
//
// It rests on crypto/tls reading the hello's random before anything else from
// Config.Rand, which its documentation does not promise: Finish compares the
// hello that was really sent, and fails loudly.
package witness

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

const tag = "constat witness v1\n"

// Commit is the random of a ClientHello that commits to head.
func Commit(nonce, head []byte) []byte {
	h := sha256.New()
	h.Write([]byte(tag))
	h.Write(nonce)
	h.Write(head)
	return h.Sum(nil)
}

// Testimony is what a handshake left, for Verify.
type Testimony struct {
	Head     []byte // leaf hash of the log's last entry when the handshake began
	Nonce    []byte // 32 random bytes
	Sent     []byte // TLS records of the client, up to the end of the handshake
	Received []byte // and of the server
	Secret   []byte // SERVER_HANDSHAKE_TRAFFIC_SECRET (opens Received, nothing later)
}

// maxRecorded bounds what is kept of each direction of a handshake.
const maxRecorded = 96 << 10

// Handshake is a handshake under way. It is the Rand, the KeyLogWriter and the
// connection of a tls.Config.
type Handshake struct {
	head, nonce []byte
	random      []byte // still to be read

	mu       sync.Mutex
	done     bool
	sent     bytes.Buffer
	received bytes.Buffer
	secret   []byte
}

// Begin prepares a handshake that commits to head.
func Begin(head []byte) *Handshake {
	h := &Handshake{head: bytes.Clone(head), nonce: make([]byte, 32)}
	rand.Read(h.nonce)
	h.random = Commit(h.nonce, h.head)
	return h
}

// Prepare sets c up, and returns the connection to hand to tls.Client.
func (h *Handshake) Prepare(c *tls.Config, conn net.Conn) net.Conn {
	c.Rand = (*source)(h)
	c.KeyLogWriter = (*keyLog)(h)
	c.ClientSessionCache = nil
	c.SessionTicketsDisabled = true
	return &recorder{Conn: conn, h: h}
}

// source gives out the commitment first, then random bytes.
type source Handshake

func (s *source) Read(p []byte) (int, error) {
	n := copy(p, s.random)
	s.random = s.random[n:]
	rand.Read(p[n:])
	return len(p), nil
}

// keyLog takes the one line it needs (NSS key log format).
type keyLog Handshake

func (k *keyLog) Write(line []byte) (int, error) {
	f := bytes.Fields(line)
	if len(f) == 3 && string(f[0]) == "SERVER_HANDSHAKE_TRAFFIC_SECRET" {
		k.secret, _ = hex.DecodeString(string(f[2]))
	}
	return len(line), nil
}

// recorder keeps the bytes of the handshake.
type recorder struct {
	net.Conn
	h *Handshake
}

func (r *recorder) note(b *bytes.Buffer, p []byte) {
	r.h.mu.Lock()
	defer r.h.mu.Unlock()
	if !r.h.done {
		b.Write(p[:min(len(p), max(maxRecorded-b.Len(), 0))])
	}
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if !r.h.done {
		r.note(&r.h.received, p[:n])
	}
	return n, err
}

func (r *recorder) Write(p []byte) (int, error) {
	if !r.h.done {
		r.note(&r.h.sent, p)
	}
	return r.Conn.Write(p)
}

// CloseWrite ends one direction.
func (r *recorder) CloseWrite() error {
	if c, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn is the connection under the recorder.
func (r *recorder) NetConn() net.Conn { return r.Conn }

// Finish ends the recording. It returns what the handshake left, or why there
// is no witness. Call it when the handshake is done, before any Read or Write.
func (h *Handshake) Finish(state tls.ConnectionState) (*Testimony, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = true
	switch {
	case state.Version < tls.VersionTLS13:
		return nil, errors.New(tls.VersionName(state.Version) + " signs something else")
	case state.DidResume:
		return nil, errors.New("a resumed session has no signature")
	case h.secret == nil:
		return nil, errors.New("the handshake's secret was not told")
	}
	t := &Testimony{Head: h.head, Nonce: h.nonce, Sent: h.sent.Bytes(), Received: h.received.Bytes(), Secret: h.secret}
	random, err := helloRandom(t.Sent)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(random, Commit(h.nonce, h.head)) {
		return nil, errors.New("this version of crypto/tls does not take the hello's random first: the server signed no commitment")
	}
	return t, nil
}

// hashes of the cipher suites of TLS 1.3 (RFC 8446, B.4), with their key
// lengths.
var suites = map[uint16]struct {
	hash crypto.Hash
	key  int
}{
	tls.TLS_AES_128_GCM_SHA256:       {crypto.SHA256, 16},
	tls.TLS_AES_256_GCM_SHA384:       {crypto.SHA384, 32},
	tls.TLS_CHACHA20_POLY1305_SHA256: {crypto.SHA256, 32},
}

// WriteTo writes the testimony in the form of the log: each part with its
// length before it, as four bytes, big-endian.
func (t *Testimony) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	for _, p := range [][]byte{t.Head, t.Nonce, t.Sent, t.Received, t.Secret} {
		n := len(p)
		b.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		b.Write(p)
	}
	return b.WriteTo(w)
}

// Parse reads what WriteTo wrote.
func Parse(b []byte) (*Testimony, error) {
	var t Testimony
	for _, p := range []*[]byte{&t.Head, &t.Nonce, &t.Sent, &t.Received, &t.Secret} {
		if len(b) < 4 {
			return nil, errors.New("a testimony that is cut short")
		}
		n := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if b = b[4:]; n < 0 || n > len(b) {
			return nil, fmt.Errorf("a part of %d bytes, %d are left", n, len(b))
		}
		*p, b = b[:n:n], b[n:]
	}
	return &t, nil
}
