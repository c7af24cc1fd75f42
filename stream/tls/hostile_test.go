package tls

import (
	"bytes"
	gotls "crypto/tls"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

func TestLooks(t *testing.T) {
	s := goSession(t, "x", &gotls.Config{}, &gotls.Config{})
	hello := s.whole()[0]
	for n := range 60 {
		is, enough := Looks(hello[:n])
		if is != (n > 0) || enough != (n >= 7) {
			t.Errorf("%d bytes of a hello: %v %v", n, is, enough)
		}
	}
	for _, no := range []string{"G", "GET / HTTP/1.1\r\n", "\x16\x03\x01\x02\x00\x02\x00", "\x16\x03\x01\x00\x02\x01", "\x80\x2e\x01\x03\x01", "\x16\x03\x01\xff\xff", "\x17\x03\x03\x00\x20\x01", "PRI * HTTP/2.0", "\x16\x04", "\x16\x03\x01\x02\x00\x01\xff"} {
		if is, enough := Looks([]byte(no)); is || !enough {
			t.Errorf("%q: %v %v", no, is, enough)
		}
	}
	if is, enough := Looks(nil); is || enough {
		t.Error("nothing is enough")
	}
}

// sealed counts, from the framing alone, the bytes of the records of type
// application_data.
func (s *session) sealed(side stream.Side) (n int64) {
	finished := false
	for b := s.whole()[side]; len(b) >= 5; {
		k := int(b[3])<<8 | int(b[4])
		if b[0] == 23 && (side == stream.Down || !strings.HasPrefix(s.name, "TLS 1.3") || finished) {
			n += int64(k)
		}
		finished = finished || b[0] == 23 // the first one of a client of TLS 1.3 is no application's
		b = b[5+k:]
	}
	return n
}

func TestEveryByteIsCounted(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(7, 8))
	for _, s := range kinds(t) {
		wrong := logOf(s.log)
		for line := range bytes.Lines(s.log) { // the same randoms, other secrets
			label, rest, _ := strings.Cut(string(line), " ")
			random, secret, _ := strings.Cut(rest, " ")
			wrong.Add([]byte(label + " " + random + " " + strings.Repeat("a5", len(secret)/2)))
		}
		for reason, log := range map[string]*keylog.Log{NoKey: keylog.New(), BadRecord: wrong} {
			for _, max := range []int{0, 100} {
				h := play(s.events, log, Limits{}, max, rng)
				if !h.state.Done || len(h.state.Alerts) != 2 && s.name[:7] != "TLS 1.3" {
					t.Errorf("%s: the handshake was completed: %+v", s.name, h.state)
				}
				for side := range h.said {
					if len(h.said[side]) != 0 || len(h.unread) != 2 || h.unread[sides[side]+" "+reason] != s.sealed(stream.Side(side)) {
						t.Errorf("%s: %s: %d read, %v of %d", s.name, reason, len(h.said[side]), h.unread, s.sealed(stream.Side(side)))
					}
				}
			}
		}
	}
}

func TestNotTLS(t *testing.T) {
	for _, test := range []struct {
		up, down string
		want     map[string]int64
	}{
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", map[string]int64{"up " + NotTLS: 27, "down " + NotTLS: 19}},
		{"\x16\x03", "", map[string]int64{}},
		{"\x17\x03\x03\x00\x05hello\x17\x03\x03\x00\x05hel", "\x17\x03\x03\x00\x02hi", map[string]int64{"up " + NoHandshake: 5, "up " + CutShort: 3, "down " + NoHandshake: 2}},
		{"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\x17\x03\x03\x00\x02ab", "", map[string]int64{"up " + BadHello: 2}},
		{strings.Repeat("\x16", 40), "", map[string]int64{"up " + NotTLS: 40}},
	} {
		for _, max := range []int{0, 1} {
			h := play([]event{{side: stream.Up, data: []byte(test.up)}, {side: stream.Down, data: []byte(test.down)}}, nil, Limits{}, max, mathrand.New(mathrand.NewPCG(1, 1)))
			if fmt.Sprint(h.unread) != fmt.Sprint(test.want) && len(h.unread)+len(test.want) > 0 {
				t.Errorf("%.30q: %v, not %v", test.up, h.unread, test.want)
			}
		}
	}
}

// TestGarbageInside: what is no record is counted, and the records after it
// are read.
func TestGarbageInside(t *testing.T) {
	for _, s := range kinds(t) {
		whole := s.whole()
		full := play(s.events, logOf(s.log), Limits{}, 0, nil)
		at := full.marks[0][3].Offset - 1
		up := bytes.Join([][]byte{whole[0][:at], []byte("this is not a record"), whole[0][at:]}, nil)
		h := play([]event{{side: stream.Up, data: up}, {side: stream.Down, data: whole[1]}}, logOf(s.log), Limits{}, 0, nil)
		if string(h.said[0]) != string(s.said[0]) || h.unread["up no record where one should be"] != 20 {
			t.Errorf("%s: %d of %d, %v", s.name, len(h.said[0]), len(s.said[0]), h.unread)
		}
	}
}

// TestDamagedRecord: a record with a wrong bit stays closed, and only it.
func TestDamagedRecord(t *testing.T) {
	for _, s := range kinds(t) {
		whole := s.whole()
		full := play(s.events, logOf(s.log), Limits{}, 0, nil)
		i := 2
		for len(full.calls[0][i]) < 100 {
			i++
		}
		at := full.marks[0][i].Offset - 1
		whole[0][at+40] ^= 4
		h := play([]event{{side: stream.Up, data: whole[0]}, {side: stream.Down, data: whole[1]}}, logOf(s.log), Limits{}, 0, nil)
		lost := full.calls[0][i]
		want := strings.Replace(string(s.said[0]), string(lost), "", 1)
		if strings.HasPrefix(s.name, "TLS 1.0") && string(h.said[0]) == strings.Replace(want, string(full.calls[0][i+1]), "", 1) {
			continue // the vector of the next record is in this one
		}
		if string(h.said[0]) != want || h.unread["up "+BadRecord] < int64(len(lost)) || string(h.said[1]) != string(s.said[1]) {
			t.Errorf("%s: %d of %d, %v", s.name, len(h.said[0]), len(want), h.unread)
		}
	}
}

// hello is a ClientHello in a record.
func hello(t *testing.T) []byte {
	a, b := net.Pipe()
	go gotls.Client(a, &gotls.Config{ServerName: "server.test"}).Handshake()
	defer a.Close()
	buf := make([]byte, 4096)
	n, err := b.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

// answer is a ServerHello in a record.
func answer(version, suite uint16, compression byte, extensions string) []byte {
	body := []byte{byte(version >> 8), byte(version)}
	body = append(body, make([]byte, 32)...)
	body = append(body, 0, byte(suite>>8), byte(suite), compression)
	if extensions != "" {
		body = append(body, byte(len(extensions)>>8), byte(len(extensions)))
		body = append(body, extensions...)
	}
	return append([]byte{22, 3, 3, 0, byte(len(body) + 4), 2, 0, 0, byte(len(body))}, body...)
}

func TestNotSupported(t *testing.T) {
	for _, test := range []struct {
		answer []byte
		reason string
	}{
		{answer(tls12, 0x0005, 0, ""), "suite not supported: TLS_RSA_WITH_RC4_128_SHA"},
		{answer(tls12, 0xc012, 0, ""), "suite not supported: TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
		{answer(tls12, 0xc076, 0, ""), "suite not supported: TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
		{answer(tls12, 0x0096, 0, ""), "suite not supported: TLS_RSA_WITH_SEED_CBC_SHA"},
		{answer(tls12, 0xc03d, 0, ""), "suite not supported: TLS_RSA_WITH_ARIA_256_CBC_SHA384"},
		{answer(tls12, 0xcc13, 0, ""), "suite not supported: TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256_OLD"},
		{answer(tls12, 0xeeee, 0, ""), "suite not supported: 0xeeee"},
		{answer(tls12, 0x1301, 0, ""), "suite not supported: TLS_AES_128_GCM_SHA256"},
		{answer(tls12, 0x00c6, 0, "\x00\x2b\x00\x02\x03\x04"), "suite not supported: TLS_SM4_GCM_SM3"},
		{answer(tls12, 0xc02f, 0, "\x00\x2b\x00\x02\x03\x04"), "suite not supported: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		{answer(tls10, 0xc02f, 0, ""), "suite not supported: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 in TLS 1.0"},
		{answer(tls12, 0xc02f, 1, ""), "compression not supported"},
		{answer(ssl30, 0x002f, 0, ""), "SSL 3.0 not supported"},
		{answer(0x7f12, 0x1301, 0, ""), "TLS 1.3 draft 18 not supported"},
		{answer(tls12, 0x1301, 0, "\x00\x2b\x00\x02\x7f\x17"), "TLS 1.3 draft 23 not supported"},
		{answer(tls12, 0x1301, 0, "\x00\x2b\x00\x02\xfb\x1a"), "TLS version 0xfb1a not supported"},
	} {
		ccs, data := []byte("\x14\x03\x03\x00\x01\x01"), []byte("\x17\x03\x03\x00\x05hello")
		h := play([]event{{side: stream.Up, data: hello(t)}, {side: stream.Down, data: test.answer}, {side: stream.Down, data: append(ccs, data...)}, {side: stream.Up, data: append(ccs, data...)}}, nil, Limits{}, 0, nil)
		if h.unread["up "+test.reason] != 5 || h.unread["down "+test.reason] != 5 || h.state.Closed != test.reason {
			t.Errorf("%s: %v %q", test.reason, h.unread, h.state.Closed)
		}
	}
}

// TestRefusals: how clients that do not trust a server say so.
func TestRefusals(t *testing.T) {
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		tape := &tape{}
		var log bytes.Buffer
		a, b := net.Pipe()
		go func() {
			gotls.Server(b, &gotls.Config{Certificates: []gotls.Certificate{certs().rsa}, MaxVersion: version}).Handshake()
			b.Close()
		}()
		gotls.Client(tapped{a, tape}, &gotls.Config{ServerName: "server.test", KeyLogWriter: &log}).Handshake()
		for _, l := range []*keylog.Log{logOf(log.Bytes()), nil} {
			h := play(tape.events, l, Limits{}, 0, nil)
			if version == gotls.VersionTLS13 && l == nil {
				if len(h.state.Alerts) != 1 || h.state.Alerts[0].From != stream.Up || h.state.Alerts[0].Name() != "encrypted" || h.state.Done || h.unread["up "+NoKey] != 0 {
					t.Errorf("without a key: %+v %v", h.state, h.unread)
				}
				continue
			}
			if len(h.state.Alerts) != 1 || h.state.Alerts[0].From != stream.Up || h.state.Alerts[0].Name() != "bad_certificate" || h.state.Alerts[0].At.Time.IsZero() || h.state.Done || h.state.Alerts[0].Protected != (version == gotls.VersionTLS13) {
				t.Errorf("%s: %+v", gotls.VersionName(version), h.state)
			}
		}
	}
}

// TestBounds: no length that is only claimed is believed, and nothing grows
// with the connection.
func TestBounds(t *testing.T) {
	h := &heard{}
	c := New(nil, Limits{}, h)
	c.Data(stream.Up, stream.Mark{}, []byte("\x16\x03\x01\x00\x04\x01\xff\xff\xff")) // a message of 16 MB
	record := append([]byte("\x16\x03\x01\x40\x00"), make([]byte, 1<<14)...)
	for range 200 {
		c.Data(stream.Up, stream.Mark{}, record)
		c.Data(stream.Down, stream.Mark{}, record)
	}
	if n := cap(c.halves[0].msgs) + cap(c.halves[1].msgs); n > 2*maxMessage+1<<17 {
		t.Errorf("%d bytes of messages", n)
	}
	if c.held > defaultHeld {
		t.Errorf("%d bytes held", c.held)
	}
	// Empty records, alerts, and messages without end.
	for range 10_000 {
		c.Data(stream.Up, stream.Mark{}, []byte("\x15\x03\x03\x00\x02\x01\x5a\x17\x03\x03\x00\x00\x16\x03\x03\x00\x04\x00\x00\x00\x00"))
	}
	c.Close(stream.Mark{})
	if h.state != nil && len(h.state.Alerts) > maxAlerts || c.held != 0 {
		t.Errorf("%d alerts, %d held", len(h.state.Alerts), c.held)
	}
}
