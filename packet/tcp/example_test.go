package tcp_test

import (
	"fmt"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
)

type (
	side = stream.Side
	mark = stream.Mark
)

// The parsers of package stream are Handlers: segments go in, in whatever
// order, and exchanges come out.
func Example() {
	a := tcp.New(tcp.Limits{}, func(c *tcp.Conn) tcp.Handler {
		fmt.Println(c.Client, "to", c.Server, "round trip", c.RTT().D)
		return stream.New(c.Info(), stream.Limits{}, func(f *flow.Flow) {
			fmt.Printf("%s %s %q %v\n", f.Request.Method, f.Request.URL, f.Request.Body.Data, f.Response.Status)
		})
	})
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC).UnixNano()
	send := func(up bool, flags packet.Flags, seq, ack uint32, payload string) {
		at += 10e6
		s := &packet.Segment{Src: client, Dst: server, Proto: packet.ProtoTCP, Time: at, Payload: []byte(payload), TCP: packet.TCP{Flags: flags, Seq: seq, Ack: ack}}
		if !up {
			s.Src, s.Dst = s.Dst, s.Src
		}
		a.Segment(s)
	}
	send(true, packet.SYN, 0, 0, "")
	send(false, packet.SYN|packet.ACK, 0, 1, "")
	send(true, packet.ACK, 1, 1, "POST / HTTP/1.1\r\nHost: shop.example\r\n")
	send(true, packet.ACK, 57, 1, "\r\nlea")
	send(true, packet.ACK, 38, 1, "Content-Length: 3\r\n")
	send(false, packet.ACK, 1, 62, "HTTP/1.1 204 No Content\r\n\r\n")
	a.Close()
	// Output:
	// 192.0.2.1:40000 to 198.51.100.2:443 round trip 10ms
	// POST http://shop.example/ "lea" 204
}
