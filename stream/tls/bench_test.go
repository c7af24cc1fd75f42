package tls

import (
	gotls "crypto/tls"
	"fmt"
	"testing"

	"github.com/constat/constat/stream"
)

// silent is a Handler that counts.
type silent struct{ n, unread int64 }

func (s *silent) State(*State)                                           {}
func (s *silent) Data(_ stream.Side, _ stream.Mark, b []byte)            { s.n += int64(len(b)) }
func (s *silent) Gap(stream.Side, stream.Mark, int64)                    {}
func (s *silent) Unread(_ stream.Side, _ stream.Mark, n int64, _ string) { s.unread += n }
func (s *silent) EOF(stream.Side, stream.Mark)                           {}

// BenchmarkRecords opens an upload of 4 MB again and again: records of
// crypto/tls, in pieces as packets bring them (a whole record, or 1,448
// bytes).
func BenchmarkRecords(b *testing.B) {
	const size = 4 << 20
	for _, suite := range []struct {
		name    string
		version uint16
		id      uint16
	}{
		{"AES-128-GCM/1.3", gotls.VersionTLS13, 0},
		{"AES-128-GCM/1.2", gotls.VersionTLS12, gotls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		{"ChaCha20-Poly1305/1.2", gotls.VersionTLS12, gotls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
		{"AES-128-CBC-SHA256/1.2", gotls.VersionTLS12, gotls.TLS_RSA_WITH_AES_128_CBC_SHA256},
	} {
		for _, record := range []int{16 << 10, 1400} {
			conf := &gotls.Config{MinVersion: suite.version, MaxVersion: suite.version, CipherSuites: []uint16{suite.id}, DynamicRecordSizingDisabled: true}
			turns := []turn{{stream.Up, 1}, {stream.Down, 1}}
			for n := 0; n < size; n += record {
				turns = append(turns, turn{stream.Up, record})
			}
			s := goTurns(b, suite.name, conf, conf, turns)
			// The bytes of the client's last records, one an event.
			log := logOf(s.log)
			h := &silent{}
			var events [][]byte
			c := New(log, Limits{Held: -1}, h)
			i := 0
			for ; i < len(s.events) && h.n < 2; i++ {
				feed(c, s.events[i:i+1], 0, nil)
			}
			var sum int64
			for _, e := range s.events[i:] {
				if e.side == stream.Up && sum < size {
					events = append(events, e.data)
					sum += int64(len(e.data))
				}
			}
			for _, piece := range []int{0, 1448} {
				if piece > record {
					continue
				}
				name := fmt.Sprintf("%s/%dB", suite.name, record)
				if piece > 0 {
					name += "-in-packets"
				}
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					f := &c.halves[stream.Up]
					seq := f.seq
					h.n = 0
					for b.Loop() {
						f.seq = seq
						for _, e := range events {
							for p := e; len(p) > 0; {
								n := len(p)
								if piece > 0 {
									n = min(n, piece)
								}
								c.Data(stream.Up, stream.Mark{}, p[:n])
								p = p[n:]
							}
						}
					}
					f.seq = seq
					b.SetBytes(sum)
					if h.unread > 0 || h.n == 0 {
						b.Fatalf("%d bytes unread", h.unread)
					}
				})
			}
		}
	}
}

// BenchmarkHandshake opens a whole short connection.
func BenchmarkHandshake(b *testing.B) {
	for _, version := range []uint16{gotls.VersionTLS12, gotls.VersionTLS13} {
		conf := &gotls.Config{MinVersion: version, MaxVersion: version}
		s := goTurns(b, "x", conf, conf, []turn{{stream.Up, 500}, {stream.Down, 1000}})
		log := logOf(s.log)
		b.Run(gotls.VersionName(version), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h := &silent{}
				c := New(log, Limits{}, h)
				feed(c, s.events, 0, nil)
				c.Close(stream.Mark{})
				if h.n != 1500 || h.unread != 0 {
					b.Fatal(h.n, h.unread)
				}
			}
		})
	}
}
