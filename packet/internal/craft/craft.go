// Package craft writes packets and captures for tests. It shares no code with
// the packages that read them.
package craft

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// be appends numbers in network byte order.
func be(b []byte, numbers ...any) []byte {
	for _, n := range numbers {
		b, _ = binary.Append(b, binary.BigEndian, n)
	}
	return b
}

// Cat joins byte slices.
func Cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// checksum is that of the internet (RFC 1071).
func checksum(parts ...[]byte) uint16 {
	sum := uint32(0)
	for _, p := range parts {
		for i, c := range p {
			if i%2 == 0 {
				sum += uint32(c) << 8
			} else {
				sum += uint32(c)
			}
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// IP is the header of an IPv4 or IPv6 packet.
type IP struct {
	Src, Dst string
	Proto    uint8
	TTL      uint8
	ID       uint32
	At       int  // offset of a fragment
	More     bool // fragments follow
	NoLength bool // as TSO leaves it
	Ext      []byte
	ExtKind  uint8
}

// Packet returns the packet with a payload. Ext stands before it: IPv4
// options, or IPv6 extension headers of which the first is of kind ExtKind.
func (h IP) Packet(payload []byte) []byte {
	src, dst := netip.MustParseAddr(h.Src), netip.MustParseAddr(h.Dst)
	ttl := h.TTL
	if ttl == 0 {
		ttl = 64
	}
	if src.Is4() {
		total := 20 + len(h.Ext) + len(payload)
		if h.NoLength {
			total = 0
		}
		f := uint16(h.At / 8)
		if h.More {
			f |= 0x2000
		}
		b := be(nil, uint8(0x45+len(h.Ext)/4), uint8(0), uint16(total), uint16(h.ID), f, ttl, h.Proto, uint16(0), src.As4(), dst.As4())
		b = append(b, h.Ext...)
		binary.BigEndian.PutUint16(b[10:], checksum(b))
		return append(b, payload...)
	}
	next, ext := h.Proto, h.Ext
	if len(ext) > 0 {
		next = h.ExtKind
	}
	if h.At > 0 || h.More {
		f := uint16(h.At)
		if h.More {
			f |= 1
		}
		ext = append(bytes.Clone(ext), be(nil, next, uint8(0), f, h.ID)...)
		next = 44
	}
	size := len(ext) + len(payload)
	if h.NoLength {
		size = 0
	}
	return Cat(be(nil, uint32(6<<28), uint16(size), next, ttl, src.As16(), dst.As16()), ext, payload)
}

// pseudo is the header that transport checksums take in.
func (h IP) pseudo(n int) []byte {
	src, dst := netip.MustParseAddr(h.Src), netip.MustParseAddr(h.Dst)
	return be(nil, src.AsSlice(), dst.AsSlice(), uint32(n), uint32(h.Proto))
}

// TCP is the header of a segment.
type TCP struct {
	Src, Dst uint16
	Seq, Ack uint32
	Flags    uint8
	Options  []byte // a multiple of four bytes
}

// Segment returns an IP packet with the segment.
func (t TCP) Segment(h IP, payload []byte) []byte {
	h.Proto = 6
	return h.Packet(t.Bytes(h, payload))
}

// Bytes returns the segment alone.
func (t TCP) Bytes(h IP, payload []byte) []byte {
	h.Proto = 6
	b := be(nil, t.Src, t.Dst, t.Seq, t.Ack, uint8((20+len(t.Options))/4<<4), t.Flags, uint16(64240), uint16(0), uint16(0), t.Options, payload)
	binary.BigEndian.PutUint16(b[16:], checksum(h.pseudo(len(b)), b))
	return b
}

// UDP returns a datagram alone.
func UDP(h IP, src, dst uint16, payload []byte) []byte {
	h.Proto = 17
	b := be(nil, src, dst, uint16(8+len(payload)), uint16(0), payload)
	binary.BigEndian.PutUint16(b[6:], checksum(h.pseudo(len(b)), b))
	return b
}

// Datagram returns an IP packet with a datagram.
func Datagram(h IP, src, dst uint16, payload []byte) []byte {
	h.Proto = 17
	return h.Packet(UDP(h, src, dst, payload))
}

// Ether returns an Ethernet frame, with tags before the type.
func Ether(kind uint16, payload []byte, tags ...uint32) []byte {
	b := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}
	for _, t := range tags {
		b = be(b, t)
	}
	return be(b, kind, payload)
}

// EtherIP returns an Ethernet frame with an IP packet.
func EtherIP(ip []byte, tags ...uint32) []byte {
	if ip[0]>>4 == 6 {
		return Ether(0x86dd, ip, tags...)
	}
	return Ether(0x0800, ip, tags...)
}

// BE returns numbers in network byte order.
func BE(numbers ...any) []byte { return be(nil, numbers...) }

// LE returns numbers in the other.
func LE(numbers ...any) []byte {
	var b []byte
	for _, n := range numbers {
		b, _ = binary.Append(b, binary.LittleEndian, n)
	}
	return b
}
