package packet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
)

// A capture goes in, segments come out; damage is told and read past.
func Example() {
	at := craft.IP{Src: "192.0.2.1", Dst: "198.51.100.2"}
	file := (&craft.Pcap{}).Head(1). // link type Ethernet
						Add(craft.EtherIP(craft.TCP{Src: 40000, Dst: 80, Seq: 1, Flags: 0x18}.Segment(at, []byte("GET /")))).
						Add(craft.EtherIP(craft.Datagram(at, 40001, 53, []byte("a question"))))

	d := packet.NewDecoder(func(s *packet.Segment) {
		fmt.Printf("frame %d, byte %d: %s > %s %q\n", s.Frame, s.Offset, s.Src, s.Dst, s.Payload)
	})
	r := packet.NewReader(bytes.NewReader(file.B[:len(file.B)-1]), packet.Options{})
	for {
		p, err := r.Next()
		var damage *flow.Damage
		if errors.As(err, &damage) {
			fmt.Println(damage)
			continue
		} else if err == io.EOF {
			break
		}
		d.Decode(p)
	}
	d.Close()
	// Output:
	// frame 1, byte 94: 192.0.2.1:40000 > 198.51.100.2:80 "GET /"
	// frame 2, byte 99: expected a packet as long as its record says, found the end of the file after 67 of 68 bytes (the capture was stopped in the middle of a packet, or the file cut off; what stands before is complete)
}
