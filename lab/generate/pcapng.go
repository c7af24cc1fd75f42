package generate

import (
	"encoding/binary"
	"io"
	"strconv"
	"time"
)

// The client's address, and the hardware addresses of both (locally
// administered). Addresses are of the ranges for examples (RFC 5737).
const clientAddress = "192.0.2.15"

var (
	clientIP  = [4]byte{192, 0, 2, 15}
	clientMAC = [6]byte{2, 0, 0, 0, 0, 0x15}
	serverMAC = [6]byte{2, 0, 0, 0, 0, 1}
)

// segment is how much of a stream one packet holds: what Ethernet leaves.
const segment = 1460

// pcapng writes each exchange as a TCP connection of its own, from the
// handshake to the last FIN (draft-ietf-opsawg-pcapng; RFC 791; RFC 9293).
type pcapng struct {
	w   io.Writer
	n   int
	err error
}

func newPcapng(w io.Writer) *pcapng {
	p := &pcapng{w: w}
	section := binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d)
	section = append(section, 1, 0, 0, 0)                           // version 1.0
	section = binary.LittleEndian.AppendUint64(section, ^uint64(0)) // length not told
	p.block(0x0a0d0d0a, section)
	p.block(1, []byte{1, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0}) // Ethernet, 256 kB, times in ns
	return p
}

func (p *pcapng) block(kind uint32, body []byte) {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)+12))
	b = append(b, body...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)+12))
	if _, err := p.w.Write(b); p.err == nil {
		p.err = err
	}
}

func (p *pcapng) packet(at time.Time, data []byte) {
	b := binary.LittleEndian.AppendUint32(nil, 0)
	ns := uint64(at.UnixNano())
	b = binary.LittleEndian.AppendUint32(b, uint32(ns>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(ns))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	p.block(6, append(b, data...))
}

// TCP flags.
const (
	fin = 1 << iota
	syn
	_
	psh
	ack
)

// conversation is a TCP connection under way.
type conversation struct {
	p     *pcapng
	e     *exchange
	at    time.Time
	next  [2]uint32 // sequence numbers: of the client, of the server
	ident [2]uint16
}

// send writes one packet from a side, 0 the client and 1 the server.
func (c *conversation) send(from int, flags byte, data []byte) {
	c.at = c.at.Add(20 * time.Microsecond)
	ips, macs := [2][4]byte{clientIP, c.e.server}, [2][6]byte{clientMAC, serverMAC}
	ports := [2]uint16{c.e.port, 80}
	to := 1 - from

	options := []byte(nil)
	if flags&syn != 0 {
		options = []byte{2, 4, segment >> 8, segment & 0xff}
	}
	tcp := binary.BigEndian.AppendUint16(nil, ports[from])
	tcp = binary.BigEndian.AppendUint16(tcp, ports[to])
	tcp = binary.BigEndian.AppendUint32(tcp, c.next[from])
	if flags&ack != 0 {
		tcp = binary.BigEndian.AppendUint32(tcp, c.next[to])
	} else {
		tcp = binary.BigEndian.AppendUint32(tcp, 0)
	}
	tcp = append(tcp, byte((20+len(options))/4<<4), flags, 0xff, 0xff, 0, 0, 0, 0)
	tcp = append(append(tcp, options...), data...)

	pseudo := append(append([]byte(nil), ips[from][:]...), ips[to][:]...)
	pseudo = append(pseudo, 0, 6, byte(len(tcp)>>8), byte(len(tcp)))
	binary.BigEndian.PutUint16(tcp[16:], checksum(append(pseudo, tcp...)))

	c.ident[from]++
	ip := []byte{0x45, 0}
	ip = binary.BigEndian.AppendUint16(ip, uint16(20+len(tcp)))
	ip = binary.BigEndian.AppendUint16(ip, c.ident[from])
	ip = append(ip, 0x40, 0, 64, 6, 0, 0) // not to be fragmented, 64 hops, TCP
	ip = append(append(ip, ips[from][:]...), ips[to][:]...)
	binary.BigEndian.PutUint16(ip[10:], checksum(ip))

	frame := append(append([]byte(nil), macs[to][:]...), macs[from][:]...)
	frame = append(frame, 8, 0) // IPv4
	c.p.packet(c.at, append(append(frame, ip...), tcp...))

	c.next[from] += uint32(len(data))
	if flags&(syn|fin) != 0 {
		c.next[from]++
	}
}

// stream sends bytes in segments, each acknowledged.
func (c *conversation) stream(from int, data []byte) {
	for len(data) > 0 {
		n := min(len(data), segment)
		flags := byte(ack)
		if n == len(data) {
			flags |= psh
		}
		c.send(from, flags, data[:n])
		c.send(1-from, ack, nil)
		data = data[n:]
	}
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func (p *pcapng) add(e *exchange) error {
	p.n++
	c := &conversation{p: p, e: e, at: e.at.Add(-e.rtt)}
	c.next = [2]uint32{uint32(e.index)*2654435761 + 1, uint32(e.index)*40503 + 7}
	c.send(0, syn, nil)
	c.at = e.at.Add(-time.Millisecond)
	c.send(1, syn|ack, nil)
	c.send(0, ack, nil)
	c.at = e.at
	c.stream(0, wire(e.method+" "+e.target+" HTTP/1.1", e.headers, e.body))
	c.at = e.at.Add(e.rtt)
	c.stream(1, wire("HTTP/1.1 "+strconv.Itoa(e.status)+" "+e.reason(), e.answerHeaders(), e.answer))
	for i, m := range e.messages {
		c.at = m.at
		c.stream(0, frame(m, uint32(e.index*31+i)*2246822519+1))
	}
	if e.socket {
		c.stream(0, frame(socketMessage{data: []byte{3, 0xe8}}, 1, 8)) // close, 1000
		c.stream(1, []byte{0x88, 2, 3, 0xe8})
	}
	c.send(0, fin|ack, nil)
	c.send(1, fin|ack, nil)
	c.send(0, ack, nil)
	return p.err
}

// wire writes an HTTP/1.1 message.
func wire(first string, headers []field, body []byte) []byte {
	b := []byte(first + "\r\n")
	for _, h := range headers {
		b = append(b, h.name+": "+h.value+"\r\n"...)
	}
	return append(append(b, "\r\n"...), body...)
}

// frame is a masked WebSocket frame (RFC 6455, 5.2).
func frame(m socketMessage, mask uint32, opcode ...byte) []byte {
	op := byte(2)
	if m.text {
		op = 1
	}
	if len(opcode) > 0 {
		op = opcode[0]
	}
	b := []byte{0x80 | op}
	switch n := len(m.data); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n <= 0xffff:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	key := binary.BigEndian.AppendUint32(nil, mask)
	b = append(b, key...)
	for i, x := range m.data {
		b = append(b, x^key[i%4])
	}
	return b
}
