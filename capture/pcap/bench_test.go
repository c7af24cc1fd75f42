package pcap_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/constat/constat/capture/pcap"
	"github.com/constat/constat/internal/oracle"
)

// BenchmarkRead reads a capture of TLS whose secrets it holds: the file that
// CONSTAT_PCAP names (bench/packets/generate writes one), or a stored
// recording.
func BenchmarkRead(b *testing.B) {
	var data []byte
	if path := os.Getenv("CONSTAT_PCAP"); path != "" {
		var err error
		if data, err = os.ReadFile(path); err != nil {
			b.Fatal(err)
		}
	} else {
		m, err := oracle.ReadManifest(recordings)
		if err != nil {
			b.Fatal(err)
		}
		if data, err = m.Capture("h2-mega-curl").Data(); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for f, err := range pcap.Read(bytes.NewReader(data), pcap.Options{}) {
			if err != nil {
				b.Fatal(err)
			}
			if f.Request != nil {
				n++
			}
		}
		if n == 0 {
			b.Fatal("no requests")
		}
	}
}
