package craft

import "encoding/binary"

// Pcap is a capture file in the classic format.
type Pcap struct {
	B     []byte
	Order binary.ByteOrder // nil: little-endian
	Nano  bool
	Magic uint32 // 0: by Nano
	n     int64
}

// Start is the time of the first packet, ns since 1970. Each following is a
// millisecond later.
const Start = 1795867200_123456789 // 2026-11-28

func (p *Pcap) num(numbers ...any) {
	if p.Order == nil {
		p.Order = binary.LittleEndian
	}
	for _, n := range numbers {
		p.B, _ = binary.Append(p.B, p.Order, n)
	}
}

// Head writes the header of the file.
func (p *Pcap) Head(link uint32) *Pcap {
	magic := p.Magic
	if magic == 0 {
		if magic = 0xa1b2c3d4; p.Nano {
			magic = 0xa1b23c4d
		}
	}
	p.num(magic, uint16(2), uint16(4), uint32(0), uint32(0), uint32(262144), link)
	return p
}

// Add writes a packet a millisecond after the last.
func (p *Pcap) Add(data []byte) *Pcap { return p.AddAt(Start+p.n*1e6, data, len(data)) }

// AddAt writes a packet of a size on the wire.
func (p *Pcap) AddAt(ns int64, data []byte, wire int) *Pcap {
	p.n++
	sub := uint32(ns % 1e9)
	if !p.Nano {
		sub /= 1000
	}
	p.num(uint32(ns/1e9), sub, uint32(len(data)), uint32(wire))
	if p.Magic == 0xa1b2cd34 {
		p.num(uint32(1), uint16(0), uint8(0), uint8(0))
	}
	p.B = append(p.B, data...)
	return p
}

// Pcapng is a capture file in the block format.
type Pcapng struct {
	B     []byte
	Order binary.ByteOrder // nil: little-endian
	n     int64
}

func (p *Pcapng) order() binary.ByteOrder {
	if p.Order == nil {
		return binary.LittleEndian
	}
	return p.Order
}

// Num returns numbers in the byte order of the section.
func (p *Pcapng) Num(numbers ...any) []byte {
	var b []byte
	for _, n := range numbers {
		b, _ = binary.Append(b, p.order(), n)
	}
	return b
}

// Opt returns an option.
func (p *Pcapng) Opt(code uint16, value []byte) []byte {
	b := p.Num(code, uint16(len(value)), value)
	return append(b, make([]byte, -len(b)&3)...)
}

// Block writes a block.
func (p *Pcapng) Block(kind uint32, parts ...[]byte) *Pcapng {
	body := Cat(parts...)
	body = append(body, make([]byte, -len(body)&3)...)
	size := uint32(12 + len(body))
	p.B = append(p.B, p.Num(kind, size, body, size)...)
	return p
}

// Section writes a section header block.
func (p *Pcapng) Section(options ...[]byte) *Pcapng {
	return p.Block(0x0a0d0d0a, p.Num(uint32(0x1a2b3c4d), uint16(1), uint16(0), int64(-1)), p.options(options))
}

func (p *Pcapng) options(o [][]byte) []byte {
	if len(o) == 0 {
		return nil
	}
	return append(Cat(o...), 0, 0, 0, 0)
}

// Interface writes an interface description block.
func (p *Pcapng) Interface(link uint16, snap uint32, options ...[]byte) *Pcapng {
	return p.Block(1, p.Num(link, uint16(0), snap), p.options(options))
}

// Add writes an enhanced packet block, stamped in µs.
func (p *Pcapng) Add(iface uint32, data []byte, options ...[]byte) *Pcapng {
	p.n++
	return p.AddAt(iface, uint64((Start+p.n*1e6)/1000), data, len(data), options...)
}

// AddAt writes an enhanced packet block with a time stamp as it is.
func (p *Pcapng) AddAt(iface uint32, stamp uint64, data []byte, wire int, options ...[]byte) *Pcapng {
	pad := make([]byte, -len(data)&3)
	return p.Block(6, p.Num(iface, uint32(stamp>>32), uint32(stamp), uint32(len(data)), uint32(wire)), data, pad, p.options(options))
}
