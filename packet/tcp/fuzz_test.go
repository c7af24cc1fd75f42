package tcp_test

import (
	"encoding/binary"
	"testing"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
)

// FuzzAssembler feeds segments that are made of bytes: for each, 16 bytes say
// who, what flags, where and how much. Whatever they are: no panic, nothing is
// handed on after the end, nothing is held at the end, every byte is accounted
// for, and no more is handed on than was sent.
func FuzzAssembler(f *testing.F) {
	segment := func(who, flags byte, seq, ack uint32, size, cut, wait byte) []byte {
		b := []byte{who, flags}
		b = binary.BigEndian.AppendUint32(b, seq)
		b = binary.BigEndian.AppendUint32(b, ack)
		return append(b, size, cut, wait, 0, 0, 0)
	}
	var open, wrap []byte
	for _, s := range [][]byte{segment(0, 2, 100, 0, 0, 0, 0), segment(1, 18, 500, 101, 0, 0, 0), segment(0, 16, 101, 501, 10, 0, 0),
		segment(0, 16, 121, 501, 10, 5, 0), segment(1, 16, 501, 131, 3, 0, 200), segment(0, 17, 111, 501, 10, 0, 0), segment(1, 17, 504, 200, 0, 0, 0), segment(0, 4, 136, 0, 0, 0, 0), segment(0, 2, 9999, 0, 4, 0, 0)} {
		open = append(open, s...)
	}
	for _, s := range [][]byte{segment(0, 16, 0xfffffff0, 1, 30, 0, 0), segment(0, 16, 20, 1, 30, 0, 0), segment(1, 16, 1, 50, 30, 0, 255), segment(0, 16, 14, 1, 3, 0, 0), segment(2, 16, 0x80000000, 1, 3, 0, 0), segment(2, 16, 0, 1, 3, 0, 0)} {
		wrap = append(wrap, s...)
	}
	var crossed []byte // answers before questions, each waiting for the other, ends that wait
	for _, s := range [][]byte{segment(0, 2, 100, 0, 0, 0, 0), segment(1, 18, 500, 101, 0, 0, 0), segment(1, 16, 501, 111, 5, 0, 0), segment(0, 16, 101, 501, 10, 0, 0),
		segment(1, 16, 506, 121, 5, 0, 0), segment(0, 16, 111, 511, 10, 0, 0), segment(1, 17, 511, 140, 4, 0, 0), segment(0, 16, 139, 516, 0, 0, 50), segment(0, 17, 121, 520, 9, 0, 50), segment(1, 16, 600, 300, 9, 0, 0), segment(0, 17, 130, 516, 9, 0, 0)} {
		crossed = append(crossed, s...)
	}
	f.Add(crossed, uint8(0))
	f.Add(crossed, uint8(0x77))
	f.Add(open, uint8(0))
	f.Add(wrap, uint8(3))
	f.Add([]byte("0000000000\x00\x0000000$00000000\x00\x0000000000000000000000"), uint8(0)) // data after a refusal
	f.Fuzz(func(t *testing.T, b []byte, limits uint8) {
		l := tcp.Limits{Held: 1 << (limits & 15), Total: 1 << (limits >> 4), Connections: 1 + int(limits&3)}
		r := newRig(l)
		filler := make([]byte, 256)
		var sent int64
		for len(b) >= 16 {
			src, dst := addr(int(b[0]>>1)&3), server
			if b[0]&1 != 0 {
				src, dst = dst, src
			}
			r.frame++
			r.now += int64(b[12]) * 10e6
			s := &packet.Segment{Src: src, Dst: dst, Proto: packet.ProtoTCP, Payload: filler[:b[10]], Cut: int(b[11]) * 8, Frame: r.frame, Time: r.now, Offset: r.frame * 1000, Verbatim: true, TTL: 1,
				TCP: packet.TCP{Flags: packet.Flags(b[1]), Seq: binary.BigEndian.Uint32(b[2:]), Ack: binary.BigEndian.Uint32(b[6:]), Options: b[13:16]}}
			sent += int64(len(s.Payload))
			r.Segment(s)
			b = b[16:]
		}
		r.Close()
		var handed int64
		for _, l := range r.logs {
			if !l.closed || l.lines[len(l.lines)-1][:5] != "close" {
				t.Fatalf("not closed: %q", l.lines)
			}
			for _, line := range l.lines {
				if line[0] == 'A' {
					t.Fatalf("%q", l.lines)
				}
			}
			for side := range l.conn.Sent {
				d := l.conn.Sent[side]
				if d.Stream != int64(l.count[side]) || d.Lost != l.gaps[side] || d.Cut > d.Lost || d.Stream > d.Bytes || d.Stream < 0 {
					t.Fatalf("%+v, handed on %d, gaps %d %q", d, l.count[side], l.gaps[side], l.lines)
				}
				handed += d.Stream
			}
		}
		if handed > sent {
			t.Fatalf("%d bytes handed on of %d", handed, sent)
		}
		if n := r.Held(); n != 0 {
			t.Fatalf("%d bytes are held after the end", n)
		}
	})
}
