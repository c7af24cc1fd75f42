package stream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	wire "golang.org/x/net/http2"

	"github.com/constat/constat/flow"
)

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// hostile feeds a connection until most bytes have gone, looking at the heap
// on the way, and returns its flows. next returns nil when it is done.
func hostile(t *testing.T, info Info, l Limits, most, bound int64, next func() (Side, []byte)) []*flow.Flow {
	t.Helper()
	var flows []*flow.Flow
	c := New(info, l, func(f *flow.Flow) {
		if len(flows) == 10 {
			flows = flows[:9]
		}
		flows = append(flows, f) // the first and the last
	})
	before, looked := heap(), int64(0)
	for fed := int64(0); fed < most; {
		side, b := next()
		if b == nil {
			break
		}
		c.Data(side, Mark{Time: start}, b)
		if fed += int64(len(b)); fed-looked >= most/8 {
			looked = fed
			if grown := heap() - before; grown > bound {
				t.Fatalf("%d MB more in use after %d MB, want at most %d", grown>>20, fed>>20, bound>>20)
			}
		}
	}
	if grown := heap() - before; grown > bound {
		t.Fatalf("%d MB more in use at the end, want at most %d", grown>>20, bound>>20)
	}
	c.Close(Mark{Time: start})
	if c.kept != 0 {
		t.Errorf("%d bytes are held after the end", c.kept)
	}
	return flows
}

// after returns a source of one piece, then of the same again and again.
func after(side Side, first string, again []byte) func() (Side, []byte) {
	return func() (Side, []byte) {
		if first != "" {
			b := []byte(first)
			first = ""
			return side, b
		}
		return side, again
	}
}

// TestHostile: whatever a client or server sends, memory stays within the
// limits, and what is not read is counted.
func TestHostile(t *testing.T) {
	const mb = 1 << 20
	filler := bytes.Repeat([]byte("x: yyyyyyyyyyyy\r\n"), 4000)
	frames := func(n int, write func(p *peer)) []byte {
		p := newPeer()
		for range n {
			write(p)
		}
		return p.take()
	}
	opened := func(fields ...string) string {
		p := newPeer()
		p.request(1, false, fields...)
		return preface + string(p.take())
	}
	socket := func(first string, again []byte) func() (Side, []byte) {
		n := 0
		return func() (Side, []byte) {
			n++
			switch n {
			case 1:
				return Up, []byte(wsOpen[2:])
			case 2:
				return Down, []byte(wsAccept("permessage-deflate")[2:])
			case 3:
				return Up, []byte(first)
			}
			return Up, again
		}
	}
	var id uint32 = 1
	streams := newPeer()
	deep, flip := 0, false
	bomb := func() []byte { // 16 KB become 16 MB
		var b bytes.Buffer
		d := newDeflater(&b)
		d.Write(make([]byte, 16<<20))
		d.Flush()
		return []byte(ws(0xc2, true, b.String()))
	}()
	for _, c := range []struct {
		name  string
		most  int64
		bound int64
		next  func() (Side, []byte)
		want  string // in the flows
	}{
		{"a head without end", 1 << 30, 4 * mb, after(Up, "GET / HTTP/1.1\r\n", filler), "up 0 down: a head longer than the limit"},
		{"a first line without end", 64 * mb, 4 * mb, after(Up, "GET /", bytes.Repeat([]byte("x"), 64<<10)), "tcp > 65536 bytes"},
		{"a response head without end", 64 * mb, 4 * mb, after(Down, "HTTP/1.1 200 OK\r\n", filler), "tcp"}, // before any request
		{"a trailer without end", 64 * mb, 4 * mb, after(Up, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", filler), "a head longer than the limit"},
		{"a chunk line without end", 64 * mb, 4 * mb, after(Up, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;", bytes.Repeat([]byte("x"), 64<<10)), "a chunk that is none"},
		{"a chunk without end", 1 << 30, 40 * mb, after(Up, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3fffffffffffffff\r\n", filler), "16777216 bytes of 10737"},
		{"many small chunks", 32 * mb, 40 * mb, after(Up, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", bytes.Repeat([]byte("1;a=b\r\nx\r\n"), 6000)), "request cut short"},
		{"requests without answer", 64 * mb, 8 * mb, after(Up, "", []byte("GET / HTTP/1.1\r\n\r\n")), "more requests without an answer"},
		{"large requests without answer", 1 << 30, 90 * mb, after(Up, "", append([]byte("POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"), make([]byte, 1e6)...)), "http POST"},
		{"large heads without answer", 1 << 30, 90 * mb, after(Up, "", []byte("GET / HTTP/1.1\r\nX: "+strings.Repeat("x", 1e6)+"\r\n\r\n")), "more held in open exchanges"},
		{"responses that nobody asked for", 16 * mb, 4 * mb, func() func() (Side, []byte) {
			n := 0
			return func() (Side, []byte) {
				if n++; n == 1 {
					return Up, []byte("GET / HTTP/1.1\r\n\r\n")
				}
				return Down, bytes.Repeat([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 100)
			}
		}(), "http -> 200"},
		{"bytes before the answer to an upgrade", 64 * mb, 4 * mb, after(Up, wsOpen[2:], filler), "too much sent before the answer"},
		{"CONNECT inside CONNECT", 4 * mb, 4 * mb, func() (Side, []byte) {
			if deep++; deep%2 == 1 {
				return Up, []byte("CONNECT a HTTP/1.1\r\n\r\n")
			}
			return Down, []byte("HTTP/1.1 200\r\n\r\n")
		}, "http CONNECT"},
		{"a byte from each side in turn", 1 * mb, 4 * mb, func() (Side, []byte) { flip = !flip; return map[bool]Side{true: Up}[flip], []byte{0} }, "tcp"},
		{"bytes of the server one by one", 1 * mb, 4 * mb, after(Down, strings.Repeat("\x00", 2000), []byte{0}), "tcp"},
		{"10^6 streams", 1 << 30, 40 * mb, func() (Side, []byte) {
			if id == 1 {
				streams.out.WriteString(preface)
			}
			if id > 2e6 {
				return Up, nil
			}
			for range 100 {
				streams.request(id, false, postFields...)
				id += 2
			}
			return Up, streams.take()
		}, "more HTTP/2 streams open than the limit"},
		{"CONTINUATION without end", 1 << 30, 8 * mb, after(Up, preface+string(frames(1, func(p *peer) { p.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: p.block("a: b")}) })),
			frames(1, func(p *peer) { p.WriteContinuation(1, false, make([]byte, 16000)) })), "a head longer than the limit"},
		{"empty CONTINUATION without end", 16 * mb, 4 * mb, after(Up, preface+string(frames(1, func(p *peer) { p.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: p.block("a: b")}) })),
			frames(1000, func(p *peer) { p.WriteContinuation(1, false, nil) })), "cut short"},
		{"trailers without end", 1 << 30, 150 * mb, after(Up, opened(postFields...), frames(100, func(p *peer) { p.request(1, false, "a: "+strings.Repeat("b", 1000)) })), "more held in open exchanges"},
		{"interim responses without end", 16 * mb, 4 * mb, func() func() (Side, []byte) {
			n, b := 0, frames(100, func(p *peer) { p.request(1, false, ":status: 103", "link: "+strings.Repeat("b", 1000)) })
			return func() (Side, []byte) {
				if n++; n == 1 {
					return Up, []byte(opened(postFields...))
				}
				return Down, b
			}
		}(), "no response)"},
		{"HPACK bomb", 64 * mb, 8 * mb, after(Up, preface, frames(1, func(p *peer) { // one entry of 4 KB, referred to a million times
			b := p.block("a: " + strings.Repeat("b", 4000))
			p.WriteRawFrame(frameHeaders, flagEndHeaders, 1, append(b, bytes.Repeat([]byte{0xbe}, 1e6)...))
		})), "a head longer than the limit"},
		{"a large HPACK table", 64 * mb, 8 * mb, after(Up, preface, frames(1, func(p *peer) {
			p.WriteSettings(wire.Setting{ID: wire.SettingHeaderTableSize, Val: 1<<32 - 1})
			p.WriteRawFrame(frameHeaders, flagEndHeaders, 1, []byte{0x3f, 0xff, 0xff, 0xff, 0xff, 0x0f})
		})), "HPACK"},
		{"bodies on many streams", 1 << 30, 280 * mb, after(Up, preface+string(frames(1, func(p *peer) {
			for i := range uint32(4000) {
				p.request(1+2*i, false, append(postFields, "content-length: 1000000000")...)
			}
		})), frames(1, func(p *peer) {
			for i := range uint32(4000) {
				p.WriteData(1+2*i, false, make([]byte, 10_000))
			}
		})), "request cut short"},
		{"WebSocket length 2^62", 64 * mb, 40 * mb, socket("\x82\x7f\x3f\xff\xff\xff\xff\xff\xff\xff", filler), "message cut short"},
		{"WebSocket fragments without end", 64 * mb, 40 * mb, socket(ws(0x01, true, "x"), bytes.Repeat([]byte(ws(0x00, true, "0123456789")), 4000)), "message cut short"},
		{"empty WebSocket messages", 4 * mb, 4 * mb, socket("", bytes.Repeat([]byte(ws(0x81, true, "")), 10_000)), "websocket"},
		{"deflate bombs", int64(20 * len(bomb)), 60 * mb, socket("", bomb), "> 16777216 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := brief(hostile(t, Info{}, Limits{}, c.most, c.bound, c.next)); !strings.Contains(got, c.want) {
				t.Errorf("got %.500s\nwant %s", got, c.want)
			}
		})
	}
}

// TestBudget: a connection that takes all of the shared budget costs others
// bodies, not heads, and gives back what it took.
func TestBudget(t *testing.T) {
	budget := NewBudget(1000)
	greedy := New(Info{}, Limits{Budget: budget}, func(*flow.Flow) {})
	greedy.Data(Up, Mark{}, []byte("POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("x", 4000)))
	post := sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "< HTTP/1.1 204 No\r\n\r\n")
	want := "http POST http://a/ of 2 -> 204\n"
	for range 2 {
		if got := brief(play(post, Info{}, Limits{Budget: budget}, 0, nil)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		greedy.Close(Mark{})
		want = "http POST http://a/ \"hi\" -> 204\n"
	}
	if left := budget.left.Load(); left != 1000 {
		t.Errorf("%d bytes left of the budget", left)
	}
}

// TestLargeUpload: 100 MB go by, and only what Limits.Body says is held.
func TestLargeUpload(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		s := origin(t, h2)
		var flows []*flow.Flow
		c := New(Info{}, Limits{Body: 1 << 20}, func(f *flow.Flow) { flows = append(flows, f) })
		tr := &http.Transport{DialContext: func(_ context.Context, n, a string) (net.Conn, error) {
			conn, err := net.Dial(n, a)
			return &live{Conn: conn, c: c}, err
		}, Protocols: s.Config.Protocols}
		before := heap()
		const size = 100 << 20
		resp, err := (&http.Client{Transport: tr}).Post(s.URL+"/early", "x/y", io.LimitReader(zeros{}, size))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		tr.CloseIdleConnections()
		if grown := heap() - before; grown > 8<<20 {
			t.Errorf("%d MB are held", grown>>20)
		}
		c.Close(Mark{})
		if b := &flows[0].Request.Body; len(b.Data) != 1<<20 || b.Size != size || b.Cut != size-1<<20 || !b.Kept {
			t.Errorf("%d bytes kept of %d, cut %d", len(b.Data), b.Size, b.Cut)
		}
	}
}

// TestEvents: a stream of events that has not ended is seen as far as it came.
func TestEvents(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; r.Context().Err() == nil; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
	}))
	defer s.Close()
	var tp tape
	tr := &http.Transport{DialContext: func(_ context.Context, n, a string) (net.Conn, error) { return tp.dial(n, a) }}
	resp, err := (&http.Client{Transport: tr}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(resp.Body, make([]byte, 20_000))
	resp.Body.Close()
	tr.CloseIdleConnections()
	tp.mu.Lock()
	defer tp.mu.Unlock()
	f := sameInPieces(t, tp.events[0], Info{}, Limits{Response: 10_000})
	if len(f) != 1 || len(f[0].Response.Body.Data) != 10_000 || !strings.HasPrefix(string(f[0].Response.Body.Data), "data: 0\n\ndata: 1\n\n") || fmt.Sprint(f[0].Notes) != "[response cut short]" {
		t.Errorf("%.1000s", brief(f))
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// live parses what passes, as it passes.
type live struct {
	net.Conn
	mu sync.Mutex
	c  *Conn
}

func (l *live) see(side Side, b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.c.Data(side, Mark{Time: time.Now()}, b)
}

func (l *live) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.see(Down, b[:n])
	return n, err
}

func (l *live) Write(b []byte) (int, error) {
	l.see(Up, b)
	return l.Conn.Write(b)
}
