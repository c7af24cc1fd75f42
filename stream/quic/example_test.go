package quic_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
	"github.com/constat/constat/stream/quic"
)

// The datagrams of a capture go in with the secrets, and exchanges come out.
// In this one a request left as early data, which the server refused: it left
// twice.
func Example() {
	var recorded struct {
		Keys      string
		Datagrams []struct {
			Up   bool
			Port uint16
			At   float64
			Data []byte
		}
	}
	file, err := os.Open("testdata/refused.json.gz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	unzipped, _ := gzip.NewReader(file)
	if err := json.NewDecoder(unzipped).Decode(&recorded); err != nil {
		fmt.Println(err)
		return
	}

	log := keylog.New()
	log.Add([]byte(recorded.Keys))
	tracker := quic.New(log, quic.Limits{Stream: stream.Limits{Response: 1 << 20}}, func(f *flow.Flow) {
		if f.Request != nil && f.Request.Method == "POST" {
			fmt.Println(f.Protocol, f.Request.Method, f.Request.URL, len(f.Request.Body.Data), "bytes", f.Notes)
		}
	})
	for _, d := range recorded.Datagrams {
		src := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), d.Port)
		dst := netip.MustParseAddrPort("198.51.100.2:443")
		if !d.Up {
			src, dst = dst, src
		}
		at := time.Unix(0, 0).Add(time.Duration(d.At * float64(time.Second)))
		tracker.Datagram(src, dst, stream.Mark{Time: at}, d.Data, nil)
	}
	tracker.Close()
	// Output:
	// HTTP/3 POST https://a.example/n/300?i=1 200 bytes []
	// HTTP/3 POST https://a.example/n/100?early 600 bytes [no response the server refused the early data; what was sent again is another flow]
	// HTTP/3 POST https://a.example/n/100?early 600 bytes []
}
