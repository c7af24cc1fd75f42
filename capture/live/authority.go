package live

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Authority is the certificate authority of this instrument. Whoever has its
// key can read the traffic of every device that trusts it: the key stays in a
// file only its owner reads, is made on this machine and is never written
// anywhere else. It cannot be limited by name constraints, because the hosts
// of a capture are not known beforehand; so the certificate should be removed
// from a device when the capture is done.
type Authority struct {
	Certificate *x509.Certificate
	key         crypto.Signer
	leafKey     *ecdsa.PrivateKey // one for all leaves, made on start

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// The files of an authority.
const (
	authorityCert = "constat-ca.pem"
	authorityKey  = "constat-ca.key"
)

// OpenAuthority reads the authority in dir, or makes one there.
func OpenAuthority(dir string) (a *Authority, made bool, err error) {
	cert, key := filepath.Join(dir, authorityCert), filepath.Join(dir, authorityKey)
	if _, err := os.Stat(key); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, false, err
		}
		if err := makeAuthority(cert, key); err != nil {
			return nil, false, err
		}
		made = true
	}
	if info, err := os.Stat(key); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, false, fmt.Errorf("%s can be read by others (mode %o): with it anyone can read the traffic of devices that trust this authority; make it 0600, or remove it and the certificate from the devices", key, info.Mode().Perm())
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, false, fmt.Errorf("authority in %s: %w", dir, err)
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok || pair.Leaf == nil || !pair.Leaf.IsCA {
		return nil, false, fmt.Errorf("%s is no certificate authority", cert)
	}
	if time.Now().After(pair.Leaf.NotAfter) {
		return nil, false, fmt.Errorf("%s ended on %s: remove it and its key, and the next capture makes another", cert, pair.Leaf.NotAfter.Format(time.DateOnly))
	}
	a = &Authority{Certificate: pair.Leaf, key: signer, leaves: map[string]*tls.Certificate{}}
	a.leafKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return a, made, err
}

// makeAuthority makes a key and a certificate signed with it.
func makeAuthority(certPath, keyPath string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	host, _ := os.Hostname()
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: "constat capture authority", Organization: []string{"made on " + host + ", " + now.Format(time.DateOnly)}},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.AddDate(1, 0, 0), // a year: a forgotten one ends by itself
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := putFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return err
	}
	return putFile(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// putFile makes b the content of a file that only its owner reads: all of it,
// or what was there before stays.
func putFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// serial is a random serial number (RFC 5280, 4.1.2.2: at most 20 bytes).
func serial() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}

// PEM is the certificate as browsers and Android take it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// Fingerprint is the SHA-256 of the certificate, as devices show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.Certificate.Raw)
	return fmt.Sprintf("% X", sum[:])
}

// SPKI is the SHA-256 of the public key, which Chromium's
// --ignore-certificate-errors-spki-list takes (in base64).
func (a *Authority) SPKI() [32]byte { return sha256.Sum256(a.Certificate.RawSubjectPublicKeyInfo) }

// maxLeaves bounds the certificates remembered.
const maxLeaves = 4096

// leaf returns a certificate for a host name or address.
func (a *Authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.leaves[host]; c != nil {
		return c, nil
	}
	now := time.Now()
	ski := sha1.Sum(a.leafKey.X.Bytes()) // an identifier, not a signature (RFC 5280, 4.2.1.2)
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: clip(host, 64)},
		NotBefore:    now.Add(-24 * time.Hour),
		NotAfter:     now.AddDate(0, 3, 0), // Apple refuses more than 398 days
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		SubjectKeyId: ski[:],
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, a.leafKey.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("a certificate for %.100q: %w", host, err)
	}
	c := &tls.Certificate{Certificate: [][]byte{der, a.Certificate.Raw}, PrivateKey: a.leafKey}
	if len(a.leaves) >= maxLeaves {
		clear(a.leaves)
	}
	a.leaves[host] = c
	return c, nil
}

func clip(s string, n int) string { return s[:min(len(s), n)] }
