package tcp_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
)

var (
	client = netip.MustParseAddrPort("192.0.2.1:40000")
	server = netip.MustParseAddrPort("198.51.100.2:443")
)

const t0 = 1795867200e9

// log is a Handler that writes down what it is given.
type log struct {
	conn   *tcp.Conn
	lines  []string
	bytes  [2][]byte // with a hole of zeros for each gap
	lost   [2][]bool
	marks  []stream.Mark // of each Data
	data   [][]byte
	count  [2]int   // bytes of data
	gaps   [2]int64 // bytes of gaps
	closed bool
}

func (l *log) Data(side stream.Side, m stream.Mark, b []byte) {
	l.say("%s %q", side2(side), b)
	l.bytes[side] = append(l.bytes[side], b...)
	l.lost[side] = append(l.lost[side], make([]bool, len(b))...)
	l.count[side] += len(b)
	l.marks = append(l.marks, m)
	l.data = append(l.data, bytes.Clone(b))
}

func (l *log) Gap(side stream.Side, m stream.Mark, n int64) {
	l.say("%s gap %d", side2(side), n)
	if l.gaps[side] += n; n > 1<<20 {
		return
	}
	l.bytes[side] = append(l.bytes[side], make([]byte, n)...)
	l.lost[side] = append(l.lost[side], bytes2true(int(n))...)
}

func (l *log) EOF(side stream.Side, m stream.Mark) { l.say("%s eof", side2(side)) }

func (l *log) Close(m stream.Mark) { l.say("close %s", l.conn.End); l.closed = true }

func (l *log) say(format string, args ...any) {
	if l.closed {
		format = "AFTER CLOSE: " + format
	}
	if len(l.lines) < 10_000 {
		l.lines = append(l.lines, fmt.Sprintf(format, args...))
	}
}

func side2(s stream.Side) string { return [2]string{">", "<"}[s] }

func bytes2true(n int) []bool {
	b := make([]bool, n)
	for i := range b {
		b[i] = true
	}
	return b
}

// rig is an Assembler whose connections are written down.
type rig struct {
	*tcp.Assembler
	logs  []*log
	frame int64
	now   int64
}

func newRig(l tcp.Limits) *rig {
	r := &rig{now: t0}
	r.Assembler = tcp.New(l, func(c *tcp.Conn) tcp.Handler {
		l := &log{conn: c}
		r.logs = append(r.logs, l)
		return l
	})
	return r
}

// send feeds a segment a millisecond after the last.
func (r *rig) send(src, dst netip.AddrPort, flags packet.Flags, seq, ack uint32, payload string, change ...func(*packet.Segment)) {
	r.frame++
	r.now += 1e6
	s := &packet.Segment{Src: src, Dst: dst, Proto: packet.ProtoTCP, Payload: []byte(payload), Frame: r.frame, Time: r.now,
		Offset: 100 * r.frame, Verbatim: true, TTL: 64, TCP: packet.TCP{Seq: seq, Ack: ack, Flags: flags}}
	for _, f := range change {
		f(s)
	}
	r.Segment(s)
}

func (r *rig) up(flags packet.Flags, seq, ack uint32, payload string, change ...func(*packet.Segment)) {
	r.send(client, server, flags, seq, ack, payload, change...)
}

func (r *rig) down(flags packet.Flags, seq, ack uint32, payload string, change ...func(*packet.Segment)) {
	r.send(server, client, flags, seq, ack, payload, change...)
}

// open does the handshake: the client's first byte has number 101, the
// server's 501.
func (r *rig) open() {
	r.up(packet.SYN, 100, 0, "")
	r.down(packet.SYN|packet.ACK, 500, 101, "")
	r.up(packet.ACK, 101, 501, "")
}

// want ends the capture and compares what was written down.
func (r *rig) want(t *testing.T, lines ...string) {
	t.Helper()
	r.Close()
	var got []string
	for i, l := range r.logs {
		for _, line := range l.lines {
			if len(r.logs) > 1 {
				line = fmt.Sprintf("%d: %s", i, line)
			}
			got = append(got, line)
		}
	}
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

const (
	ack = packet.ACK
	fin = packet.FIN | packet.ACK
	rst = packet.RST
	syn = packet.SYN
)

// addr is the nth client.
func addr(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 40000)
}
