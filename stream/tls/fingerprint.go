package tls

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The transports of a hello, as JA4 writes them.
const (
	OverTCP  = 't'
	OverQUIC = 'q'
)

// JA3 is MD5(version,suites,extensions,groups,point formats), each list in
// the order sent, without GREASE (Althouse, Atkinson, Atkins, 2017).
func (h *ClientHello) JA3() string {
	s := fmt.Sprintf("%d,%s,%s,%s,%s", h.Version, join(h.Suites, "-", decimal), join(h.Extensions, "-", decimal), join(h.Groups, "-", decimal), join(h.Points, "-", decimal))
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// JA4 is the fingerprint of TLS clients as FoxIO defines it (the BSD-3 part,
// 2023): it stays the same when a client shuffles its extensions.
func (h *ClientHello) JA4(transport byte) string {
	sni := "i"
	if slices.Contains(h.Extensions, extSNI) {
		sni = "d"
	}
	suites, exts := ungrease(h.Suites), ungrease(h.Extensions)
	alpn := "00"
	if len(h.ALPN) > 0 && h.ALPN[0] != "" {
		p := h.ALPN[0]
		if first, last := p[0], p[len(p)-1]; alnum(first) && alnum(last) {
			alpn = string([]byte{first, last})
		} else {
			x := hex.EncodeToString([]byte(p))
			alpn = x[:1] + x[len(x)-1:]
		}
	}
	a := fmt.Sprintf("%c%s%s%02d%02d%s", transport, h.ja4Version(), sni, min(len(suites), 99), min(len(exts), 99), alpn)
	slices.Sort(suites)
	kept := slices.DeleteFunc(exts, func(e uint16) bool { return e == extSNI || e == extALPN })
	slices.Sort(kept)
	c := join(kept, ",", hex4)
	if len(kept) > 0 && len(h.Signatures) > 0 {
		c += "_" + join(h.Signatures, ",", hex4)
	}
	return a + "_" + twelve(join(suites, ",", hex4)) + "_" + twelve(c)
}

// ja4Version is the highest version offered.
func (h *ClientHello) ja4Version() string {
	top := h.Version
	if slices.Contains(h.Extensions, extVersions) {
		top = 0
		for _, v := range ungrease(h.Versions) {
			top = max(top, v)
		}
	}
	switch top {
	case tls13:
		return "13"
	case tls12:
		return "12"
	case tls11:
		return "11"
	case tls10:
		return "10"
	case ssl30:
		return "s3"
	case 2:
		return "s2"
	}
	return "00"
}

// grease reports whether v is one of the values that clients send to keep
// servers tolerant (RFC 8701).
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

func ungrease(vs []uint16) []uint16 { return slices.DeleteFunc(slices.Clone(vs), grease) }

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
