package har

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// browserEntry is an entry as Chrome writes it: a JSON post and an answer of
// n bytes of escaped HTML.
func browserEntry(i, n int) string {
	html := strings.Repeat(`<div class=\"row\">some text that a page holds, not much of it escaped<\/div>\n`, n/80+1)
	return fmt.Sprintf(`{
      "_initiator": {"type": "script", "stack": {"callFrames": [{"functionName": "send", "scriptId": "12", "url": "https://cdn.example/app.js", "lineNumber": 1, "columnNumber": 48211}]}},
      "_priority": "High",
      "_resourceType": "xhr",
      "cache": {},
      "connection": "%d",
      "request": {
        "method": "POST",
        "url": "https://api%d.example/v1/collect?id=%d&session=3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "httpVersion": "http/2.0",
        "headers": [
          {"name": ":authority", "value": "api.example"},
          {"name": "accept", "value": "*/*"},
          {"name": "accept-encoding", "value": "gzip, deflate, br"},
          {"name": "content-type", "value": "application/json"},
          {"name": "user-agent", "value": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36"}
        ],
        "queryString": [{"name": "id", "value": "%d"}, {"name": "session", "value": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"}],
        "cookies": [],
        "headersSize": -1,
        "bodySize": 120,
        "postData": {"mimeType": "application/json", "text": "{\"event\":\"view\",\"id\":%d,\"device\":{\"model\":\"Pixel 8\",\"os\":\"14\"},\"lat\":48.8566,\"lon\":2.3522}"}
      },
      "response": {
        "status": 200, "statusText": "", "httpVersion": "http/2.0",
        "headers": [{"name": "content-type", "value": "text/html"}, {"name": "date", "value": "Mon, 23 Nov 2026 10:00:00 GMT"}],
        "cookies": [],
        "content": {"size": %d, "mimeType": "text/html", "text": "%s"},
        "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 1234, "_error": null
      },
      "serverIPAddress": "192.0.2.10",
      "startedDateTime": "2026-11-23T10:00:00.123Z",
      "time": 107.3,
      "timings": {"blocked": 1.2, "dns": -1, "ssl": -1, "connect": -1, "send": 0.3, "wait": 103.2, "receive": 2.6, "_blocked_queueing": 0.4}
    }`, i, i%7, i, i, i, n, html)
}

func benchmark(b *testing.B, entries, body int, opt Options) {
	parts := make([]string, entries)
	for i := range parts {
		parts[i] = browserEntry(i, body)
	}
	data := []byte(archive("WebInspector", parts...))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range Read(bytes.NewReader(data), opt) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != entries {
			b.Fatal(n)
		}
	}
}

// The bar is 640 MB/s on one core: a HAR should be read as fast as a disk
// gives it, with the audit's own work on top.
func BenchmarkPosts(b *testing.B)       { benchmark(b, 5000, 400, Options{}) }
func BenchmarkBrowser(b *testing.B)     { benchmark(b, 1000, 40_000, Options{}) }
func BenchmarkBrowserKept(b *testing.B) { benchmark(b, 1000, 40_000, Options{ResponseBodies: true}) }
func BenchmarkLargeBodies(b *testing.B) { benchmark(b, 10, 8<<20, Options{}) }

// endless gives head once, then body count times, then tail.
type endless struct {
	head, body, tail string
	count            int
	rest             string
}

func (r *endless) Read(p []byte) (int, error) {
	for r.rest == "" {
		switch {
		case r.head != "":
			r.rest, r.head = r.head, ""
		case r.count > 0:
			r.rest = r.body
			r.count--
		case r.tail != "":
			r.rest, r.tail = r.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// A response of a gigabyte, then a gigabyte of entries, must not need memory.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 1.2 GB")
	}
	quiet := strings.Repeat(`escaped \"text\" and long stretches of it without any quotes, `, 1<<14)
	for name, r := range map[string]*endless{
		"one body": {head: `{"log":{"entries":[{"request":{"url":"https://h/"},"response":{"content":{"text":"`, body: quiet, count: 600, tail: `"}}}]}}`},
		"entries":  {head: `{"log":{"entries":[`, body: browserEntry(1, 1<<20) + ",", count: 600, tail: `]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			n := 0
			for _, err := range Read(r, Options{}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			runtime.ReadMemStats(&after)
			if n == 0 {
				t.Error("no flows")
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
				t.Errorf("%d bytes allocated", got)
			}
		})
	}
}
