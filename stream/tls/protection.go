package tls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"hash"
)

// opener undoes the protection of one direction's records, under one key.
type opener interface {
	// open returns what a record holds, in dst, which has room for all of it
	// and may be where body stands. It may be called again with another
	// sequence number for the same record: what is no proof changes nothing.
	open(dst []byte, typ byte, version uint16, seq uint64, body []byte) ([]byte, error)
}

// aead13 is TLS 1.3 (RFC 8446, 5.2). The type of the content is still there,
// at the end, with the padding.
type aead13 struct {
	aead   cipher.AEAD
	iv     [12]byte
	nonce  [12]byte
	header [5]byte
}

func (o *aead13) open(dst []byte, typ byte, version uint16, seq uint64, body []byte) ([]byte, error) {
	o.nonce = o.iv
	binary.BigEndian.PutUint64(o.nonce[4:], binary.BigEndian.Uint64(o.iv[4:])^seq)
	o.header = [5]byte{typ, byte(version >> 8), byte(version), byte(len(body) >> 8), byte(len(body))}
	return o.aead.Open(dst[:0], o.nonce[:], body, o.header[:])
}

// aead12 is TLS 1.2 with a cipher that authenticates (RFC 5246, 6.2.3.3;
// RFC 7905).
type aead12 struct {
	aead     cipher.AEAD
	explicit bool // half of the nonce is in the record (RFC 5288, 3)
	iv       [12]byte
	nonce    [12]byte
	header   [13]byte
}

func (o *aead12) open(dst []byte, typ byte, version uint16, seq uint64, body []byte) ([]byte, error) {
	o.nonce = o.iv
	if o.explicit {
		if len(body) < 8 {
			return nil, errOpen
		}
		copy(o.nonce[4:], body[:8])
		body = body[8:]
	} else {
		binary.BigEndian.PutUint64(o.nonce[4:], binary.BigEndian.Uint64(o.iv[4:])^seq)
	}
	n := len(body) - o.aead.Overhead()
	if n < 0 {
		return nil, errOpen
	}
	additional(&o.header, seq, typ, version, n)
	return o.aead.Open(dst[:0], o.nonce[:], body, o.header[:])
}

func additional(b *[13]byte, seq uint64, typ byte, version uint16, n int) {
	binary.BigEndian.PutUint64(b[:], seq)
	b[8], b[9], b[10], b[11], b[12] = typ, byte(version>>8), byte(version), byte(n>>8), byte(n)
}

// stitched is a MAC beside CBC or no encryption (RFC 5246, 6.2.3.1 and
// 6.2.3.2), also with the MAC outside (RFC 7366). The MAC is what proves a
// key; padding is none.
type stitched struct {
	mac     hash.Hash
	block   cipher.Block // nil: no encryption
	version uint16
	etm     bool

	dec    cipher.BlockMode
	iv     [aes.BlockSize]byte
	next   [aes.BlockSize]byte // TLS 1.0: the last block of the record before
	header [13]byte
	sum    [48]byte
}

// chain sets the vector of the next record of TLS 1.0.
func (o *stitched) chain(iv []byte) { copy(o.next[:], iv) }

// authentic reports whether text has the MAC that stands for it.
func (o *stitched) authentic(mac, text []byte, typ byte, version uint16, seq uint64) bool {
	additional(&o.header, seq, typ, version, len(text))
	o.mac.Reset()
	o.mac.Write(o.header[:])
	o.mac.Write(text)
	return hmac.Equal(mac, o.mac.Sum(o.sum[:0]))
}

func (o *stitched) open(dst []byte, typ byte, version uint16, seq uint64, body []byte) ([]byte, error) {
	size := o.mac.Size()
	if o.block == nil {
		n := len(body) - size
		if n < 0 || !o.authentic(body[n:], body[:n], typ, version, seq) {
			return nil, errOpen
		}
		return append(dst[:0], body[:n]...), nil
	}
	if o.etm {
		n := len(body) - size
		if n < 0 || !o.authentic(body[n:], body[:n], typ, version, seq) {
			return nil, errOpen
		}
		body = body[:n]
	}
	if o.version == tls10 {
		o.iv = o.next
	} else if len(body) >= aes.BlockSize {
		o.iv = [aes.BlockSize]byte(body)
		body = body[aes.BlockSize:]
	}
	if len(body) == 0 || len(body)%aes.BlockSize != 0 || cap(dst) < len(body) {
		return nil, errOpen
	}
	last := [aes.BlockSize]byte(body[len(body)-aes.BlockSize:])
	o.start()
	text := dst[:len(body)]
	o.dec.CryptBlocks(text, body)

	padding := int(text[len(text)-1]) + 1
	n := len(text) - padding
	if !o.etm {
		n -= size
	}
	if n < 0 {
		return nil, errOpen
	}
	for _, b := range text[len(text)-padding:] {
		if int(b) != padding-1 {
			return nil, errOpen
		}
	}
	if !o.etm && !o.authentic(text[n:n+size], text[:n], typ, version, seq) {
		return nil, errOpen
	}
	o.next = last
	return text[:n], nil
}

// start begins a record's decryption.
func (o *stitched) start() {
	if d, ok := o.dec.(interface{ SetIV([]byte) }); ok {
		d.SetIV(o.iv[:])
		return
	}
	o.dec = cipher.NewCBCDecrypter(o.block, o.iv[:])
}
