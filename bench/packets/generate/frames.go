package main

import (
	"encoding/binary"
)

// A packet stands in an Enhanced Packet Block at these offsets: Ethernet, IPv4
// without options, TCP with time stamps.
const (
	atTime   = 12 // of the block: the time's upper half
	atIP     = 28 + 14
	atTCP    = atIP + 20
	headers  = 14 + 20 + 32
	mss      = 1448
	basePort = 20000
)

// template is a connection rendered to blocks, from 10.0.0.0 port 20000.
type template struct {
	mix             string
	exchanges       int64
	up, down        int64 // bytes of bodies
	blocks          []byte
	starts          []int // of each block, and the end
	written         int64 // bytes planned so far, by write
	seqs            [2]uint32
	unacked         [2]uint32
	ticks, lastTick uint32
}

// preamble is a section, the secrets, and an interface of Ethernet.
func preamble(keys []byte) []byte {
	le := binary.LittleEndian
	var b []byte
	block := func(kind uint32, body []byte) {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		n := uint32(len(body) + 12)
		b = le.AppendUint32(le.AppendUint32(b, kind), n)
		b = le.AppendUint32(append(b, body...), n)
	}
	block(0x0a0d0d0a, le.AppendUint64(append(le.AppendUint32(nil, 0x1a2b3c4d), 1, 0, 0, 0), ^uint64(0)))
	block(1, []byte{1, 0, 0, 0, 0, 0, 4, 0})
	block(10, append(le.AppendUint32(le.AppendUint32(nil, 0x544c534b), uint32(len(keys))), keys...))
	return b
}

// render makes the packets of a connection: handshake, segments with an
// acknowledgement for every second, and the end.
func (t *template) render(log []wrote) {
	t.seqs = [2]uint32{0x10000000, 0x20000000}
	const syn, ack, push, fin = 2, 16, 8, 1
	t.packet(0, syn, nil)
	t.seqs[0]++
	t.packet(1, syn|ack, nil)
	t.seqs[1]++
	t.packet(0, ack, nil)
	for _, w := range log {
		from := 1
		if w.client {
			from = 0
		}
		for b := w.data; len(b) > 0; {
			n := min(mss, len(b))
			flags := byte(ack)
			if n == len(b) {
				flags |= push
			}
			t.packet(from, flags, b[:n])
			t.seqs[from] += uint32(n)
			b = b[n:]
			if t.unacked[from]++; t.unacked[from]%2 == 0 {
				t.packet(1-from, ack, nil)
			}
		}
	}
	for from := range 2 {
		t.packet(from, fin|ack, nil)
		t.seqs[from]++
	}
	t.packet(0, ack, nil)
	t.starts = append(t.starts, len(t.blocks))
}

// packet appends a block. From 0 is the client.
func (t *template) packet(from int, flags byte, data []byte) {
	t.starts = append(t.starts, len(t.blocks))
	le, be := binary.LittleEndian, binary.BigEndian
	n := headers + len(data)
	padded := (n + 3) / 4 * 4
	b := le.AppendUint32(le.AppendUint32(nil, 6), uint32(32+padded))
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, 0), 0), 0)
	b = le.AppendUint32(le.AppendUint32(b, uint32(n)), uint32(n))
	b = append(b, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0)
	client, server := [4]byte{10, 0, 0, 0}, [4]byte{198, 51, 100, 1}
	ports := [2]uint16{basePort, 443}
	source, target := client, server
	if from == 1 {
		source, target = server, client
		ports = [2]uint16{443, basePort}
	}
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0}
	ip = append(append(ip, source[:]...), target[:]...)
	be.PutUint16(ip[2:], uint16(20+32+len(data)))
	be.PutUint16(ip[10:], ^fold(sum(ip)))
	b = append(b, ip...)
	tcp := be.AppendUint16(be.AppendUint16(nil, ports[0]), ports[1])
	tcp = be.AppendUint32(tcp, t.seqs[from])
	if flags&16 != 0 {
		tcp = be.AppendUint32(tcp, t.seqs[1-from])
	} else {
		tcp = be.AppendUint32(tcp, 0)
	}
	t.ticks++
	tcp = append(tcp, 8<<4, flags, 0xff, 0xff, 0, 0, 0, 0, 1, 1, 8, 10)
	tcp = be.AppendUint32(be.AppendUint32(tcp, t.ticks), t.lastTick)
	t.lastTick = t.ticks
	total := sum(source[:]) + sum(target[:]) + 6 + uint64(32+len(data)) + sum(tcp) + sum(data)
	be.PutUint16(tcp[16:], ^fold(total))
	b = append(append(b, tcp...), data...)
	for len(b) < 28+padded {
		b = append(b, 0)
	}
	t.blocks = append(t.blocks, le.AppendUint32(b, uint32(32+padded))...)
}

// sum and fold are the Internet checksum (RFC 1071).
func sum(b []byte) (s uint64) {
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(b[0])<<8 | uint64(b[1])
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

func fold(s uint64) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// replay is a template being written again.
type replay struct {
	*template
	number int64 // of the connection in the capture
	at     int   // next block
}

func (r *replay) done() bool { return r.at == len(r.starts)-1 }

// next appends up to n packets at a time in µs, of the replay's own address and
// port, and returns how many.
func (r *replay) next(out []byte, n int, clock uint64) ([]byte, int) {
	n = min(n, len(r.starts)-1-r.at)
	from, to := r.starts[r.at], r.starts[r.at+n]
	base := len(out)
	out = append(out, r.blocks[from:to]...)
	le, be := binary.LittleEndian, binary.BigEndian
	// 40,000 ports of 65,536 addresses 10.0.x.y.
	port := uint16(basePort + r.number%40000)
	address := uint16(r.number / 40000)
	delta := uint64(address)                          // the template's is 0
	ports := uint64(port) + uint64(^uint16(basePort)) // RFC 1624
	for i := r.at; i < r.at+n; i++ {
		b := out[base+r.starts[i]-from:]
		le.PutUint32(b[atTime:], uint32(clock>>32))
		le.PutUint32(b[atTime+4:], uint32(clock))
		clock += 5
		client, portAt := atIP+12, atTCP
		if be.Uint16(b[atTCP:]) == 443 {
			client, portAt = atIP+16, atTCP+2
		}
		be.PutUint16(b[client+2:], address)
		be.PutUint16(b[portAt:], port)
		be.PutUint16(b[atIP+10:], ^fold(uint64(^be.Uint16(b[atIP+10:]))+delta))
		be.PutUint16(b[atTCP+16:], ^fold(uint64(^be.Uint16(b[atTCP+16:]))+delta+ports))
	}
	r.at += n
	return out, n
}
