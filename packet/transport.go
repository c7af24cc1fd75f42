package packet

import (
	"encoding/binary"
	"net/netip"
)

// TCP holds the fields of a TCP header (RFC 9293, section 3.1).
type TCP struct {
	Seq, Ack uint32
	Flags    Flags
	Window   uint16
	Options  []byte // as far as they were captured
}

// Flags are the control bits of a TCP header.
type Flags uint8

// The control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Kinds of TCP options (IANA).
const (
	optionMSS        = 2 // RFC 9293, 3.7.1
	optionScale      = 3 // RFC 7323, 2
	optionSACKOK     = 4 // RFC 2018, 2
	optionSACK       = 5 // RFC 2018, 3
	optionTimestamps = 8 // RFC 7323, 3
)

// option returns the value of the first option of a kind.
func (t *TCP) option(kind byte) (value []byte, ok bool) {
	for b := t.Options; len(b) > 0; {
		switch {
		case b[0] == 0:
			return nil, false
		case b[0] == 1:
			b = b[1:]
			continue
		case len(b) < 2 || b[1] < 2 || int(b[1]) > len(b):
			return nil, false
		case b[0] == kind:
			return b[2:b[1]], true
		}
		b = b[b[1]:]
	}
	return nil, false
}

// MSS is the largest segment in bytes that the sender takes, of a SYN.
func (t *TCP) MSS() (uint16, bool) {
	v, ok := t.option(optionMSS)
	if !ok || len(v) != 2 {
		return 0, false
	}
	return binary.BigEndian.Uint16(v), true
}

// WindowScale is by how many bits Window is shifted in later segments of the
// sender, of a SYN.
func (t *TCP) WindowScale() (uint8, bool) {
	v, ok := t.option(optionScale)
	if !ok || len(v) != 1 {
		return 0, false
	}
	return min(v[0], 14), true
}

// SACKPermitted reports whether the sender takes selective acknowledgements,
// of a SYN.
func (t *TCP) SACKPermitted() bool {
	_, ok := t.option(optionSACKOK)
	return ok
}

// SACK appends the blocks that the sender has and that Ack does not cover to
// blocks: first sequence number, and the one behind the last.
func (t *TCP) SACK(blocks [][2]uint32) [][2]uint32 {
	v, _ := t.option(optionSACK)
	for ; len(v) >= 8; v = v[8:] {
		blocks = append(blocks, [2]uint32{binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])})
	}
	return blocks
}

// Timestamps are the sender's time stamp and the one it echoes.
func (t *TCP) Timestamps() (value, echo uint32, ok bool) {
	v, ok := t.option(optionTimestamps)
	if !ok || len(v) != 8 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]), true
}

// tcp reads a TCP segment.
func (d *Decoder) tcp(n network, v view) {
	b := v.b
	if len(b) < 20 {
		d.Counts.Malformed++
		return
	}
	head := int(b[12]>>4) * 4
	if head < 20 || head > len(b)+v.cut {
		d.Counts.Malformed++
		return
	}
	s := &d.seg
	s.TCP = TCP{binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), Flags(b[13]), binary.BigEndian.Uint16(b[14:]), nil}
	if head > 20 {
		s.TCP.Options = b[20:min(head, len(b))]
	}
	d.Counts.TCP++
	if head > len(b) {
		v.cut -= head - len(b)
		head = len(b)
	}
	d.segment(ProtoTCP, n, b, v.skip(head))
}

// udp reads a UDP datagram (RFC 768), and the tunnels in some.
func (d *Decoder) udp(n network, v view) {
	b := v.b
	if len(b) < 8 {
		d.Counts.Malformed++
		return
	}
	switch size := int(binary.BigEndian.Uint16(b[4:])); {
	case size == 0: // a jumbogram (RFC 2675), or one to be cut by the card
		v = v.skip(8)
	case size < 8:
		d.Counts.Malformed++
		return
	default:
		v = v.limit(min(size, len(b)+v.cut)).skip(8)
	}
	if d.udpTunnel(binary.BigEndian.Uint16(b[2:]), n, v) {
		return
	}
	d.Counts.UDP++
	d.segment(ProtoUDP, n, b, v)
}

// segment emits what a header carries.
func (d *Decoder) segment(proto Proto, n network, ports []byte, v view) {
	s, p := &d.seg, d.p
	s.Src = netip.AddrPortFrom(n.src, binary.BigEndian.Uint16(ports))
	s.Dst = netip.AddrPortFrom(n.dst, binary.BigEndian.Uint16(ports[2:]))
	s.Proto = proto
	s.Payload, s.Cut = v.b, v.cut
	s.Frame, s.Time, s.Resolution = p.Frame, p.Time, p.Interface.Resolution
	if s.Verbatim = v.at >= 0; s.Verbatim {
		s.Offset = v.at
	} else {
		s.Offset = p.Offset
	}
	s.TTL, s.ID = n.ttl, n.id
	s.Direction, s.App = d.dir, d.app
	if proto != ProtoTCP {
		s.TCP = TCP{}
	}
	d.emit(s)
}
