package stream

import (
	"math/rand/v2"
	"testing"

	"github.com/coder/websocket"

	"github.com/constat/constat/flow"
)

// small are limits that a fuzzer reaches.
var small = Limits{Head: 4096, Body: 1000, Response: 500, Held: 10_000, Streams: 10, Pending: 10, Messages: 1000}

// halves joins what each side said, and tells how much of it belongs to the
// first two events: a fuzzer changes bytes rather than turns.
func halves(events []event) (up, down []byte, a, b uint16) {
	for i, e := range events {
		if e.side == Up {
			up = append(up, e.data...)
		} else {
			down = append(down, e.data...)
		}
		if i == 1 {
			a, b = uint16(len(up)), uint16(len(down))
		}
	}
	return up, down, a, b
}

// pieces is the property: no panic, nothing held at the end, every byte is
// counted, and the same flows whatever the pieces.
func pieces(t *testing.T, info Info, up, down []byte, a, b uint16, seed uint64) {
	i, j := min(int(a), len(up)), min(int(b), len(down))
	events := []event{{Up, up[:i]}, {Down, down[:j]}, {Up, up[i:]}, {Down, down[j:]}}
	want := play(events, info, small, 0, nil)
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, max := range []int{1, 10, 300} {
		if got, want := dump(play(events, info, small, max, rng)), dump(want); got != want {
			t.Fatalf("in pieces of up to %d bytes:\n%s", max, difference(got, want))
		}
	}
	c := New(info, small, func(f *flow.Flow) {})
	for _, e := range events {
		c.Data(e.side, Mark{}, e.data)
		c.Flush(Mark{}, func(*flow.Flow) {})
	}
	c.Gap(Side(seed&1), Mark{}, -1)
	c.Close(Mark{})
	if u, d := c.Bytes(); u != int64(len(up)) || d != int64(len(down)) || c.kept != 0 {
		t.Fatalf("%d and %d bytes counted of %d and %d; %d held", u, d, len(up), len(down), c.kept)
	}
}

func FuzzHTTP1(f *testing.F) {
	_, events := recordHTTP(f, false)
	up, down, a, b := halves(events)
	f.Add(up[:2000], down[:2000], a, b, uint64(1))
	for _, e := range [][]event{
		sent("> POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n0\r\nA: 1\r\n\r\n", "< HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end"),
		sent("> CONNECT a:80 HTTP/1.1\r\n\r\n", "< HTTP/1.1 200 OK\r\n\r\n", "> GET / HTTP/1.1\r\n\r\n", "< HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
		sent("> GET / HTTP/1.1\r\nUpgrade: chat\r\n\r\nGET", "< HTTP/1.1 101 OK\r\n\r\n", "> x", "< y"),
		sent("> HEAD /1 HTTP/1.1\n\nGET http://b/?x HTTP/1.0\nContent-Length: 2\n\nab", "< HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 No\r\n\r\n"),
		sent("> EHLO a\r\n", "< 250 b\r\n"),
	} {
		up, down, a, b := halves(e)
		f.Add(up, down, a, b, uint64(2))
	}
	f.Fuzz(func(t *testing.T, up, down []byte, a, b uint16, seed uint64) {
		pieces(t, Info{}, up, down, a, b, seed)
	})
}

func FuzzHTTP2(f *testing.F) {
	_, events := recordHTTP(f, true)
	up, down, a, b := halves(events)
	f.Add(up[:2000], down[:2000], a, b, uint64(1))
	p := newPeer()
	p.request(1, false, ":method: CONNECT", ":protocol: websocket", ":path: /ws")
	p.WriteDataPadded(1, false, []byte(ws(0x81, true, "hi")), make([]byte, 9))
	p.request(3, true, postFields...)
	p.WriteRSTStream(1, 8)
	up = append([]byte(preface), p.take()...)
	p.request(1, false, okFields...)
	p.WriteData(1, false, []byte(ws(0x81, false, "hi")))
	p.request(3, false, ":status: 103")
	p.request(3, false, okFields...)
	p.request(3, true, "trailer: t")
	f.Add(up, p.take(), uint16(100), uint16(20), uint64(2))
	f.Fuzz(func(t *testing.T, up, down []byte, a, b uint16, seed uint64) {
		pieces(t, Info{TLS: &flow.TLS{ALPN: "h2"}}, up, down, a, b, seed)
	})
}

func FuzzWebSocket(f *testing.F) {
	for _, mode := range []websocket.CompressionMode{websocket.CompressionDisabled, websocket.CompressionContextTakeover, websocket.CompressionNoContextTakeover} {
		_, events := recordWebSocket(f, mode)
		up, down, a, b := halves(events)
		up, down = up[a:], down[b:]
		f.Add(up[:min(len(up), 3000)], down[:min(len(down), 3000)], uint16(200), uint16(200), mode != websocket.CompressionDisabled, uint64(1))
	}
	f.Add([]byte(ws(0x01, true, "one ")+ws(0x89, true, "ping")+ws(0x80, true, "two")+ws(0x88, true, "\x03\xe8bye")), []byte(ws(0x82, false, "x")), uint16(3), uint16(1), false, uint64(1))
	f.Fuzz(func(t *testing.T, up, down []byte, a, b uint16, deflate bool, seed uint64) {
		extension := ""
		if deflate {
			extension = "permessage-deflate"
		}
		open, accept := []byte(wsOpen[2:]), []byte(wsAccept(extension)[2:])
		pieces(t, Info{}, append(open, up...), append(accept, down...), uint16(len(open))+a%1000, uint16(len(accept))+b%1000, seed)
	})
}
