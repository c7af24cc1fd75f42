package stream

import (
	"bytes"
	"compress/flate"
	"io"
	"strings"
	"testing"

	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

func newDeflater(w io.Writer) *flate.Writer {
	d, _ := flate.NewWriter(w, 9)
	return d
}

// peer writes the frames of one direction.
type peer struct {
	*wire.Framer
	out bytes.Buffer
	hp  bytes.Buffer
	enc *hpack.Encoder
}

func newPeer() *peer {
	p := &peer{}
	p.Framer = wire.NewFramer(&p.out, nil)
	p.AllowIllegalWrites = true
	p.enc = hpack.NewEncoder(&p.hp)
	return p
}

// block encodes fields, given as "name: value".
func (p *peer) block(fields ...string) []byte {
	p.hp.Reset()
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		p.enc.WriteField(hpack.HeaderField{Name: name, Value: value})
	}
	return bytes.Clone(p.hp.Bytes())
}

func (p *peer) request(id uint32, end bool, fields ...string) {
	p.WriteHeaders(wire.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: end, BlockFragment: p.block(fields...)})
}

// take returns the frames so far.
func (p *peer) take() []byte {
	b := bytes.Clone(p.out.Bytes())
	p.out.Reset()
	return b
}

var (
	postFields = []string{":method: POST", ":scheme: https", ":authority: a.example", ":path: /p", "cookie: id=1"}
	okFields   = []string{":status: 200", "server: x"}
)

// TestHTTP2 has what Go's own client and server do not send.
func TestHTTP2(t *testing.T) {
	const line = "http POST https://a.example/p"
	for _, c := range []struct {
		name string
		talk func(up, down *peer, turn func())
		want string
	}{
		{"continuation, padding, priority, unknown frames", func(up, down *peer, turn func()) {
			up.WriteSettings()
			b := up.block(postFields...)
			up.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: b[:5], PadLength: 7, Priority: wire.PriorityParam{StreamDep: 3, Weight: 9}})
			up.WriteContinuation(1, false, nil)
			up.WriteContinuation(1, false, b[5:9])
			up.WriteContinuation(1, true, b[9:])
			up.WritePriority(1, wire.PriorityParam{Weight: 3})
			up.WriteRawFrame(0xfa, 0xff, 1, []byte("grease"))
			up.WriteDataPadded(1, false, []byte("one "), make([]byte, 200))
			up.WriteDataPadded(1, false, nil, make([]byte, 3))
			up.WriteDataPadded(1, true, []byte("two"), nil)
			turn()
			down.WriteSettingsAck()
			down.WritePing(false, [8]byte{})
			down.WriteWindowUpdate(0, 99)
			down.request(1, false, ":status: 103", "link: x")
			down.request(1, false, okFields...)
			down.WriteDataPadded(1, false, []byte("ok"), []byte{0})
			down.request(1, true, "grpc-status: 0")
			down.WriteGoAway(1, 0, []byte("bye"))
		}, line + " \"one two\" -> 200 \"ok\" +grpc-status=0\n"},
		{"reset by the client, and an answer on its way", func(up, down *peer, turn func()) {
			up.request(1, false, postFields...)
			up.WriteData(1, false, []byte("half"))
			up.WriteRSTStream(1, wire.ErrCodeCancel)
			turn()
			down.request(1, false, okFields...)
			down.WriteData(1, true, []byte("late"))
			turn()
			up.request(3, true, postFields...)
			turn()
			down.request(3, true, okFields...)
		}, line + " \"half\" (reset by the client, HTTP/2 error 8; request cut short; no response)\n" + line + " -> 200\n"},
		{"reset by the server, and a request on its way", func(up, down *peer, turn func()) {
			up.request(1, false, postFields...)
			up.WriteData(1, false, []byte("half"))
			turn()
			down.WriteRSTStream(1, wire.ErrCodeRefusedStream)
			turn()
			up.WriteData(1, false, []byte("on its way"))
			up.request(1, true, "trailer: t")
		}, line + " \"half\" (reset by the server, HTTP/2 error 7; request cut short; no response)\nopaque 28 up 0 down: cut short, or sent when nothing was open to take it\n"},
		{"a polite end", func(up, down *peer, turn func()) {
			up.request(1, false, postFields...)
			turn()
			down.request(1, true, ":status: 413")
			down.WriteRSTStream(1, wire.ErrCodeNo)
		}, line + " -> 413 (request cut short)\n"},
		{"a push", func(up, down *peer, turn func()) {
			up.request(1, true, postFields...)
			turn()
			down.WritePushPromise(wire.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true, PadLength: 3, BlockFragment: down.block(":method: GET", ":path: /style.css")})
			down.request(2, false, okFields...)
			down.WriteData(2, true, []byte("css"))
			down.request(1, true, okFields...)
		}, line + " -> 200\n"},
		{"interleaved", func(up, down *peer, turn func()) {
			up.request(1, false, postFields...)
			up.request(3, false, postFields...)
			up.WriteData(3, false, []byte("3"))
			up.WriteData(1, true, []byte("1"))
			up.WriteData(3, true, []byte("3"))
			turn()
			down.request(3, false, okFields...)
			down.request(1, true, okFields...)
			down.WriteData(3, true, nil)
		}, line + " \"1\" -> 200\n" + line + " \"33\" -> 200\n"},
		{"a WebSocket", func(up, down *peer, turn func()) {
			up.request(1, false, ":method: CONNECT", ":protocol: websocket", ":scheme: https", ":authority: a.example", ":path: /ws")
			up.WriteData(1, false, []byte(ws(0x81, true, "early")))
			turn()
			down.request(1, false, okFields...)
			down.WriteData(1, false, []byte(ws(0x81, false, "hello")))
			turn()
			up.WriteData(1, true, []byte(ws(0x81, true, "hi")))
			turn()
			down.WriteData(1, true, []byte(ws(0x81, false, "last word")))
		}, "websocket CONNECT https://a.example/ws -> 200 > \"early\" < \"hello\" > \"hi\" < \"last word\"\n"},
		{"a broken WebSocket, and an exchange beside it", func(up, down *peer, turn func()) {
			up.request(1, false, ":method: CONNECT", ":protocol: websocket", ":scheme: https", ":authority: a.example", ":path: /ws")
			turn()
			down.request(1, false, okFields...)
			turn()
			up.WriteData(1, false, []byte(ws(0xf1, true, "broken")))
			up.request(3, true, postFields...)
			turn()
			down.request(3, true, okFields...)
		}, line + " -> 200\nwebsocket CONNECT https://a.example/ws -> 200 (a WebSocket frame that breaks the protocol: the rest was not read)\nopaque 12 up 0 down: cut short, or sent when nothing was open to take it\n"},
		{"a WebSocket refused", func(up, down *peer, turn func()) {
			up.request(1, false, ":method: CONNECT", ":protocol: websocket", ":scheme: https", ":authority: a.example", ":path: /ws")
			turn()
			down.request(1, false, ":status: 403")
			down.WriteData(1, true, []byte("no"))
			turn()
			up.WriteData(1, true, nil)
		}, "http CONNECT https://a.example/ws -> 403 \"no\"\n"},
		{"a frame inside a header block", func(up, down *peer, turn func()) {
			up.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: up.block(postFields...)})
			up.WriteData(1, true, []byte("x"))
		}, "opaque 39 up 0 down: an HTTP/2 frame that breaks the protocol\n"},
		{"a continuation of another stream", func(up, down *peer, turn func()) {
			up.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: up.block(postFields...)})
			up.WriteContinuation(3, true, nil)
		}, "opaque 38 up 0 down: an HTTP/2 frame that breaks the protocol\n"},
		{"padding longer than the frame", func(up, down *peer, turn func()) {
			up.request(1, false, postFields...)
			up.WriteRawFrame(0, wire.FlagDataPadded, 1, []byte{5, 1, 2})
		}, line + " (request cut short; no response)\nopaque 12 up 0 down: an HTTP/2 frame that breaks the protocol\n"},
		{"HPACK that refers to nothing", func(up, down *peer, turn func()) {
			up.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: []byte{0xff, 0x80, 0x01}})
		}, "opaque 12 up 0 down: HPACK: decoding error: invalid indexed representation index 255\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			up, down := newPeer(), newPeer()
			events := []event{{Up, []byte(preface)}}
			turn := func() {
				for side, p := range []*peer{up, down} {
					if b := p.take(); len(b) > 0 {
						events = append(events, event{Side(side), b})
					}
				}
			}
			c.talk(up, down, turn)
			turn()
			if got := brief(sameInPieces(t, events, Info{}, Limits{Response: 1 << 20})); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestHeadStart: a head in several frames begins with the first.
func TestHeadStart(t *testing.T) {
	p := newPeer()
	b := p.block(postFields...)
	p.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: b[:5], EndStream: true})
	events := []event{{Up, append([]byte(preface), p.take()...)}}
	p.WriteContinuation(1, true, b[5:])
	events = append(events, event{Up, p.take()})
	flows := sameInPieces(t, events, Info{}, Limits{})
	if f := flows[0]; !f.Timing.Start.Equal(start) || f.Source.Offset != 1000+int64(len(preface)) || !f.Timing.Sent.After(start) {
		t.Errorf("%+v %+v", f.Timing, f.Source)
	}
}

// TestH2C: the answer to the request that asked for HTTP/2 comes on stream 1.
func TestH2C(t *testing.T) {
	up, down := newPeer(), newPeer()
	up.WriteSettings()
	up.request(3, true, postFields...)
	down.request(1, false, okFields...)
	down.WriteData(1, true, []byte("first"))
	down.request(3, true, okFields...)
	events := sent("> GET /1 HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "< HTTP/1.1 101 Go\r\nUpgrade: h2c\r\n\r\n")
	events = append(events, event{Up, append([]byte(preface), up.take()...)}, event{Down, down.take()})
	want := "http GET http://a/1 -> 200 \"first\"\nhttp POST https://a.example/p -> 200\n"
	if got := brief(sameInPieces(t, events, Info{}, Limits{Response: 1 << 20})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
