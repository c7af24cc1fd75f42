package keylog

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var (
	r1  = strings.Repeat("0a", 32)
	r2  = strings.Repeat("0b", 32)
	s32 = strings.Repeat("c1", 32)
	s48 = strings.Repeat("d2", 48)
)

func unhex(s string) []byte { b, _ := hex.DecodeString(s); return b }

func TestDirtyLines(t *testing.T) {
	for _, test := range []struct {
		line, label, random, secret string
	}{
		{"CLIENT_RANDOM " + r1 + " " + s48, ClientRandom, r1, s48},
		{"CLIENT_RANDOM " + r1 + " " + s48 + "\r", ClientRandom, r1, s48},
		{"\ufeffCLIENT_RANDOM " + r1 + " " + s48, ClientRandom, r1, s48},
		{"QUIC_CLIENT_TRAFFIC_SECRET_0 " + r1 + " " + s32 + `\`, ClientTraffic, r1, s32}, // Wireshark's own QUIC sample
		{"SERVER_HANDSHAKE_TRAFFIC_SECRET\t" + strings.ToUpper(r1) + "  " + strings.ToUpper(s48), ServerHandshake, r1, s48},
		{"11-28 01:02:03.4 I/keylog( 99): CLIENT_EARLY_TRAFFIC_SECRET " + r1 + " " + s32, ClientEarly, r1, s32},
		{"RSA 0123456789abcdef " + s48, RSA, "0123456789abcdef", s48},
		{"RSA Session-ID:0badcafe Master-Key:" + s48, SessionID, "0badcafe", s48},
		{"PMS_CLIENT_RANDOM " + r1 + " 0304", PMSClientRandom, r1, "0304"},
		{"EXPORTER_SECRET " + r1 + " " + s32, Exporter, r1, s32},
		{"CLIENT_RANDOM 0a0aCLIENT_RANDOM CLIENT_RANDOM " + r1 + " " + s48, ClientRandom, r1, s48}, // a line that was cut
	} {
		l := New()
		if n := l.Add([]byte("\n# comment\n" + test.line)); n != 1 {
			t.Errorf("%.60q: %d secrets", test.line, n)
		}
		if got := l.Secret(test.label, unhex(test.random)); hex.EncodeToString(got) != test.secret {
			t.Errorf("%.60q: %x", test.line, got)
		}
	}
}

func TestTwoLinesInOne(t *testing.T) {
	l := New()
	line := "CLIENT_RANDOM " + r1 + " " + s48 + "CLIENT_RANDOM " + r2 + " " + s48 +
		"EXPORTER_SECRET " + r1 + " " + s32 + "SERVER_TRAFFIC_SECRET_0 " + r1 + " " + s32
	if n := l.Add([]byte(line)); n != 4 {
		t.Fatalf("%d secrets", n)
	}
	if l.Secret(ClientRandom, unhex(r2)) == nil || len(l.Secret(Exporter, unhex(r1))) != 32 || l.Secret(ServerTraffic, unhex(r1)) == nil {
		t.Error("not all there")
	}
}

func TestNoSecrets(t *testing.T) {
	for _, line := range []string{
		"", "#CLIENT_RANDOM " + r1 + " " + s48, "CLIENT_RANDOM", "CLIENT_RANDOM " + r1,
		"CLIENT_RANDOM " + r1 + " " + s32,                 // no master secret
		"CLIENT_RANDOM " + r1[2:] + " " + s48,             // no client random
		"CLIENT_RANDOM " + r1 + "00 " + s48,               //
		"CLIENT_TRAFFIC_SECRET_0 " + r1 + " " + s48[:80],  // cut short
		"CLIENT_TRAFFIC_SECRET_0 " + r1 + " " + s48 + s32, //
		"ECH_SECRET " + r1 + " " + s32, "RSA ab " + s48,   //
		strings.Repeat("CLIENT_RANDOM ", 1000),              //
		strings.Repeat(" ", 5000) + "RSA " + r1 + " " + s48, //
	} {
		l := New()
		if n, err := l.Read(strings.NewReader(line)); n != 0 || err != nil || l.Version() != 0 {
			t.Errorf("%.60q: %d %v", line, n, err)
		}
	}
}

func TestReadLongLinesAndErrors(t *testing.T) {
	good := func(r string) string { return "CLIENT_RANDOM " + r + " " + s48 + "\n" }
	l := New()
	text := good(r1) + strings.Repeat("x", maxLine*2+7) + good(strings.Repeat("0c", 32)) + good(r2)
	broken := errors.New("broken pipe")
	n, err := l.Read(iotest.OneByteReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))))
	if n != 2 || !errors.Is(err, broken) || l.Secret(ClientRandom, unhex(r2)) == nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestVersion(t *testing.T) {
	l := New()
	line := []byte("CLIENT_RANDOM " + r1 + " " + s48)
	l.Add(line)
	v := l.Version()
	if l.Add(line) != 0 || l.Version() != v {
		t.Error("a line seen before is no news")
	}
	if l.Add([]byte("CLIENT_RANDOM "+r1+" "+strings.Repeat("e3", 48))) != 1 || l.Version() <= v || l.Secret(ClientRandom, unhex(r1))[0] != 0xe3 {
		t.Error("another secret is")
	}
}

func TestUnclaimed(t *testing.T) {
	l := New()
	random := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 32) }
	add := func(i int) { l.Add(fmt.Appendf(nil, "CLIENT_TRAFFIC_SECRET_0 %x %s\n", random(i), s32)) }
	list := func() (got []byte) {
		for r, s := range l.Unclaimed(ClientTraffic) {
			if hex.EncodeToString(s) != s32 {
				t.Errorf("secret of %x is %x", r, s)
			}
			got = append(got, r[0])
		}
		return got
	}
	l.Claim(random(9))
	for i := 1; i <= 10; i++ {
		add(i)
	}
	if got := list(); !bytes.Equal(got, []byte{1, 2, 3, 4, 5, 6, 7, 8, 10}) {
		t.Error(got)
	}
	for r := range l.Unclaimed(ClientTraffic) { // claiming while listing is what a trial does
		if r[0]%2 == 0 || r[0] < 5 {
			l.Claim(r)
		}
	}
	add(11)
	for range 2 {
		if got := list(); !bytes.Equal(got, []byte{5, 7, 11}) {
			t.Error(got)
		}
	}
	for range l.Unclaimed("NO_LABEL") {
		t.Error("yielded")
	}
}

func TestBounded(t *testing.T) {
	l := New()
	big := strings.Repeat("ab", maxSecret)
	for i := range maxBytes/maxSecret + 10 {
		l.Add(fmt.Appendf(nil, "PMS_CLIENT_RANDOM %064x %s\n", i, big))
	}
	if n, refused := l.Len(); n != maxBytes/maxSecret || refused != 10 {
		t.Errorf("%d secrets, %d refused", n, refused)
	}
}

// TestGo reads what Go's crypto/tls writes.
func TestGo(t *testing.T) {
	k, cert := serverKey(t)
	var log bytes.Buffer
	a, b := net.Pipe()
	server := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{cert}})
	go server.Handshake()
	client := tls.Client(a, &tls.Config{InsecureSkipVerify: true, KeyLogWriter: &log})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	l := New()
	if n, err := l.Read(&log); n < 4 || err != nil {
		t.Errorf("%d secrets, %v", n, err)
	}
	for _, label := range []string{ClientHandshake, ServerHandshake, ClientTraffic, ServerTraffic} {
		n := 0
		for range l.Unclaimed(label) {
			n++
		}
		if n != 1 {
			t.Errorf("%s: %d", label, n)
		}
	}

	der, _ := x509.MarshalPKCS8PrivateKey(k)
	text := slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}))
	v := l.Version()
	if err := l.AddRSA(text); err != nil || len(l.RSAKeys()) != 2 || !l.RSAKeys()[1].Equal(k) || l.Version() == v {
		t.Error(err, len(l.RSAKeys()))
	}
	for _, bad := range []string{"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"} {
		if err := l.AddRSA([]byte(bad)); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
}

func serverKey(t *testing.T) (*rsa.PrivateKey, tls.Certificate) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.test"}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return k, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("CLIENT_RANDOM " + r1 + " " + s48 + "CLIENT_RANDOM " + r2 + " " + s48 + "\r\n# x\nRSA Session-ID:00 Master-Key:" + s48))
	f.Add([]byte("x QUIC_SERVER_TRAFFIC_SECRET_0 " + r1 + " " + s32 + "EARLY_EXPORTER_SECRET " + r1 + " " + s48 + `\`))
	f.Add([]byte("PMS_CLIENT_RANDOM " + r1 + " 00\nRSA 0011223344556677 " + s48))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, b := New(), New()
		n, err := a.Read(iotest.HalfReader(bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		if m := b.Add(text); m != n && len(text) < maxLine {
			t.Fatalf("%d secrets read, %d added", n, m)
		}
		for k, s := range a.secrets {
			if got := a.Secret(labels[k.label], k.random[:k.n]); !bytes.Equal(got, s) || len(s) == 0 || len(s) > maxSecret {
				t.Fatalf("%s %x: %x", labels[k.label], k.random, got)
			}
		}
		for _, label := range labels {
			for r := range a.Unclaimed(label) {
				a.Claim(r)
			}
			for range a.Unclaimed(label) {
				t.Fatal("claimed and yet unclaimed")
			}
		}
		a.AddRSA(text)
	})
}

func BenchmarkAdd(b *testing.B) {
	var text []byte
	for i := range 1000 {
		for _, label := range []string{ClientHandshake, ServerHandshake, ClientTraffic, ServerTraffic, Exporter} {
			text = fmt.Appendf(text, "%s %064x %s\n", label, i, s32)
		}
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if New().Add(text) != 5000 {
			b.Fatal()
		}
	}
}
