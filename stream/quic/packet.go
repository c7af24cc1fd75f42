package quic

import "bytes"

// level is what a packet is protected with (RFC 9001, section 2.1), in the
// order in which a connection comes to have them.
type level int

const (
	initial level = iota
	early         // 0-RTT, of the client only
	handshake
	application // 1-RTT
	levels
)

// kind of a packet.
type kind int

const (
	kindInitial kind = iota
	kindEarly
	kindHandshake
	kindRetry
	kindNegotiation
	kindUnknown // of a version that we do not know
)

// packet is the head of a packet with a long header, as far as it can be read
// without a key (RFC 9000, section 17.2; RFC 8999).
type packet struct {
	kind       kind
	version    uint32
	dcid, scid []byte
	token      []byte // of an Initial or Retry
	number     int    // where the packet number stands
	end        int    // where the packet ends
}

// maxID is how long a connection ID may be in the versions we know.
const maxID = 20

// minPacket is less than the shortest packet there can be: a first byte, a
// packet number and 16 bytes of authentication.
const minPacket = 18

// readLong reads the head of a packet with a long header. It is not ok if b
// is none; its end may lie beyond b, if that was cut short.
func readLong(b []byte) (p packet, ok bool) {
	if len(b) < 7 || b[0]&0x80 == 0 {
		return p, false
	}
	p.version = uint32(b[1])<<24 | uint32(b[2])<<16 | uint32(b[3])<<8 | uint32(b[4])
	at := 5
	for _, id := range []*[]byte{&p.dcid, &p.scid} {
		if at >= len(b) {
			return p, false
		}
		n := int(b[at])
		at++
		if at+n > len(b) {
			return p, false
		}
		*id = b[at : at+n]
		at += n
	}
	p.end = len(b)
	v := versionOf(p.version)
	switch {
	case p.version == 0:
		p.kind = kindNegotiation
		return p, true
	case v == nil:
		p.kind = kindUnknown
		return p, true
	case len(p.dcid) > maxID || len(p.scid) > maxID:
		return p, false
	}
	switch p.kind = v.kinds[b[0]>>4&3]; p.kind {
	case kindRetry:
		if len(b) < at+16 {
			return p, false
		}
		p.token = b[at : len(b)-16]
		return p, true
	case kindInitial:
		size, n := varint(b[at:])
		if at += n; n == 0 || size > uint64(len(b)-at) {
			return p, false
		}
		p.token = b[at : at+int(size)]
		at += int(size)
	}
	size, n := varint(b[at:])
	if n == 0 || size > 1<<20 {
		return p, false
	}
	p.number = at + n
	p.end = p.number + int(size)
	return p, true
}

// levelOf is the level of a packet with a long header.
func (p *packet) level() level {
	switch p.kind {
	case kindInitial:
		return initial
	case kindEarly:
		return early
	}
	return handshake
}

// padding tells whether what follows a packet is nothing. Some endpoints fill
// up datagrams outside the packets.
func padding(b []byte) bool {
	return len(bytes.TrimLeft(b, "\x00")) == 0
}

// varint reads an integer of RFC 9000, section 16. n is 0 if b ends within it.
func varint(b []byte) (v uint64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	if n = 1 << (b[0] >> 6); len(b) < n {
		return 0, 0
	}
	v = uint64(b[0] & 0x3f)
	for _, x := range b[1:n] {
		v = v<<8 | uint64(x)
	}
	return v, n
}
