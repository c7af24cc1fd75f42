package main

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// What stands around an IP packet on other links and in tunnels. Link types
// are those of tcpdump.org/linktypes.html.

// ip takes the Ethernet header off.
func ip(_ int, frame []byte) []byte { return frame[14:] }

// before puts a header in the place of Ethernet's.
func before(header string) func(int, []byte) []byte {
	return func(_ int, frame []byte) []byte { return append([]byte(header), frame[14:]...) }
}

// tagged puts IEEE 802.1Q or 802.1ad tags between addresses and type.
func tagged(tags string) func(int, []byte) []byte {
	return func(_ int, frame []byte) []byte {
		return append(append(slices.Clone(frame[:12]), tags...), frame[12:]...)
	}
}

// outer is an Ethernet and IPv4 header for a payload.
func outer(protocol byte, payload []byte) []byte {
	b := append(make([]byte, 12), 8, 0)
	b = append(b, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 203, 0, 113, 1, 203, 0, 113, 2)
	binary.BigEndian.PutUint16(b[16:], uint16(20+len(payload)))
	checksum(b[14:])
	return append(b, payload...)
}

// gre wraps in GRE (RFC 2784), every second packet with a key (RFC 2890).
func gre(i int, frame []byte) []byte {
	head := []byte{0, 0, 8, 0}
	if i%2 == 1 {
		head = []byte{0x20, 0, 8, 0, 0, 0, 0, 15}
	}
	return outer(47, append(head, frame[14:]...))
}

// gtp wraps in GTP-U (3GPP TS 29.281, 5.1) in UDP, every second packet with a
// sequence number.
func gtp(i int, frame []byte) []byte {
	inner := frame[14:]
	head := []byte{0x30, 0xff, 0, 0, 0, 0, 0, 15}
	if i%2 == 1 {
		head = append(head, 0, byte(i), 0, 0)
		head[0] |= 2
	}
	binary.BigEndian.PutUint16(head[2:], uint16(len(inner)+len(head)-8))
	payload := append(head, inner...)
	udp := []byte{8, 0x68, 8, 0x68, 0, 0, 0, 0} // port 2152
	binary.BigEndian.PutUint16(udp[4:], uint16(8+len(payload)))
	return outer(17, append(udp, payload...))
}

// radiotap makes an 802.11 data frame of it (LLC and SNAP as RFC 1042), from
// an access point or to it, with QoS for every second.
func radiotap(i int, frame []byte) []byte {
	tap := []byte{0, 0, 9, 0, 2, 0, 0, 0, 0} // length 9; present: flags; no FCS
	station, point := []byte{2, 0, 0, 0, 0, 15}, []byte{2, 0, 0, 0, 0, 60}
	up := fromClient(frame)
	control := []byte{8, 2, 0, 0}
	addresses := slices.Concat(station, point, point)
	if up {
		control[1] = 1
		addresses = slices.Concat(point, station, point)
	}
	b := slices.Concat(tap, control, addresses, []byte{byte(i << 4), byte(i >> 4)})
	if i%2 == 1 {
		b[9] = 0x88
		b = append(b, 0, 0)
	}
	return append(append(b, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0), frame[14:]...)
}

// pktap puts Apple's header before the Ethernet frame (bsd/net/pktap.h of XNU;
// fields as far as Wireshark reads them, little-endian).
func pktap(i int, frame []byte) []byte {
	le := binary.LittleEndian
	h := make([]byte, 108)
	le.PutUint32(h[0:], uint32(len(h)))
	le.PutUint32(h[4:], 1) // a packet follows
	le.PutUint32(h[8:], 1) // DLT_EN10MB
	copy(h[12:36], "en0")
	flags := uint32(1) // in
	if fromClient(frame) {
		flags = 2 // out
	}
	le.PutUint32(h[36:], flags)
	le.PutUint32(h[40:], 2) // AF_INET
	le.PutUint32(h[44:], 14)
	le.PutUint32(h[52:], 1515) // process
	copy(h[56:76], "Quinze")
	le.PutUint16(h[80:], 6) // IFT_ETHER
	le.PutUint32(h[84:], 1560)
	copy(h[88:108], "QuinzeKit")
	return append(h, frame...)
}

// trailer appends PCAPdroid's: padding to 4 bytes, then magic, uid, name of
// the app (20 bytes) and a CRC-32 of all before it (in the phone's byte order), beyond
// the IP packet's end.
func trailer(i int, frame []byte) []byte {
	b := slices.Clone(frame)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint32(b, 0x01072021)
	uid, name := uint32(10215), "Quinze"
	if i%10 == 9 {
		uid, name = 1051, "netd"
	}
	b = binary.BigEndian.AppendUint32(b, uid)
	b = append(b, append([]byte(name), make([]byte, 20-len(name))...)...)
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// unmeasured sets the IPv4 length of packets that no wire would carry to 0, as
// some systems capture what the network card is to cut (TCP segmentation
// offload).
func unmeasured(_ int, frame []byte) []byte {
	b := slices.Clone(frame)
	if len(b) > 1514 && b[12] == 8 && b[13] == 0 {
		b[16], b[17] = 0, 0
		checksum(b[14:])
	}
	return b
}

// hook leaves what a hook on an app's TLS functions writes (friTap): plaintext
// on port 443, no handshake, no acknowledgements. It is made of traffic in the
// clear on port 80.
func hook(in []packet) (out []packet) {
	for _, p := range in {
		if _, data := segment(p.data); len(data) == 0 {
			continue
		}
		b := slices.Clone(p.data[14:])
		at := int(b[0]&15) * 4
		for _, port := range []int{at, at + 2} {
			if binary.BigEndian.Uint16(b[port:]) == 80 {
				binary.BigEndian.PutUint16(b[port:], 443)
			}
		}
		out = append(out, packet{p.ns, b, len(b)})
	}
	return out
}
