package tcp_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
)

// counter is a Handler that only counts.
type counter struct{ data, gaps int64 }

func (c *counter) Data(_ stream.Side, _ stream.Mark, b []byte) { c.data += int64(len(b)) }
func (c *counter) Gap(_ stream.Side, _ stream.Mark, n int64)   { c.gaps += n }
func (c *counter) EOF(stream.Side, stream.Mark)                {}
func (c *counter) Close(stream.Mark)                           {}

// transfer is a capture of connections that each send packets of 1,448 bytes,
// an acknowledgement after each third, spread over so many connections at
// once. Every lose-th packet is not captured, if lose is not 0.
func transfer(connections, packets, lose int) []byte {
	file := (&craft.Pcap{}).Head(1)
	type ends struct{ up, down []byte }
	var conns []ends
	ip := func(n int) (craft.IP, craft.IP) {
		a, s := addr(n).Addr().String(), "198.51.100.2"
		return craft.IP{Src: a, Dst: s}, craft.IP{Src: s, Dst: a}
	}
	stamps := []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1}
	for n := range connections {
		up, down := ip(n)
		file.Add(craft.EtherIP(craft.TCP{Src: 40000, Dst: 443, Seq: 0, Flags: 2}.Segment(up, nil)))
		file.Add(craft.EtherIP(craft.TCP{Src: 443, Dst: 40000, Seq: 0, Ack: 1, Flags: 0x12}.Segment(down, nil)))
		conns = append(conns, ends{
			craft.EtherIP(craft.TCP{Src: 40000, Dst: 443, Seq: 1, Flags: 0x10, Options: stamps}.Segment(up, nil)),
			craft.EtherIP(craft.TCP{Src: 443, Dst: 40000, Ack: 1, Flags: 0x10, Options: stamps}.Segment(down, make([]byte, 1448))),
		})
	}
	for i := range packets / connections {
		for _, c := range conns {
			binary.BigEndian.PutUint32(c.down[38:], uint32(1+1448*i))
			if lose == 0 || i%lose != lose-1 {
				file.Add(c.down)
			}
			if i%3 == 2 {
				binary.BigEndian.PutUint32(c.up[42:], uint32(1+1448*(i+1)))
				file.Add(c.up)
			}
		}
	}
	return file.B
}

// BenchmarkAssemble reads a capture of 32 MB from memory, decodes it and puts
// its connections together, again and again.
func BenchmarkAssemble(b *testing.B) {
	for _, test := range []struct {
		name              string
		connections, lose int
	}{{"1", 1, 0}, {"100", 100, 0}, {"10000", 10_000, 0}, {"100/1 % lost", 100, 100}} {
		b.Run(test.name, func(b *testing.B) {
			file := transfer(test.connections, 20_000, test.lose)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			var c counter
			for b.Loop() {
				c = counter{}
				a := tcp.New(tcp.Limits{}, func(*tcp.Conn) tcp.Handler { return &c })
				d := packet.NewDecoder(a.Segment)
				r := packet.NewReader(bytes.NewReader(file), packet.Options{})
				for {
					p, err := r.Next()
					if err == io.EOF {
						break
					}
					d.Decode(p)
				}
				a.Close()
			}
			if c.data+c.gaps < 19_800*1448 || test.lose == 0 && c.gaps != 0 {
				b.Fatalf("%+v", c)
			}
		})
	}
}

// BenchmarkConversation puts a conversation together that was shuffled across
// directions by up to so many packets.
func BenchmarkConversation(b *testing.B) {
	for _, shuffle := range []int{0, 3, 30} {
		b.Run(strconv.Itoa(shuffle), func(b *testing.B) {
			w := converse(rand.New(rand.NewPCG(1, 1)), talk{exchanges: 2000, size: 1000, shuffle: shuffle})
			b.ReportAllocs()
			for b.Loop() {
				var c counter
				a := tcp.New(tcp.Limits{}, func(*tcp.Conn) tcp.Handler { return &c })
				for i := range w.packets {
					a.Segment(&w.packets[i].Segment)
				}
				if a.Close(); int(c.data) != len(w.sent[0])+len(w.sent[1]) || c.gaps != 0 {
					b.Fatalf("%+v", c)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(w.packets)), "ns/segment")
		})
	}
}

// BenchmarkFlood opens connections that nobody answers.
func BenchmarkFlood(b *testing.B) {
	a := tcp.New(tcp.Limits{}, func(*tcp.Conn) tcp.Handler { return nil })
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s := packet.Segment{Src: addr(i & (1<<24 - 1)), Dst: server, Proto: packet.ProtoTCP, Time: t0 + int64(i)*1000, TCP: packet.TCP{Flags: packet.SYN}}
		a.Segment(&s)
	}
}
