package tls

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	gotls "crypto/tls"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// kinds are sessions of each way to protect records that Go has.
func kinds(t testing.TB) []*session {
	conf := func(version, suite uint16) *gotls.Config {
		return &gotls.Config{MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite}, NextProtos: []string{"h2"}}
	}
	var list []*session
	for _, c := range []*gotls.Config{
		conf(gotls.VersionTLS13, 0),
		conf(gotls.VersionTLS12, gotls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
		conf(gotls.VersionTLS12, gotls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
		conf(gotls.VersionTLS12, gotls.TLS_RSA_WITH_AES_128_CBC_SHA256),
		conf(gotls.VersionTLS11, gotls.TLS_RSA_WITH_AES_256_CBC_SHA),
		conf(gotls.VersionTLS10, gotls.TLS_RSA_WITH_AES_128_CBC_SHA),
	} {
		list = append(list, goSession(t, gotls.VersionName(c.MaxVersion)+" "+SuiteName(slices.Max(c.CipherSuites)), c, c))
	}
	return list
}

// same describes all that a Conn told, but for how often.
func (h *heard) same() string {
	s := *h.state
	return fmt.Sprintf("%x %x\n%v %v %v\n%+v\n%+v\n%v", h.said[0], h.said[1], h.unread, h.gaps, h.eof, s.Hello, func() State { s.Hello = nil; return s }(), h.marks)
}

// TestPieces: the same bytes give the same plaintext, marks and State in
// whatever pieces.
func TestPieces(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(1, 2))
	for _, s := range kinds(t) {
		log := logOf(s.log)
		// One time for all, because a piece has the time of its event.
		whole := s.whole()
		var events []event
		for _, e := range s.events {
			if n := len(events); n > 0 && events[n-1].side == e.side {
				events[n-1].data = append(slices.Clip(events[n-1].data), e.data...)
			} else {
				events = append(events, e)
			}
		}
		want := play(events, log, Limits{}, 0, nil)
		want.want(t, s)
		for _, max := range []int{1, 7, 100, 1460, 20_000} {
			if got := play(events, log, Limits{}, max, rng); got.same() != want.same() {
				t.Errorf("%s in pieces of up to %d:\n%.2000s\n%.2000s", s.name, max, got.same(), want.same())
			}
		}
		// The directions one after the other, as a reassembler may have them.
		for _, first := range []stream.Side{stream.Up, stream.Down} {
			got := play([]event{{side: first, data: whole[first]}, {side: 1 - first, data: whole[1-first]}}, log, Limits{}, 0, nil)
			got.want(t, s)
		}
	}
}

// TestLateSecrets: what is held is opened when the secrets come, in the order
// in which it was seen.
func TestLateSecrets(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(3, 4))
	for _, s := range kinds(t) {
		want := play(s.events, logOf(s.log), Limits{}, 0, nil)
		order := func(h *heard) string { return strings.Join(h.trace, " ") }
		lines := bytes.SplitAfter(s.log, []byte("\n"))
		for range 20 {
			log := keylog.New()
			h := &heard{}
			c := New(log, Limits{}, h)
			rest := lines
			for i, e := range s.events {
				feed(c, []event{e}, 0, nil)
				if len(rest) > 0 && rng.IntN(len(s.events)) < i {
					log.Add(rest[0])
					rest = rest[1:]
				}
			}
			log.Add(bytes.Join(rest, nil))
			c.Retry()
			if string(h.said[0]) != string(s.said[0]) {
				t.Errorf("%s: not read before the end", s.name)
			}
			c.Close(stream.Mark{})
			h.want(t, s)
			if order(h) != order(want) {
				t.Errorf("%s: %v\n%v", s.name, h.trace, want.trace)
			}
			if c.held != 0 || len(c.queue) != 0 {
				t.Errorf("%d bytes held", c.held)
			}
		}
	}
}

// TestHeldIsBounded: more than may be held is counted, and what comes after
// the secrets is read all the same.
func TestHeldIsBounded(t *testing.T) {
	for _, s := range kinds(t) {
		for _, limits := range []Limits{{Held: 10_000}, {Held: -1}, {Shared: NewShared(5000)}} {
			log := keylog.New()
			h := &heard{}
			c := New(log, limits, h)
			most := 0
			for i, e := range s.events {
				if i == len(s.events)*3/4 {
					log.Add(s.log)
				}
				feed(c, []event{e}, 0, nil)
				most = max(most, c.held)
			}
			c.Close(stream.Mark{})
			if limits.Shared != nil && limits.Shared.left != 5000 {
				t.Errorf("%d left of what is shared", limits.Shared.left)
			}
			for side := range h.said {
				if len(h.said[side]) == 0 || !bytes.HasSuffix(s.said[side], h.said[side]) || h.unread[sides[side]+" no key"] < int64(len(s.said[side])-len(h.said[side])) || len(h.unread) > 2 {
					t.Errorf("%s: %s: %d of %d bytes, unread %v", s.name, sides[side], len(h.said[side]), len(s.said[side]), h.unread)
				}
			}
			if most > 11_000 && limits.Held > 0 {
				t.Errorf("%d bytes held", most)
			}
		}
	}
}

// lossy cuts n bytes out of one direction at a place.
func lossy(s *session, side stream.Side, at, n int, known bool) (events []event) {
	pos := 0
	for _, e := range s.events {
		if e.side != side || pos+len(e.data) <= at || pos >= at+n {
			if e.side == side {
				pos += len(e.data)
			}
			events = append(events, e)
			continue
		}
		before, after := e.data[:max(0, at-pos)], e.data[min(len(e.data), max(0, at+n-pos)):]
		if len(before) > 0 || pos >= at {
			events = append(events, event{side: side, data: before})
		}
		if k := len(events) - 1; len(after) > 0 || pos+len(e.data) == at+n {
			events[k].gap = int64(n)
			if !known {
				events[k].gap = -1
			}
		}
		events = append(events, event{side: side, data: after})
		pos += len(e.data)
	}
	return events
}

// TestGaps: after a gap, the plaintext is what was said or nothing, and it
// goes on.
func TestGaps(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(5, 6))
	for _, s := range kinds(t) {
		whole := s.whole()
		resumed, tried := 0, 0
		full := play(s.events, logOf(s.log), Limits{}, 0, nil)
		for range 150 {
			side := stream.Side(rng.IntN(2))
			n := 1 + rng.IntN([]int{10, 1500, 40_000}[rng.IntN(3)])
			at := rng.IntN(len(whole[side]) - n)
			known := rng.IntN(2) == 0
			h := play(lossy(s, side, at, n, known), logOf(s.log), Limits{}, 0, nil)
			// Each piece must be of what was said, in order.
			rest := s.said[side]
			for _, piece := range h.pieces(side) {
				i := bytes.Index(rest, piece)
				if i < 0 {
					t.Fatalf("%s: %s, %d bytes lost at %d: plaintext that nobody said", s.name, sides[side], n, at)
				}
				rest = rest[i+len(piece):]
			}
			last := full.marks[side][len(full.marks[side])-1].Offset - 1
			if strings.HasPrefix(s.name, "TLS 1.0") { // of which the first has no vector
				last = full.marks[side][len(full.marks[side])-2].Offset - 1
			}
			if at > 2000 && at+n < int(last) { // there is a record after it
				tried++
				if len(rest) == 0 {
					resumed++
				} else if testing.Verbose() {
					t.Logf("%s: %s, %d bytes lost at %d of %d, known %v: unread %v", s.name, sides[side], n, at, len(whole[side]), known, h.unread)
				}
				if string(h.said[1-side]) != string(s.said[1-side]) {
					t.Errorf("%s: the other direction has lost something", s.name)
				}
				if h.gaps[side] != 1 {
					t.Errorf("%s: %d gaps", s.name, h.gaps[side])
				}
			}
		}
		t.Logf("%s: %d of %d went on to the end", s.name, resumed, tried)
		if resumed < tried {
			t.Errorf("%s: %d of %d went on to the end", s.name, resumed, tried)
		}
	}
}

// TestLargeGap: hundreds of records are lost at once.
func TestLargeGap(t *testing.T) {
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		for _, size := range []int{300, 1400, 16_000} {
			turns := []turn{{stream.Down, 100}}
			for n := 0; n < 2_000_000 && len(turns) < 1500; n += size {
				turns = append(turns, turn{stream.Up, size - n%100})
			}
			s := goTurns(t, fmt.Sprintf("%s in records of %d", gotls.VersionName(version), size), &gotls.Config{MaxVersion: version}, &gotls.Config{}, turns)
			whole := s.whole()[stream.Up]
			at, n := len(whole)/5, len(whole)*3/5
			h := play(lossy(s, stream.Up, at, n, true), logOf(s.log), Limits{}, 0, nil)
			if got := len(h.said[0]); got < len(s.said[0])*3/8 || !bytes.HasSuffix(s.said[0], h.said[0][got-1000:]) {
				t.Errorf("%s: %d of %d bytes, %v", s.name, got, len(s.said[0]), h.unread)
			}
		}
	}
}

// pieces returns what Data brought, call by call.
func (h *heard) pieces(side stream.Side) (list [][]byte) { return h.calls[side] }

// TestECH: the log names the inner random (RFC 9849).
func TestECH(t *testing.T) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var b cryptobyte.Builder
	b.AddUint16(0xfe0d)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(7)
		b.AddUint16(0x20) // X25519, HKDF-SHA256
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(key.PublicKey().Bytes()) })
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint16(1); b.AddUint16(1) })
		b.AddUint8(32)
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte("public.test")) })
		b.AddUint16(0)
	})
	config := b.BytesOrPanic()
	list := append([]byte{byte(len(config) >> 8), byte(len(config))}, config...)
	client := &gotls.Config{EncryptedClientHelloConfigList: list, MinVersion: gotls.VersionTLS13}
	server := &gotls.Config{EncryptedClientHelloKeys: []gotls.EncryptedClientHelloKey{{Config: config, PrivateKey: key.Bytes(), SendAsRetry: true}}}
	s := goSession(t, "ech", client, server)
	if !s.state.ECHAccepted {
		t.Fatal("no ECH")
	}
	others := goSession(t, "other", &gotls.Config{}, &gotls.Config{})
	for range 2 {
		h := play(s.events, logOf(others.log, s.log), Limits{}, 0, nil)
		h.want(t, s)
		if h.state.ECH != ECHAccepted || h.state.SNI != "public.test" || !bytes.Contains(s.log, fmt.Appendf(nil, "%x", h.state.Random)) {
			t.Errorf("%s %s %x", h.state.ECH, h.state.SNI, h.state.Random)
		}
	}
	// Late, and after somebody else's.
	log, h := logOf(others.log), &heard{}
	c := New(log, Limits{}, h)
	feed(c, s.events, 0, nil)
	log.Add(s.log)
	c.Close(stream.Mark{})
	h.want(t, s)

	if h := play(s.events, logOf(others.log), Limits{}, 0, nil); h.state.ECH != ECHOffered || len(h.said[0]) != 0 {
		t.Errorf("%s, %d bytes", h.state.ECH, len(h.said[0]))
	}
}

func TestTimes(t *testing.T) {
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		s := goSession(t, "times", &gotls.Config{MaxVersion: version}, &gotls.Config{})
		h := play(s.events, logOf(s.log), Limits{}, 0, nil)
		rtt := h.state.RTT("client-server", time.Microsecond)
		if rtt == nil || rtt.D <= 0 || rtt.D > 10*time.Millisecond || !strings.Contains(rtt.Basis, map[uint16]string{gotls.VersionTLS12: "ServerKeyExchange", gotls.VersionTLS13: "CertificateVerify"}[version]) {
			t.Errorf("%+v", rtt)
		}
		if h = play(s.events, nil, Limits{}, 0, nil); version == gotls.VersionTLS13 && !strings.Contains(h.state.RTT("client-server", 0).Basis, "not authenticated") {
			t.Errorf("%+v", h.state.RTT("client-server", 0))
		}
	}
	if rtt := (&State{}).RTT("client-server", 0); rtt != nil {
		t.Errorf("%+v", rtt)
	}
}
