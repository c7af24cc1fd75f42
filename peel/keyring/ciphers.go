package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rc4"
	"crypto/subtle"
	"encoding/binary"
	"slices"

	"github.com/emmansun/gmsm/sm4"
	"golang.org/x/crypto/chacha20poly1305"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/tea"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/xtea"
)

// opener tries a key on a message. What it gives was accepted by good, or
// vouched for by a tag.
type opener func(b []byte, good func([]byte) bool) ([]byte, bool)

// cipherRow is a cipher in a mode, and the ways in which programs use it.
type cipherRow struct {
	name string
	fits func(key int) bool
	// stream says that nothing in a message shows that the key is wrong, but
	// what comes out.
	stream bool
	// open prepares the key once; nil: it is none.
	open func(k *key) opener
}

var cipherTable = []cipherRow{
	{"aes-gcm", aesKey, false, aead(func(k []byte) (cipher.AEAD, error) {
		c, err := aes.NewCipher(k)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(c)
	})},
	{"chacha20-poly1305", is(32), false, aead(chacha20poly1305.New)},
	{"aes-cbc", aesKey, false, chained(aes.NewCipher, false)},
	{"aes-cbc", aesKey, false, chained(aes.NewCipher, true)},
	{"aes-cbc", aesKey, false, chainedFront(aes.NewCipher)},
	{"aes-ecb", aesKey, false, codebook(aes.NewCipher)},
	{"sm4-cbc", is(16), false, chained(sm4.NewCipher, false)},
	{"sm4-cbc", is(16), false, chained(sm4.NewCipher, true)},
	{"sm4-cbc", is(16), false, chainedFront(sm4.NewCipher)},
	{"sm4-ecb", is(16), false, codebook(sm4.NewCipher)},
	{"3des-cbc", is(24), false, chained(des.NewTripleDESCipher, false)},
	{"3des-cbc", is(24), false, chained(des.NewTripleDESCipher, true)},
	{"3des-cbc", is(24), false, chainedFront(des.NewTripleDESCipher)},
	{"3des-ecb", is(24), false, codebook(des.NewTripleDESCipher)},
	{"openssl", func(n int) bool { return n >= 1 && n <= 256 }, false, openSalted},
	{"des-cbc", is(8), false, chained(des.NewCipher, false)},
	{"des-cbc", is(8), false, chained(des.NewCipher, true)},
	{"des-cbc", is(8), false, chainedFront(des.NewCipher)},
	{"des-ecb", is(8), false, codebook(des.NewCipher)},
	{"tea-ecb", is(16), false, codebook(tea.NewCipher)},
	{"xtea-ecb", is(16), false, codebook(func(k []byte) (cipher.Block, error) { return xtea.NewCipher(k) })},
	{"xxtea", func(n int) bool { return n > 0 && n <= 16 }, false, openXXTEA},
	{"aes-ctr", aesKey, true, counter(aes.NewCipher)},
	{"rc4", func(n int) bool { return n >= 4 && n <= 256 }, true, keyed("rc4")},
	{"xor", func(n int) bool { return n >= 1 && n <= 256 }, true, keyed("xor")},
}

func is(n int) func(int) bool { return func(k int) bool { return k == n } }

func aesKey(n int) bool { return n == 16 || n == 24 || n == 32 }

// aead opens nonce ‖ ciphertext ‖ tag, and with the key's IV as the nonce.
func aead(open func(key []byte) (cipher.AEAD, error)) func(*key) opener {
	return func(k *key) opener {
		a, err := open(k.bytes)
		if err != nil {
			return nil
		}
		return func(b []byte, _ func([]byte) bool) ([]byte, bool) {
			if n := a.NonceSize(); len(b) >= n+a.Overhead() {
				if out, err := a.Open(nil, b[:n], b[n:], nil); err == nil {
					return out, true
				}
			}
			if len(k.iv) == a.NonceSize() && len(b) >= a.Overhead() {
				if out, err := a.Open(nil, k.iv, b, nil); err == nil {
					return out, true
				}
			}
			return nil, false
		}
	}
}

// chained opens CBC with padding as PKCS #7 (RFC 5652 section 6.3) or zeros
// write it. The IV is the key's, or zeros if it has none; with own set it is the
// key itself. Whatever the IV is, all but the first block reads well: what
// either gives is told.
func chained(open func([]byte) (cipher.Block, error), own bool) func(*key) opener {
	return func(k *key) opener {
		c, err := open(k.bytes)
		if err != nil {
			return nil
		}
		n := c.BlockSize()
		iv := k.iv
		switch {
		case own:
			iv = k.bytes[:min(n, len(k.bytes))]
		case iv == nil:
			iv = make([]byte, n)
		}
		if len(iv) != n {
			return nil
		}
		return func(b []byte, good func([]byte) bool) (out []byte, ok bool) {
			if !ends(c, b) {
				return nil, false
			}
			out, _, ok = unchain(c, iv, b)
			return out, ok && good(out)
		}
	}
}

// chainedFront opens CBC with its IV in front.
func chainedFront(open func([]byte) (cipher.Block, error)) func(*key) opener {
	return func(k *key) opener {
		c, err := open(k.bytes)
		if err != nil {
			return nil
		}
		n := c.BlockSize()
		return func(b []byte, good func([]byte) bool) ([]byte, bool) {
			if len(b) < 2*n || !ends(c, b) {
				return nil, false
			}
			out, sure, ok := unchain(c, b[:n], b[n:])
			return out, ok && (sure || good(out))
		}
	}
}

// ends reports whether b is whole blocks, the last of which ends a message: it
// tells nearly always that the key is wrong.
func ends(c cipher.Block, b []byte) bool {
	n := c.BlockSize()
	if len(b) < n || len(b)%n != 0 {
		return false
	}
	if len(b) == n {
		return true // it depends on the IV
	}
	var last [16]byte
	c.Decrypt(last[:n], b[len(b)-n:])
	for i := range n {
		last[i] ^= b[len(b)-2*n+i]
	}
	return padded(last[:n]) || zeros(last[:n])
}

func unchain(c cipher.Block, iv, b []byte) (out []byte, sure, ok bool) {
	out = make([]byte, len(b))
	cipher.NewCBCDecrypter(c, iv).CryptBlocks(out, b)
	return unpad(out, c.BlockSize())
}

// codebook opens ECB with padding.
func codebook(open func([]byte) (cipher.Block, error)) func(*key) opener {
	return func(k *key) opener {
		c, err := open(k.bytes)
		if err != nil {
			return nil
		}
		n := c.BlockSize()
		return func(b []byte, good func([]byte) bool) ([]byte, bool) {
			if len(b) < n || len(b)%n != 0 {
				return nil, false
			}
			var last [16]byte
			if c.Decrypt(last[:n], b[len(b)-n:]); !padded(last[:n]) && !zeros(last[:n]) {
				return nil, false
			}
			out := make([]byte, len(b))
			for i := 0; i < len(b); i += n {
				c.Decrypt(out[i:], b[i:])
			}
			out, sure, ok := unpad(out, n)
			return out, ok && (sure || good(out))
		}
	}
}

// padded reports whether a block may end a message that was padded.
func padded(block []byte) bool {
	p := int(block[len(block)-1])
	if p < 1 || p > len(block) {
		return false
	}
	for _, x := range block[len(block)-p:] {
		if int(x) != p {
			return false
		}
	}
	return true
}

func zeros(block []byte) bool { return block[len(block)-1] == 0 }

// unpad removes the padding of n-byte blocks. Four bytes of PKCS #7 are sure:
// chance makes them of one message in 2^32.
func unpad(b []byte, n int) (out []byte, sure, ok bool) {
	switch last := b[len(b)-n:]; {
	case padded(last):
		b, sure = b[:len(b)-int(last[n-1])], last[n-1] >= 4
	case zeros(last):
		b = b[:len(b)-n+len(bytes.TrimRight(last, "\x00"))]
	default:
		return nil, false, false
	}
	return b, sure, len(b) > 0
}

// glance is how many bytes of a stream are looked at before the rest.
const glance = 64

// counter opens CTR, whose first counter is the key's IV, zeros, or the first
// block of the message.
func counter(open func([]byte) (cipher.Block, error)) func(*key) opener {
	return func(k *key) opener {
		c, err := open(k.bytes)
		if err != nil {
			return nil
		}
		n := c.BlockSize()
		var known []opener
		for _, iv := range [][]byte{k.iv, make([]byte, n)} {
			if len(iv) == n {
				known = append(known, streamed(func() cipher.Stream { return cipher.NewCTR(c, iv) }))
			}
		}
		return func(b []byte, good func([]byte) bool) ([]byte, bool) {
			for _, open := range known {
				if out, ok := open(b, good); ok {
					return out, true
				}
			}
			if len(b) <= n {
				return nil, false
			}
			var first [16]byte
			c.Encrypt(first[:n], b[:n])
			m := subtle.XORBytes(first[:n], first[:n], b[n:])
			if !promising(first[:m]) {
				return nil, false
			}
			out := make([]byte, len(b)-n)
			cipher.NewCTR(c, b[:n]).XORKeyStream(out, b[n:])
			return out, good(out)
		}
	}
}

// streamed keeps the beginning of a stream, and looks at the beginning of a
// message before it decrypts the rest.
func streamed(open func() cipher.Stream) opener {
	var head [glance]byte
	open().XORKeyStream(head[:], head[:])
	return func(b []byte, good func([]byte) bool) ([]byte, bool) {
		var first [glance]byte
		if n := subtle.XORBytes(first[:], head[:], b); !promising(first[:n]) {
			return nil, false
		}
		out := make([]byte, len(b))
		open().XORKeyStream(out, b)
		return out, good(out)
	}
}

// promising reports whether the beginning of a message may be no noise: text,
// the magic of a compression, or few enough different bytes.
func promising(b []byte) bool {
	text := 0
	for _, c := range b {
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' || c == 0 { // UTF-16 has zeros
			text++
		}
	}
	if text*4 >= len(b)*3 {
		return true
	}
	for _, m := range []string{"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "\x78\x01", "\x78\x9c", "\x78\xda", "bplist0", "\xff\x06\x00\x00s"} {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return text*2 >= len(b) && len(b) >= 16
}

// keystreams are the streams that need nothing but a key.
var keystreams = map[string]func(key []byte) (cipher.Stream, error){
	"rc4": func(key []byte) (cipher.Stream, error) { return rc4.NewCipher(key) },
	"xor": func(key []byte) (cipher.Stream, error) { return &repeating{key: key}, nil },
}

// keyed opens with the keystream of that name.
func keyed(name string) func(k *key) opener {
	return func(k *key) opener {
		if _, err := keystreams[name](k.bytes); err != nil {
			return nil
		}
		return streamed(func() cipher.Stream {
			c, _ := keystreams[name](k.bytes)
			return c
		})
	}
}

// repeating is XOR with a key over and over.
type repeating struct {
	key []byte
	at  int
}

func (r *repeating) XORKeyStream(dst, src []byte) {
	for i, c := range src {
		dst[i] = c ^ r.key[r.at]
		r.at = (r.at + 1) % len(r.key)
	}
}

const teaDelta = 0x9e3779b9 // 2^32 / golden ratio

// text reports whether b is printable ASCII.
func text(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// openXXTEA opens Corrected Block TEA (Wheeler and Needham 1998) over words in
// little-endian order, the last of which is the length of the text or zeros.
func openXXTEA(k *key) opener {
	var padded [16]byte
	copy(padded[:], k.bytes)
	var words [4]uint32
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(padded[4*i:])
	}
	return func(b []byte, good func([]byte) bool) ([]byte, bool) {
		if len(b) < 8 || len(b)%4 != 0 || len(b) > 1<<20 {
			return nil, false
		}
		// The length in the last word is sure: chance makes it of one message in
		// 2^30.
		out, counted := xxtea(&words, b)
		return out, len(out) > 0 && (counted || len(out) >= 12 && text(out) && good(out))
	}
}

func xxtea(key *[4]uint32, b []byte) (out []byte, counted bool) {
	v := make([]uint32, len(b)/4)
	for i := range v {
		v[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	n := len(v)
	delta := uint32(teaDelta)
	sum := uint32(6+52/n) * delta
	y := v[0]
	for ; sum != 0; sum -= delta {
		e := sum >> 2 & 3
		for p := n - 1; p >= 0; p-- {
			z := v[(p+n-1)%n]
			v[p] -= ((z>>5 ^ y<<2) + (y>>3 ^ z<<4)) ^ ((sum ^ y) + (key[uint32(p)&3^e] ^ z))
			y = v[p]
		}
	}
	out = make([]byte, 0, len(b))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, x)
	}
	if size := int(v[n-1]); size <= len(out)-4 && size > len(out)-8 {
		return out[:size], true
	} else {
		out = bytes.TrimRight(out, "\x00")
		if p := len(out); p > 0 && int(out[p-1]) <= 8 && int(out[p-1]) <= p && padded(out[p-int(out[p-1]):]) {
			out = out[:p-int(out[p-1])]
		}
	}
	return out, false
}

// Ciphers are the names of the ciphers that keys are tried with.
func Ciphers() []string {
	var names []string
	for i := range cipherTable {
		if name := cipherTable[i].name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
