package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"hash"
)

// openSalted opens what "openssl enc" and CryptoJS make of a passphrase:
// "Salted__", eight bytes of salt, AES-CBC (openssl-enc(1)). Key and IV come from
// EVP_BytesToKey with MD5 (before OpenSSL 1.1, and CryptoJS) or SHA-256, or from
// PBKDF2 of 10,000 rounds (-pbkdf2).
func openSalted(k *key) opener {
	return func(b []byte, good func([]byte) bool) ([]byte, bool) {
		const head = 16
		if !bytes.HasPrefix(b, []byte("Salted__")) || len(b) <= head || len(b)%aes.BlockSize != 0 {
			return nil, false
		}
		salt, body := b[8:head], b[head:]
		for _, derive := range derivations {
			d, err := derive(k.bytes, salt, 32+aes.BlockSize)
			if err != nil {
				continue
			}
			for _, size := range []int{32, 16} {
				if out, err := openCBC(aes.NewCipher, [][]byte{d[:size], d[size : size+aes.BlockSize], body}); err == nil && good(out) {
					return out, true
				}
			}
		}
		return nil, false
	}
}

var derivations = []func(pass, salt []byte, n int) ([]byte, error){
	func(pass, salt []byte, n int) ([]byte, error) { return bytesToKey(md5.New, pass, salt, n), nil },
	func(pass, salt []byte, n int) ([]byte, error) { return bytesToKey(sha256.New, pass, salt, n), nil },
	func(pass, salt []byte, n int) ([]byte, error) {
		return pbkdf2.Key(sha256.New, string(pass), salt, 10_000, n)
	},
}

// bytesToKey is OpenSSL's EVP_BytesToKey with one round.
func bytesToKey(open func() hash.Hash, pass, salt []byte, n int) []byte {
	var out, last []byte
	for len(out) < n {
		h := open()
		h.Write(last)
		h.Write(pass)
		h.Write(salt)
		last = h.Sum(nil)
		out = append(out, last...)
	}
	return out[:n]
}
