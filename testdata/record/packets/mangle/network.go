package main

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

// What a network does to packets: it loses, repeats, reorders, cuts and splits
// them. Each is drawn from the same seed, so that a capture mangled twice is
// the same.

func draw() *rand.Rand { return rand.New(rand.NewPCG(15, 60)) }

// cut keeps n bytes of each packet, as tcpdump -s does.
func cut(in []packet, n int) []packet {
	out := slices.Clone(in)
	for i := range out {
		out[i].data = out[i].data[:min(n, len(out[i].data))]
	}
	return out
}

// shuffled lets packets overtake one another by up to six places; times stay
// in order.
func shuffled(in []packet) []packet {
	r := draw()
	type placed struct {
		packet
		at float64
	}
	p := make([]placed, len(in))
	for i := range in {
		p[i] = placed{in[i], float64(i)}
		if r.IntN(4) == 0 {
			p[i].at += 1 + 5*r.Float64()
		}
	}
	slices.SortStableFunc(p, func(a, b placed) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	out := make([]packet, len(in))
	for i := range p {
		out[i] = packet{in[i].ns, p[i].data, p[i].full}
	}
	return out
}

// repeated sends every fifth packet twice, the second some packets later.
func repeated(in []packet) (out []packet) {
	r := draw()
	for i, p := range in {
		out = append(out, p)
		if back := r.IntN(4); r.IntN(5) == 0 && i >= back {
			again := in[i-back]
			again.ns = p.ns
			out = append(out, again)
		}
	}
	return out
}

// dropped loses one packet with data in ten, never of the first twenty, which
// hold a handshake.
func dropped(in []packet) (out []packet) {
	r := draw()
	for i, p := range in {
		if i < 20 || len(p.data) < 200 || r.IntN(10) != 0 {
			out = append(out, p)
		}
	}
	return out
}

// overlapping sends after every third segment of TCP its second half again,
// and after every seventh a segment that began half a segment earlier.
func overlapping(in []packet) (out []packet) {
	var last *packet
	for i, p := range in {
		out = append(out, p)
		head, data := segment(p.data)
		if len(data) < 100 {
			continue
		}
		if i%3 == 0 {
			half := len(data) / 2
			out = append(out, packet{p.ns, resegment(p.data, head, uint32(half), data[half:]), 0})
		}
		if last != nil && i%7 == 0 {
			lhead, ldata := segment(last.data)
			if string(last.data[26:38]) == string(p.data[26:38]) && sequence(last.data)+uint32(len(ldata)) == sequence(p.data) && len(ldata)/2+len(data) < 1400 {
				half := len(ldata) / 2
				out = append(out, packet{p.ns, resegment(last.data, lhead, uint32(half), append(slices.Clone(ldata[half:]), data...)), 0})
			}
		}
		last = &in[i]
	}
	for i := range out {
		out[i].full = len(out[i].data)
	}
	return out
}

// segment cuts an Ethernet frame of IPv4 and TCP into headers and data.
func segment(frame []byte) (head, data []byte) {
	if len(frame) < 54 || binary.BigEndian.Uint16(frame[12:]) != 0x0800 || frame[23] != 6 {
		return frame, nil
	}
	at := 14 + int(frame[14]&15)*4
	at += int(frame[at+12]>>4) * 4
	end := 14 + int(binary.BigEndian.Uint16(frame[16:]))
	return frame[:at], frame[at:min(end, len(frame))]
}

func sequence(frame []byte) uint32 {
	return binary.BigEndian.Uint32(frame[14+int(frame[14]&15)*4+4:])
}

// resegment makes of a frame one with other data, that begins later by skip.
func resegment(frame, head []byte, skip uint32, data []byte) []byte {
	out := append(slices.Clone(head), data...)
	binary.BigEndian.PutUint16(out[16:], uint16(len(out)-14))
	binary.BigEndian.PutUint32(out[14+int(out[14]&15)*4+4:], sequence(frame)+skip)
	checksum(out[14:])
	return out
}

// fragments splits IPv4 packets above 600 bytes (RFC 791); of every second
// packet the last fragment comes first.
func fragments(in []packet) (out []packet) {
	const most = 552 // a multiple of 8
	for i, p := range in {
		f := p.data
		if len(f) < 614 || binary.BigEndian.Uint16(f[12:]) != 0x0800 {
			out = append(out, p)
			continue
		}
		at := 14 + int(f[14]&15)*4
		body := f[at : 14+int(binary.BigEndian.Uint16(f[16:]))]
		var pieces []packet
		for o := 0; o < len(body); o += most {
			end := min(o+most, len(body))
			b := append(slices.Clone(f[:at]), body[o:end]...)
			flags := uint16(o / 8)
			if end < len(body) {
				flags |= 0x2000
			}
			binary.BigEndian.PutUint16(b[16:], uint16(len(b)-14))
			binary.BigEndian.PutUint16(b[18:], uint16(i+1)) // identification
			binary.BigEndian.PutUint16(b[20:], flags)
			checksum(b[14:])
			pieces = append(pieces, packet{p.ns, b, len(b)})
		}
		if i%2 == 1 {
			slices.Reverse(pieces)
		}
		out = append(out, pieces...)
	}
	return out
}

// checksum sets the header checksum of an IPv4 packet.
func checksum(b []byte) {
	n := int(b[0]&15) * 4
	b[10], b[11] = 0, 0
	var sum uint32
	for i := 0; i < n; i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(b[10:], ^uint16(sum))
}

// reused gives all the client's connections port 50000.
func reused(_ int, frame []byte) []byte {
	b := slices.Clone(frame)
	at := 14 + int(b[14]&15)*4
	if !fromClient(b) {
		at += 2
	}
	binary.BigEndian.PutUint16(b[at:], 50000)
	return b
}

// oneWay has the client's packets only, as where routes differ.
func oneWay(in []packet) (out []packet) {
	for _, p := range in {
		if fromClient(p.data) {
			out = append(out, p)
		}
	}
	return out
}

// fromClient tells if 192.0.2.10 sent a frame.
func fromClient(frame []byte) bool { return len(frame) > 30 && frame[26] == 192 }
