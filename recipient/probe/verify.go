package probe

import (
	"crypto/tls"
	"crypto/x509"
)

// verified says why the certificates are not valid for name, nil if they are.
func verified(s *tls.ConnectionState, name string) error {
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: name, Intermediates: between})
	return err
}
