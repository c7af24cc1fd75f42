package tcp_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
)

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestHostile: whatever is sent, memory stays within the limits, and every
// connection is closed.
func TestHostile(t *testing.T) {
	const mb = 1 << 20
	payload := make([]byte, 1400)
	for _, test := range []struct {
		name   string
		limits tcp.Limits
		n      int
		bound  int64
		next   func(i int, s *packet.Segment)
	}{
		{"a flood of SYNs", tcp.Limits{Connections: 1 << 12}, 100_000, 8 * mb, func(i int, s *packet.Segment) {
			s.Src = addr(i)
			s.TCP.Flags = packet.SYN
		}},
		{"a flood of data without SYNs", tcp.Limits{Connections: 1 << 12}, 100_000, 24 * mb, func(i int, s *packet.Segment) {
			s.Src, s.Payload = addr(i), payload[:10]
		}},
		{"holes everywhere", tcp.Limits{Held: mb, Total: 4 * mb}, 100_000, 12 * mb, func(i int, s *packet.Segment) {
			s.Src, s.Payload, s.TCP.Seq = addr(i%100), payload, uint32(i)*3000
		}},
		{"acknowledging what never comes", tcp.Limits{Held: mb, Total: 4 * mb}, 100_000, 12 * mb, func(i int, s *packet.Segment) {
			s.Src, s.Payload = addr(i/2%100), payload
			s.TCP.Seq, s.TCP.Ack = uint32(i/200)*1400, uint32(i/200)*1400+1400
			if i%2 == 1 {
				s.Src, s.Dst = s.Dst, s.Src
				s.TCP.Seq += 1400 // a segment ahead, so that each waits
			}
			if i < 200 {
				s.TCP.Flags |= packet.SYN
			}
		}},
		{"acknowledging what never comes, on one connection", tcp.Limits{}, 100_000, 16 * mb, func(i int, s *packet.Segment) {
			s.Payload, s.TCP.Seq, s.TCP.Ack = payload[:1], uint32(i), 1<<20
			if i < 2 {
				s.TCP.Flags, s.TCP.Seq, s.TCP.Ack = packet.SYN, ^uint32(0), 0
			}
			if i == 1 {
				s.Src, s.Dst = s.Dst, s.Src
			}
		}},
		{"single bytes with holes", tcp.Limits{}, 100_000, 16 * mb, func(i int, s *packet.Segment) {
			s.Payload, s.TCP.Seq = payload[:1], uint32(2*i)
			if i == 0 {
				s.TCP.Flags = packet.SYN
			}
		}},
		{"single bytes with holes, backwards", tcp.Limits{}, 100_000, 16 * mb, func(i int, s *packet.Segment) {
			s.Payload, s.TCP.Seq = payload[:1], uint32(1<<27-2*i)
			if i == 0 {
				s.TCP.Flags, s.TCP.Seq = packet.SYN, 0
			}
		}},
		{"ports reused again and again", tcp.Limits{}, 100_000, mb, func(i int, s *packet.Segment) {
			s.TCP.Seq, s.TCP.Flags = uint32(i)*70_000, packet.SYN
			s.Payload = payload[:i%3]
		}},
		{"resets", tcp.Limits{Connections: 1 << 12}, 100_000, 16 * mb, func(i int, s *packet.Segment) {
			s.Src, s.TCP.Flags = addr(i/2), [2]packet.Flags{packet.ACK, packet.RST}[i%2]
			s.Payload = payload[:1]
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opened, closed, most := 0, 0, 0
			a := tcp.New(test.limits, func(*tcp.Conn) tcp.Handler { opened++; return closer{&closed} })
			before := heap()
			start := time.Now()
			for i := range test.n {
				s := packet.Segment{Src: client, Dst: server, Proto: packet.ProtoTCP, Frame: int64(i), Time: t0 + int64(i)*1000, TCP: packet.TCP{Flags: packet.ACK}}
				test.next(i, &s)
				a.Segment(&s)
				most = max(most, a.Held())
			}
			if grown := heap() - before; grown > test.bound {
				t.Errorf("%d MB more in use, want at most %d", grown>>20, test.bound>>20)
			}
			t.Logf("%d ns a segment, %d bytes held at most, %d connections, %d evicted", time.Since(start).Nanoseconds()/int64(test.n), most, a.Counts.Connections, a.Counts.Evicted)
			a.Close()
			if opened != closed || a.Held() != 0 || int64(opened) != a.Counts.Connections {
				t.Errorf("%d opened, %d closed, %d bytes held, %+v", opened, closed, a.Held(), a.Counts)
			}
		})
	}
}

type closer struct{ n *int }

func (closer) Data(side, mark, []byte) {}
func (closer) Gap(side, mark, int64)   {}
func (closer) EOF(side, mark)          {}
func (c closer) Close(mark)            { *c.n++ }

// A connection that carries something outlives those that never did.
func TestEviction(t *testing.T) {
	r := newRig(tcp.Limits{Connections: 100})
	r.open()
	r.up(ack, 101, 501, "one ")
	for i := range 5000 {
		r.now -= 1e6
		r.send(addr(i), server, syn, 1, 0, "")
	}
	r.up(ack, 105, 501, "two")
	r.Close()
	l := r.logs[0]
	if l.conn.Client != client || string(l.bytes[0]) != "one two" || l.conn.End != tcp.Stopped || r.Counts.Evicted != 4901 {
		t.Errorf("%v %q %s, %+v", l.conn.Client, l.bytes[0], l.conn.End, r.Counts)
	}
}

// Many connections at once, each with its own losses, do not get mixed up.
func TestManyAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	r := newRig(tcp.Limits{})
	want := map[netip.AddrPort]string{}
	at := map[netip.AddrPort]uint32{}
	for i := range 20_000 {
		c := addr(rng.IntN(500))
		if _, ok := at[c]; !ok {
			r.send(c, server, syn, 0, 0, "")
			at[c] = 1
		}
		s := fmt.Sprintf("%v:%d;", c, i)
		r.send(c, server, ack, at[c], 1, s)
		at[c] += uint32(len(s))
		want[c] += s
	}
	r.Close()
	for _, l := range r.logs {
		if string(l.bytes[0]) != want[l.conn.Client] {
			t.Fatalf("%v: %d bytes, want %d", l.conn.Client, len(l.bytes[0]), len(want[l.conn.Client]))
		}
	}
	if len(r.logs) != len(want) {
		t.Errorf("%d connections of %d", len(r.logs), len(want))
	}
}
