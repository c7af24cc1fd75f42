package stream

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// zipped is "lea".
const zipped = "\x1f\x8b\b\x00\x00\x00\x00\x00\x00\xff\xcaIM\x04\x04\x00\x00\xff\xffz%\xb3\x9c\x03\x00\x00\x00"

// origin is a real server that answers in every shape there is.
func origin(tb testing.TB, h2 bool) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Sum", fmt.Sprintf("%x", sha256.Sum256(b)))
		w.Write(b)
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, zipped)
	})
	mux.HandleFunc("/none", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/early", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "final")
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-End")
		for i := range 5 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
		w.Header().Set("X-End", "done")
	})
	s := httptest.NewUnstartedServer(mux)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(!h2)
	s.Config.Protocols.SetUnencryptedHTTP2(h2)
	s.Start()
	tb.Cleanup(s.Close)
	return s
}

// recordHTTP has Go's own client talk to origin in many ways, over one
// connection.
func recordHTTP(tb testing.TB, h2 bool) (url string, events []event) {
	s := origin(tb, h2)
	var tp tape
	tr := &http.Transport{DialContext: func(_ context.Context, n, a string) (net.Conn, error) { return tp.dial(n, a) }, DisableCompression: true}
	tr.Protocols = new(http.Protocols)
	tr.Protocols.SetHTTP1(!h2)
	tr.Protocols.SetUnencryptedHTTP2(h2)
	client := &http.Client{Transport: tr}
	do := func(method, path string, body io.Reader, edit func(*http.Request)) {
		req, _ := http.NewRequest(method, s.URL+path, body)
		if edit != nil {
			edit(req)
		}
		resp, err := client.Do(req)
		if err != nil {
			tb.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	big := strings.Repeat("0123456789abcdef", 20_000)
	do("POST", "/echo?a=1", strings.NewReader("mail=lea@courriel.example"), nil)
	do("GET", "/none", nil, nil)
	do("HEAD", "/echo", nil, nil)
	do("POST", "/echo", io.MultiReader(strings.NewReader("chun"), strings.NewReader("ked")), nil) // no length
	do("POST", "/early", strings.NewReader("x=1"), func(r *http.Request) { r.Header.Set("Expect", "100-continue") })
	do("PUT", "/echo", strings.NewReader(big), nil)
	do("GET", "/stream", nil, nil)
	do("POST", "/echo", io.MultiReader(strings.NewReader("with trailer")), func(r *http.Request) {
		r.Trailer = http.Header{"X-After": {"the body"}}
	})
	tr.CloseIdleConnections()

	if len(tp.events) != 1 {
		tb.Fatalf("%d connections", len(tp.events))
	}
	s.Close() // nothing runs beside a fuzzer
	return s.URL, tp.events[0]
}

// TestRealHTTP: Go's own client and server, in HTTP/1.1 and HTTP/2, tapped in
// between.
func TestRealHTTP(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[h2], func(t *testing.T) {
			url, events := recordHTTP(t, h2)
			flows := sameInPieces(t, events, Info{Leg: flow.Outer, Basis: "test"}, Limits{Response: 1 << 20})
			big := strings.Repeat("0123456789abcdef", 20_000)
			type want struct {
				line, body, response string
				status               int
			}
			wants := []want{
				{"POST /echo?a=1", "mail=lea@courriel.example", "mail=lea@courriel.example", 200},
				{"GET /none", "", "", 204},
				{"HEAD /echo", "", "", 200},
				{"POST /echo", "chunked", "chunked", 200},
				{"POST /early", "x=1", "final", 200},
				{"PUT /echo", big, big, 200},
				{"GET /stream", "", "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n", 200},
				{"POST /echo", "with trailer", "with trailer", 200},
			}
			if len(flows) != len(wants) {
				t.Fatalf("%d flows, want %d\n%.2000s", len(flows), len(wants), dump(flows))
			}
			for i, w := range wants {
				f := flows[i]
				if got := f.Request.Method + " " + strings.TrimPrefix(f.Request.URL, url); got != w.line {
					t.Errorf("flow %d: %q, want %q", i, got, w.line)
				}
				if string(f.Request.Body.Data) != w.body || !f.Request.Body.Kept || f.Request.Body.Size != int64(len(w.body)) {
					t.Errorf("flow %d: request body %.60q (%d)", i, f.Request.Body.Data, f.Request.Body.Size)
				}
				if f.Response.Status != w.status || string(f.Response.Body.Data) != w.response {
					t.Errorf("flow %d: %d %.60q", i, f.Response.Status, f.Response.Body.Data)
				}
				if len(f.Notes) > 0 || f.Timing.Start.IsZero() || f.Timing.Sent.IsZero() || f.Timing.Answered.IsZero() || f.Timing.End.IsZero() {
					t.Errorf("flow %d: notes %v, timing %+v", i, f.Notes, f.Timing)
				}
			}
			if got := flow.Header(flows[7].Request.Trailer, "x-after"); got != "the body" {
				t.Errorf("request trailer %q", got)
			}
			if got := flow.Header(flows[6].Response.Trailer, "x-end"); got != "done" {
				t.Errorf("response trailer %q", got)
			}
		})
	}
}
