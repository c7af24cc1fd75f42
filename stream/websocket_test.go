package stream

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/constat/constat/flow"
)

// said is what the client of recordWebSocket says, text or binary.
var said = func() []string {
	text := strings.Repeat("lea@courriel.example ", 2000)
	return []string{"T:lea@courriel.example", "T:" + text, "B:\x00\x01\x02", "T:" + text, "T:in two writes"}
}()

// recordWebSocket has a real client talk to an echo.
func recordWebSocket(tb testing.TB, mode websocket.CompressionMode) (url string, events []event) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: mode, CompressionThreshold: 1})
		if err != nil {
			return
		}
		c.SetReadLimit(1 << 20)
		for {
			kind, b, err := c.Read(r.Context())
			if err != nil {
				return
			}
			c.Write(r.Context(), kind, b)
		}
	}))
	defer s.Close()
	var tp tape
	tr := &http.Transport{DialContext: func(_ context.Context, n, a string) (net.Conn, error) { return tp.dial(n, a) }}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, s.URL+"/chat?token=t", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: tr}, CompressionMode: mode, CompressionThreshold: 1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	c.SetReadLimit(1 << 20)
	for i, m := range said {
		kind := websocket.MessageText
		if m[0] == 'B' {
			kind = websocket.MessageBinary
		}
		w, _ := c.Writer(ctx, kind) // in fragments
		for p := []byte(m[2:]); len(p) > 0; {
			n := min(len(p), 20_000)
			if i == 4 {
				n = min(n, 6)
			}
			w.Write(p[:n])
			p = p[n:]
		}
		w.Close()
		if _, b, err := c.Read(ctx); err != nil || string(b) != m[2:] {
			tb.Fatal(err, len(b))
		}
	}
	closed := c.CloseRead(ctx)
	if err := c.Ping(ctx); err != nil {
		tb.Fatal(err)
	}
	c.Close(websocket.StatusGoingAway, "tired")
	<-closed.Done()
	return s.URL, tp.events[0]
}

// TestRealWebSocket: a real client and server, without compression and with
// it, with and without a window kept from message to message.
func TestRealWebSocket(t *testing.T) {
	for name, mode := range map[string]websocket.CompressionMode{
		"plain": websocket.CompressionDisabled, "takeover": websocket.CompressionContextTakeover, "no takeover": websocket.CompressionNoContextTakeover,
	} {
		t.Run(name, func(t *testing.T) {
			url, events := recordWebSocket(t, mode)
			for _, l := range []Limits{{Response: 1 << 20}, {}} {
				flows := sameInPieces(t, events, Info{}, l)
				if len(flows) != 1 || flows[0].Kind != flow.WebSocket || flows[0].Request.URL != url+"/chat?token=t" || flows[0].Response.Status != 101 || len(flows[0].Notes) > 0 {
					t.Fatalf("%.3000s", dump(flows))
				}
				var up, down []string
				for _, m := range flows[0].Messages {
					kind := map[bool]string{true: "T:", false: "B:"}[m.Text]
					switch {
					case m.FromClient:
						up = append(up, kind+string(m.Body.Data))
					case l.Response > 0:
						down = append(down, kind+string(m.Body.Data))
					case m.Body.Kept || len(m.Body.Data) > 0 || m.Body.Size == 0:
						t.Errorf("an answer that was not to be kept: %+v", m.Body)
					default:
						down = append(down, "")
					}
				}
				// A ping and the reason of closing left the client too.
				if got := fmt.Sprintf("%.100q", up); got != fmt.Sprintf("%.100q", append(said, "B:1", "T:tired")) {
					t.Errorf("up %s", got)
				}
				if len(down) != len(said) || l.Response > 0 && fmt.Sprint(down) != fmt.Sprint(said) {
					t.Errorf("down %.100q", down)
				}
			}
		})
	}
}

// ws makes an unmasked or masked frame.
func ws(first byte, masked bool, payload string) string {
	b := []byte{first, 0}
	switch n := len(payload); {
	case n < 126:
		b[1] = byte(n)
	default:
		b[1] = 126
		b = append(b, byte(n>>8), byte(n))
	}
	p := []byte(payload)
	if masked {
		b[1] |= 0x80
		mask := [4]byte{1, 2, 3, 4}
		b = append(b, mask[:]...)
		for i := range p {
			p[i] ^= mask[i&3]
		}
	}
	return string(append(b, p...))
}

const wsOpen = "> GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"

func wsAccept(extension string) string {
	return "< HTTP/1.1 101 Go\r\nUpgrade: WebSocket\r\nSec-WebSocket-Extensions: " + extension + "\r\n\r\n"
}

// TestWebSocketFrames has what the library does not send.
func TestWebSocketFrames(t *testing.T) {
	const head = "websocket GET http://a/ws -> 101"
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		name, up, want string
	}{
		{"control frames between fragments", ws(0x01, true, "one ") + ws(0x89, true, "ping") + ws(0x00, true, "two ") + ws(0x8a, true, "") + ws(0x80, true, "three"),
			head + " > \"ping\" > \"one two three\"\n"},
		{"empty messages", ws(0x81, true, "") + ws(0x82, true, ""), head + " > >\n"},
		{"long and unmasked", ws(0x82, false, long), head + " > 300 bytes\n"},
		{"close without reason", ws(0x88, true, "\x03\xe8"), head + "\n"},
		{"cut short", ws(0x81, true, "whole") + ws(0x81, true, "cut short")[:9], head + " > \"whole\" > \"cut\" (message cut short)\n"},
		{"a head cut short", ws(0x81, true, "cut short")[:3], head + "\nopaque 3 up 0 down: cut short, or sent when nothing was open to take it\n"},
		{"length 2^63", "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04abc", head + " (a WebSocket frame that breaks the protocol: the rest was not read)\nopaque 17 up 0 down: a WebSocket frame that breaks the protocol\n"},
		{"continuation of nothing", ws(0x80, true, "abc"), head + " (a WebSocket frame that breaks the protocol: the rest was not read)\nopaque 9 up 0 down: a WebSocket frame that breaks the protocol\n"},
		{"a message inside another", ws(0x01, true, "abc") + ws(0x81, true, "abc"), head + " > \"abc\" (a WebSocket frame that breaks the protocol: the rest was not read; message cut short)\nopaque 9 up 0 down: a WebSocket frame that breaks the protocol\n"},
		{"compressed without being asked", ws(0xc1, true, "abc"), head + " (a WebSocket frame that breaks the protocol: the rest was not read)\nopaque 9 up 0 down: a WebSocket frame that breaks the protocol\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := brief(sameInPieces(t, sent(wsOpen, wsAccept(""), "> "+c.up), Info{}, Limits{})); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestWebSocketInstalments: each flow is given away for good, and knows where
// it goes.
func TestWebSocketInstalments(t *testing.T) {
	events := sent(wsOpen, wsAccept(""))
	for range 10 {
		events = append(events, event{Up, []byte(ws(0x82, true, strings.Repeat("x", 100)))})
	}
	flows := sameInPieces(t, events, Info{}, Limits{Messages: 600})
	n := 0
	for i, f := range flows {
		n += len(f.Messages)
		if host := f.Host(); host != "a" || (f.Request != nil) != (i == 0) {
			t.Errorf("flow %d to %q, request %v", i, host, f.Request)
		}
	}
	if len(flows) != 4 || n != 10 {
		t.Errorf("%d flows, %d messages", len(flows), n)
	}
}

// TestInflate: a message that is longer than the limit is counted, and the
// next one still finds its window; after a bomb or a broken one nothing is
// guessed.
func TestInflate(t *testing.T) {
	deflate := func(msgs ...string) (out []string) {
		var b bytes.Buffer
		w := newDeflater(&b)
		for _, m := range msgs {
			b.Reset()
			w.Write([]byte(m))
			w.Flush()
			out = append(out, strings.TrimSuffix(b.String(), "\x00\x00\xff\xff"))
		}
		return out
	}
	text := "lea@courriel.example, again and again. "
	for _, c := range []struct {
		name string
		msgs []string
		want string
	}{
		{"over the limit", deflate(strings.Repeat(text, 7), text), `"` + strings.Repeat(text, 7)[:100] + `" +173; "` + text + `" +0; ()`},
		{"a window over three messages", deflate(text+text, "x", text+text), `"` + text + text + `" +0; "x" +0; "` + text + text + `" +0; ()`},
		{"a bomb", deflate(strings.Repeat(text, 50), text), `"` + strings.Repeat(text, 50)[:100] + `" +1850; packed; (messages that do not inflate: one of them is many times longer than the limit; messages that do not inflate: an earlier message that they refer to was not read)`},
		{"broken", append([]string{"\xff\xff"}, deflate(text)...), `packed; packed; (messages that do not inflate: flate: corrupt input before offset 1; messages that do not inflate: an earlier message that they refer to was not read)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := sent(wsOpen, wsAccept("permessage-deflate"))
			for _, m := range c.msgs {
				events = append(events, event{Up, []byte(ws(0xc1, true, m))})
			}
			var got strings.Builder
			for _, f := range sameInPieces(t, events, Info{}, Limits{Body: 100}) {
				for _, m := range f.Messages {
					if m.Body.Decoded {
						fmt.Fprintf(&got, "%q +%d; ", m.Body.Data, m.Body.Cut)
					} else {
						got.WriteString("packed; ")
					}
				}
				fmt.Fprintf(&got, "(%s)", strings.Join(f.Notes, "; "))
			}
			if got.String() != c.want {
				t.Errorf("got\n%s\nwant\n%s", got.String(), c.want)
			}
		})
	}
}
