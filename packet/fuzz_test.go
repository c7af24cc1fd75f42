package packet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
)

// FuzzReader: no panic, every packet stands where it says, damage has a place,
// and the reader ends.
func FuzzReader(f *testing.F) {
	ip := hi.Segment(v4, data)
	f.Add((&craft.Pcap{}).Head(1).Add(craft.EtherIP(ip)).Add(craft.EtherIP(ip)).B)
	f.Add((&craft.Pcap{Order: binary.BigEndian, Nano: true}).Head(101 | 1<<26 | 2<<28).Add(ip).B)
	f.Add((&craft.Pcap{Magic: 0xa1b2cd34}).Head(101).Add(ip).B)
	n := &craft.Pcapng{}
	n.Section(n.Opt(4, []byte("PCAPdroid"))).Interface(101, 0, n.Opt(9, []byte{9}), n.Opt(14, n.Num(int64(1)))).
		Block(0x0bad, n.Num(uint32(62652), uint8(1), uint8(1), int32(10123), uint8(1), uint8(1)), []byte("ab")).
		Block(0x80000001, n.Num(uint32(1)), n.Opt(2, []byte("x"))).
		Add(0, ip, n.Opt(1, []byte("u-10123")), n.Opt(2, n.Num(uint32(1|4<<5))), n.Opt(0x8001, n.Num(uint32(0)))).
		Block(3, n.Num(uint32(len(ip))), ip).Block(2, n.Num(uint32(0), uint64(1), uint32(4), uint32(4), uint32(5))).
		Block(4, n.Opt(1, []byte{1, 2, 3, 4, 'a', 0})).Block(5, n.Num(uint32(0), uint64(0)), n.Opt(4, n.Num(uint64(3)))).
		Block(10, n.Num(uint32(packet.TLSKeyLog), uint32(2)), []byte("ab"))
	f.Add(n.B)
	b := &craft.Pcapng{Order: binary.BigEndian}
	f.Add(append(n.B[:len(n.B):len(n.B)], b.Section().Interface(1, 0).Add(0, craft.EtherIP(ip)).B...))
	if rec, err := os.ReadFile("testdata/sections.pcapng"); err == nil {
		f.Add(rec[:3000])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := packet.NewReader(bytes.NewReader(b), packet.Options{
			Section: func(packet.Creator, packet.Place) {}, Secrets: func(uint32, []byte, packet.Place) {},
			Names: func([]byte, string, packet.Place) {}, Drops: func(packet.Drops, packet.Place) {}, Custom: func(uint32, []byte, packet.Place) {},
		})
		frame, at := int64(0), int64(0)
		for calls := 0; ; calls++ {
			p, err := r.Next()
			if err == io.EOF {
				break
			}
			if calls > len(b) {
				t.Fatal("it does not end")
			}
			var d *flow.Damage
			if err != nil {
				if !errors.As(err, &d) || d.Offset < 0 || d.Offset > int64(len(b)) {
					t.Fatalf("%v", err)
				}
				continue
			}
			if frame++; p.Frame != frame || p.Offset < at || p.Wire < len(p.Data) || !bytes.Equal(b[p.Offset:p.Offset+int64(len(p.Data))], p.Data) {
				t.Fatalf("frame %d after %d: %+v", frame, at, p)
			}
			at = p.Offset + int64(len(p.Data))
		}
	})
}

// FuzzDecode: no panic in any link type, payloads stand where they say, and a
// packet is not multiplied.
func FuzzDecode(f *testing.F) {
	for _, x := range frames() {
		f.Add(uint16(x.link), x.data, uint8(0))
	}
	f.Add(uint16(1), craft.EtherIP(hi.Segment(v4, data)), uint8(20))
	f.Fuzz(func(t *testing.T, link uint16, b []byte, cut uint8) {
		const at = 1000
		segments := 0
		check := func(s *packet.Segment) {
			segments++
			if s.Cut < 0 || s.Verbatim && (s.Offset < at || s.Offset-at+int64(len(s.Payload)) > int64(len(b)) || !bytes.Equal(b[s.Offset-at:][:len(s.Payload)], s.Payload)) {
				t.Fatalf("%+v", s)
			}
			s.TCP.MSS()
			s.TCP.WindowScale()
			s.TCP.Timestamps()
			s.TCP.SACK(nil)
			packet.PairOf(s)
		}
		d := packet.NewDecoder(check)
		p := &packet.Packet{Frame: 1, Offset: at, Interface: &packet.Interface{Link: packet.LinkType(link)}, Data: b, Wire: len(b) + int(cut)}
		for range 2 {
			d.Decode(p)
		}
		d.Close()
		if segments > 2*64 {
			t.Fatalf("%d segments of %d bytes", segments, len(b))
		}
	})
}
