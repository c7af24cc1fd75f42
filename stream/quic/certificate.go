package quic

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"
)

// maxCertificates is how many certificates of a chain are kept.
const maxCertificates = 32

// certificate takes the server's certificates (RFC 8446, 4.4.2).
func (c *conn) certificate(body []byte) {
	s := cryptobyte.String(body)
	var context, list, der, extensions cryptobyte.String
	if !s.ReadUint8LengthPrefixed(&context) || !s.ReadUint24LengthPrefixed(&list) || len(c.tls.Certificates) > 0 {
		return
	}
	info := *c.tls
	for len(info.Certificates) < maxCertificates && list.ReadUint24LengthPrefixed(&der) && list.ReadUint16LengthPrefixed(&extensions) {
		info.Certificates = append(info.Certificates, bytes.Clone(der))
	}
	c.tls = &info
}
