package tcp_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
)

// talk says what kind of conversation to make up.
type talk struct {
	exchanges int
	size      int     // bytes of a question or answer, at most
	lose      float64 // of the packets, those that are not in the capture
	double    float64 // those that are in it twice
	again     float64 // segments that their sender repeats later, with others, saying what it has received by then
	shuffle   int     // by how many packets one may be off its place
	backwards bool    // and keep its time
	pauses    bool    // now and then nothing is sent, for longer than Patience
	midway    bool    // the capture begins after the handshake
	fins      bool
}

// heard is a packet of a conversation.
type heard struct {
	packet.Segment
	side   stream.Side
	at     int  // of its first byte in the stream
	ack    int  // bytes of the other side that its sender had
	place  int  // in the capture
	sure   bool // it is captured
	steady bool // where it belongs
}

// conversation is questions and answers as they passed by.
type conversation struct {
	sent     [2][]byte
	captured [2][]bool
	ack      [2][]int // of each byte, the least that a packet with it acknowledges
	packets  []heard
}

// converse makes a conversation up: each question is acknowledged, answered,
// and its answer acknowledged, all in segments of any size above one byte. Now
// and then a question is asked before the answer to the one before is there.
func converse(rng *rand.Rand, k talk) *conversation {
	w := &conversation{}
	isn := [2]uint32{rng.Uint32(), rng.Uint32()}
	if rng.IntN(3) == 0 {
		isn[rng.IntN(2)] = -uint32(rng.IntN(k.size * 2)) // wraps on the way
	}
	ends := [2]stream.Side{stream.Up, stream.Down}
	addr := [2]packet.Segment{{Src: client, Dst: server}, {Src: server, Dst: client}}
	now, place := int64(t0), 0
	var steady bool
	var received, ended [2]int // bytes of the other side, with the FIN; 1 after the own
	add := func(side int, flags packet.Flags, at int, b []byte) {
		now += 50_000
		place += 10
		s := addr[side]
		s.Proto, s.TTL, s.Time, s.Payload = packet.ProtoTCP, 64, now, b
		s.TCP = packet.TCP{Seq: isn[side] + 1 + uint32(at), Ack: isn[1-side] + 1 + uint32(received[side]), Flags: flags}
		w.packets = append(w.packets, heard{s, ends[side], at, received[side], place, steady || flags&packet.FIN != 0, steady})
	}
	apart := func() { place += 10 * (k.shuffle + 1) } // what follows is not shuffled with what was before
	say := func(side, n int) {
		for n > 0 {
			size := 2 + rng.IntN(100)
			if size > n-2 {
				size = n
			}
			n -= size
			from := len(w.sent[side])
			for range size {
				w.sent[side] = append(w.sent[side], byte(rng.Uint32()>>7)|1) // never zero: that is what gaps are filled with
			}
			add(side, ack, from, w.sent[side][from:])
			if rng.IntN(3) == 0 {
				received[1-side] = len(w.sent[side])
				add(1-side, ack, len(w.sent[1-side])+ended[1-side], nil)
			}
			if rng.Float64() < k.again {
				from = max(0, from-rng.IntN(150))
				add(side, ack, from, w.sent[side][from:])
			}
		}
	}
	steady = true
	if !k.midway {
		add(0, syn, -1, nil)
		add(1, syn|ack, -1, nil)
	}
	add(0, ack, 0, nil)
	apart()
	steady = false
	for range k.exchanges {
		if k.pauses && rng.IntN(3) == 0 {
			now += int64(250*time.Millisecond) + rng.Int64N(1e9)
			apart()
		}
		say(0, 2+rng.IntN(k.size))
		received[1] = len(w.sent[0])
		say(1, 2+rng.IntN(k.size))
		if rng.IntN(4) == 0 {
			say(0, 2+rng.IntN(20))
		}
		if received[0] = len(w.sent[1]); rng.IntN(2) == 0 {
			add(0, ack, len(w.sent[0]), nil)
		}
	}
	if k.fins { // the last word is the server's
		add(0, fin, len(w.sent[0]), nil)
		ended[0], received[1] = 1, len(w.sent[0])+1
		say(1, 2+rng.IntN(k.size))
		add(1, fin, len(w.sent[1]), nil)
		ended[1] = 1
	}
	apart()
	steady = true
	for side := range 2 { // what was sent arrived, says each end
		received[side] = len(w.sent[1-side]) + ended[1-side]
		add(side, ack, len(w.sent[side])+ended[side], nil)
	}

	var kept []heard
	for _, p := range w.packets {
		if !p.sure && rng.Float64() < k.lose {
			continue
		}
		place := p.place
		for again := false; !again || !p.sure && rng.Float64() < k.double; again = true {
			if !p.steady {
				p.place = place + rng.IntN(10*k.shuffle+1)
			}
			kept = append(kept, p)
		}
	}
	slices.SortStableFunc(kept, func(a, b heard) int { return cmp.Compare(a.place, b.place) })
	if !k.backwards {
		var times []int64
		for _, p := range kept {
			times = append(times, p.Time)
		}
		slices.Sort(times)
		for i := range kept {
			kept[i].Time = times[i]
		}
	}
	w.packets = kept
	for side := range w.sent {
		w.captured[side], w.ack[side] = make([]bool, len(w.sent[side])), make([]int, len(w.sent[side]))
	}
	for i := range w.packets {
		p := &w.packets[i]
		p.Frame = int64(i + 1)
		for j := range p.Payload {
			if at := p.at + j; !w.captured[p.side][at] || p.ack < w.ack[p.side][at] {
				w.captured[p.side][at], w.ack[p.side][at] = true, p.ack
			}
		}
	}
	return w
}

// listener is a Handler that notes for each byte how many of the other side
// were handed on before it, its end included.
type listener struct {
	log
	had [2][]int
	end [2]int
}

func (l *listener) EOF(side stream.Side, m stream.Mark) {
	l.end[side] = 1
	l.log.EOF(side, m)
}

func (l *listener) Data(side stream.Side, m stream.Mark, b []byte) {
	for range b {
		l.had[side] = append(l.had[side], len(l.bytes[1-side])+l.end[1-side])
	}
	l.log.Data(side, m, b)
}

func (l *listener) Gap(side stream.Side, m stream.Mark, n int64) {
	for range n {
		l.had[side] = append(l.had[side], 1<<30)
	}
	l.log.Gap(side, m, n)
}

// play feeds a conversation. It returns what was handed on, and for each byte
// of the server how much the client was known to have sent when that was.
func (w *conversation) play(limits tcp.Limits) (l *listener, known []int) {
	a := tcp.New(limits, func(c *tcp.Conn) tcp.Handler {
		l = &listener{log: log{conn: c}}
		return l
	})
	said := 0
	for i := range w.packets {
		p := &w.packets[i]
		if p.side == stream.Up {
			said = max(said, p.at)
		}
		s := p.Segment
		s.Payload = slices.Clone(s.Payload)
		a.Segment(&s)
		clear(s.Payload) // the assembler keeps nothing
		for l != nil && len(known) < len(l.bytes[stream.Down]) {
			known = append(known, said)
		}
	}
	a.Close()
	for len(known) < len(l.bytes[stream.Down]) {
		known = append(known, 1<<30)
	}
	return l, known
}

// TestConversation: what was captured comes out, each byte of the server after
// all of the client that it acknowledges, be they data or a gap; only where
// nothing else says that the client sent them, they may come later.
func TestConversation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		k := talk{
			exchanges: rapid.IntRange(1, 20).Draw(t, "exchanges"),
			size:      rapid.IntRange(1, 2000).Draw(t, "size"),
			lose:      rapid.SampledFrom([]float64{0, 0, 0.02, 0.3}).Draw(t, "lose"),
			double:    rapid.SampledFrom([]float64{0, 0.1, 0.5}).Draw(t, "double"),
			shuffle:   rapid.IntRange(0, 30).Draw(t, "shuffle"),
			backwards: rapid.Bool().Draw(t, "backwards"),
			pauses:    rapid.Bool().Draw(t, "pauses"),
			fins:      rapid.Bool().Draw(t, "fins"),
		}
		w := converse(rand.New(rand.NewPCG(seed, 4)), k)
		l, known := w.play(tcp.Limits{})
		w.checkBytes(t, l, k)
		w.checkOrder(t, l, known, k)
	})
}

// TestConversationRepeated: the same with what senders repeat. There a segment
// can acknowledge what was sent after it was sent first, so that two wait for
// each other, and only the bytes are certain.
func TestConversationRepeated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		k := talk{
			exchanges: rapid.IntRange(1, 20).Draw(t, "exchanges"),
			size:      rapid.IntRange(1, 2000).Draw(t, "size"),
			lose:      rapid.SampledFrom([]float64{0, 0.02, 0.3}).Draw(t, "lose"),
			again:     rapid.SampledFrom([]float64{0.1, 0.5}).Draw(t, "again"),
			shuffle:   rapid.IntRange(0, 30).Draw(t, "shuffle"),
			backwards: rapid.Bool().Draw(t, "backwards"),
			fins:      rapid.Bool().Draw(t, "fins"),
		}
		w := converse(rand.New(rand.NewPCG(seed, 5)), k)
		l, _ := w.play(tcp.Limits{})
		w.checkBytes(t, l, k)
	})
}

// TestConversationMidway: the same from the middle on, where a stream begins
// with the first byte that can be put in order.
func TestConversationMidway(t *testing.T) {
	missed, all := 0, 0
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 6))
		k := talk{exchanges: 1 + rng.IntN(10), size: 1 + rng.IntN(1000), shuffle: rng.IntN(10), midway: true}
		w := converse(rng, k)
		l, _ := w.play(tcp.Limits{})
		var from [2]int
		for side, sent := range w.sent {
			from[side] = len(sent) - len(l.bytes[side])
			if from[side] < 0 || string(sent[from[side]:]) != string(l.bytes[side]) {
				t.Fatalf("seed %d, side %d: %d bytes of %d, or others", seed, side, len(l.bytes[side]), len(sent))
			}
			missed, all = missed+from[side], all+len(sent)
		}
		for side := range w.sent {
			for i, had := range l.had[side] {
				if need := w.ack[side][from[side]+i]; had > 0 && from[1-side]+had < need {
					t.Fatalf("seed %d, side %d, byte %d: after %d bytes of the other, its sender had %d\n%v", seed, side, from[side]+i, from[1-side]+had, need, tail(l.lines))
				}
			}
		}
	}
	t.Logf("%d bytes of %d are before the beginnings", missed, all)
	if missed > all/100 {
		t.Errorf("%d bytes of %d were not handed on", missed, all)
	}
}

// checkBytes compares the streams: what was captured is data, the rest a gap.
func (w *conversation) checkBytes(t interface{ Fatalf(string, ...any) }, l *listener, k talk) {
	for side, sent := range w.sent {
		if !slices.Equal(l.lost[side], inverse(w.captured[side])) {
			t.Fatalf("side %d: %d bytes of %d, or not the gaps that there are\n%v", side, len(l.bytes[side]), len(sent), tail(l.lines))
		}
		for i, b := range l.bytes[side] {
			if w.captured[side][i] && b != sent[i] {
				t.Fatalf("side %d, byte %d: %#x, want %#x", side, i, b, sent[i])
			}
		}
		if d := l.conn.Sent[side]; d.EOF != k.fins || d.Stray != (tcp.Count{}) || int(d.Stream+d.Lost) != len(sent) {
			t.Fatalf("side %d: %+v", side, d)
		}
	}
	if want := map[bool]tcp.End{true: tcp.Finished, false: tcp.Stopped}[k.fins]; l.conn.End != want || !l.closed || l.conn.Conflicts != 0 {
		t.Fatalf("end %s, want %s; %d conflicts", l.conn.End, want, l.conn.Conflicts)
	}
}

// checkOrder compares what came before each byte with what its sender had.
func (w *conversation) checkOrder(t interface{ Fatalf(string, ...any) }, l *listener, known []int, k talk) {
	for side := range w.sent {
		for i, had := range l.had[side] {
			need := w.ack[side][i]
			if l.lost[side][i] || had >= need || side == int(stream.Down) && known[i] < need {
				continue
			}
			if side == int(stream.Up) && slices.Contains(l.lost[stream.Down][had:need], true) {
				continue // the client does not wait for gaps
			}
			t.Fatalf("side %d, byte %d: after %d bytes of the other, its sender had %d\n%v", side, i, had, need, tail(l.lines))
		}
	}
}

func inverse(b []bool) []bool {
	out := make([]bool, len(b))
	for i := range b {
		out[i] = !b[i]
	}
	return out
}
