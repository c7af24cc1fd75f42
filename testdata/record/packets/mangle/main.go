// Command mangle makes of a recorded capture what other tools, links and
// networks would have made of the same packets. Its results are synthesised,
// not recorded: the packets' contents are the recording's, what stands around
// them was written here from the formats' documents.
//
//	mangle [-keylog FILE] AS IN OUT
//	mangle keys AS IN OUT             a key log instead of a capture
//
// IN is pcap (either byte order, µs or ns) or pcapng, of Ethernet.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
)

// packet is one packet: nanoseconds since 1970 and bytes from the link layer on.
type packet struct {
	ns   int64
	data []byte
	full int // bytes there were on the wire
}

// As are the ways to write a capture.
var as = map[string]func(in []packet, keys []byte) []byte{
	"big-endian":    func(in []packet, _ []byte) []byte { return pcap(in, binary.BigEndian, 0xa1b2c3d4, 1) },
	"big-endian-ns": func(in []packet, _ []byte) []byte { return pcap(in, binary.BigEndian, 0xa1b23c4d, 1) },
	"raw":           func(in []packet, _ []byte) []byte { return pcap(each(in, ip), binary.LittleEndian, 0xa1b2c3d4, 101) },
	"raw-ipv4":      func(in []packet, _ []byte) []byte { return pcap(each(in, ip), binary.LittleEndian, 0xa1b2c3d4, 228) },
	"null": func(in []packet, _ []byte) []byte {
		return pcap(each(in, before("\x02\x00\x00\x00")), binary.LittleEndian, 0xa1b2c3d4, 0)
	},
	"loop": func(in []packet, _ []byte) []byte {
		return pcap(each(in, before("\x00\x00\x00\x02")), binary.LittleEndian, 0xa1b2c3d4, 108)
	},
	"cut":         func(in []packet, _ []byte) []byte { return ethernet(cut(in, 96)) },
	"shuffled":    func(in []packet, _ []byte) []byte { return ethernet(shuffled(in)) },
	"repeated":    func(in []packet, _ []byte) []byte { return ethernet(repeated(in)) },
	"overlapping": func(in []packet, _ []byte) []byte { return ethernet(overlapping(in)) },
	"dropped":     func(in []packet, _ []byte) []byte { return ethernet(dropped(in)) },
	"midstream":   func(in []packet, _ []byte) []byte { return ethernet(in[len(in)/3:]) },
	"fragments":   func(in []packet, _ []byte) []byte { return ethernet(fragments(in)) },
	"vlan":        func(in []packet, _ []byte) []byte { return ethernet(each(in, tagged("\x81\x00\x00\x0f"))) },
	"qinq": func(in []packet, _ []byte) []byte {
		return ethernet(each(in, tagged("\x88\xa8\x00\x0f\x81\x00\x01\x0f")))
	},
	"gre":   func(in []packet, _ []byte) []byte { return ethernet(each(in, gre)) },
	"gtp-u": func(in []packet, _ []byte) []byte { return ethernet(each(in, gtp)) },
	"radiotap": func(in []packet, _ []byte) []byte {
		return pcap(each(in, radiotap), binary.LittleEndian, 0xa1b2c3d4, 127)
	},
	"pktap":            func(in []packet, _ []byte) []byte { return pcap(each(in, pktap), binary.LittleEndian, 0xa1b2c3d4, 258) },
	"pcapdroid":        func(in []packet, _ []byte) []byte { return ethernet(each(in, trailer)) },
	"pcapdroid-pcapng": pcapdroid,
	"sections":         sections,
	"simple":           simple,
	"port-reuse":       func(in []packet, _ []byte) []byte { return ethernet(each(in, reused)) },
	"one-way":          func(in []packet, _ []byte) []byte { return ethernet(oneWay(in)) },
	"no-length":        func(in []packet, _ []byte) []byte { return ethernet(each(in, unmeasured)) },
	"hook":             func(in []packet, _ []byte) []byte { return pcap(hook(in), binary.LittleEndian, 0xa1b2c3d4, 101) },
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("mangle: ")
	keylog := flag.String("keylog", "", "`FILE` of TLS secrets, for the formats that hold them")
	flag.Parse()
	if flag.Arg(0) == "keys" && flag.NArg() == 4 && keyLogs[flag.Arg(1)] != nil {
		b, err := os.ReadFile(flag.Arg(2))
		if err == nil {
			err = os.WriteFile(flag.Arg(3), keyLog(flag.Arg(1), b), 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	write := as[flag.Arg(0)]
	if write == nil || flag.NArg() != 3 {
		names := []string{}
		for n := range as {
			names = append(names, n)
		}
		slices.Sort(names)
		log.Fatalf("usage: mangle [-keylog FILE] AS IN OUT; AS is one of %s", strings.Join(names, " "))
	}
	b, err := os.ReadFile(flag.Arg(1))
	if err != nil {
		log.Fatal(err)
	}
	in, err := read(b)
	if err != nil {
		log.Fatalf("%s: %v", flag.Arg(1), err)
	}
	var keys []byte
	if *keylog != "" {
		if keys, err = os.ReadFile(*keylog); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile(flag.Arg(2), write(in, keys), 0o644); err != nil {
		log.Fatal(err)
	}
}

// read takes the packets of a pcap or pcapng of little-endian byte order, as
// dumpcap and tcpdump write it here.
func read(b []byte) (out []packet, err error) {
	le := binary.LittleEndian
	if len(b) < 24 {
		return nil, fmt.Errorf("%d bytes are no capture", len(b))
	}
	if magic := le.Uint32(b); magic == 0xa1b2c3d4 || magic == 0xa1b23c4d {
		unit := int64(1000)
		if magic == 0xa1b23c4d {
			unit = 1
		}
		for b = b[24:]; len(b) >= 16; {
			n := int(le.Uint32(b[8:]))
			if len(b) < 16+n {
				return out, fmt.Errorf("the last packet is cut")
			}
			out = append(out, packet{int64(le.Uint32(b))*1e9 + int64(le.Uint32(b[4:]))*unit, b[16 : 16+n], int(le.Uint32(b[12:]))})
			b = b[16+n:]
		}
		return out, nil
	}
	unit := int64(1000)
	for len(b) >= 12 {
		kind, n := le.Uint32(b), int(le.Uint32(b[4:]))
		if n < 12 || n > len(b) {
			return out, fmt.Errorf("a block of %d bytes", n)
		}
		switch kind {
		case 1: // interface: look for if_tsresol
			for o := b[16 : n-4]; len(o) >= 4 && le.Uint16(o) != 0; {
				l := int(le.Uint16(o[2:]))
				if le.Uint16(o) == 9 && o[4] == 9 {
					unit = 1
				}
				o = o[4+(l+3)/4*4:]
			}
		case 6: // enhanced packet
			t := int64(le.Uint32(b[12:]))<<32 | int64(le.Uint32(b[16:]))
			out = append(out, packet{t * unit, b[28 : 28+le.Uint32(b[20:])], int(le.Uint32(b[24:]))})
		}
		b = b[n:]
	}
	return out, nil
}

// pcap writes a pcap file.
func pcap(in []packet, order binary.AppendByteOrder, magic, link uint32) []byte {
	out := order.AppendUint32(nil, magic)
	out = order.AppendUint16(order.AppendUint16(out, 2), 4)
	out = order.AppendUint32(order.AppendUint32(order.AppendUint32(order.AppendUint32(out, 0), 0), 262144), link)
	unit := int64(1000)
	if magic == 0xa1b23c4d {
		unit = 1
	}
	for _, p := range in {
		out = order.AppendUint32(out, uint32(p.ns/1e9))
		out = order.AppendUint32(out, uint32(p.ns%1e9/unit))
		out = order.AppendUint32(order.AppendUint32(out, uint32(len(p.data))), uint32(p.full))
		out = append(out, p.data...)
	}
	return out
}

func ethernet(in []packet) []byte { return pcap(in, binary.LittleEndian, 0xa1b2c3d4, 1) }

// each changes each packet.
func each(in []packet, f func(i int, frame []byte) []byte) []packet {
	out := make([]packet, len(in))
	for i, p := range in {
		b := f(i, p.data)
		out[i] = packet{p.ns, b, len(b)}
	}
	return out
}
