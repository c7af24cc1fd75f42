package tls_test

import (
	"bytes"
	"context"
	gotls "crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
	"github.com/constat/constat/stream/tls"
)

// reader is how a capture goes on with what a tls.Conn opens: the parser of
// the plaintext begins with the first of it, when the handshake has said what
// is spoken.
type reader struct {
	state tls.State
	conn  *stream.Conn
	flows []*flow.Flow
}

func (r *reader) begin() *stream.Conn {
	if r.conn == nil {
		info := stream.Info{TLS: r.state.TLS(), Timing: flow.Timing{TLS: r.state.RTT(flow.Direct, 0)}, Leg: flow.Direct, Basis: "test"}
		r.conn = stream.New(info, stream.Limits{Response: 1 << 20}, func(f *flow.Flow) { r.flows = append(r.flows, f) })
	}
	return r.conn
}

func (r *reader) State(s *tls.State)                             { r.state = *s }
func (r *reader) Data(side stream.Side, m stream.Mark, b []byte) { r.begin().Data(side, m, b) }
func (r *reader) Gap(side stream.Side, m stream.Mark, n int64)   { r.begin().Gap(side, m, -1) }
func (r *reader) EOF(side stream.Side, m stream.Mark)            { r.begin().EOF(side, m) }
func (r *reader) Unread(side stream.Side, m stream.Mark, n int64, reason string) {
	r.begin().Gap(side, m, -1)
}

// TestIntoHTTP reads the exchanges of net/http out of its TLS connections.
func TestIntoHTTP(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %d bytes", r.URL.Path, len(b))
		}))
		server.EnableHTTP2 = h2
		server.StartTLS()
		defer server.Close()
		client := server.Client()
		transport := client.Transport.(*http.Transport)
		var mu sync.Mutex
		var list []seen
		var keys bytes.Buffer
		transport.TLSClientConfig.KeyLogWriter = &keys
		transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return locked{tap{c, &list}, &mu}, err
		}
		for i := range 3 {
			res, err := client.Post(fmt.Sprintf("%s/collect/%d", server.URL, i), "text/plain", strings.NewReader(strings.Repeat("mail=lea@courriel.example&", 3000*i+1)))
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		client.CloseIdleConnections()

		mu.Lock()
		log, r := keylog.New(), &reader{}
		log.Add(keys.Bytes())
		conn := tls.New(log, tls.Limits{}, r)
		for _, s := range list {
			if len(s.bytes) > 0 {
				conn.Data(s.side, stream.Mark{Time: s.at}, s.bytes)
			}
		}
		mu.Unlock()
		conn.Close(stream.Mark{})
		r.begin().Close(stream.Mark{})

		if len(r.flows) != 3 {
			t.Fatalf("h2 %v: %d flows", h2, len(r.flows))
		}
		for i, f := range r.flows {
			want := fmt.Sprintf("/collect/%d %d bytes", i, 26*(3000*i+1))
			if f.Kind != flow.HTTP || len(f.Request.Body.Data) != 26*(3000*i+1) || string(f.Response.Body.Data) != want || f.TLS.Version != "TLS 1.3" || f.TLS.Cipher != gotls.CipherSuiteName(gotls.TLS_AES_128_GCM_SHA256) || (f.TLS.ALPN == "h2") != h2 {
				t.Errorf("h2 %v: %s %s %d bytes, %q, %+v", h2, f.Kind, f.Request.URL, len(f.Request.Body.Data), f.Response.Body.Data, f.TLS)
			}
			if (f.Timing.TLS != nil) != (i == 0) {
				t.Errorf("handshake of exchange %d: %+v", i, f.Timing.TLS)
			}
		}
	}
}

// locked is a tap of which both ends are used at once.
type locked struct {
	tap
	mu *sync.Mutex
}

func (l locked) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(stream.Down, b[:n])
	return n, err
}

func (l locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	l.note(stream.Up, b)
	l.mu.Unlock()
	return l.Conn.Write(b)
}
