package packet_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
)

// download is a capture as a phone's download makes it: three packets of 1,448
// bytes in, one acknowledgement out.
func download(ng bool, packets int) []byte {
	full := craft.EtherIP(craft.TCP{Src: 443, Dst: 40000, Flags: 0x10, Options: []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1}}.Segment(craft.IP{Src: v4.Dst, Dst: v4.Src}, make([]byte, 1448)))
	ack := craft.EtherIP(craft.TCP{Src: 40000, Dst: 443, Flags: 0x10, Options: []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1}}.Segment(v4, nil))
	p, q := (&craft.Pcap{}).Head(1), (&craft.Pcapng{}).Section().Interface(1, 0)
	for i := range packets {
		b := full
		if i%4 == 3 {
			b = ack
		}
		if ng {
			q.Add(0, b)
		} else {
			p.Add(b)
		}
	}
	if ng {
		return q.B
	}
	return p.B
}

// BenchmarkRead reads 32 MB of capture from memory again and again. What it
// cannot beat is one copy.
func BenchmarkRead(b *testing.B) {
	for _, ng := range []bool{false, true} {
		file := download(ng, 28_000)
		name := map[bool]string{false: "pcap", true: "pcapng"}[ng]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				readAll(b, file, func(*packet.Packet) {})
			}
		})
		b.Run(name+"/decode", func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				d := packet.NewDecoder(func(s *packet.Segment) { n += len(s.Payload) })
				readAll(b, file, d.Decode)
			}
			if n == 0 {
				b.Fatal("no payload")
			}
		})
	}
}

func readAll(b *testing.B, file []byte, f func(*packet.Packet)) {
	r := packet.NewReader(bytes.NewReader(file), packet.Options{})
	for {
		p, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		f(p)
	}
}

// BenchmarkCopy is one copy of the same file, in pieces that stay in the
// cache.
func BenchmarkCopy(b *testing.B) {
	file := download(false, 28_000)
	buf := make([]byte, 256<<10)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		r := bytes.NewReader(file)
		for {
			if _, err := r.Read(buf); err == io.EOF {
				break
			}
		}
	}
}
