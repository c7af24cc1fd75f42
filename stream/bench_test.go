package stream

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// benchmark feeds the same exchange again and again over one connection, in
// pieces as a relay reads them.
func benchmark(b *testing.B, l Limits, first []event, exchange func() []event) {
	flows := 0
	c := New(Info{Leg: flow.Outer}, l, func(*flow.Flow) { flows++ })
	feed := func(events []event) (n int64) {
		for _, e := range events {
			n += int64(len(e.data))
			for p := e.data; len(p) > 0; {
				k := min(len(p), 16<<10)
				c.Data(e.side, Mark{Time: start}, p[:k])
				p = p[k:]
			}
		}
		return n
	}
	feed(first)
	flows = 0
	var n int64
	i := 0
	for b.Loop() {
		n = feed(exchange())
		i++
	}
	b.SetBytes(n)
	b.ReportAllocs()
	if flows != i {
		b.Fatalf("%d flows of %d exchanges", flows, i)
	}
}

// BenchmarkHTTP1 parses POSTs over one connection: what is copied is the
// request's body, as far as Body says.
func BenchmarkHTTP1(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		events := sent(fmt.Sprintf("> POST /collect?v=1 HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\nCookie: id=0123456789abcdef\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size)),
			"< HTTP/1.1 200 OK\r\nServer: x\r\nDate: Mon, 23 Nov 2026 09:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
		for _, kept := range []int{size, 1} {
			b.Run(fmt.Sprintf("%dKB/kept=%d", size>>10, kept), func(b *testing.B) {
				benchmark(b, Limits{Body: kept}, nil, func() []event { return events })
			})
		}
	}
}

// BenchmarkHTTP2 does the same in HTTP/2.
func BenchmarkHTTP2(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		for _, kept := range []int{size, 1} {
			b.Run(fmt.Sprintf("%dKB/kept=%d", size>>10, kept), func(b *testing.B) {
				up, down := newPeer(), newPeer()
				fields := []string{":method: POST", ":scheme: https", ":authority: a.example", ":path: /collect?v=1", "user-agent: Mozilla/5.0 (X11; Linux x86_64)", "accept: */*", "accept-encoding: gzip, br", "cookie: id=0123456789abcdef", "content-type: application/json", fmt.Sprintf("content-length: %d", size)}
				answer := []string{":status: 200", "server: x", "date: Mon, 23 Nov 2026 09:00:00 GMT", "content-type: application/json", "content-length: 2"}
				make1 := func() []event {
					up.request(1, false, fields...)
					for left := size; left > 0; left -= 16 << 10 {
						up.WriteData(1, left <= 16<<10, make([]byte, min(left, 16<<10)))
					}
					down.request(1, false, answer...)
					down.WriteData(1, true, []byte("{}"))
					return []event{{Up, up.take()}, {Down, down.take()}}
				}
				first := append(sent("> "+preface), make1()...) // fills the tables
				events := make1()
				id := uint32(1)
				benchmark(b, Limits{Body: kept}, first, func() []event {
					id += 2
					for _, e := range events {
						renumber(e.data, id)
					}
					return events
				})
			})
		}
	}
}

// renumber puts another stream into each frame.
func renumber(b []byte, id uint32) {
	for len(b) > 0 {
		n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		b[5], b[6], b[7], b[8] = byte(id>>24), byte(id>>16), byte(id>>8), byte(id)
		b = b[9+n:]
	}
}

// BenchmarkWebSocket unmasks messages of 1 KB.
func BenchmarkWebSocket(b *testing.B) {
	message := []byte(ws(0x82, true, strings.Repeat("x", 1<<10)))
	c := New(Info{}, Limits{}, func(*flow.Flow) {})
	for _, e := range sent(wsOpen, wsAccept("")) {
		c.Data(e.side, Mark{}, e.data)
	}
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		c.Data(Up, Mark{}, message)
	}
}

// BenchmarkCopy is what keeping a body costs at least.
func BenchmarkCopy(b *testing.B) {
	body := make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		bytes.Clone(body)
	}
}
