package quic

import (
	"bytes"
	"compress/zlib"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
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

// inflate undoes the compression of a Certificate message (RFC 8879, section
// 4), nil if it cannot.
func inflate(body []byte) []byte {
	s := cryptobyte.String(body)
	var how uint16
	var size uint32
	var packed cryptobyte.String
	if !s.ReadUint16(&how) || !s.ReadUint24(&size) || !s.ReadUint24LengthPrefixed(&packed) || size > maxMessage {
		return nil
	}
	var r io.Reader
	var err error
	switch in := bytes.NewReader(packed); how {
	case 1:
		r, err = zlib.NewReader(in)
	case 2:
		r = brotli.NewReader(in)
	case 3:
		var d *zstd.Decoder
		if d, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(16<<20)); err == nil {
			defer d.Close()
			r = d
		}
	}
	if err != nil || r == nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(size)+1))
	if err != nil || len(out) != int(size) {
		return nil
	}
	return out
}
