package udp_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/udp"
	"github.com/constat/constat/stream"
)

type log struct {
	n     int64
	lines *[]string
}

func (l log) Datagram(side stream.Side, m stream.Mark, b []byte, cut int) {
	*l.lines = append(*l.lines, fmt.Sprintf("%d %s %q cut %d frame %d byte %d", l.n, [2]string{">", "<"}[side], b, cut, m.Frame, m.Offset))
}

func (l log) Close(m stream.Mark) {
	*l.lines = append(*l.lines, fmt.Sprintf("%d close at frame %d", l.n, m.Frame))
}

var (
	a = netip.MustParseAddrPort("192.0.2.1:40000")
	b = netip.MustParseAddrPort("198.51.100.2:443")
)

func play(l udp.Limits, feed func(t *udp.Table, send func(src, dst netip.AddrPort, after time.Duration, payload string))) (all []*udp.Conversation, lines []string) {
	t := udp.New(l, func(c *udp.Conversation) udp.Handler {
		all = append(all, c)
		return log{c.Number, &lines}
	})
	now, frame := int64(1795867200e9), int64(0)
	feed(t, func(src, dst netip.AddrPort, after time.Duration, payload string) {
		frame++
		now += int64(after)
		t.Segment(&packet.Segment{Src: src, Dst: dst, Proto: packet.ProtoUDP, Payload: []byte(payload), Cut: cutOf(payload), Frame: frame, Offset: frame * 100, Verbatim: true, Time: now, TTL: 60, App: &flow.App{ID: "x"}})
	})
	t.Close()
	return all, lines
}

func cutOf(s string) int { return strings.Count(s, "…") * 7 }

func TestConversations(t *testing.T) {
	all, lines := play(udp.Limits{}, func(t *udp.Table, send func(netip.AddrPort, netip.AddrPort, time.Duration, string)) {
		t.Segment(&packet.Segment{Src: a, Dst: b, Proto: packet.ProtoTCP})
		send(b, a, 0, "answer first")
		send(a, b, time.Second, "ask…")
		send(b, a, time.Second, "")
		send(a, b, 10*time.Minute, "later") // the clock goes on when two packets agree
		send(a, b, time.Second, "later still")
	})
	want := []string{
		`0 < "answer first" cut 0 frame 1 byte 100`, `0 > "ask…" cut 7 frame 2 byte 200`, `0 < "" cut 0 frame 3 byte 300`,
		`0 > "later" cut 0 frame 4 byte 400`, `0 > "later still" cut 0 frame 5 byte 500`, `0 close at frame 5`,
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if c := all[0]; c.Client != a || c.Server != b || c.App.ID != "x" || c.Sent[stream.Up].Datagrams != 3 || c.Sent[stream.Up].Cut != 7 || c.Sent[stream.Down].Bytes != 12 || c.Sent[stream.Up].MaxTTL != 60 {
		t.Errorf("%+v", c)
	}
}

// One that is silent ends, and the next is another.
func TestIdle(t *testing.T) {
	other := netip.MustParseAddrPort("192.0.2.9:1")
	all, lines := play(udp.Limits{Idle: time.Minute}, func(t *udp.Table, send func(netip.AddrPort, netip.AddrPort, time.Duration, string)) {
		send(a, b, 0, "one")
		send(other, b, 2*time.Minute, "x")
		send(other, b, time.Second, "y")
		send(a, b, time.Second, "two")
	})
	if len(all) != 3 || lines[2] != "0 close at frame 1" || all[0].Evicted {
		t.Errorf("%d: %v", len(all), lines)
	}
}

// However many there are, few are kept.
func TestBounded(t *testing.T) {
	all, lines := play(udp.Limits{Conversations: 10}, func(t *udp.Table, send func(netip.AddrPort, netip.AddrPort, time.Duration, string)) {
		for i := range 1000 {
			send(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1), b, time.Millisecond, "x")
			if i > 0 && i%10 == 0 && t.Evicted != int64(max(0, i-9)) {
				panic(t.Evicted)
			}
		}
	})
	if len(all) != 1000 || len(lines) != 2000 || !all[0].Evicted || all[999].Evicted {
		t.Errorf("%d conversations, %d lines", len(all), len(lines))
	}
}

// A conversation is handed on datagram by datagram.
func Example() {
	t := udp.New(udp.Limits{}, func(c *udp.Conversation) udp.Handler {
		fmt.Println(c.Client, "to", c.Server)
		return printer{}
	})
	t.Segment(&packet.Segment{Src: a, Dst: b, Proto: packet.ProtoUDP, Payload: []byte("hello"), Frame: 1})
	t.Segment(&packet.Segment{Src: b, Dst: a, Proto: packet.ProtoUDP, Payload: []byte("hi"), Frame: 2})
	t.Close()
	// Output:
	// 192.0.2.1:40000 to 198.51.100.2:443
	// up "hello"
	// down "hi"
}

type printer struct{}

func (printer) Datagram(side stream.Side, m stream.Mark, b []byte, cut int) {
	fmt.Printf("%s %q\n", [2]string{"up", "down"}[side], b)
}
func (printer) Close(stream.Mark) {}
