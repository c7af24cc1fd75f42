package live

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"net"
	"strings"
	"testing"
)

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
