package tls

import (
	"bytes"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/stream"
)

// FuzzConn changes recorded connections and their logs, and cuts them
// anywhere: no panic, nothing held at the end, no byte counted twice, and the
// same plaintext in whatever pieces.
func FuzzConn(f *testing.F) {
	for _, s := range kinds(f) {
		all := s.whole()
		for side := range all { // the handshake and a few records
			all[side] = all[side][:min(len(all[side]), 6000)]
		}
		var first [2]int
		for i, e := range s.events {
			if i < 3 {
				first[e.side] += len(e.data)
			}
		}
		f.Add(all[0], all[1], s.log, uint16(first[0]), uint16(first[1]), uint16(500), uint64(1))
		f.Add(all[0], all[1], s.log[:len(s.log)/2], uint16(first[0]), uint16(first[1]), uint16(2000), uint64(2))
	}
	f.Add(hello2, answer(tls12, 0xc02f, 0, ""), []byte(nil), uint16(9), uint16(9), uint16(9), uint64(3))
	f.Fuzz(func(t *testing.T, up, down, log []byte, a, b, gap uint16, seed uint64) {
		i, j := min(int(a), len(up)), min(int(b), len(down))
		events := []event{{side: stream.Up, data: up[:i]}, {side: stream.Down, data: down[:j]}, {side: stream.Up, data: up[i:]}, {side: stream.Down, data: down[j:]}}
		limits := Limits{Held: 2000, Shared: NewShared(5000)}
		want := play(events, logOf(log), limits, 0, nil)
		counted(t, want, up, down)
		searched := false
		for reason := range want.unread {
			searched = searched || strings.Contains(reason, NotTLS) || strings.Contains(reason, "no record")
		}
		rng := mathrand.New(mathrand.NewPCG(seed, 1))
		for _, max := range []int{1, 50} {
			got := play(events, logOf(log), limits, max, rng)
			counted(t, got, up, down)
			for side := range got.said {
				if !searched && !bytes.Equal(got.said[side], want.said[side]) { // what a search takes for a record depends on what is there to see
					t.Fatalf("pieces of up to %d: %d bytes, not %d", max, len(got.said[side]), len(want.said[side]))
				}
			}
		}

		// Late secrets, gaps, and an end in the middle.
		l := logOf()
		h := &heard{}
		c := New(l, limits, h)
		for k, e := range events {
			feed(c, []event{e}, 300, rng)
			if k == 1 {
				l.Add(log)
			}
			if k == int(seed%4) {
				c.Gap(e.side, stream.Mark{}, int64(gap)-1)
			}
		}
		c.EOF(stream.Side(seed&1), stream.Mark{})
		c.Close(stream.Mark{Time: start.Add(time.Hour)})
		counted(t, h, up, down)
		if c.held != 0 || limits.Shared.left != 5000 || c.halves[0].held+c.halves[1].held != 0 {
			t.Fatalf("%d bytes held", c.held)
		}
		Looks(up)
	})
}

var hello2 = []byte("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03" + strings.Repeat("r", 32) + "\x00\x00\x02\xc0\x2f\x01\x00")

func counted(t *testing.T, h *heard, up, down []byte) {
	t.Helper()
	for side, all := range [][]byte{up, down} {
		n := int64(len(h.said[side]))
		for reason, k := range h.unread {
			if strings.HasPrefix(reason, sides[side]+" ") {
				n += k
			}
		}
		if n > int64(len(all)) {
			t.Fatalf("%s: %d bytes of %d: %v", sides[side], n, len(all), h.unread)
		}
	}
}

func FuzzHello(f *testing.F) {
	for _, s := range kinds(f) {
		f.Add(s.whole()[0][9:600])
		f.Add(s.whole()[1][9:200])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := ParseClientHello(b); err == nil {
			if len(h.JA3()) != 32 || len(h.JA4(OverQUIC)) != 36 {
				t.Fatalf("%s %s", h.JA3(), h.JA4(OverQUIC))
			}
		}
		parseServerHello(b)
		if out := InflateCertificate(b); len(out) > maxMessage {
			t.Fatal(len(out))
		}
	})
}
