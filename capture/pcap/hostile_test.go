package pcap_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/constat/constat/capture/pcap"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/internal/oracle"
)

// recorded is a stored capture, decompressed.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	m, err := oracle.ReadManifest(recordings)
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Capture(name).Data()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// without takes the secrets out of a little-endian pcapng.
func without(capture []byte) []byte {
	b := bytes.Clone(capture)
	for at := 0; at+8 <= len(b); {
		if binary.LittleEndian.Uint32(b[at:]) == 10 {
			binary.LittleEndian.PutUint32(b[at:], 0x7ead)
		}
		at += int(binary.LittleEndian.Uint32(b[at+4:]))
	}
	return b
}

// TestOpaque: what has no key is told with its sizes, times and reason.
func TestOpaque(t *testing.T) {
	var up *flow.Flow
	for f, err := range pcap.Read(bytes.NewReader(without(recorded(t, "h2-mega-curl"))), pcap.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Request != nil {
			t.Fatalf("%+v", f.Request)
		}
		if f.Unread != nil && (up == nil || f.Unread.Up > up.Unread.Up) {
			up = f
		}
	}
	if up == nil || up.Unread.Reason != "no key" || up.TLS == nil || up.TLS.SNI != "app.quinze.test" || up.TLS.JA4 == "" || up.Timing.TCP == nil || up.Host() != "app.quinze.test" {
		t.Fatalf("%+v", up)
	}
	s := up.Unread.Shape
	if s == nil {
		t.Fatal("no shape")
	}
	if n, ok := s.Media(); !ok || n < 1_000_000 || n > up.Unread.Up+10_000 || s.Entropy < 7.9 || s.Full < 1_000_000 || s.UploadTime <= 0 {
		t.Errorf("%+v", s)
	}
	// A page that is asked for, in small requests, is no upload.
	for f, err := range pcap.Read(bytes.NewReader(without(recorded(t, "h2-firefox"))), pcap.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Unread == nil || f.Unread.Shape == nil {
			continue
		}
		if n, ok := f.Unread.Shape.Media(); ok {
			t.Errorf("%s: %d bytes look like media: %+v", f.Host(), n, f.Unread.Shape)
		}
	}
}

// TestMutated: damage costs what is damaged, and is told with its place.
func TestMutated(t *testing.T) {
	r := rand.New(rand.NewPCG(rand.Uint64(), 1))
	for _, name := range []string{"pcap-us", "pcapng-sections", "h2-go", "h3-go", "dns", "ws-go", "tls12-openssl-cbc", "net-fragments", "link-gtp-u"} {
		whole := recorded(t, name)
		for range 30 {
			b := bytes.Clone(whole)
			for range 1 + r.IntN(20) {
				if len(b) == 0 {
					break
				}
				switch at := r.IntN(len(b)); r.IntN(4) {
				case 0:
					b[at] ^= 1 << r.IntN(8)
				case 1:
					b[at] = byte(r.Uint32())
				case 2:
					end := min(len(b), at+r.IntN(100))
					b = append(b[:at:at], b[end:]...)
				case 3:
					b = b[:min(len(b), max(at, 30))]
				}
			}
			flows := 0
			for f, err := range pcap.Read(bytes.NewReader(b), pcap.Options{ResponseBodies: true}) {
				if err != nil {
					if d := (*flow.Damage)(nil); !errors.As(err, &d) || d.Expected == "" || !d.Missing && d.Offset > int64(len(b)) {
						t.Fatalf("%s: %v", name, err)
					}
					continue
				}
				if f.Index != flows {
					t.Fatalf("%s: flow %d has index %d", name, flows, f.Index)
				}
				flows++
			}
		}
	}
}

// TestDamageNamesThePacket: the number of the packet is told, and what stands
// before it and behind it is read.
func TestDamageNamesThePacket(t *testing.T) {
	b := bytes.Clone(recorded(t, "pcap-ns"))
	at := 24
	for range 9 {
		at += 16 + int(binary.LittleEndian.Uint32(b[at+8:]))
	}
	copy(b[at+8:], "\xff\xff\xff\x7f\xff\xff\xff\x7f") // the lengths of packet 10
	frame, flows := int64(0), 0
	for f, err := range pcap.Read(bytes.NewReader(b), pcap.Options{}) {
		if d := (*flow.Damage)(nil); errors.As(err, &d) && !d.Missing {
			frame = d.Frame
		} else if f != nil {
			flows++
		}
	}
	if frame != 10 || flows == 0 {
		t.Errorf("frame %d, %d flows", frame, flows)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"pcap-us", "pcapng-simple", "dns", "keys-dirty", "link-radiotap", "pcapdroid", "h3-go-early", "tls10-openssl", "net-fragments"} {
		f.Add(recorded(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		for x, err := range pcap.Read(bytes.NewReader(b), pcap.Options{ResponseBodies: true}) {
			if err == nil && x == nil {
				t.Fatal("neither a flow nor an error")
			}
			if n++; n > 4*len(b)+100 {
				t.Fatal("no end")
			}
		}
	})
}
