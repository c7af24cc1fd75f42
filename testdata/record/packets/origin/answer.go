package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/constat/constat/internal/oracle"
)

// answer is a response before any protocol writes it.
type answer struct {
	status   int
	fields   [][2]string
	pieces   [][]byte      // written one by one: chunks, DATA frames
	pause    time.Duration // between pieces
	chunked  bool          // no length is told
	close    bool          // HTTP/1: the end of the connection ends the body
	padded   bool          // HTTP/2: frames carry padding
	trailers [][2]string
	hints    [][2]string // fields of a 103 before the response
}

func (a *answer) body() []byte { return bytes.Join(a.pieces, nil) }

// clips is the JSON that the invented service answers with.
func clips(n int) []byte {
	type clip struct {
		ID      int    `json:"id"`
		Title   string `json:"title"`
		Seconds int    `json:"seconds"`
		Token   string `json:"token"`
	}
	r := rand.New(rand.NewPCG(15, 15))
	out := make([]clip, n)
	for i := range out {
		out[i] = clip{i, fmt.Sprintf("Marée basse %d", i), 1 + r.IntN(15), fmt.Sprintf("%016x", r.Uint64())}
	}
	b, _ := json.Marshal(map[string]any{"clips": out})
	return b
}

// noise is n bytes that no compression makes smaller, always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{'c', 'o', 'n', 's', 't', 'a', 't'})
	r.Read(b)
	return b
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func brotlied(b []byte) []byte {
	var out bytes.Buffer
	w := brotli.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func pieces(b []byte, n int) (out [][]byte) {
	for len(b) > n {
		out, b = append(out, b[:n]), b[n:]
	}
	return append(out, b)
}

// respond decides what is answered to x, whose body was b.
func (o *origin) respond(x *oracle.Exchange, b []byte) *answer {
	path, _, _ := strings.Cut(x.Path, "?")
	word := func(prefix string) (int, bool) {
		s, ok := strings.CutPrefix(path, prefix)
		n, err := strconv.Atoi(s)
		return n, ok && err == nil && n <= 4<<20
	}
	a := &answer{status: 200, fields: [][2]string{{"server", "origin"}, {"access-control-allow-origin", "*"}}}
	add := func(name, value string) { a.fields = append(a.fields, [2]string{name, value}) }
	if o.h3 != "" {
		add("alt-svc", o.h3)
	}
	js := func(b []byte) *answer {
		add("content-type", "application/json")
		a.pieces = [][]byte{b}
		return a
	}
	if x.Method == "OPTIONS" {
		a.status = 204
		add("access-control-allow-methods", "GET, POST, PUT, OPTIONS")
		add("access-control-allow-headers", "content-type, content-encoding, x-quinze")
		return a
	}
	if n, ok := word("/bytes/"); ok {
		add("content-type", "application/octet-stream")
		a.pieces = [][]byte{noise(n)}
		return a
	}
	if n, ok := word("/status/"); ok {
		a.status = n
		if n == 302 {
			add("location", "/json")
		}
		if n != 204 && n != 304 {
			return js([]byte(fmt.Sprintf(`{"status":%d}`, n)))
		}
		return a
	}
	switch path {
	case "/gzip":
		add("content-encoding", "gzip")
		return js(gzipped(clips(200)))
	case "/br":
		add("content-encoding", "br")
		return js(brotlied(clips(200)))
	case "/json":
		add("set-cookie", "quinze_session=0123456789abcdef; Path=/; HttpOnly")
		add("set-cookie", "quinze_seen=1; Path=/")
		return js(clips(20))
	case "/chunked":
		js(clips(100))
		a.pieces, a.chunked, a.pause = pieces(a.body(), 1777), true, time.Millisecond
		return a
	case "/trailers":
		js(clips(30))
		a.pieces, a.chunked = pieces(a.body(), 1000), true
		add("trailer", "x-digest, x-count")
		a.trailers = [][2]string{{"x-digest", oracle.Digest(clips(30)).SHA256}, {"x-count", "30"}}
		return a
	case "/close":
		js(clips(40))
		a.close = true
		return a
	case "/padded":
		js(clips(60))
		a.pieces, a.padded = pieces(a.body(), 900), true
		return a
	case "/early":
		a.hints = [][2]string{{"link", "</app.js>; rel=preload; as=script"}}
		return js(clips(5))
	case "/fields":
		for i := range 40 {
			add(fmt.Sprintf("x-long-%d", i), strings.Repeat(fmt.Sprintf("%x", i), 120))
		}
		return js(clips(1))
	case "/events":
		add("content-type", "text/event-stream")
		add("cache-control", "no-store")
		for i := range 5 {
			a.pieces = append(a.pieces, fmt.Appendf(nil, "id: %d\nevent: clip\ndata: {\"clip\":%d,\"by\":\"quinze\"}\n\n", i, i))
		}
		a.chunked, a.pause = true, 40*time.Millisecond
		return a
	}
	if x.Method == "GET" || x.Method == "HEAD" {
		if name := filepath.Clean("/" + path); o.pages != "" {
			if name == "/" {
				name = "/index.html"
			}
			if content, err := os.ReadFile(filepath.Join(o.pages, name)); err == nil {
				add("content-type", map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript"}[filepath.Ext(name)])
				a.pieces = [][]byte{content}
				return a
			}
		}
		if path == "/favicon.ico" {
			a.status = 404
		}
		return js([]byte(`{"ok":true}`))
	}
	d := oracle.Digest(b)
	return js(fmt.Appendf(nil, `{"ok":true,"bytes":%d,"sha256":%q}`, d.Size, d.SHA256))
}
