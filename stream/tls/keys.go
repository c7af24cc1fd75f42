package tls

import (
	"crypto"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/subtle"
	"hash"
)

// prf is the pseudo-random function of TLS 1.2 (RFC 5246, 5), or the one of
// TLS 1.0 and 1.1 (RFC 2246, 5).
func prf(version uint16, h crypto.Hash, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	out := make([]byte, n)
	if version >= tls12 {
		pHash(out, h.New, secret, seed)
		return out
	}
	half := (len(secret) + 1) / 2
	pHash(out, md5.New, secret[:half], seed)
	other := make([]byte, n)
	pHash(other, sha1.New, secret[len(secret)-half:], seed)
	subtle.XORBytes(out, out, other)
	return out
}

func pHash(out []byte, h func() hash.Hash, secret, seed []byte) {
	mac := hmac.New(h, secret)
	sum := func(parts ...[]byte) []byte {
		mac.Reset()
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	for a := sum(seed); len(out) > 0; a = sum(a) {
		out = out[copy(out, sum(a, seed)):]
	}
}

// keyBlock is the key material of a connection (RFC 5246, 6.3).
func keyBlock(h crypto.Hash, hs *handshake, master []byte, n int) []byte {
	seed := append(hs.serverRandom[:len(hs.serverRandom):len(hs.serverRandom)], hs.clientRandom...)
	return prf(hs.version, h, master, "key expansion", seed, n)
}

// masterOf makes the master secret of a pre-master secret (RFC 5246, 8.1;
// RFC 7627, 4), nil if a part of the handshake that goes into it is missing.
func masterOf(hs *handshake, pre []byte) []byte {
	if hs.ems {
		if hs.sessionHash == nil {
			return nil
		}
		return prf(hs.version, hs.suite.prf, pre, "extended master secret", hs.sessionHash, 48)
	}
	seed := append(hs.clientRandom[:len(hs.clientRandom):len(hs.clientRandom)], hs.serverRandom...)
	return prf(hs.version, hs.suite.prf, pre, "master secret", seed, 48)
}

// sessionHash is the digest of the messages up to ClientKeyExchange.
func sessionHash(version uint16, h crypto.Hash, messages []byte) []byte {
	if version >= tls12 {
		d := h.New()
		d.Write(messages)
		return d.Sum(nil)
	}
	a, b := md5.Sum(messages), sha1.Sum(messages)
	return append(a[:], b[:]...)
}

// openPreMaster decrypts what a client sent under a server's RSA key, nil if
// it was not for that key.
func openPreMaster(k *rsa.PrivateKey, sealed []byte) []byte {
	if len(sealed) != k.Size() {
		return nil
	}
	//lint:ignore SA1019 It is what clients of TLS 1.2 with RSA key exchange use; nobody can ask this program to decrypt.
	pre, err := rsa.DecryptPKCS1v15(nil, k, sealed)
	if err != nil || len(pre) != 48 {
		return nil
	}
	return pre
}

// expandLabel is HKDF-Expand-Label without context (RFC 8446, 7.1).
func expandLabel(h crypto.Hash, secret []byte, label string, n int) []byte {
	info := []byte{byte(n >> 8), byte(n), byte(len("tls13 ") + len(label))}
	info = append(info, "tls13 "...)
	info = append(info, label...)
	info = append(info, 0)
	out, err := hkdf.Expand(h.New, secret, string(info), n)
	if err != nil {
		return make([]byte, n) // only of a length that HKDF does not give
	}
	return out
}
