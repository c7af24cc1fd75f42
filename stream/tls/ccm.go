package tls

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// ccmMode is AES-CCM (RFC 3610) with nonces of 12 bytes, as TLS uses it
// (RFC 6655, RFC 8446). It only opens.
type ccmMode struct {
	block cipher.Block
	tag   int

	// Scratch of one call.
	counter, mask, sum [16]byte
	buf                [16]byte
}

var errOpen = errors.New("record does not authenticate")

func newCCM(block cipher.Block, tag int) cipher.AEAD { return &ccmMode{block: block, tag: tag} }

func (c *ccmMode) NonceSize() int { return 12 }
func (c *ccmMode) Overhead() int  { return c.tag }
func (c *ccmMode) Seal(dst, nonce, plaintext, aad []byte) []byte {
	panic("tls: a passive reader seals nothing")
}

// absorb adds data to the CBC-MAC, padded with zeros to whole blocks.
func (c *ccmMode) absorb(data []byte) {
	for len(data) > 0 {
		n := subtle.XORBytes(c.sum[:], c.sum[:], data[:min(16, len(data))])
		c.block.Encrypt(c.sum[:], c.sum[:])
		data = data[n:]
	}
}

// Open authenticates and decrypts a record. dst may be the ciphertext's own
// array, cut to length 0.
func (c *ccmMode) Open(dst, nonce, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < c.tag || len(nonce) != 12 || len(aad) == 0 || len(aad) > 14 || len(sealed) > 1<<23 {
		return nil, errOpen
	}
	text, tag := sealed[:len(sealed)-c.tag], sealed[len(sealed)-c.tag:]
	var want [16]byte
	copy(want[:], tag)

	// Counter blocks A_i: flags (L-1 = 2), nonce, i.
	c.counter[0] = 2
	copy(c.counter[1:], nonce)
	setCounter := func(i int) { c.counter[13], c.counter[14], c.counter[15] = byte(i>>16), byte(i>>8), byte(i) }

	out := len(dst)
	if cap(dst)-out < len(text) {
		dst = append(make([]byte, 0, out+len(text)), dst...)
	}
	dst = dst[:out+len(text)]
	for i, at := 1, 0; at < len(text); i, at = i+1, at+16 {
		setCounter(i)
		c.block.Encrypt(c.mask[:], c.counter[:])
		subtle.XORBytes(dst[out+at:], text[at:min(at+16, len(text))], c.mask[:])
	}

	// B_0: flags (associated data, (tag-2)/2, L-1), nonce, length of the text.
	c.sum[0] = 1<<6 | byte((c.tag-2)/2)<<3 | 2
	copy(c.sum[1:], nonce)
	c.sum[13], c.sum[14], c.sum[15] = byte(len(text)>>16), byte(len(text)>>8), byte(len(text))
	c.block.Encrypt(c.sum[:], c.sum[:])
	clear(c.buf[:])
	binary.BigEndian.PutUint16(c.buf[:], uint16(len(aad)))
	copy(c.buf[2:], aad)
	c.absorb(c.buf[:])
	c.absorb(dst[out:])

	setCounter(0)
	c.block.Encrypt(c.mask[:], c.counter[:])
	subtle.XORBytes(c.sum[:], c.sum[:], c.mask[:])
	if subtle.ConstantTimeCompare(c.sum[:c.tag], want[:c.tag]) != 1 {
		clear(dst[out:])
		return nil, errOpen
	}
	return dst, nil
}
