// Package keylog keeps the secrets of TLS and QUIC connections that an
// endpoint was made to write down: the key log that NSS invented and
// SSLKEYLOGFILE names (RFC 9850), as a file, as blocks of a pcapng capture,
// or as lines that arrive while the connections run.
//
// A line is a label, the client random of the connection and a secret, all in
// hexadecimal. Real logs are dirty: comments, prefixes of whatever printed
// the line, backslashes at the end, labels with QUIC_ before them, lines of
// two processes run together. What can be read of a line without guessing is
// taken, the rest is passed over.
//
// A Log is asked by client random. With Encrypted Client Hello (RFC 9849) the
// log names the inner random, which never appears on the wire: such a
// connection tries the secrets that nobody has claimed.
//
// It must never know what a secret opens.
package keylog

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
)

// The labels that are read. Of QUIC_ labels (drafts of QUIC) the prefix is
// dropped.
const (
	ClientRandom    = "CLIENT_RANDOM"     // master secret of TLS 1.0 to 1.2, 48 bytes
	PMSClientRandom = "PMS_CLIENT_RANDOM" // pre-master secret by client random; of any key exchange
	RSA             = "RSA"               // pre-master secret by the first 8 bytes of the encrypted one
	SessionID       = "RSA Session-ID"    // master secret by session id, as `openssl s_client` users write it

	ClientEarly     = "CLIENT_EARLY_TRAFFIC_SECRET"
	ClientHandshake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
	ServerHandshake = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
	ClientTraffic   = "CLIENT_TRAFFIC_SECRET_0"
	ServerTraffic   = "SERVER_TRAFFIC_SECRET_0"

	// These open nothing that is on the wire. They are kept because they prove
	// that a log belongs to a connection.
	Exporter      = "EXPORTER_SECRET"
	EarlyExporter = "EARLY_EXPORTER_SECRET"
)

// labels are in the order of the numbers that stand for them in a key.
var labels = [...]string{ClientRandom, PMSClientRandom, RSA, SessionID, ClientEarly, ClientHandshake, ServerHandshake, ClientTraffic, ServerTraffic, Exporter, EarlyExporter}

// Limits of a Log.
const (
	maxLine    = 4096    // bytes of a line; longer ones are passed over
	maxSecret  = 1024    // bytes of a pre-master secret: finite-field Diffie-Hellman of 8192 bits
	maxSecrets = 1 << 19 // secrets; five a connection of TLS 1.3
	maxBytes   = 64 << 20
)

// key is what a secret is found by.
type key struct {
	label  uint8 // index of labels
	n      uint8 // bytes of random
	random [32]byte
}

func keyOf(label int, random []byte) (k key, ok bool) {
	if label < 0 || len(random) == 0 || len(random) > len(k.random) {
		return k, false
	}
	k.label, k.n = uint8(label), uint8(len(random))
	copy(k.random[:], random)
	return k, true
}

// Log holds secrets. It may be used by several goroutines.
type Log struct {
	version atomic.Int64

	mu      sync.RWMutex
	secrets map[key][]byte
	order   [len(labels)][][32]byte // client randoms as they arrived; some are claimed
	stale   [len(labels)]int        // how many of them
	claimed map[[32]byte]bool
	bytes   int
	refused int
	rsa     []*rsa.PrivateKey
}

// New returns an empty Log.
func New() *Log {
	return &Log{secrets: map[key][]byte{}, claimed: map[[32]byte]bool{}}
}

// Read adds the lines of r up to its end, and returns how many secrets they
// held that were not known. An error is one of r; what was read before it
// stays. A last line without a line feed counts: who follows a log that is
// being written hands over whole lines.
func (l *Log) Read(r io.Reader) (secrets int, err error) {
	b := bufio.NewReaderSize(r, maxLine)
	whole := true // the line so far
	for {
		line, err := b.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if whole && !full {
			secrets += l.Add(line)
		}
		whole = !full
		switch {
		case err == nil || full:
		case err == io.EOF:
			return secrets, nil
		default:
			return secrets, fmt.Errorf("key log: %w", err)
		}
	}
}

// Add adds a block of lines (the content of a pcapng Decryption Secrets
// Block, say), and returns how many secrets they held that were not known.
// It does not keep text.
func (l *Log) Add(text []byte) (secrets int) {
	for len(text) > 0 {
		var line []byte
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			line, text = text, nil
		}
		if len(line) <= maxLine {
			parse(line, func(label int, random, secret []byte) {
				if l.put(label, random, secret) {
					secrets++
				}
			})
		}
	}
	return secrets
}

// put keeps a secret, and reports whether it is news. Of two secrets for the
// same thing the later one stands, as in Wireshark.
func (l *Log) put(label int, random, secret []byte) bool {
	k, ok := keyOf(label, random)
	if !ok {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	old, known := l.secrets[k]
	switch {
	case known && bytes.Equal(old, secret):
		return false
	case !known && (len(l.secrets) >= maxSecrets || l.bytes+len(secret) > maxBytes):
		l.refused++
		return false
	}
	l.bytes += len(secret) - len(old)
	l.secrets[k] = bytes.Clone(secret)
	if !known && len(random) == 32 && !l.claimed[k.random] {
		l.order[label] = append(l.order[label], k.random)
	}
	l.version.Add(1)
	return true
}

// Secret returns what the log has under a label (without QUIC_) for a client
// random, nil if it has nothing. It is not to be changed.
func (l *Log) Secret(label string, random []byte) []byte {
	k, ok := keyOf(slices.Index(labels[:], label), random)
	if !ok {
		return nil
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.secrets[k]
}

// Claim tells that a connection with this client random, of 32 bytes, was
// seen, or that its secrets were found by trial.
func (l *Log) Claim(random []byte) {
	if len(random) != 32 {
		return
	}
	r := [32]byte(random)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.claimed[r] || len(l.claimed) >= maxSecrets {
		return
	}
	l.claimed[r] = true
	for label := range l.order {
		k, _ := keyOf(label, random)
		if _, ok := l.secrets[k]; ok {
			l.stale[label]++
		}
	}
}

// Unclaimed yields the client randoms under a label that no connection has
// claimed, with their secrets, in the order in which they arrived.
func (l *Log) Unclaimed(label string) iter.Seq2[[]byte, []byte] {
	i := slices.Index(labels[:], label)
	return func(yield func(random, secret []byte) bool) {
		if i < 0 {
			return
		}
		for _, r := range l.unclaimed(i) {
			l.mu.RLock()
			secret, claimed := l.secrets[key{label: uint8(i), n: 32, random: r}], l.claimed[r]
			l.mu.RUnlock()
			if !claimed && !yield(r[:], secret) {
				return
			}
		}
	}
}

// unclaimed returns a list that is not changed any more, in which at most
// every other random is claimed.
func (l *Log) unclaimed(label int) [][32]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.order[label]; 2*l.stale[label] > len(old) {
		l.order[label] = make([][32]byte, 0, len(old)-l.stale[label])
		for _, r := range old {
			if !l.claimed[r] {
				l.order[label] = append(l.order[label], r)
			}
		}
		l.stale[label] = 0
	}
	return l.order[label]
}

// Version grows with each secret and key that is added. Who looked in vain
// need not look again before it has grown.
func (l *Log) Version() int { return int(l.version.Load()) }

// Len returns how many secrets there are, and how many more there were no
// room for.
func (l *Log) Len() (secrets, refused int) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.secrets), l.refused
}

// AddRSA adds the private RSA keys of PEM blocks (PKCS #1 or #8, not
// encrypted): what a server's key opens of connections whose key exchange was
// RSA (RFC 5246, 7.4.7.1).
func (l *Log) AddRSA(text []byte) error {
	found := false
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		var k *rsa.PrivateKey
		switch block.Type {
		case "RSA PRIVATE KEY":
			var err error
			if k, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
				return fmt.Errorf("RSA key: %w", err)
			}
		case "PRIVATE KEY":
			any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return fmt.Errorf("RSA key: %w", err)
			}
			k, _ = any.(*rsa.PrivateKey)
		case "ENCRYPTED PRIVATE KEY":
			return errors.New("RSA key: it is encrypted; decrypt it first (openssl pkey -in KEY -out PLAIN)")
		}
		if k == nil {
			continue // a certificate beside the key, or a key of another kind
		}
		found = true
		l.mu.Lock()
		l.rsa = append(l.rsa, k)
		l.mu.Unlock()
		l.version.Add(1)
	}
	if !found {
		return errors.New("RSA key: no private RSA key in PEM form there")
	}
	return nil
}

// RSAKeys returns the keys of AddRSA.
func (l *Log) RSAKeys() []*rsa.PrivateKey {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.rsa)
}
