package tls

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	_ "crypto/md5" // of the suites
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"

	"golang.org/x/crypto/chacha20poly1305"
)

//go:embed suites.txt
var suitesText string

// suiteNames maps numbers to the names of suites.txt.
var suiteNames = sync.OnceValue(func() map[uint16]string {
	names := map[uint16]string{}
	for line := range strings.Lines(suitesText) {
		number, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseUint(number, 16, 16); ok && err == nil {
			names[uint16(n)] = name
		}
	}
	return names
})

// SuiteName returns the IANA name of a cipher suite, or its number as "0x1a1a".
func SuiteName(id uint16) string {
	if name := suiteNames()[id]; name != "" {
		return name
	}
	return fmt.Sprintf("0x%04x", id)
}

// bulk is how a suite protects records.
type bulk int

const (
	unknown bulk = iota
	null         // a MAC and no encryption
	cbc
	gcm
	ccm
	ccm8 // a tag of 8 bytes
	chacha
)

// suite is a cipher suite that can be undone.
type suite struct {
	id   uint16
	name string
	bulk bulk
	key  int         // bytes of its key
	mac  crypto.Hash // of null and cbc
	prf  crypto.Hash // of TLS 1.2 and 1.3
	rsa  bool        // the key exchange is RSA: the pre-master secret is on the wire
}

// suiteOf tells from the name of a suite how it works; false if it is none
// that can be undone here.
func suiteOf(id uint16) (suite, bool) {
	s := suite{id: id, name: SuiteName(id), prf: crypto.SHA256}
	exchange, protection, old := strings.Cut(s.name, "_WITH_")
	if !old {
		protection = strings.TrimPrefix(s.name, "TLS_")
		if id>>8 != 0x13 {
			return s, false
		}
	}
	s.rsa = exchange == "TLS_RSA" || exchange == "TLS_RSA_PSK"
	name, hash := protection, ""
	if i := strings.LastIndexByte(protection, '_'); i >= 0 {
		switch protection[i+1:] {
		case "MD5", "SHA", "SHA256", "SHA384":
			name, hash = protection[:i], protection[i+1:]
		}
	}
	switch hash {
	case "MD5":
		s.mac = crypto.MD5
	case "SHA":
		s.mac = crypto.SHA1
	case "SHA256":
		s.mac = crypto.SHA256
	case "SHA384":
		s.mac, s.prf = crypto.SHA384, crypto.SHA384
	}
	switch name {
	case "NULL":
		s.bulk = null
	case "AES_128_CBC":
		s.bulk, s.key = cbc, 16
	case "AES_256_CBC":
		s.bulk, s.key = cbc, 32
	case "AES_128_GCM":
		s.bulk, s.key = gcm, 16
	case "AES_256_GCM":
		s.bulk, s.key = gcm, 32
	case "AES_128_CCM":
		s.bulk, s.key = ccm, 16
	case "AES_256_CCM":
		s.bulk, s.key = ccm, 32
	case "AES_128_CCM_8":
		s.bulk, s.key = ccm8, 16
	case "AES_256_CCM_8":
		s.bulk, s.key = ccm8, 32
	case "CHACHA20_POLY1305":
		s.bulk, s.key = chacha, 32
	}
	if (s.bulk == null || s.bulk == cbc) && s.mac == 0 {
		s.bulk = unknown
	}
	return s, s.bulk != unknown
}

// aead returns the suite's cipher for a key of the right size.
func (s suite) aead(key []byte) (cipher.AEAD, error) {
	if s.bulk == chacha {
		return chacha20poly1305.New(key)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	switch s.bulk {
	case ccm:
		return newCCM(block, 16), nil
	case ccm8:
		return newCCM(block, 8), nil
	}
	return cipher.NewGCM(block)
}

// opener13 returns what opens records of TLS 1.3 under a traffic secret.
func (s suite) opener13(secret []byte) opener {
	a, err := s.aead(expandLabel(s.prf, secret, "key", s.key))
	if err != nil {
		return nil
	}
	o := &aead13{aead: a}
	copy(o.iv[:], expandLabel(s.prf, secret, "iv", len(o.iv)))
	return o
}

// opener12 returns what opens the records of one side in TLS 1.0 to 1.2.
func (s suite) opener12(h *handshake, master []byte, up bool) opener {
	macKey, iv := 0, 0
	switch s.bulk {
	case null, cbc:
		macKey = s.mac.Size()
		if s.bulk == cbc && h.version == tls10 {
			iv = aes.BlockSize
		}
	case gcm, ccm, ccm8:
		iv = 4
	case chacha:
		iv = 12
	}
	block := keyBlock(s.prf, h, master, 2*(macKey+s.key+iv))
	cut := func(n int) []byte {
		client, server := block[:n], block[n:2*n]
		block = block[2*n:]
		if up {
			return client
		}
		return server
	}
	mac, key, salt := cut(macKey), cut(s.key), cut(iv)
	switch s.bulk {
	case null:
		return &stitched{mac: hmac.New(s.mac.New, mac), version: h.version}
	case cbc:
		b, err := aes.NewCipher(key)
		if err != nil {
			return nil
		}
		o := &stitched{mac: hmac.New(s.mac.New, mac), block: b, version: h.version, etm: h.etm}
		o.chain(salt)
		return o
	}
	a, err := s.aead(key)
	if err != nil {
		return nil
	}
	o := &aead12{aead: a, explicit: s.bulk != chacha}
	copy(o.iv[:], salt)
	return o
}
