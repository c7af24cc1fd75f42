package packet_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
)

// TestMutated: of a capture with one byte changed, every packet before the
// change is read as it was, and nothing panics.
func TestMutated(t *testing.T) {
	for _, file := range []string{"testdata/short.pcap", "testdata/sections.pcapng"} {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := read(t, whole, packet.Options{})
		rng := rand.New(rand.NewPCG(5, 5))
		most := 0
		for range 300 {
			b := bytes.Clone(whole)
			at := rng.IntN(len(b))
			b[at] ^= byte(1 + rng.IntN(255))
			d := packet.NewDecoder(func(*packet.Segment) {})
			r := packet.NewReader(bytes.NewReader(b), packet.Options{})
			n, damaged := 0, 0
			for {
				p, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					var dmg *flow.Damage
					if !errors.As(err, &dmg) {
						t.Fatal(err)
					}
					damaged++
					continue
				}
				if p.Offset+int64(len(p.Data)) <= int64(at) && (n >= len(want) || seen(p) != want[n]) {
					t.Fatalf("%s, byte %d changed: packet %d before it is another", file, at, n+1)
				}
				d.Decode(p)
				n++
			}
			d.Close()
			if lost := len(want) - n; damaged > 0 && lost > most && at > 200 {
				most = lost
			}
		}
		if most > 12 {
			t.Errorf("%s: up to %d packets lost to one byte", file, most)
		}
		t.Logf("%s: at most %d of %d packets lost to one byte", file, most, len(want))
	}
}

// endless gives the same bytes again and again, up to a size.
type endless struct {
	b    []byte
	at   int
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), e.left)], e.b[e.at:])
	e.at = (e.at + n) % len(e.b)
	e.left -= n
	return n, nil
}

// TestMemory: memory does not grow with the capture, nor with what a length
// in it claims.
func TestMemory(t *testing.T) {
	n := &craft.Pcapng{}
	n.Section().Interface(1, 0)
	head := len(n.B)
	for range 100 {
		n.Add(0, craft.EtherIP(hi.Segment(v4, make([]byte, 1400))), n.Opt(1, []byte("a comment")))
	}
	claims := (&craft.Pcapng{}).Section().Interface(1, 0)
	claims.B = append(claims.B, claims.Num(uint32(6), uint32(packet.MaxBlock))...)
	var before, after runtime.MemStats
	for name, test := range map[string]struct {
		src   io.Reader
		bound uint64
	}{
		"200 MB":         {io.MultiReader(bytes.NewReader(n.B[:head]), &endless{b: n.B[head:], left: (200 << 20) / (len(n.B) - head) * (len(n.B) - head)}), 4 << 20},
		"a large claim":  {bytes.NewReader(claims.B), 1 << 20},
		"a large block":  {io.MultiReader(bytes.NewReader(claims.B), &endless{b: make([]byte, 4096), left: packet.MaxBlock}), 256 << 20},
		"zeros, endless": {io.MultiReader(bytes.NewReader(claims.B[:head]), &endless{b: make([]byte, 4096), left: 50 << 20}), 4 << 20},
	} {
		runtime.GC()
		runtime.ReadMemStats(&before)
		d := packet.NewDecoder(func(*packet.Segment) {})
		r := packet.NewReader(test.src, packet.Options{})
		packets, damage := 0, 0
		for {
			p, err := r.Next()
			if err == io.EOF {
				break
			} else if err != nil {
				damage++
				continue
			}
			packets++
			d.Decode(p)
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > test.bound {
			t.Errorf("%s: %d MB allocated, want at most %d", name, grown>>20, test.bound>>20)
		}
		if (packets > 0) != (name == "200 MB") || (damage > 0) == (name == "200 MB") {
			t.Errorf("%s: %d packets, %d places of damage", name, packets, damage)
		}
	}
}
