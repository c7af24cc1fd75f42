package stream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/qpack"

	"github.com/constat/constat/flow"
)

// event3 is what a side did on a stream.
type event3 struct {
	side  Side
	id    uint64
	data  []byte
	fin   bool
	reset bool
	code  uint64
	gap   int64
}

// play3 gives events to the parser, cut into pieces of at most max bytes (0:
// as they are).
func play3(events []event3, l Limits, max int, rng *rand.Rand) []*flow.Flow {
	var flows []*flow.Flow
	h := NewHTTP3(Info{TLS: &flow.TLS{ALPN: "h3"}}, l, func(f *flow.Flow) { flows = append(flows, f) })
	for i, e := range events {
		m := Mark{Time: start.Add(time.Duration(i) * time.Millisecond), Offset: int64(1000 * (i + 1))}
		switch {
		case e.gap != 0:
			h.Gap(e.id, e.side, m, e.gap)
		case e.reset:
			h.Reset(e.id, e.side, m, e.code)
		default:
			b := e.data
			for max > 0 && len(b) > max {
				n := 1 + rng.IntN(max)
				h.Stream(e.id, e.side, m, b[:n], false)
				m.skip(n)
				b = b[n:]
			}
			h.Stream(e.id, e.side, m, b, e.fin)
		}
	}
	h.Flush(Mark{}, func(*flow.Flow) {})
	h.Close(Mark{Time: start.Add(time.Hour)})
	c := h.c
	var opaque int64
	for _, f := range flows {
		if f.Kind == flow.Opaque {
			opaque += f.Unread.Up
		}
	}
	if c.kept != 0 || c.read[Up] > c.total[Up] || c.read[Down] > c.total[Down] {
		panic(fmt.Sprintf("%d bytes are held after the end; %d read of %d", c.kept, c.read, c.total))
	}
	if rest := c.total[Up] - c.read[Up]; rest > opaque {
		panic(fmt.Sprintf("%d bytes unread, %d of them told", rest, opaque))
	}
	return flows
}

func sameInPieces3(t *testing.T, events []event3, l Limits) []*flow.Flow {
	t.Helper()
	want := play3(events, l, 0, nil)
	whole := dump(want)
	for _, max := range []int{1, 2, 7, 100} {
		if got := dump(play3(events, l, max, rand.New(rand.NewPCG(1, uint64(max))))); got != whole {
			t.Fatalf("in pieces of up to %d bytes:\n%s", max, difference(got, whole))
		}
	}
	return want
}

// int3 writes an integer of RFC 9000, section 16.
func int3(v uint64) string {
	switch {
	case v < 1<<6:
		return string([]byte{byte(v)})
	case v < 1<<14:
		return string([]byte{byte(v>>8) | 0x40, byte(v)})
	case v < 1<<30:
		return string([]byte{byte(v>>24) | 0x80, byte(v >> 16), byte(v >> 8), byte(v)})
	}
	return string([]byte{byte(v>>56) | 0xc0, byte(v >> 48), byte(v >> 40), byte(v >> 32), byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

func frame3of(kind uint64, payload string) string {
	return int3(kind) + int3(uint64(len(payload))) + payload
}

// head3 makes a HEADERS frame of fields given as "name: value".
func head3(fields ...string) string {
	var b bytes.Buffer
	e := qpack.NewEncoder(&b)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		e.WriteField(qpack.HeaderField{Name: name, Value: value})
	}
	return frame3of(1, b.String())
}

func data3(s string) string { return frame3of(0, s) }

func up3(id uint64, pieces ...string) event3 {
	return event3{side: Up, id: id, data: []byte(strings.Join(pieces, ""))}
}

func down3(id uint64, pieces ...string) event3 {
	return event3{side: Down, id: id, data: []byte(strings.Join(pieces, ""))}
}

func (e event3) end() event3 {
	e.fin = true
	return e
}

// dynamic is a section with one field: the entry of the table with an index.
func dynamic(capacity, index int) string {
	required := index + 1
	return string([]byte{byte(required%(2*(capacity/32)) + 1), 0, 0x80})
}

var (
	post3    = head3(postFields...)
	ok3      = head3(okFields...)
	settings = "\x00" + frame3of(4, int3(1)+int3(220)+int3(0x33)+int3(1))
	insert   = "\x02\x3f\xbd\x01" + "\xc0\x09a.example" // capacity 220, :authority
)

// TestHTTP3 has what clients and servers seldom send.
func TestHTTP3(t *testing.T) {
	const line = "http POST https://a.example/p"
	blocked := frame3of(1, dynamic(220, 0))
	for _, c := range []struct {
		name   string
		events []event3
		want   string
	}{
		{"unknown frames, trailers, interim responses", []event3{
			up3(0, frame3of(0x21, "grease"), post3, frame3of(0x21+31*7, ""), data3("one "), data3(""), data3("two"), head3("x-after: body")).end(),
			down3(0, head3(":status: 103", "link: x"), ok3, data3("ok"), head3("grpc-status: 0")).end(),
		}, line + " \"one two\" +x-after=body -> 200 \"ok\" +grpc-status=0\n"},
		{"control, QPACK, push and reserved streams", []event3{
			up3(2, settings, frame3of(0x0d, "\x08"), frame3of(0xf0700, "\x00u=3")), up3(6, insert), up3(10, "\x03\x80"), up3(14, int3(0x21), "noise").end(),
			down3(3, settings, frame3of(7, "\x00")), down3(7, "\x02"), down3(11, "\x03"), down3(15, "\x01\x00", ok3, data3("pushed")).end(),
			up3(0, post3).end(), down3(0, frame3of(5, "\x00\x00\x00\xd1"), ok3).end(),
		}, line + " -> 200\n"},
		{"a section that waits for its entry", []event3{
			down3(3, settings),
			up3(0, blocked, data3("later")).end(),
			down3(0, ok3, data3("ok")).end(),
			up3(4, post3).end(), // does not wait
			down3(4, ok3).end(),
			up3(6, insert),
		}, line + " -> 200\nhttp  https://a.example/ \"later\" -> 200 \"ok\"\n"},
		{"a section that waits for SETTINGS", []event3{
			up3(6, insert), up3(0, blocked).end(), down3(0, ok3).end(), down3(3, settings),
		}, "http  https://a.example/ -> 200\n"},
		{"SETTINGS that were not captured", []event3{
			up3(6, insert), up3(0, blocked).end(), down3(0, ok3).end(),
		}, "http  https://a.example/ -> 200\n"},
		{"an encoder's stream that was not captured", []event3{
			down3(3, settings), up3(0, post3[:2], "\x02", post3[3:]).end(), // required insert count of 1
			down3(0, ok3).end(),
		}, line + " -> 200\n"},
		{"a reset while a section waits", []event3{
			down3(3, settings), up3(0, blocked, data3("half")), {side: Up, id: 0, reset: true, code: 0x10c}, up3(6, insert),
		}, "http  https://a.example/ \"half\" (reset by the client, HTTP/3 error 0x10c; request cut short; no response)\n"},
		{"a hole in an encoder's stream", []event3{
			down3(3, settings), up3(6, "\x02\x3f\xbd\x01"), {side: Up, id: 6, gap: 11},
			up3(0, blocked).end(), down3(0, ok3).end(),
		}, "http  https:// -> 200 (1 fields refer to entries of the QPACK table that were not captured)\n"},
		{"a hole in a body", []event3{
			up3(0, post3, int3(0), int3(20), "0123"), {side: Up, id: 0, gap: 6}, up3(0, "abcdefghij").end(), down3(0, ok3).end(),
		}, line + " \"0123\" of 20 -> 200 (a body with bytes missing in the capture)\n"},
		{"a hole in a head", []event3{
			up3(0, post3[:5]), {side: Up, id: 0, gap: int64(len(post3) - 5)}, up3(0, data3("x")).end(), down3(0, ok3).end(),
			up3(4, post3).end(), down3(4, ok3).end(),
		}, "http -> 200\n" + line + " -> 200\nopaque 8 up 0 down: bytes missing in the capture\n"},
		{"a request that is given up", []event3{
			up3(0, post3, data3("half")), {side: Up, id: 0, reset: true, code: 0x10c}, {side: Down, id: 0, reset: true, code: 0x10c},
		}, line + " \"half\" (reset by the client, HTTP/3 error 0x10c; reset by the server, HTTP/3 error 0x10c; request cut short; no response)\n"},
		{"an answer before the request is whole", []event3{
			up3(0, post3), down3(0, head3(":status: 413")).end(), {side: Up, id: 0, reset: true, code: 0x100},
		}, line + " -> 413 (request cut short)\n"},
		{"a WebSocket", []event3{
			up3(0, head3(":method: CONNECT", ":protocol: websocket", ":scheme: https", ":authority: a.example", ":path: /ws"), data3(ws(0x81, true, "early"))),
			down3(0, ok3, data3(ws(0x82, false, "x"))), up3(0, data3(ws(0x81, true, "hi")[:3]), data3(ws(0x81, true, "hi")[3:])).end(), down3(0).end(),
		}, "websocket CONNECT https://a.example/ws -> 200 > \"early\" < \"x\" > \"hi\"\n"},
		{"WebTransport", []event3{
			up3(0, head3(":method: CONNECT", ":protocol: webtransport", ":scheme: https", ":authority: a.example", ":path: /wt")), down3(0, ok3),
			up3(4, int3(0x41), int3(0), "through a stream").end(), up3(14, int3(0x54), int3(0), "one way"), down3(1, int3(0x41), "\x00back"),
		}, "http CONNECT https://a.example/wt -> 200 (opens webtransport: what passes on other streams and in datagrams is not read; request cut short; response cut short)\n" +
			"opaque 27 up 0 down: WebTransport is not read\nopaque 0 up 7 down: a stream that the server opened in both directions\n"},
		{"what breaks the protocol ends its stream", []event3{
			up3(0, data3("no head")), up3(4, post3, frame3of(4, "settings")), up3(8, post3).end(), down3(8, ok3).end(), up3(12, frame3of(1, "\x00\x00\xff\x24")),
			up3(18, int3(0x77), "who knows"), down3(4, ok3).end(),
		}, line + " -> 200\n" + line + " -> 200 (an HTTP/3 frame that breaks the protocol: the rest of the stream was not read; request cut short)\n" +
			"opaque 6 up 0 down: QPACK: a reference to an entry that there is not\nopaque 19 up 0 down: an HTTP/3 frame that breaks the protocol\nopaque 9 up 0 down: an HTTP/3 stream or frame of an unknown type\n"},
		{"unknown frames of the client are told", []event3{
			up3(0, post3, frame3of(0x77, "smuggled"), data3("x")).end(), down3(0, ok3).end(), up3(2, settings, frame3of(0x99, "more")),
		}, line + " \"x\" -> 200\nopaque 12 up 0 down: an HTTP/3 stream or frame of an unknown type\n"},
		{"cut off", []event3{
			up3(0, post3, int3(0), int3(20), "0123"), up3(4, post3[:9]), up3(8, post3).end(), down3(8, ok3, data3("ab"), int3(0), int3(9), "c"),
		}, line + " \"0123\" (request cut short; no response)\n" + line + " -> 200 \"abc\" (response cut short)\nopaque 9 up 0 down: cut short\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := brief(sameInPieces3(t, c.events, Limits{Response: 1 << 20})); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestHTTP3Limits: what waits is bounded, and so are streams.
func TestHTTP3Limits(t *testing.T) {
	blocked := frame3of(1, dynamic(220, 0))
	h := NewHTTP3(Info{}, small, func(*flow.Flow) {})
	h.Stream(3, Down, Mark{}, []byte(settings), false)
	for id := uint64(0); id < 4*100; id += 4 {
		h.Stream(id, Up, Mark{}, []byte(blocked), false)
		for range 100 {
			h.Stream(id, Up, Mark{}, []byte(data3(strings.Repeat("x", 500))), false)
		}
	}
	if h.c.kept > small.Held || len(h.streams) > small.Streams {
		t.Errorf("%d bytes held in %d streams", h.c.kept, len(h.streams))
	}
	h.Close(Mark{})
	if h.c.kept != 0 {
		t.Errorf("%d bytes held after the end", h.c.kept)
	}
}

// FuzzHTTP3 plays a script: for each step a byte that tells what is done on
// which stream, another that tells to how many bytes of what follows.
func FuzzHTTP3(f *testing.F) {
	script := func(events ...event3) (b []byte) {
		for _, e := range events {
			op := byte(e.side) | byte(e.id)<<1&0x3e
			switch {
			case e.fin:
				op |= 0x40
			case e.reset:
				op |= 0x80
			case e.gap > 0:
				op |= 0xc0
			}
			for len(e.data) > 255 {
				b = append(append(b, op&^0x40, 255), e.data[:255]...)
				e.data = e.data[255:]
			}
			b = append(append(b, op, byte(len(e.data))), e.data...)
		}
		return b
	}
	f.Add(script(up3(2, settings), down3(3, settings), up3(0, frame3of(1, dynamic(220, 0)), data3("x")).end(), up3(6, insert), down3(0, ok3, data3("ok")).end()), uint64(1))
	f.Add(script(up3(0, head3(":method: CONNECT", ":protocol: websocket", ":path: /ws")), down3(0, ok3), up3(0, data3(ws(0x81, true, "hi"))).end()), uint64(2))
	f.Add(script(up3(0, post3, data3("abc"), head3("a: b")).end(), down3(0, head3(":status: 100"), ok3).end(), event3{id: 4, side: Up, gap: 3}, up3(4, post3), event3{id: 4, reset: true}), uint64(3))
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		var events []event3
		for len(b) >= 2 {
			op, n := b[0], min(int(b[1]), len(b)-2)
			e := event3{side: Side(op & 1), id: uint64(op >> 1 & 0x1f), data: b[2 : 2+n]}
			switch op >> 6 {
			case 1:
				e.fin = true
			case 2:
				e.reset, e.code, n = true, uint64(b[1]), 0
			case 3:
				e.gap, n = int64(b[1])-1, 0
			}
			events = append(events, e)
			b = b[2+n:]
		}
		play3(events, small, 0, nil)
		roomy := small // what waits costs more in more pieces
		roomy.Held = 8 << 20
		want := dump(play3(events, roomy, 0, nil))
		if got := dump(play3(events, roomy, 3, rand.New(rand.NewPCG(seed, 1)))); got != want {
			t.Fatalf("in pieces:\n%s", difference(got, want))
		}
	})
}

// BenchmarkHTTP3 parses POSTs of a connection that uses the dynamic table.
func BenchmarkHTTP3(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			flows := 0
			h := NewHTTP3(Info{}, Limits{}, func(*flow.Flow) { flows++ })
			h.Stream(3, Down, Mark{}, []byte(settings), false)
			head := []byte(head3(":method: POST", ":scheme: https", ":authority: a.example", ":path: /collect?v=1", "user-agent: Mozilla/5.0 (X11; Linux x86_64)", "accept: */*", "cookie: id=0123456789abcdef", "content-type: application/json", fmt.Sprintf("content-length: %d", size)))
			body := []byte(data3(strings.Repeat("x", size)))
			answer := []byte(head3(":status: 200", "server: x", "content-type: application/json") + data3("{}"))
			id := uint64(0)
			b.SetBytes(int64(len(head) + len(body) + len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				h.Stream(id, Up, Mark{}, head, false)
				for p := body; len(p) > 0; {
					n := min(len(p), 1200)
					h.Stream(id, Up, Mark{}, p[:n], n == len(p))
					p = p[n:]
				}
				h.Stream(id, Down, Mark{}, answer, true)
				id += 4
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
