package live

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"net"
	"slices"
	"strings"
	"testing"
)

// TestFingerprints compares with examples that the definitions' authors
// publish, from the fields that they list.
func TestFingerprints(t *testing.T) {
	// FoxIO's JA4 technical details, "t13d1516h2_8daaf6152771_e5627efa2ab1".
	chrome := &tls.ClientHelloInfo{
		CipherSuites: []uint16{0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		Extensions:   []uint16{0x2a2a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x3a3a},
		SignatureSchemes: []tls.SignatureScheme{
			0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
		},
		SupportedVersions: []uint16{0x4a4a, tls.VersionTLS13, tls.VersionTLS12},
		SupportedProtos:   []string{"h2", "http/1.1"},
	}
	if got := ja4(chrome); got != "t13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Errorf("JA4 %s", got)
	}
	// The same browser shuffles its extensions; JA4 stays.
	slices.Reverse(chrome.Extensions)
	if got := ja4(chrome); got != "t13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Errorf("JA4 of shuffled extensions %s", got)
	}
	// salesforce/ja3's README: 769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0
	old := &tls.ClientHelloInfo{
		CipherSuites:      []uint16{47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
		Extensions:        []uint16{0, 10, 11},
		SupportedCurves:   []tls.CurveID{23, 24, 25},
		SupportedPoints:   []uint8{0},
		SupportedVersions: []uint16{tls.VersionTLS10},
	}
	if got := ja3(old); got != "ada70206e40642a3e4461f35503241d5" {
		t.Errorf("JA3 %s", got)
	}
}

func TestReadHello(t *testing.T) {
	client, server := net.Pipe()
	go tls.Client(client, &tls.Config{ServerName: "Api.Example.TEST", NextProtos: []string{"h2", "http/1.1"}}).Handshake()
	defer client.Close()
	h, seen, err := readHello(server)
	if err != nil || h.SNI != "api.example.test" || len(h.ALPN) != 2 || !strings.HasPrefix(h.JA4, "t13d") || !strings.Contains(h.JA4, "h2_") || len(h.JA3) != 32 {
		t.Fatalf("%+v, %v", h, err)
	}
	// What was read is what was sent: it can be passed on.
	again, _, err := readHello(bytes.NewReader(seen))
	if err != nil || again.JA4 != h.JA4 {
		t.Errorf("%+v, %v", again, err)
	}
	for _, junk := range []string{"", "\x16", "\x16\x03\x01\x00\x02\x01\x00", strings.Repeat("\x16\x03\x01\x40\x00", 30000)} {
		if h, _, err := readHello(strings.NewReader(junk)); err == nil {
			t.Errorf("%.20q is a hello: %+v", junk, h)
		}
	}
}

func FuzzReadHello(f *testing.F) {
	client, server := net.Pipe()
	go tls.Client(client, &tls.Config{ServerName: "a.test"}).Handshake()
	_, seen, err := readHello(server)
	if err != nil {
		f.Fatal(err)
	}
	client.Close()
	f.Add(seen)
	b, _ := hex.DecodeString("160301000a0100000603030000")
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) { readHello(bytes.NewReader(b)) })
}
