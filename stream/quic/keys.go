package quic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"math/bits"

	"golang.org/x/crypto/chacha20poly1305"
)

// suite is a cipher suite of TLS 1.3 (RFC 8446, B.4).
type suite uint16

const (
	aes128 suite = 0x1301
	aes256 suite = 0x1302
	chacha suite = 0x1303
)

func (s suite) hash() func() hash.Hash {
	if s == aes256 {
		return sha512.New384
	}
	return sha256.New
}

// suitesOf returns the suites that a secret may belong to, by its length.
func suitesOf(secret []byte) []suite {
	switch len(secret) {
	case sha256.Size:
		return []suite{aes128, chacha}
	case sha512.Size384:
		return []suite{aes256}
	}
	return nil
}

// keys open the packets of one direction, level and key phase (RFC 9001,
// section 5).
type keys struct {
	version *version
	suite   suite
	secret  []byte
	aead    cipher.AEAD
	iv      [12]byte
	mask    *mask
}

func newKeys(v *version, s suite, secret []byte) *keys {
	k := &keys{version: v, suite: s, secret: secret}
	k.derive()
	k.mask = newMask(s, expand(s, secret, v.label+"hp", keySize(s)))
	return k
}

func keySize(s suite) int {
	if s == aes128 {
		return 16
	}
	return 32
}

// derive makes the key and the IV of the secret.
func (k *keys) derive() {
	key := expand(k.suite, k.secret, k.version.label+"key", keySize(k.suite))
	copy(k.iv[:], expand(k.suite, k.secret, k.version.label+"iv", len(k.iv)))
	var err error
	if k.suite == chacha {
		k.aead, err = chacha20poly1305.New(key)
	} else {
		var block cipher.Block
		if block, err = aes.NewCipher(key); err == nil {
			k.aead, err = cipher.NewGCM(block)
		}
	}
	if err != nil { // only of a key's size
		panic(err)
	}
}

// next returns the keys after an update (RFC 9001, 6.1). What masks the
// headers stays.
func (k *keys) next() *keys {
	n := &keys{version: k.version, suite: k.suite, mask: k.mask}
	n.secret = expand(k.suite, k.secret, k.version.update, k.suite.hash()().Size())
	n.derive()
	return n
}

// sampleSize is how much of a packet the mask of its header is made of
// (RFC 9001, 5.4.2).
const sampleSize = 16

// mask undoes the protection of headers (RFC 9001, 5.4).
type mask struct {
	block  cipher.Block // of AES
	chacha [8]uint32    // key of ChaCha20, if block is nil
	out    [aes.BlockSize]byte
}

func newMask(s suite, key []byte) *mask {
	m := new(mask)
	if s == chacha {
		for i := range m.chacha {
			m.chacha[i] = binary.LittleEndian.Uint32(key[4*i:])
		}
		return m
	}
	var err error
	if m.block, err = aes.NewCipher(key); err != nil { // only of a key's size
		panic(err)
	}
	return m
}

// of returns the mask that a sample makes, valid until the next call.
func (m *mask) of(sample []byte) []byte {
	if m.block != nil {
		m.block.Encrypt(m.out[:], sample)
	} else {
		m.out = chachaBlock(&m.chacha, sample)
	}
	return m.out[:5]
}

// chachaBlock is the beginning of the ChaCha20 block (RFC 8439, 2.3) whose
// counter and nonce the sample holds. x/crypto allocates a cipher for each.
func chachaBlock(key *[8]uint32, sample []byte) (out [aes.BlockSize]byte) {
	s := [16]uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}
	copy(s[4:12], key[:])
	for i := range 4 {
		s[12+i] = binary.LittleEndian.Uint32(sample[4*i:])
	}
	x := s
	quarter := func(a, b, c, d int) {
		x[a] += x[b]
		x[d] = bits.RotateLeft32(x[d]^x[a], 16)
		x[c] += x[d]
		x[b] = bits.RotateLeft32(x[b]^x[c], 12)
		x[a] += x[b]
		x[d] = bits.RotateLeft32(x[d]^x[a], 8)
		x[c] += x[d]
		x[b] = bits.RotateLeft32(x[b]^x[c], 7)
	}
	for range 10 {
		quarter(0, 4, 8, 12)
		quarter(1, 5, 9, 13)
		quarter(2, 6, 10, 14)
		quarter(3, 7, 11, 15)
		quarter(0, 5, 10, 15)
		quarter(1, 6, 11, 12)
		quarter(2, 7, 8, 13)
		quarter(3, 4, 9, 14)
	}
	for i := range 4 {
		binary.LittleEndian.PutUint32(out[4*i:], x[i]+s[i])
	}
	return out
}
