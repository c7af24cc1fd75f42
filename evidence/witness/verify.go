package witness

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// TLS 1.3 message and record types (RFC 8446, B.1 and B.3).
const (
	recordHandshake   = 22
	recordApplication = 23

	clientHello       = 1
	serverHello       = 2
	certificate       = 11
	certificateVerify = 15
	finished          = 20
	messageHash       = 254
	compressedCert    = 25
)

// helloRetry is the random of a ServerHello that asks for another hello
// (RFC 8446, 4.1.3).
var helloRetry = []byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// Verify checks a testimony: the hello's random is the commitment to
// t.Head, and the certificates' key signed the handshake that it begins. It
// returns the certificates, leaf first. Whether they lead to a root that was
// trusted on the day is for the caller to check.
func Verify(t *Testimony) ([]*x509.Certificate, error) {
	sent, err := plainMessages(t.Sent)
	if err != nil {
		return nil, fmt.Errorf("the client's records: %w", err)
	}
	received, err := plainMessages(t.Received)
	if err != nil {
		return nil, fmt.Errorf("the server's records: %w", err)
	}
	if len(sent) == 0 || sent[0].kind != clientHello || len(sent[0].raw) < 38 {
		return nil, errors.New("no ClientHello")
	}
	if !bytes.Equal(sent[0].raw[6:38], Commit(t.Nonce, t.Head)) {
		return nil, errors.New("the ClientHello does not commit to this log")
	}
	if len(received) == 0 || received[0].kind != serverHello {
		return nil, errors.New("no ServerHello")
	}
	transcript, hello, err := transcriptOf(sent, received)
	if err != nil {
		return nil, err
	}
	suite, ok := suites[hello.suite]
	if !ok {
		return nil, fmt.Errorf("cipher suite %04x is not of TLS 1.3", hello.suite)
	}
	flight, err := open(t.Received, t.Secret, hello.suite)
	if err != nil {
		return nil, err
	}
	sum := suite.hash.New()
	sum.Write(transcript)
	return checkFlight(flight, sum)
}

// message is a handshake message with its header.
type message struct {
	kind byte
	raw  []byte
}

// records calls each for the records in b.
func records(b []byte, each func(kind byte, head, body []byte) error) error {
	for len(b) >= 5 {
		n := int(binary.BigEndian.Uint16(b[3:]))
		if n > 16<<10+256 {
			return fmt.Errorf("a record of %d bytes", n)
		}
		if len(b) < 5+n {
			return nil // the recording ended in the middle of one
		}
		if err := each(b[0], b[:5], b[5:5+n]); err != nil {
			return err
		}
		b = b[5+n:]
	}
	return nil
}

// plainMessages returns the handshake messages that are not encrypted.
func plainMessages(b []byte) ([]message, error) {
	var stream []byte
	err := records(b, func(kind byte, _, body []byte) error {
		if kind == recordHandshake {
			stream = append(stream, body...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	ms, _, err := split(stream)
	return ms, err
}

// split cuts a stream of handshake messages apart.
func split(b []byte) (ms []message, rest []byte, err error) {
	for len(b) >= 4 {
		n := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if n > maxRecorded {
			return nil, nil, fmt.Errorf("a handshake message of %d bytes", n)
		}
		if len(b) < 4+n {
			break
		}
		ms = append(ms, message{b[0], b[:4+n]})
		b = b[4+n:]
	}
	return ms, b, nil
}

type helloParts struct {
	suite uint16
	retry bool
}

func parseServerHello(raw []byte) (helloParts, error) {
	var h helloParts
	if len(raw) < 4+2+32+1 {
		return h, errors.New("a ServerHello that is cut short")
	}
	h.retry = bytes.Equal(raw[6:38], helloRetry)
	i := 39 + int(raw[38])
	if len(raw) < i+2 {
		return h, errors.New("a ServerHello that is cut short")
	}
	h.suite = binary.BigEndian.Uint16(raw[i:])
	return h, nil
}

// transcriptOf is the part of the transcript in the clear (RFC 8446, 4.4.1):
// the hellos, with the first one hashed if the server asked for another.
func transcriptOf(sent, received []message) ([]byte, helloParts, error) {
	h, err := parseServerHello(received[0].raw)
	if err != nil || !h.retry {
		return append(bytes.Clone(sent[0].raw), received[0].raw...), h, err
	}
	if len(sent) < 2 || len(received) < 2 || received[1].kind != serverHello {
		return nil, h, errors.New("the second hello is missing")
	}
	suite, ok := suites[h.suite]
	if !ok {
		return nil, h, fmt.Errorf("cipher suite %04x is not of TLS 1.3", h.suite)
	}
	first := suite.hash.New()
	first.Write(sent[0].raw)
	b := append([]byte{messageHash, 0, 0, byte(suite.hash.Size())}, first.Sum(nil)...)
	for _, m := range []message{received[0], sent[1], received[1]} {
		b = append(b, m.raw...)
	}
	second, err := parseServerHello(received[1].raw)
	return b, second, err
}

// open decrypts the server's handshake records (RFC 8446, 5.2 and 7.3).
func open(b, secret []byte, id uint16) ([]byte, error) {
	suite := suites[id]
	if len(secret) != suite.hash.Size() {
		return nil, fmt.Errorf("a secret of %d bytes, expected %d", len(secret), suite.hash.Size())
	}
	key, err := expandLabel(suite.hash.New, secret, "key", suite.key)
	if err != nil {
		return nil, err
	}
	iv, err := expandLabel(suite.hash.New, secret, "iv", 12)
	if err != nil {
		return nil, err
	}
	var aead cipher.AEAD
	if id == tls.TLS_CHACHA20_POLY1305_SHA256 {
		aead, err = chacha20poly1305.New(key)
	} else {
		var block cipher.Block
		if block, err = aes.NewCipher(key); err == nil {
			aead, err = cipher.NewGCM(block)
		}
	}
	if err != nil {
		return nil, err
	}
	var out []byte
	seq := uint64(0)
	over := false
	err = records(b, func(kind byte, head, body []byte) error {
		if kind != recordApplication || over {
			return nil
		}
		nonce := bytes.Clone(iv)
		for i := range 8 {
			nonce[4+i] ^= byte(seq >> (56 - 8*i))
		}
		plain, err := aead.Open(nil, nonce, body, head)
		if err != nil {
			over = true // the application's records begin here, or somebody changed this one
			return nil
		}
		seq++
		plain = bytes.TrimRight(plain, "\x00")
		if len(plain) > 0 && plain[len(plain)-1] == recordHandshake {
			out = append(out, plain[:len(plain)-1]...)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = errors.New("the secret does not open the server's records")
	}
	return out, err
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446, 7.1).
func expandLabel(h func() hash.Hash, secret []byte, label string, n int) ([]byte, error) {
	label = "tls13 " + label
	info := append([]byte{byte(n >> 8), byte(n), byte(len(label))}, label...)
	return hkdf.Expand(h, secret, string(append(info, 0)), n)
}

// checkFlight follows the transcript up to CertificateVerify and checks the
// signature.
func checkFlight(flight []byte, transcript hash.Hash) ([]*x509.Certificate, error) {
	ms, _, err := split(flight)
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for _, m := range ms {
		switch m.kind {
		case certificate:
			if chain, err = parseCertificates(m.raw[4:]); err != nil {
				return nil, err
			}
		case compressedCert:
			return nil, errors.New("a compressed certificate, which our hello does not allow")
		case certificateVerify:
			if len(chain) == 0 {
				return nil, errors.New("a signature without a certificate")
			}
			return chain, checkSignature(chain[0], m.raw[4:], transcript.Sum(nil))
		case finished:
			return nil, errors.New("no CertificateVerify: a resumed session")
		}
		transcript.Write(m.raw)
	}
	return nil, errors.New("the recording ends before the server's signature")
}

// parseCertificates reads a Certificate message (RFC 8446, 4.4.2).
func parseCertificates(b []byte) ([]*x509.Certificate, error) {
	cut := errors.New("a Certificate message that is cut short")
	if len(b) < 1 || len(b) < 1+int(b[0])+3 {
		return nil, cut
	}
	b = b[1+int(b[0])+3:]
	var chain []*x509.Certificate
	for len(b) >= 3 {
		n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		if len(b) < 3+n+2 {
			return nil, cut
		}
		c, err := x509.ParseCertificate(b[3 : 3+n])
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
		b = b[3+n:]
		ext := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+ext {
			return nil, cut
		}
		b = b[2+ext:]
	}
	return chain, nil
}

// checkSignature checks a CertificateVerify (RFC 8446, 4.4.3).
func checkSignature(leaf *x509.Certificate, b, transcript []byte) error {
	if len(b) < 4 || len(b) != 4+int(binary.BigEndian.Uint16(b[2:])) {
		return errors.New("a CertificateVerify that is cut short")
	}
	scheme, signature := tls.SignatureScheme(binary.BigEndian.Uint16(b)), b[4:]
	content := append(bytes.Repeat([]byte{' '}, 64), "TLS 1.3, server CertificateVerify\x00"...)
	content = append(content, transcript...)
	bad := errors.New("the server's signature does not fit the handshake")
	var h crypto.Hash
	switch scheme {
	case tls.Ed25519:
		key, ok := leaf.PublicKey.(ed25519.PublicKey)
		if !ok || !ed25519.Verify(key, content, signature) {
			return bad
		}
		return nil
	case tls.ECDSAWithP256AndSHA256, tls.PSSWithSHA256:
		h = crypto.SHA256
	case tls.ECDSAWithP384AndSHA384, tls.PSSWithSHA384:
		h = crypto.SHA384
	case tls.ECDSAWithP521AndSHA512, tls.PSSWithSHA512:
		h = crypto.SHA512
	default:
		return fmt.Errorf("signature scheme %v is not one of TLS 1.3 that our hello offers", scheme)
	}
	sum := h.New()
	sum.Write(content)
	switch key := leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, sum.Sum(nil), signature) {
			return nil
		}
	case *rsa.PublicKey:
		if rsa.VerifyPSS(key, h, sum.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil {
			return nil
		}
	}
	return bad
}

// helloRandom is the random of the first ClientHello in b.
func helloRandom(b []byte) ([]byte, error) {
	ms, err := plainMessages(b)
	if err != nil {
		return nil, err
	}
	if len(ms) == 0 || ms[0].kind != clientHello || len(ms[0].raw) < 38 {
		return nil, errors.New("no ClientHello")
	}
	return ms[0].raw[6:38], nil
}
