package tls

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

var errOpen = errors.New("record does not authenticate")

// ccmMode is AES-CCM (RFC 3610) with nonces of 12 bytes, as TLS uses it
// (RFC 6655, RFC 8446). It only opens.
type ccmMode struct {
	block cipher.Block
	tag   int
	mac   cipher.BlockMode // CBC, of which only the last block counts

	// Scratch of one call.
	first   [32]byte // B_0 and the block of associated data
	counter [16]byte // A_i
	mask    [16]byte
	chunk   [1024]byte
}

func newCCM(block cipher.Block, tag int) cipher.AEAD { return &ccmMode{block: block, tag: tag} }

func (c *ccmMode) NonceSize() int { return 12 }
func (c *ccmMode) Overhead() int  { return c.tag }
func (c *ccmMode) Seal(dst, nonce, plaintext, aad []byte) []byte {
	panic("tls: a passive reader seals nothing")
}

// Open authenticates and decrypts a record. dst and sealed must not overlap.
func (c *ccmMode) Open(dst, nonce, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < c.tag || len(nonce) != 12 || len(aad) == 0 || len(aad) > 14 || len(sealed) > 1<<23 {
		return nil, errOpen
	}
	text, tag := sealed[:len(sealed)-c.tag], sealed[len(sealed)-c.tag:]
	out := len(dst)
	if cap(dst)-out < len(text) {
		dst = append(make([]byte, 0, out+len(text)), dst...)
	}
	dst = dst[:out+len(text)]

	// A_0 masks the tag, A_1 and so on the text: flags (L-1 = 2), nonce, i.
	c.counter = [16]byte{0: 2}
	copy(c.counter[1:], nonce)
	c.block.Encrypt(c.mask[:], c.counter[:])
	c.counter[15] = 1
	cipher.NewCTR(c.block, c.counter[:]).XORKeyStream(dst[out:], text)

	// B_0: flags (associated data, (tag-2)/2, L-1), nonce, length of the text.
	c.first = [32]byte{0: 1<<6 | byte((c.tag-2)/2)<<3 | 2, 13: byte(len(text) >> 16), 14: byte(len(text) >> 8), 15: byte(len(text))}
	copy(c.first[1:], nonce)
	binary.BigEndian.PutUint16(c.first[16:], uint16(len(aad)))
	copy(c.first[18:], aad)
	c.start()
	sum := c.absorb(nil, c.first[:])
	sum = c.absorb(sum, dst[out:])
	subtle.XORBytes(c.mask[:], c.mask[:], sum)
	if subtle.ConstantTimeCompare(c.mask[:c.tag], tag) != 1 {
		clear(dst[out:])
		return nil, errOpen
	}
	return dst, nil
}

var zeros [16]byte

// start begins a CBC-MAC.
func (c *ccmMode) start() {
	if m, ok := c.mac.(interface{ SetIV([]byte) }); ok {
		m.SetIV(zeros[:])
		return
	}
	c.mac = cipher.NewCBCEncrypter(c.block, zeros[:])
}

// absorb adds data to the CBC-MAC, padded with zeros to whole blocks, and
// returns the sum so far.
func (c *ccmMode) absorb(sum, data []byte) []byte {
	for len(data) > 0 {
		n := copy(c.chunk[:], data)
		data = data[n:]
		whole := (n + 15) &^ 15
		clear(c.chunk[n:whole])
		c.mac.CryptBlocks(c.chunk[:whole], c.chunk[:whole])
		sum = c.chunk[whole-16 : whole]
	}
	return sum
}
