package live

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hello is a TLS ClientHello, as far as it matters here.
type Hello struct {
	SNI  string
	ALPN []string
	JA3  string // MD5 of the hello's fields (Althouse, Atkinson, Atkins, 2017)
	JA4  string // as FoxIO defines it for TLS clients (BSD-3 part, 2023)
}

// maxHello bounds a hello: a record is at most 16 KiB, and nobody needs four.
const maxHello = 64 << 10

// errSeen ends the handshake that is only there to parse a hello.
var errSeen = errors.New("hello seen")

// readHello reads a ClientHello from r and returns it with the bytes read. The
// parser is crypto/tls.
func readHello(r io.Reader) (*Hello, []byte, error) {
	p := &peek{r: io.LimitReader(r, maxHello)}
	var h *Hello
	err := tls.Server(p, &tls.Config{GetConfigForClient: func(i *tls.ClientHelloInfo) (*tls.Config, error) {
		h = describe(i)
		return nil, errSeen
	}}).HandshakeContext(context.Background())
	if h == nil {
		if err == nil {
			err = errors.New("no hello")
		}
		return nil, p.seen.Bytes(), err
	}
	return h, p.seen.Bytes(), nil
}

// peek is a net.Conn that keeps what is read and swallows what is written.
type peek struct {
	r    io.Reader
	seen bytes.Buffer
}

func (p *peek) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.seen.Write(b[:n])
	return n, err
}
func (p *peek) Write(b []byte) (int, error)      { return len(b), nil }
func (p *peek) Close() error                     { return nil }
func (p *peek) LocalAddr() net.Addr              { return nil }
func (p *peek) RemoteAddr() net.Addr             { return nil }
func (p *peek) SetDeadline(time.Time) error      { return nil }
func (p *peek) SetReadDeadline(time.Time) error  { return nil }
func (p *peek) SetWriteDeadline(time.Time) error { return nil }

func describe(i *tls.ClientHelloInfo) *Hello {
	return &Hello{SNI: strings.ToLower(strings.TrimSuffix(i.ServerName, ".")), ALPN: i.SupportedProtos, JA3: ja3(i), JA4: ja4(i)}
}

// grease reports whether v is one of the values that clients send to keep
// servers tolerant (RFC 8701).
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

func join[T ~uint16 | ~uint8](vs []T, sep string, format func(T) string) string {
	var s []string
	for _, v := range vs {
		if !grease(uint16(v)) {
			s = append(s, format(v))
		}
	}
	return strings.Join(s, sep)
}

func decimal[T ~uint16 | ~uint8](v T) string { return strconv.Itoa(int(v)) }
func hex4[T ~uint16 | ~uint8](v T) string    { return fmt.Sprintf("%04x", uint16(v)) }

// ja3 is MD5(version,ciphers,extensions,groups,point formats), each list in
// the order sent, without GREASE.
func ja3(i *tls.ClientHelloInfo) string {
	version := uint16(tls.VersionTLS12) // what a hello of TLS 1.3 says too
	if len(i.SupportedVersions) > 0 && !slices.Contains(i.Extensions, extVersions) {
		version = slices.Max(i.SupportedVersions)
	}
	s := fmt.Sprintf("%d,%s,%s,%s,%s", version, join(i.CipherSuites, "-", decimal), join(i.Extensions, "-", decimal), join(i.SupportedCurves, "-", decimal), join(i.SupportedPoints, "-", decimal))
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Extension numbers (RFC 8446, 4.2).
const (
	extSNI      = 0
	extALPN     = 16
	extVersions = 43
)

// ja4 is JA4_a_b_c of a TLS client over TCP.
func ja4(i *tls.ClientHelloInfo) string {
	version := "00"
	var top uint16
	for _, v := range i.SupportedVersions {
		if !grease(v) {
			top = max(top, v)
		}
	}
	switch top {
	case tls.VersionTLS13:
		version = "13"
	case tls.VersionTLS12:
		version = "12"
	case tls.VersionTLS11:
		version = "11"
	case tls.VersionTLS10:
		version = "10"
	case 0x0300:
		version = "s3"
	}
	sni := "i"
	if slices.Contains(i.Extensions, extSNI) {
		sni = "d"
	}
	ciphers := ungrease(i.CipherSuites)
	extensions := ungrease(i.Extensions)
	alpn := "00"
	if len(i.SupportedProtos) > 0 && i.SupportedProtos[0] != "" {
		p := i.SupportedProtos[0]
		if a, b := p[0], p[len(p)-1]; alnum(a) && alnum(b) {
			alpn = string(a) + string(b)
		} else {
			h := hex.EncodeToString([]byte(p))
			alpn = h[:1] + h[len(h)-1:]
		}
	}
	a := fmt.Sprintf("t%s%s%02d%02d%s", version, sni, min(len(ciphers), 99), min(len(extensions), 99), alpn)
	slices.Sort(ciphers)
	kept := slices.DeleteFunc(extensions, func(e uint16) bool { return e == extSNI || e == extALPN })
	slices.Sort(kept)
	c := join(kept, ",", hex4)
	if len(i.SignatureSchemes) > 0 {
		c += "_" + join(i.SignatureSchemes, ",", hex4)
	}
	return a + "_" + twelve(join(ciphers, ",", hex4)) + "_" + twelve(c)
}

func ungrease(vs []uint16) []uint16 {
	return slices.DeleteFunc(slices.Clone(vs), grease)
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// twelve is the first half of half a SHA-256; zeros stand for an empty list.
func twelve(s string) string {
	if s == "" {
		return "000000000000"
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
