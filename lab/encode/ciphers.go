package encode

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/rc4"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"

	"golang.org/x/crypto/chacha20poly1305"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/tea"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/xtea"
)

func random(r *rand.Rand, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

// padded is PKCS #7.
func padded(in []byte, n int) []byte {
	p := n - len(in)%n
	return append(bytes.Clone(in), bytes.Repeat([]byte{byte(p)}, p)...)
}

// cbc chains blocks; iv "zero", "front" (random, in front), or bytes.
func cbc(c cipher.Block, iv string) func(*rand.Rand, []byte) []byte {
	return func(r *rand.Rand, in []byte) []byte {
		var v, out []byte
		switch iv {
		case "zero":
			v = make([]byte, c.BlockSize())
		case "front":
			v = random(r, c.BlockSize())
			out = bytes.Clone(v)
		default:
			v = []byte(iv)
		}
		last := v
		plain := padded(in, c.BlockSize())
		for i := 0; i < len(plain); i += c.BlockSize() {
			block := plain[i : i+c.BlockSize()]
			for j := range block {
				block[j] ^= last[j]
			}
			c.Encrypt(block, block)
			last = block
		}
		return append(out, plain...)
	}
}

func codebook(c cipher.Block) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte {
		out := padded(in, c.BlockSize())
		for i := 0; i < len(out); i += c.BlockSize() {
			c.Encrypt(out[i:], out[i:])
		}
		return out
	})
}

func counter(c cipher.Block, front bool) func(*rand.Rand, []byte) []byte {
	return func(r *rand.Rand, in []byte) []byte {
		iv := make([]byte, c.BlockSize())
		var out []byte
		if front {
			iv = random(r, len(iv))
			out = bytes.Clone(iv)
		}
		z := make([]byte, len(in))
		cipher.NewCTR(c, iv).XORKeyStream(z, in)
		return append(out, z...)
	}
}

func sealed(a cipher.AEAD) func(*rand.Rand, []byte) []byte {
	return func(r *rand.Rand, in []byte) []byte {
		nonce := random(r, a.NonceSize())
		return a.Seal(bytes.Clone(nonce), nonce, in, nil)
	}
}

// xor repeats a key.
func xor(in, key []byte) []byte {
	out := make([]byte, len(in))
	for i, c := range in {
		out[i] = c ^ key[i%len(key)]
	}
	return out
}

// ciphers hide a value under a key: one that nobody tells (xor), one that
// stands in the message, or one that a file tells (see Rules and Strings).
var ciphers = []Step{
	{Name: "xor, one byte", Binary: true, Cipher: true, do: func(r *rand.Rand, in []byte) []byte { return xor(in, []byte{byte(1 + r.IntN(255))}) }},
	{Name: "xor, repeating", Binary: true, Cipher: true, do: func(r *rand.Rand, in []byte) []byte {
		return xor(in, random(r, 2+r.IntN(max(1, min(15, len(in)/3-1))))) // three times over, or nothing could tell
	}},
	{Name: "xor, told", Binary: true, Cipher: true, do: fixed(func(in []byte) []byte { return xor(in, key("xor")) })},
	{Name: "aes-128-cbc, zero iv", Binary: true, Cipher: true, do: cbc(must(aes.NewCipher(key("aes-128-cbc"))), "zero")},
	{Name: "aes-128-cbc, iv of its own", Binary: true, Cipher: true, do: cbc(must(aes.NewCipher(key("aes-128-cbc, iv"))), string(key("iv")))},
	{Name: "aes-128-cbc, key as iv", Binary: true, Cipher: true, do: cbc(must(aes.NewCipher(key("aes-128-cbc"))), string(key("aes-128-cbc")))},
	{Name: "aes-192-cbc, iv in front", Binary: true, Cipher: true, do: cbc(must(aes.NewCipher(key("aes-192"))), "front")},
	{Name: "aes-256-cbc, iv in front", Binary: true, Cipher: true, do: cbc(must(aes.NewCipher(key("aes-256-cbc"))), "front")},
	{Name: "aes-256-cbc, key among strings", Binary: true, Cipher: true, do: cbc(must(aes.NewCipher(key("strings, aes-256"))), "front")},
	{Name: "aes-128-ecb", Binary: true, Cipher: true, do: codebook(must(aes.NewCipher(key("aes-128-ecb"))))},
	{Name: "aes-256-ecb", Binary: true, Cipher: true, do: codebook(must(aes.NewCipher(key("aes-256-ecb"))))},
	{Name: "aes-128-ctr, iv in front", Binary: true, Cipher: true, do: counter(must(aes.NewCipher(key("aes-128-ctr"))), true)},
	{Name: "aes-256-ctr, zero iv", Binary: true, Cipher: true, do: counter(must(aes.NewCipher(key("aes-256-ctr"))), false)},
	{Name: "aes-256-gcm", Binary: true, Cipher: true, do: sealed(must(cipher.NewGCM(must(aes.NewCipher(key("aes-256-gcm"))))))},
	{Name: "aes-128-gcm, key among strings", Binary: true, Cipher: true, do: sealed(must(cipher.NewGCM(must(aes.NewCipher(key("strings, aes-128"))))))},
	{Name: "chacha20-poly1305", Binary: true, Cipher: true, do: sealed(must(chacha20poly1305.New(key("chacha20"))))},
	{Name: "sm4-cbc, zero iv", Binary: true, Cipher: true, do: cbc(newSM4(key("sm4")), "zero")},
	{Name: "sm4-cbc, iv in front", Binary: true, Cipher: true, do: cbc(newSM4(key("sm4")), "front")},
	{Name: "sm4-ecb", Binary: true, Cipher: true, do: codebook(newSM4(key("sm4")))},
	{Name: "3des-cbc, zero iv", Binary: true, Cipher: true, do: cbc(must(des.NewTripleDESCipher(key("3des"))), "zero")},
	{Name: "3des-ecb", Binary: true, Cipher: true, do: codebook(must(des.NewTripleDESCipher(key("3des"))))},
	{Name: "des-cbc, zero iv", Binary: true, Cipher: true, do: cbc(must(des.NewCipher(key("des"))), "zero")},
	{Name: "des-ecb", Binary: true, Cipher: true, do: codebook(must(des.NewCipher(key("des"))))},
	{Name: "rc4", Binary: true, Cipher: true, do: fixed(func(in []byte) []byte {
		out := make([]byte, len(in))
		must(rc4.NewCipher(key("rc4"))).XORKeyStream(out, in)
		return out
	})},
	{Name: "tea", Binary: true, Cipher: true, do: codebook(must(tea.NewCipher(key("tea"))))},
	{Name: "xtea", Binary: true, Cipher: true, do: codebook(must(xtea.NewCipher(key("tea"))))},
	{Name: "xxtea", Binary: true, Cipher: true, do: fixed(func(in []byte) []byte { return xxtea(in, key("xxtea")) })},
	{Name: "openssl salted", Text: true, Binary: true, Cipher: true, do: func(r *rand.Rand, in []byte) []byte {
		// CryptoJS.AES.encrypt(text, passphrase): EVP_BytesToKey with MD5.
		salt := random(r, 8)
		var k, d []byte
		for len(k) < 48 {
			sum := md5.Sum(bytes.Join([][]byte{d, key("passphrase"), salt}, nil))
			d = sum[:]
			k = append(k, d...)
		}
		body := cbc(must(aes.NewCipher(k[:32])), string(k[32:48]))(r, in)
		return base64.StdEncoding.AppendEncode(nil, append(append([]byte("Salted__"), salt...), body...))
	}},
}

// xxtea is Corrected Block TEA (Wheeler and Needham 1998), over words in
// little-endian order with the length of the text as the last.
func xxtea(in, key []byte) []byte {
	text := bytes.Clone(in)
	for len(text)%4 != 0 || len(text) == 0 {
		text = append(text, 0)
	}
	text = le32(text, len(in))
	v := make([]uint32, len(text)/4)
	for i := range v {
		v[i] = binary.LittleEndian.Uint32(text[4*i:])
	}
	var k [4]uint32
	for i := range k {
		k[i] = binary.LittleEndian.Uint32(key[4*i:])
	}
	n := len(v)
	var sum uint32
	z := v[n-1]
	for range 6 + 52/n {
		sum += 0x9e3779b9
		e := int(sum >> 2 & 3)
		for p := range n {
			y := v[(p+1)%n]
			v[p] += ((z>>5 ^ y<<2) + (y>>3 ^ z<<4)) ^ ((sum ^ y) + (k[p&3^e] ^ z))
			z = v[p]
		}
	}
	var out []byte
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, x)
	}
	return out
}
