// Command generate writes a large packet capture of TLS traffic with its
// secrets: pcapng, a Decryption Secrets Block, then packets.
//
//	generate -size 500MB >capture.pcapng
//	generate -size 20GB | constat audit - --json
//
// A few dozen connections are real: Go's HTTP client and server over
// crypto/tls, in memory. What they wrote is cut into segments of TCP and then
// replayed as often as the size needs, each time from another address and
// port, up to 24 at once and mixed. Every connection decrypts and its
// checksums are right; client randoms come again with each replay.
//
// Sizes, bodies and the order of connections follow from -seed. Keys and
// randoms do not, which crypto/tls takes from the system, nor how concurrent
// streams of HTTP/2 mix: two captures of a seed differ by a few packets in a
// thousand.
//
// A summary of what the capture holds is written to standard error as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
)

// summary is what a capture holds.
type summary struct {
	Bytes       int64            `json:"bytes"`
	Packets     int64            `json:"packets"`
	Connections int64            `json:"connections"`
	Exchanges   map[string]int64 `json:"exchanges"` // by mix
	Requests    int64            `json:"requests"`
	Up          int64            `json:"request_body_bytes"`
	Down        int64            `json:"response_body_bytes"`
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("generate: ")
	size := flag.String("size", "500MB", "`SIZE` of the capture, in bytes, MB or GB")
	seed := flag.Uint64("seed", 15, "`NUMBER` that sizes, bodies and order follow from")
	only := flag.String("mix", "", "one `MIX` only: "+strings.Join(names(), ", "))
	templates := flag.Int("templates", 4, "real connections of each mix")
	flag.Parse()
	want, err := bytesOf(*size)
	if err != nil {
		log.Fatal(err)
	}
	var all []*template
	var keys []byte
	for _, m := range mixes {
		if *only != "" && *only != m.name {
			continue
		}
		for i := range *templates {
			t, k, err := talk(m, *seed, i)
			if err != nil {
				log.Fatalf("%s: %v", m.name, err)
			}
			all, keys = append(all, t), append(keys, k...)
		}
	}
	if len(all) == 0 {
		log.Fatalf("no mix %q", *only)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	s, err := write(out, all, keys, want, *seed)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stderr).Encode(s)
}

// write replays templates until about want bytes are written.
func write(out io.Writer, all []*template, keys []byte, want int64, seed uint64) (*summary, error) {
	s := &summary{Exchanges: map[string]int64{}}
	head := preamble(keys)
	if _, err := out.Write(head); err != nil {
		return nil, err
	}
	s.Bytes = int64(len(head))
	r := rand.New(rand.NewPCG(seed, 1))
	var open []*replay
	planned := s.Bytes
	clock := uint64(1_790_000_000_000_000) // µs
	var buffer []byte
	for {
		for len(open) < 24 && planned < want {
			// The mix with the fewest bytes so far is next, so that each has its share.
			t := all[0]
			for _, o := range all {
				if o.written < t.written {
					t = o
				}
			}
			t.written += int64(len(t.blocks))
			planned += int64(len(t.blocks))
			open = append(open, &replay{template: t, number: s.Connections})
			s.Connections++
			s.Exchanges[t.mix] += t.exchanges
			s.Requests += t.exchanges
			s.Up, s.Down = s.Up+t.up, s.Down+t.down
		}
		if len(open) == 0 {
			return s, nil
		}
		i := r.IntN(len(open))
		n := 1 + r.IntN(20)
		buffer, n = open[i].next(buffer[:0], n, clock)
		clock += uint64(5 * n)
		s.Packets += int64(n)
		s.Bytes += int64(len(buffer))
		if _, err := out.Write(buffer); err != nil {
			return nil, err
		}
		if open[i].done() {
			open[i] = open[len(open)-1]
			open = open[:len(open)-1]
		}
	}
}

func bytesOf(s string) (int64, error) {
	unit := int64(1)
	for suffix, n := range map[string]int64{"kB": 1e3, "MB": 1e6, "GB": 1e9} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = rest, n
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("size %q: want a number with MB or GB", s)
	}
	return int64(n * float64(unit)), nil
}
