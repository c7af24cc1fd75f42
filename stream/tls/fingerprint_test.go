package tls

import (
	"slices"
	"strings"
	"testing"
)

// TestFingerprints compares with examples that the definitions' authors
// publish, from the fields that they list.
func TestFingerprints(t *testing.T) {
	// FoxIO's JA4 technical details, "t13d1516h2_8daaf6152771_e5627efa2ab1".
	chrome := &ClientHello{
		Version:    tls12,
		Suites:     []uint16{0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		Extensions: []uint16{0x2a2a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x3a3a},
		Signatures: []uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
		Versions:   []uint16{0x4a4a, tls13, tls12},
		ALPN:       []string{"h2", "http/1.1"},
	}
	const want = "t13d1516h2_8daaf6152771_e5627efa2ab1"
	if got := chrome.JA4(OverTCP); got != want {
		t.Errorf("JA4 %s", got)
	}
	// The same browser shuffles its extensions; JA4 stays.
	slices.Reverse(chrome.Extensions)
	if got := chrome.JA4(OverTCP); got != want {
		t.Errorf("JA4 of shuffled extensions %s", got)
	}
	if got := chrome.JA4(OverQUIC); got != "q"+want[1:] {
		t.Errorf("JA4 over QUIC %s", got)
	}
	// salesforce/ja3's README: 769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0
	old := &ClientHello{
		Version:    tls10,
		Suites:     []uint16{47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
		Extensions: []uint16{0, 10, 11},
		Groups:     []uint16{23, 24, 25},
		Points:     []uint8{0},
	}
	if got := old.JA3(); got != "ada70206e40642a3e4461f35503241d5" {
		t.Errorf("JA3 %s", got)
	}
	if got := old.JA4(OverTCP); !strings.HasPrefix(got, "t10d120300_") {
		t.Errorf("JA4 %s", got)
	}
	if got := (&ClientHello{Version: ssl30}).JA4(OverTCP); got != "ts3i000000_000000000000_000000000000" {
		t.Errorf("JA4 of next to nothing %s", got)
	}
}

func TestHelloOf(t *testing.T) {
	record := hello(t)
	want, enough := HelloOf(record)
	if want == nil || !enough || want.SNI != "server.test" {
		t.Fatalf("%+v %v", want, enough)
	}
	for n := range record {
		if h, enough := HelloOf(record[:n]); h != nil || enough {
			t.Fatalf("%d bytes: %+v %v", n, h, enough)
		}
	}
	// In records of 50 bytes.
	var cut []byte
	for b := record[headerLen:]; len(b) > 0; b = b[min(50, len(b)):] {
		cut = append(append(cut, 22, 3, 1, 0, byte(min(50, len(b)))), b[:min(50, len(b))]...)
	}
	if h, enough := HelloOf(cut); h == nil || !enough || h.JA4(OverTCP) != want.JA4(OverTCP) {
		t.Errorf("%+v %v", h, enough)
	}
	for _, junk := range []string{"GET", "\x17\x03\x03", "\x16\x03\x01\x00\x01\x02", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"} {
		if h, enough := HelloOf([]byte(junk)); h != nil || !enough {
			t.Errorf("%q: %+v %v", junk, h, enough)
		}
	}
}
