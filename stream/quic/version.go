package quic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/constat/constat/stream"
)

// version is what tells one version of QUIC from another.
type version struct {
	number   uint32
	salt     []byte  // of the Initial secrets
	label    string  // before "key", "iv" and "hp"
	update   string  // label of a key update
	kinds    [4]kind // by the type bits of a long header
	retryKey []byte  // of the integrity tag of a Retry
	retryIV  []byte
}

var (
	kinds1 = [4]kind{kindInitial, kindEarly, kindHandshake, kindRetry}
	kinds2 = [4]kind{kindRetry, kindInitial, kindEarly, kindHandshake}
)

// Version 1 (RFC 9001, 5.2 and 5.8), version 2 (RFC 9369, 3.2 and 3.3), and
// drafts 29 to 32 (draft-ietf-quic-tls-29).
var (
	version1 = version{
		number: 1, label: "quic ", update: "quic ku", kinds: kinds1,
		salt:     []byte("\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"),
		retryKey: []byte("\xbe\x0c\x69\x0b\x9f\x66\x57\x5a\x1d\x76\x6b\x54\xe3\x68\xc8\x4e"),
		retryIV:  []byte("\x46\x15\x99\xd3\x5d\x63\x2b\xf2\x23\x98\x25\xbb"),
	}
	version2 = version{
		number: 0x6b3343cf, label: "quicv2 ", update: "quicv2 ku", kinds: kinds2,
		salt:     []byte("\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"),
		retryKey: []byte("\x8f\xb4\xb0\x1b\x56\xac\x48\xe2\x60\xfb\xcb\xce\xad\x7c\xcc\x92"),
		retryIV:  []byte("\xd8\x69\x69\xbc\x2d\x7c\x6d\x99\x90\xef\xb0\x4a"),
	}
	draft29 = version{
		number: 0xff00001d, label: "quic ", update: "quic ku", kinds: kinds1,
		salt:     []byte("\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"),
		retryKey: []byte("\xcc\xce\x18\x7e\xd0\x9a\x09\xd0\x57\x28\x15\x5a\x6c\xb9\x6b\xe1"),
		retryIV:  []byte("\xe5\x49\x30\xf9\x7f\x21\x36\xf0\x53\x0a\x8c\x1c"),
	}
)

// versionOf returns a version, nil if we do not know it.
func versionOf(number uint32) *version {
	switch number {
	case 1:
		return &version1
	case version2.number:
		return &version2
	case 0xff00001d, 0xff00001e, 0xff00001f, 0xff000020:
		return &draft29
	}
	return nil
}

// expand is HKDF-Expand-Label of RFC 8446, 7.1, without a context.
func expand(s suite, secret []byte, label string, n int) []byte {
	info := make([]byte, 0, 32)
	info = append(info, byte(n>>8), byte(n), byte(len("tls13 ")+len(label)))
	info = append(info, "tls13 "...)
	info = append(info, label...)
	info = append(info, 0)
	out, err := hkdf.Expand(s.hash(), secret, string(info), n)
	if err != nil { // only of a length beyond 255 hashes
		panic(err)
	}
	return out
}

// initialKeys derives the keys of a side's Initial packets from the
// destination connection ID of the client's first one (RFC 9001, 5.2).
func (v *version) initialKeys(dcid []byte, side stream.Side) *keys {
	secret, err := hkdf.Extract(sha256.New, dcid, v.salt)
	if err != nil { // only where a FIPS mode forbids it
		return nil
	}
	label := [2]string{stream.Up: "client in", stream.Down: "server in"}[side]
	return newKeys(v, aes128, expand(aes128, secret, label, sha256.Size))
}

// retryTag tells whether a Retry packet has the integrity tag of RFC 9001,
// 5.8, for a client that sent to dcid.
func (v *version) retryTag(b, dcid []byte) bool {
	block, err := aes.NewCipher(v.retryKey)
	if err != nil || len(b) < 16 {
		return false
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return false
	}
	pseudo := append([]byte{byte(len(dcid))}, dcid...)
	pseudo = append(pseudo, b[:len(b)-16]...)
	return subtle.ConstantTimeCompare(aead.Seal(nil, v.retryIV, nil, pseudo), b[len(b)-16:]) == 1
}
