package mitm

import (
	"bytes"
	"strings"
	"testing"
)

// BenchmarkRead reads 64 MB of dump: exchanges with a 2 KB request and a 20 KB
// answer, as an app's traffic goes. The limit it chases is the copy out of the
// read buffer, 6 GB/s; answers that are not asked for are stepped over.
func BenchmarkRead(b *testing.B) {
	exchange := edit("request", request("content", bytes.Repeat([]byte("{\"event\":1},"), 170), "headers", headers()),
		"response", dict{"status_code", 200, "http_version", []byte("HTTP/1.1"), "headers", headers(), "content", bytes.Repeat([]byte("x"), 20<<10), "timestamp_start", at(5), "timestamp_end", at(6)})
	dump := strings.Repeat(exchange, 64<<20/len(exchange))
	for name, keep := range map[string]bool{"requests": false, "all": true} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(dump)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range Read(strings.NewReader(dump), Options{ResponseBodies: keep}) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != len(dump)/len(exchange) {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(len(dump)/len(exchange)), "flows/op")
		})
	}
}

func headers() list {
	var l list
	for _, name := range []string{"Host", "User-Agent", "Accept", "Accept-Language", "Content-Type", "Cookie", "X-Request-Id", "Date", "Server", "Via"} {
		l = append(l, field(name, "log.quinze.test"))
	}
	return l
}
