package stream

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// broker runs mosquitto, and returns where it listens.
func broker(t *testing.T) string {
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/mosquitto"); err != nil {
			t.Skip(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	conf := filepath.Join(t.TempDir(), "conf")
	if err := os.WriteFile(conf, []byte("listener "+port+" 127.0.0.1\nallow_anonymous true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 100 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return addr
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("mosquitto does not listen")
	return ""
}

// TestMosquitto: a real client and broker in each version and quality of
// service, and the same bytes through a WebSocket.
func TestMosquitto(t *testing.T) {
	if _, err := exec.LookPath("mosquitto_pub"); err != nil {
		t.Skip(err)
	}
	addr := broker(t)
	big := strings.Repeat("0123456789abcdef", 5000)
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		for qos, payload := range []string{"48.85,2.35", big, "lea@courriel.example"} {
			t.Run(fmt.Sprintf("%s QoS %d", version, qos), func(t *testing.T) {
				var tp tape
				host, port, _ := net.SplitHostPort(tp.relayTo(t, addr))
				args := []string{"-V", version, "-h", host, "-p", port, "-i", "phone", "-t", "users/lea/gps", "-q", fmt.Sprint(qos), "-u", "lea", "-P", "secret", "--will-topic", "gone", "--will-payload", "bye", "-s"}
				want := "mqtt >client id=\"phone\" >will topic=\"gone\" >will=\"bye\" >user name=\"lea\" >password=\"secret\" >topic=\"users/lea/gps\""
				if version == "mqttv5" {
					args = append(args, "-D", "publish", "user-property", "mail", "lea@courriel.example", "-D", "publish", "content-type", "text/plain", "-D", "connect", "user-property", "a", "b")
					want = strings.Replace(want, ">client", ">property a=\"b\" >client", 1)
				}
				cmd := exec.CommandContext(t.Context(), "mosquitto_pub", args...)
				cmd.Stdin = strings.NewReader(payload)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v %s", err, out)
				}
				tp.await(t, "\xe0\x00") // DISCONNECT
				tp.mu.Lock()
				defer tp.mu.Unlock()
				flows := sameInPieces(t, tp.events[0], Info{}, Limits{})
				got := named(flows)
				if version == "mqttv5" {
					got = strings.Replace(got, " >property mail=\"lea@courriel.example\"", "", 1)
					got = strings.Replace(got, " >content type=\"text/plain\"", "", 1)
					if len(got) == len(named(flows)) {
						t.Error("no properties")
					}
				}
				if len(payload) > 100 {
					want += fmt.Sprintf(" >payload=%d bytes\n", len(payload))
				} else {
					want += fmt.Sprintf(" >payload=%q\n", payload)
				}
				if got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				list := flows[0].Messages
				if got := list[len(list)-1].Body.Data; sha256.Sum256(got) != sha256.Sum256([]byte(payload)) {
					t.Error("another payload")
				}
				if got, want := inWebSocket(t, tp.events[0]), strings.Replace(named(flows), "mqtt", "websocket", 1); got != want {
					t.Errorf("through a WebSocket: got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// await waits until the client of the first connection has said its last.
func (t *tape) await(tb testing.TB, last string) {
	for range 200 {
		t.mu.Lock()
		up := ""
		for _, e := range t.events[0] {
			if e.side == Up {
				up += string(e.data)
			}
		}
		t.mu.Unlock()
		if strings.HasSuffix(up, last) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	tb.Fatal("the client does not end")
}

// relayTo is relay for a server that is no HTTP server.
func (t *tape) relayTo(tb testing.TB, addr string) string {
	return strings.TrimPrefix(t.relay(tb, &httptest.Server{Listener: fixedAddr{addr: addr}}), "http://")
}

// fixedAddr is the listener of a server that somebody else runs.
type fixedAddr struct {
	net.Listener
	addr string
}

func (f fixedAddr) Addr() net.Addr {
	a, _ := net.ResolveTCPAddr("tcp", f.addr)
	return a
}

// inWebSocket sends what a client said through a real WebSocket, in messages
// that do not end with packets, compressed, and returns what is seen of it.
func inWebSocket(t *testing.T, events []event) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"mqtt"}, CompressionMode: websocket.CompressionContextTakeover, CompressionThreshold: 1})
		if err != nil {
			return
		}
		c.SetReadLimit(1 << 20)
		for {
			if _, _, err := c.Read(r.Context()); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	var tp tape
	tr := &http.Transport{DialContext: func(_ context.Context, n, a string) (net.Conn, error) { return tp.dial(n, a) }}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, s.URL, &websocket.DialOptions{HTTPClient: &http.Client{Transport: tr}, Subprotocols: []string{"mqtt"}, CompressionMode: websocket.CompressionContextTakeover, CompressionThreshold: 1})
	if err != nil {
		t.Fatal(err)
	}
	var up []byte
	for _, e := range events {
		if e.side == Up {
			up = append(up, e.data...)
		}
	}
	for rng := rand.New(rand.NewPCG(1, 1)); len(up) > 0; {
		n := min(len(up), 1+rng.IntN(1000))
		if err := c.Write(ctx, websocket.MessageBinary, up[:n]); err != nil {
			t.Fatal(err)
		}
		up = up[n:]
	}
	c.Close(websocket.StatusNormalClosure, "")
	tp.mu.Lock()
	defer tp.mu.Unlock()
	return named(sameInPieces(t, tp.events[0], Info{}, Limits{}))
}
