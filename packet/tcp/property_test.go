package tcp_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
)

// wire is a connection as it passed by: what was sent, and the segments of it
// that the capture holds, in the order they stand in.
type wire struct {
	sent     [2][]byte
	captured [2][]bool // bytes that are in some segment
	segments []packet.Segment
	file     []byte // what they stand in
}

// invent makes a connection up: streams cut into segments of any size, some
// repeated in other pieces, some not captured, some captured in another order.
func invent(rng *rand.Rand, size int, lose, repeat float64, shuffle int, syn, fins bool) *wire {
	w := &wire{}
	isn := [2]uint32{rng.Uint32(), rng.Uint32()}
	if rng.IntN(3) == 0 {
		isn[rng.IntN(2)] = -uint32(rng.IntN(size + 1)) // wraps on the way
	}
	next := [2]int{}
	for i := range w.sent {
		w.sent[i] = make([]byte, rng.IntN(size+1))
		for j := range w.sent[i] {
			w.sent[i][j] = byte(rng.Uint32()>>7) | 1 // never zero: that is what gaps are filled with
		}
		w.captured[i] = make([]bool, len(w.sent[i]))
	}
	ends := [2]func(s *packet.Segment){
		func(s *packet.Segment) { s.Src, s.Dst = client, server },
		func(s *packet.Segment) { s.Src, s.Dst = server, client },
	}
	add := func(side int, flags packet.Flags, seq, ack uint32, b []byte) {
		s := packet.Segment{Proto: packet.ProtoTCP, Payload: b, TTL: 64, TCP: packet.TCP{Seq: seq, Ack: ack, Flags: flags}}
		ends[side](&s)
		w.segments = append(w.segments, s)
	}
	if syn {
		add(0, packet.SYN, isn[0], 0, nil)
		add(1, packet.SYN|packet.ACK, isn[1], isn[0]+1, nil)
		add(0, packet.ACK, isn[0]+1, isn[1]+1, nil)
	}
	handshake := len(w.segments)
	acked := func(side int) uint32 { return isn[1-side] + 1 + uint32(next[1-side]) }
	for next[0] < len(w.sent[0]) || next[1] < len(w.sent[1]) {
		side := rng.IntN(2)
		if next[side] == len(w.sent[side]) {
			side = 1 - side
		}
		from := next[side]
		to := min(from+1+rng.IntN(100), len(w.sent[side]))
		next[side] = to
		put := func(from, to int) {
			if rng.Float64() < lose {
				return
			}
			for i := from; i < to; i++ {
				w.captured[side][i] = true
			}
			add(side, packet.ACK|packet.PSH, isn[side]+1+uint32(from), acked(side), w.sent[side][from:to])
		}
		put(from, to)
		for rng.Float64() < repeat {
			a := max(0, from-rng.IntN(150))
			put(a, a+1+rng.IntN(to-a))
		}
		if rng.IntN(3) == 0 {
			add(1-side, packet.ACK, isn[1-side]+1+uint32(next[1-side]), acked(1-side), nil)
		}
	}
	// In another order, but none far from where it was.
	order := make([]int, len(w.segments))
	for i := range order {
		if order[i] = i * 10; i >= handshake {
			order[i] += rng.IntN(10 * (shuffle + 1))
		}
	}
	index := make([]int, len(order))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(a, b int) int { return order[a] - order[b] })
	mixed := make([]packet.Segment, 0, len(index)+4)
	for _, i := range index {
		mixed = append(mixed, w.segments[i])
	}
	w.segments = mixed
	// What was sent arrived, says each end.
	for side := range 2 {
		add(side, packet.ACK, isn[side]+1+uint32(next[side]), acked(side), nil)
	}
	if fins {
		for side := range 2 {
			add(side, packet.FIN|packet.ACK, isn[side]+1+uint32(next[side]), acked(side)+uint32(side), nil)
		}
	}
	w.file = []byte("head")
	for i := range w.segments {
		s := &w.segments[i]
		s.Frame, s.Time, s.Offset, s.Verbatim = int64(i+1), t0+int64(i)*50_000, int64(len(w.file)), true
		w.file = append(w.file, s.Payload...)
	}
	return w
}

// check feeds it and compares: exactly what was captured comes out, and gaps
// are exactly where nothing was.
func (w *wire) check(t interface{ Fatalf(string, ...any) }, fins bool) {
	r := newRig(tcp.Limits{})
	scratch := make([]byte, 256)
	for i := range w.segments {
		s := w.segments[i]
		s.Payload = scratch[:copy(scratch, s.Payload)] // the assembler keeps nothing
		r.Segment(&s)
	}
	r.Close()
	if len(r.logs) != 1 {
		t.Fatalf("%d connections", len(r.logs))
	}
	l := r.logs[0]
	for side := range 2 {
		if n := len(w.sent[side]) - 1; !fins && n == len(l.bytes[side]) && !w.captured[side][n] {
			w.sent[side] = w.sent[side][:n] // one byte that was acknowledged and not captured looks like a FIN
		}
		if len(l.bytes[side]) != len(w.sent[side]) {
			t.Fatalf("side %d: %d bytes of %d\n%v", side, len(l.bytes[side]), len(w.sent[side]), tail(l.lines))
		}
		for i, b := range w.sent[side] {
			want := b
			if !w.captured[side][i] {
				want = 0
			}
			if l.bytes[side][i] != want || l.lost[side][i] == w.captured[side][i] {
				t.Fatalf("side %d, byte %d: %#x, want %#x; captured %v", side, i, l.bytes[side][i], want, w.captured[side][i])
			}
		}
		d := l.conn.Sent[side]
		if int(d.Stream+d.Lost) != len(w.sent[side]) || d.Stray != (tcp.Count{}) || fins != d.EOF {
			t.Fatalf("side %d: %+v", side, d)
		}
	}
	for i, m := range l.marks {
		if b := l.data[i]; !bytes.Equal(w.file[m.Offset:m.Offset+int64(len(b))], b) || m.Time.UnixNano() != w.segments[m.Frame-1].Time {
			t.Fatalf("%q does not stand at %+v", b, m)
		}
	}
	if l.conn.Conflicts != 0 {
		t.Fatalf("%d conflicts", l.conn.Conflicts)
	}
	want := tcp.Stopped
	if fins {
		want = tcp.Finished
	}
	if l.conn.End != want || !l.closed || len(l.lines) == 0 {
		t.Fatalf("end %s, want %s\n%v", l.conn.End, want, tail(l.lines))
	}
}

func tail(lines []string) string { return fmt.Sprintf("%.2000q", lines[max(0, len(lines)-20):]) }

// TestProperty: whatever way a stream is cut, repeated, shuffled and lost,
// what was captured comes out in order, once, and the rest is a gap.
func TestProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		size := rapid.IntRange(0, 20_000).Draw(t, "size")
		lose := rapid.Float64Range(0, 0.3).Draw(t, "lose")
		repeat := rapid.Float64Range(0, 0.5).Draw(t, "repeat")
		shuffle := rapid.IntRange(0, 20).Draw(t, "shuffle")
		fins := rapid.Bool().Draw(t, "fins")
		invent(rand.New(rand.NewPCG(seed, 1)), size, lose, repeat, shuffle, true, fins).check(t, fins)
	})
}

// TestMidway: without the handshake the stream begins with the first byte
// that was captured, and is as exact from there on.
func TestMidway(t *testing.T) {
	for seed := range uint64(200) {
		w := invent(rand.New(rand.NewPCG(seed, 2)), 5000, 0.1, 0.2, 3, false, false)
		r := newRig(tcp.Limits{})
		for i := range w.segments {
			r.Segment(&w.segments[i])
		}
		r.Close()
		l := r.logs[0]
		for side := range 2 {
			got := l.bytes[side]
			if len(got) > len(w.sent[side]) {
				t.Fatalf("seed %d: more bytes than were sent", seed)
			}
			first := slices.Index(w.captured[side], true)
			if missing := len(w.sent[side]) - len(got); first >= 0 && missing > first+200 {
				t.Errorf("seed %d, side %d: begins at byte %d, captured from %d", seed, side, missing, first)
			}
			sent, captured := w.sent[side][len(w.sent[side])-len(got):], w.captured[side][len(w.sent[side])-len(got):]
			for i := range got {
				if got[i] != sent[i] && (got[i] != 0 || captured[i]) {
					t.Fatalf("seed %d, side %d, byte %d: %#x, want %#x", seed, side, i, got[i], sent[i])
				}
			}
		}
	}
}

// The same segments give the same calls, whatever was before.
func TestDeterministic(t *testing.T) {
	play := func() []string {
		r := newRig(tcp.Limits{Connections: 64})
		rng := rand.New(rand.NewPCG(7, 7))
		var out []string
		for i := range 20_000 {
			s := packet.Segment{Proto: packet.ProtoTCP, Src: client, Dst: server, Frame: int64(i), Time: t0 + int64(i)*1e6}
			s.Src = addr(rng.IntN(200))
			if rng.IntN(2) == 0 {
				s.Src, s.Dst = s.Dst, s.Src
			}
			s.TCP = packet.TCP{Seq: uint32(rng.IntN(3000)), Ack: uint32(rng.IntN(3000)), Flags: packet.Flags(rng.Uint32())}
			s.Payload = bytes.Repeat([]byte{'x'}, rng.IntN(100))
			r.Segment(&s)
		}
		r.Close()
		for _, l := range r.logs {
			out = append(out, fmt.Sprint(l.conn.Number, l.conn.Sent, l.lines))
			if !l.closed {
				t.Fatal("not closed")
			}
		}
		return out
	}
	if a, b := play(), play(); !slices.Equal(a, b) {
		t.Error("two runs differ")
	}
}

// TestShort: of segments that were captured short, what is there stands in
// its place, and the rest is a gap that is counted as cut.
func TestShort(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		w := invent(rng, 3000, 0, 0.2, int(seed%5), true, true)
		r := newRig(tcp.Limits{})
		keep := 1 + rng.IntN(90)
		for i := range w.segments {
			s := w.segments[i]
			if n := len(s.Payload); n > keep {
				s.Payload, s.Cut = s.Payload[:keep], n-keep
			}
			r.Segment(&s)
		}
		r.Close()
		l := r.logs[0]
		for side := range 2 {
			d := l.conn.Sent[side]
			if !d.EOF || d.Lost != d.Cut || int(d.Stream+d.Lost) != len(w.sent[side]) || d.Short > 250 || d.Stray != (tcp.Count{}) {
				t.Fatalf("seed %d: %+v of %d bytes", seed, d, len(w.sent[side]))
			}
			for i, b := range l.bytes[side] {
				if l.lost[side][i] != (b == 0) || b != 0 && b != w.sent[side][i] {
					t.Fatalf("seed %d, side %d, byte %d: %#x, want %#x", seed, side, i, b, w.sent[side][i])
				}
			}
		}
		if l.conn.End != tcp.Finished || l.conn.Conflicts != 0 {
			t.Fatalf("seed %d: %s, %d conflicts", seed, l.conn.End, l.conn.Conflicts)
		}
	}
}
