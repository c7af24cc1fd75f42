package packet_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/netip"
	"strings"
	"testing"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
)

// frame is a packet of a link type and what it must give.
type frame struct {
	name string
	link uint32
	data []byte
	want string // segments as "proto src > dst length[ notes]", joined by "; "
}

const (
	tcpLine  = "tcp 192.0.2.1:40000 > 198.51.100.2:443 20"
	tcp6Line = "tcp [2001:db8::1]:40000 > [2001:db8::2]:443 20"
	udpLine  = "udp 192.0.2.1:5000 > 198.51.100.2:6000 20"
)

// line is a segment as frame.want has it.
func line(s *packet.Segment) string {
	l := fmt.Sprintf("%s %s > %s %d", map[packet.Proto]string{6: "tcp", 17: "udp"}[s.Proto], s.Src, s.Dst, len(s.Payload))
	if s.Cut > 0 {
		l += fmt.Sprintf(" cut=%d", s.Cut)
	}
	if s.Direction != packet.Unknown {
		l += [...]string{"", " in", " out"}[s.Direction]
	}
	if s.App != nil {
		l += fmt.Sprintf(" app=%q %q", s.App.ID, s.App.Source)
	}
	if s.Outer.Kind != "" {
		l += fmt.Sprintf(" %s=%s>%s", s.Outer.Kind, s.Outer.Src, s.Outer.Dst)
	}
	if !s.Verbatim {
		l += " assembled"
	}
	return l
}

// droid puts PCAPdroid's frame around an IP packet.
func droid(ip []byte, uid int32, name string) []byte {
	f := craft.Cat(make([]byte, 12), craft.BE(map[byte]uint16{4: 0x0800, 6: 0x86dd}[ip[0]>>4]), ip)
	f = append(f, make([]byte, -len(f)&3)...)
	f = append(f, craft.BE(uint32(0x01072021), uid)...)
	f = append(f, append([]byte(name), make([]byte, 20-len(name))...)...)
	return append(f, craft.LE(crc32.ChecksumIEEE(f))...)
}

// wifi puts an 802.11 data header before LLC and an IP packet.
func wifi(control, flags byte, ip []byte, qos ...byte) []byte {
	h := craft.Cat([]byte{control, flags, 0, 0}, make([]byte, 18), []byte{0x10, 0x00})
	if flags&3 == 3 {
		h = append(h, make([]byte, 6)...)
	}
	return craft.Cat(h, qos, snap(ip))
}

func snap(ip []byte) []byte {
	kind := uint16(0x0800)
	if ip[0]>>4 == 6 {
		kind = 0x86dd
	}
	return craft.Cat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, craft.BE(kind), ip)
}

// pktap puts Apple's header before a packet.
func pktap(link uint32, flags uint32, pid int32, comm string, epid int32, ecomm string, b []byte) []byte {
	name := func(s string, n int) []byte { return append([]byte(s), make([]byte, n-len(s))...) }
	return craft.Cat(craft.LE(uint32(108), uint32(1), link), name("en0", 24), craft.LE(flags, uint32(2), uint32(0), uint32(0), pid), name(comm, 20),
		craft.LE(uint32(0), uint16(6), uint16(0), epid), name(ecomm, 20), b)
}

// attr is an attribute of NFLOG.
func attr(kind uint16, v []byte) []byte {
	b := append(craft.LE(uint16(4+len(v)), kind), v...)
	return append(b, make([]byte, -len(b)&3)...)
}

func frames() []frame {
	ip, ip6 := hi.Segment(v4, data), hi.Segment(v6, data)
	udp := craft.Datagram(v4, 5000, 6000, data)
	outer := craft.IP{Src: "203.0.113.1", Dst: "203.0.113.2"}
	outer6 := craft.IP{Src: "2001:db8:f::1", Dst: "2001:db8:f::2"}
	with := func(h craft.IP, proto uint8) craft.IP { h.Proto = proto; return h }
	via := func(kind string) string { return " " + kind + "=203.0.113.1>203.0.113.2" }
	gtp := func(flags byte, extra, inner []byte) []byte {
		return craft.Cat([]byte{flags, 0xff}, craft.BE(uint16(len(extra)+len(inner)), uint32(1)), extra, inner)
	}
	long := bytes.Repeat([]byte("0123456789abcdef"), 300)
	ext := craft.Cat([]byte{60, 0, 1, 4, 0, 0, 0, 0}, []byte{6, 1, 1, 12}, make([]byte, 12))
	list := []frame{
		{"Ethernet, IPv4, TCP", 1, craft.EtherIP(ip), tcpLine},
		{"Ethernet, IPv6, TCP", 1, craft.EtherIP(ip6), tcp6Line},
		{"Ethernet, UDP", 1, craft.EtherIP(udp), udpLine},
		{"Ethernet, padded", 1, append(craft.EtherIP(hi.Segment(v4, nil)), make([]byte, 6)...), "tcp 192.0.2.1:40000 > 198.51.100.2:443 0"},
		{"VLAN", 1, craft.EtherIP(ip, 0x81000064), tcpLine},
		{"VLANs of 802.1ad", 1, craft.EtherIP(ip6, 0x88a80001, 0x81000064), tcp6Line},
		{"MPLS", 1, craft.Ether(0x8847, craft.Cat(craft.BE(uint32(100<<12|64)), craft.BE(uint32(200<<12|0x100|64)), ip)), tcpLine},
		{"PPPoE", 1, craft.Ether(0x8864, craft.Cat(craft.BE(uint8(0x11), uint8(0), uint16(1), uint16(len(ip)+2), uint16(0x21)), ip)), tcpLine},
		{"PPPoE, IPv6", 1, craft.Ether(0x8864, craft.Cat(craft.BE(uint8(0x11), uint8(0), uint16(1), uint16(len(ip6)+2), uint16(0x57)), ip6)), tcp6Line},
		{"802.3 with SNAP", 1, craft.Ether(uint16(len(ip)+8), snap(ip)), tcpLine},
		{"ARP", 1, craft.Ether(0x0806, make([]byte, 28)), ""},
		{"ICMP", 1, craft.EtherIP(with(v4, 1).Packet(craft.BE(uint8(8), uint8(0), uint16(0), uint32(0)))), ""},
		{"PCAPdroid's trailer", 1, droid(ip, 10123, "Quinze"), tcpLine + ` app="Quinze" "pcapdroid trailer, uid 10123"`},
		{"PCAPdroid's trailer, changed", 1, patch(droid(ip, 10123, "Quinze"), len(droid(ip, 10123, ""))-1, 0x55), tcpLine + ` app="Quinze" "pcapdroid trailer (its checksum is wrong), uid 10123"`},
		{"what looks like PCAPdroid's trailer, sent by an app", 1, func() []byte {
			forged := droid(ip, 10123, "Innocent")
			return craft.Cat(make([]byte, 12), craft.BE(uint16(0x0800)), hi.Segment(v4, forged[len(forged)-32:]))
		}(), "tcp 192.0.2.1:40000 > 198.51.100.2:443 32"},
		{"PCAPdroid's trailer behind other addresses", 1, append(craft.EtherIP(ip), droid(ip, 10123, "Quinze")[len(droid(ip, 10123, "Quinze"))-32:]...), tcpLine},
		{"PCAPdroid's trailer, IPv6", 1, droid(ip6, 10123, "Quinze"), tcp6Line + ` app="Quinze" "pcapdroid trailer, uid 10123"`},
		{"PCAPdroid's trailer, unknown app", 1, droid(ip, -1, ""), tcpLine},
		{"IPv4 without a length (TSO)", 1, craft.EtherIP(hi.Segment(craft.IP{Src: v4.Src, Dst: v4.Dst, NoLength: true}, data)), tcpLine},
		{"IPv6 without a length (TSO)", 1, craft.EtherIP(hi.Segment(craft.IP{Src: v6.Src, Dst: v6.Dst, NoLength: true}, data)), tcp6Line},
		{"IPv4 options", 1, craft.EtherIP(hi.Segment(craft.IP{Src: v4.Src, Dst: v4.Dst, Ext: []byte{1, 1, 1, 0}}, data)), tcpLine},
		{"IPv6 extension headers", 1, craft.EtherIP(hi.Segment(craft.IP{Src: v6.Src, Dst: v6.Dst, ExtKind: 0, Ext: ext}, data)), tcp6Line},
		{"TCP options", 1, craft.EtherIP(craft.TCP{Src: 40000, Dst: 443, Flags: 2, Options: []byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7}}.Segment(v4, nil)), "tcp 192.0.2.1:40000 > 198.51.100.2:443 0"},
		{"GRE", 1, craft.EtherIP(with(outer, 47).Packet(craft.Cat(craft.BE(uint16(0), uint16(0x0800)), ip))), tcpLine + via("gre")},
		{"GRE with key and number", 1, craft.EtherIP(with(outer, 47).Packet(craft.Cat(craft.BE(uint16(0x3000), uint16(0x86dd), uint32(7), uint32(1)), ip6))), tcp6Line + via("gre")},
		{"GRE with Ethernet", 1, craft.EtherIP(with(outer, 47).Packet(craft.Cat(craft.BE(uint16(0), uint16(0x6558)), craft.EtherIP(ip)))), tcpLine + via("gre")},
		{"PPTP", 1, craft.EtherIP(with(outer, 47).Packet(craft.Cat(craft.BE(uint16(0x3081), uint16(0x880b), uint16(len(ip)+2), uint16(1), uint32(1), uint32(1), uint16(0x21)), ip))), tcpLine + via("gre")},
		{"IP in IP", 1, craft.EtherIP(with(outer, 4).Packet(ip)), tcpLine + via("ip-in-ip")},
		{"6in4", 1, craft.EtherIP(with(outer, 41).Packet(ip6)), tcp6Line + via("ip-in-ip")},
		{"4in6", 1, craft.EtherIP(with(outer6, 4).Packet(ip)), tcpLine + " ip-in-ip=2001:db8:f::1>2001:db8:f::2"},
		{"GTP-U", 1, craft.EtherIP(craft.Datagram(outer, 2152, 2152, gtp(0x30, nil, ip))), tcpLine + via("gtp-u")},
		{"GTP-U with number and extension", 1, craft.EtherIP(craft.Datagram(outer, 2152, 2152, gtp(0x36, []byte{0, 1, 0, 0x85, 1, 0x10, 9, 0}, ip6))), tcp6Line + via("gtp-u")},
		{"VXLAN", 1, craft.EtherIP(craft.Datagram(outer, 50000, 4789, craft.Cat(craft.BE(uint32(0x08000000), uint32(42<<8)), craft.EtherIP(ip)))), tcpLine + via("vxlan")},
		{"GTP-U's port, something else", 1, craft.EtherIP(craft.Datagram(outer, 2152, 2152, []byte("no tunnel"))), "udp 203.0.113.1:2152 > 203.0.113.2:2152 9"},
		{"VXLAN of something else", 1, craft.EtherIP(craft.Datagram(outer, 50000, 4789, craft.Cat(craft.BE(uint32(0x08000000), uint32(42<<8)), craft.Ether(0x9999, data)))), "udp 203.0.113.1:50000 > 203.0.113.2:4789 42"},
		{"GTP-U of something else", 1, craft.EtherIP(craft.Datagram(outer, 2152, 2152, gtp(0x30, nil, with(v4, 253).Packet(data)))), "udp 203.0.113.1:2152 > 203.0.113.2:2152 48"},
		{"a tunnel in a tunnel", 1, craft.EtherIP(with(outer, 47).Packet(craft.Cat(craft.BE(uint16(0), uint16(0x86dd)), with(outer6, 4).Packet(ip)))), tcpLine + via("gre")},
		{"RAW", 101, ip, tcpLine}, {"RAW, IPv6", 101, ip6, tcp6Line}, {"IPV4", 228, udp, udpLine}, {"IPV6", 229, ip6, tcp6Line},
		{"RAW of OpenBSD", 14, ip, tcpLine}, {"RAW as a DLT", 12, ip6, tcp6Line},
		{"NULL", 0, craft.Cat(craft.LE(uint32(2)), ip), tcpLine}, {"NULL, Darwin's IPv6", 0, craft.Cat(craft.LE(uint32(30)), ip6), tcp6Line},
		{"NULL of a big-endian machine", 0, craft.Cat(craft.BE(uint32(2)), ip), tcpLine},
		{"LOOP", 108, craft.Cat(craft.BE(uint32(2)), ip), tcpLine}, {"LOOP, IPv6", 108, craft.Cat(craft.BE(uint32(24)), ip6), tcp6Line},
		{"PPP", 9, craft.Cat([]byte{0xff, 3, 0, 0x21}, ip), tcpLine}, {"PPP, short", 9, craft.Cat([]byte{0x57}, ip6), tcp6Line},
		{"PPP with direction", 204, craft.Cat([]byte{1, 0xff, 3, 0, 0x21}, ip), tcpLine + " out"},
		{"SLL, outgoing", 113, craft.Cat(craft.BE(uint16(4), uint16(1), uint16(6)), make([]byte, 8), craft.BE(uint16(0x0800)), ip), tcpLine + " out"},
		{"SLL, IPv6 to us", 113, craft.Cat(craft.BE(uint16(0), uint16(1), uint16(6)), make([]byte, 8), craft.BE(uint16(0x86dd)), ip6), tcp6Line + " in"},
		{"SLL, VLAN", 113, craft.Cat(craft.BE(uint16(3), uint16(1), uint16(6)), make([]byte, 8), craft.BE(uint16(0x8100), uint16(5), uint16(0x0800)), ip), tcpLine},
		{"SLL2, outgoing", 276, craft.Cat(craft.BE(uint16(0x86dd), uint16(0), uint32(3), uint16(1), uint8(4), uint8(6)), make([]byte, 8), ip6), tcp6Line + " out"},
		{"802.11", 105, wifi(0x08, 0x01, ip), tcpLine}, {"802.11, between access points", 105, wifi(0x08, 0x03, ip), tcpLine},
		{"802.11, QoS", 105, wifi(0x88, 0x02, ip6, 0, 0), tcp6Line},
		{"802.11, QoS with HT control", 105, wifi(0x88, 0x82, ip6, 0, 0, 1, 2, 3, 4), tcp6Line},
		{"802.11, protected", 105, wifi(0x08, 0x41, ip), ""}, {"802.11, beacon", 105, append([]byte{0x80, 0}, make([]byte, 40)...), ""},
		{"802.11, A-MSDU", 105, amsdu(ip, ip6, udp), tcpLine + "; " + tcp6Line + "; " + udpLine},
		{"radiotap", 127, craft.Cat(craft.LE(uint16(0), uint16(8), uint32(0)), wifi(0x08, 0x01, ip)), tcpLine},
		{"radiotap with flags and FCS", 127, craft.Cat(craft.LE(uint16(0), uint16(17), uint32(3), uint64(5), uint8(0x10)), wifi(0x08, 0x01, ip), []byte{1, 2, 3, 4}), tcpLine},
		{"radiotap with padding", 127, craft.Cat(craft.LE(uint16(0), uint16(9), uint32(2), uint8(0x20)), wifi(0x88, 0x01, ip, 0, 0, 0, 0)), tcpLine},
		{"radiotap with more words", 127, craft.Cat(craft.LE(uint16(0), uint16(25), uint32(3|1<<31), uint32(0), uint32(0), uint64(5), uint8(0x10)), wifi(0x08, 0x01, ip), []byte{1, 2, 3, 4}), tcpLine},
		{"PPI", 192, craft.Cat(craft.LE(uint16(0), uint16(8), uint32(105)), wifi(0x08, 0x01, ip)), tcpLine},
		{"PKTAP, Ethernet", 258, pktap(1, 2, 345, "MobileSafari", -1, "", craft.EtherIP(ip)), tcpLine + ` out app="MobileSafari" "pktap, pid 345"`},
		{"PKTAP, raw, on behalf", 258, pktap(12, 1, 99, "nsurlsessiond", 345, "Quinze", ip6), tcp6Line + ` in app="Quinze" "pktap, pid 345, sent by nsurlsessiond (pid 99)"`},
		{"USER2 as PKTAP", 149, pktap(1, 2, 345, "MobileSafari", -1, "", craft.EtherIP(udp)), udpLine + ` out app="MobileSafari" "pktap, pid 345"`},
		{"NFLOG", 239, craft.Cat([]byte{2, 0, 0, 30}, attr(1, []byte{8, 0, 3, 0}), attr(10, []byte("prefix\x00")), attr(11, craft.BE(uint32(10123))), attr(9, ip)), tcpLine + ` out app="uid 10123" "nflog uid 10123"`},
		{"NFLOG, IPv6", 239, craft.Cat([]byte{10, 0, 0, 30}, attr(1, []byte{0x86, 0xdd, 1, 0}), attr(9, ip6)), tcp6Line + ` in`},
		{"an unknown link type", 147, ip, ""},
	}
	// Fragments.
	whole := craft.UDP(v4, 5000, 6000, long)
	frag := func(h craft.IP, b []byte, from, to int) []byte {
		h.Proto, h.At, h.More = 17, from, to < len(b)
		return craft.EtherIP(h.Packet(b[from:to]))
	}
	whole6 := craft.UDP(v6, 5000, 6000, long)
	list = append(list,
		frame{"fragment 1", 1, frag(v4, whole, 0, 1480), ""},
		frame{"fragment 3", 1, frag(v4, whole, 2960, 4808), ""},
		frame{"fragment 2", 1, frag(v4, whole, 1480, 2960), "udp 192.0.2.1:5000 > 198.51.100.2:6000 4800 assembled"},
		frame{"IPv6 fragment 2", 1, frag(v6, whole6, 2400, 4808), ""},
		frame{"IPv6 fragment 1", 1, frag(v6, whole6, 0, 2400), "udp [2001:db8::1]:5000 > [2001:db8::2]:6000 4800 assembled"},
	)
	return list
}

func amsdu(ips ...[]byte) []byte {
	b := craft.Cat([]byte{0x88, 0x01, 0, 0}, make([]byte, 18), []byte{0x10, 0}, []byte{0x80, 0})
	for i, ip := range ips {
		body := snap(ip)
		b = craft.Cat(b, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, craft.BE(uint16(len(body))), body)
		if i < len(ips)-1 {
			b = append(b, make([]byte, -(14+len(body))&3)...)
		}
	}
	return b
}

// decode returns the segments of packets of one link type, a line for each
// packet.
func decode(link uint32, packets ...[]byte) (lines []string, counts packet.Counts) {
	var got []string
	d := packet.NewDecoder(func(s *packet.Segment) { got = append(got, line(s)) })
	for i, b := range packets {
		got = nil
		d.Decode(&packet.Packet{Frame: int64(i + 1), Interface: &packet.Interface{Link: packet.LinkType(link)}, Data: b, Wire: len(b)})
		lines = append(lines, strings.Join(got, "; "))
	}
	d.Close()
	return lines, d.Counts
}

// TestDecode: each link type and tunnel gives the segment inside.
func TestDecode(t *testing.T) {
	for _, f := range frames() {
		if strings.Contains(f.name, "fragment") {
			continue
		}
		got, counts := decode(f.link, f.data)
		if got[0] != f.want {
			t.Errorf("%s: %q\nwant %q, counts %+v", f.name, got[0], f.want, counts)
		}
		if sum := counts.TCP + counts.UDP + counts.ICMP + counts.Transport + counts.NotIP + counts.Protected + counts.Link + counts.Malformed + counts.Deep + counts.Fragment; sum < 1 || sum > 3 {
			t.Errorf("%s: counted %d times: %+v", f.name, sum, counts)
		}
	}
}

// A packet that was captured short gives what there is, and says how much is
// missing; what is too short for its ports is counted.
func TestCut(t *testing.T) {
	whole := craft.EtherIP(hi.Segment(v4, data))
	for n := range len(whole) + 1 {
		var got string
		d := packet.NewDecoder(func(s *packet.Segment) { got = line(s) })
		d.Decode(&packet.Packet{Interface: &packet.Interface{Link: 1}, Data: whole[:n], Wire: len(whole)})
		want := ""
		if n == len(whole) {
			want = tcpLine
		} else if n >= 54 {
			want = fmt.Sprintf("tcp 192.0.2.1:40000 > 198.51.100.2:443 %d cut=%d", n-54, len(whole)-n)
		}
		if got != want {
			t.Errorf("%d bytes: %q, want %q", n, got, want)
		}
		if want == "" && d.Counts.Malformed != 1 {
			t.Errorf("%d bytes: %+v", n, d.Counts)
		}
	}
}

// Nesting has an end.
func TestDeep(t *testing.T) {
	ip := hi.Segment(v4, data)
	for range 50 {
		ip = craft.IP{Src: "203.0.113.1", Dst: "203.0.113.2", Proto: 4}.Packet(ip)
	}
	if got, counts := decode(101, ip); got[0] != "" || counts.Deep != 1 {
		t.Errorf("%q %+v", got, counts)
	}
}

// TestFragments: any order, overlaps, repetitions; what came first stays.
func TestFragments(t *testing.T) {
	body := craft.UDP(v4, 5000, 6000, bytes.Repeat([]byte("0123456789abcdef"), 100))
	piece := func(from, to int, change byte) []byte {
		b := bytes.Clone(body[from:to])
		for i := range b {
			b[i] ^= change
		}
		return craft.IP{Src: v4.Src, Dst: v4.Dst, Proto: 17, ID: 9, At: from, More: to < len(body)}.Packet(b)
	}
	n := len(body)
	for _, test := range []struct {
		name    string
		packets [][]byte
		whole   bool
		differ  int64
	}{
		{"in order", [][]byte{piece(0, 800, 0), piece(800, n, 0)}, true, 0},
		{"backwards", [][]byte{piece(800, n, 0), piece(400, 800, 0), piece(0, 400, 0)}, true, 0},
		{"overlapping, the same", [][]byte{piece(0, 800, 0), piece(400, 1200, 0), piece(800, n, 0)}, true, 0},
		{"overlapping, others", [][]byte{piece(0, 800, 0), piece(400, 800, 1), piece(800, n, 0)}, true, 1},
		{"a hole filled from one larger", [][]byte{piece(800, n, 0), piece(0, 400, 0), piece(0, 1200, 0)}, true, 0},
		{"one twice", [][]byte{piece(0, 800, 0), piece(0, 800, 0), piece(800, n, 0)}, true, 0},
		{"one missing", [][]byte{piece(0, 800, 0), piece(1200, n, 0)}, false, 0},
		{"the first missing", [][]byte{piece(800, n, 0), piece(400, 800, 0)}, false, 0},
	} {
		var got []byte
		d := packet.NewDecoder(func(s *packet.Segment) { got = bytes.Clone(s.Payload) })
		for _, p := range test.packets {
			d.Decode(&packet.Packet{Interface: &packet.Interface{Link: 101}, Data: p, Wire: len(p)})
		}
		d.Close()
		if !bytes.HasPrefix(body[8:], got) {
			t.Errorf("%s: bytes that were not sent so", test.name)
		}
		if whole := bytes.Equal(got, body[8:]); whole != test.whole || d.Counts.Overlapping != test.differ || d.Counts.Incomplete != map[bool]int64{false: 1}[test.whole] {
			t.Errorf("%s: whole %v, %+v", test.name, whole, d.Counts)
		}
	}
}

// However many fragments are sent, few are kept.
func TestFragmentsBounded(t *testing.T) {
	d := packet.NewDecoder(func(*packet.Segment) {})
	buf := craft.IP{Src: v4.Src, Dst: v4.Dst, Proto: 17, At: 60000, More: true}.Packet(make([]byte, 8))
	for i := range 20_000 {
		binary.BigEndian.PutUint16(buf[4:], uint16(i))
		binary.BigEndian.PutUint32(buf[12:], uint32(i))
		d.Decode(&packet.Packet{Interface: &packet.Interface{Link: 101}, Data: buf, Wire: len(buf), Time: int64(i)})
	}
	if d.Counts.Incomplete < 20_000-1024 {
		t.Errorf("%+v", d.Counts)
	}
}

// TCP fields and options.
func TestTCPFields(t *testing.T) {
	syn := craft.TCP{Src: 40000, Dst: 443, Seq: 0xfffffff0, Ack: 7, Flags: 0x12, Options: []byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 5, 1, 3, 3, 7}}.Segment(v4, nil)
	sack := craft.TCP{Src: 40000, Dst: 443, Flags: 0x10, Options: craft.Cat([]byte{1, 1, 5, 18}, craft.BE(uint32(1), uint32(2), uint32(3), uint32(4)))}.Segment(v6, nil)
	n := 0
	d := packet.NewDecoder(func(s *packet.Segment) {
		h := &s.TCP
		if n++; n == 2 {
			if b := h.SACK(nil); len(b) != 2 || b[1] != [2]uint32{3, 4} || s.TTL != 64 {
				t.Errorf("SACK %v", b)
			}
			return
		}
		mss, _ := h.MSS()
		scale, _ := h.WindowScale()
		value, echo, _ := h.Timestamps()
		if h.Seq != 0xfffffff0 || h.Ack != 7 || h.Flags != packet.SYN|packet.ACK || h.Window != 64240 || mss != 1460 || scale != 7 || !h.SACKPermitted() || value != 9 || echo != 5 || s.ID != 77 || s.TTL != 64 {
			t.Errorf("%+v %d %d %d %d", s, mss, scale, value, echo)
		}
	})
	for _, b := range [][]byte{syn, sack} {
		d.Decode(&packet.Packet{Interface: &packet.Interface{Link: 101}, Data: b, Wire: len(b)})
	}
	if n != 2 {
		t.Error(n, "segments")
	}
}

func TestPair(t *testing.T) {
	a, b := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.1:2")
	p, low := packet.PairOf(&packet.Segment{Src: a, Dst: b})
	q, high := packet.PairOf(&packet.Segment{Src: b, Dst: a})
	if p != q || !low || high {
		t.Error(p, q, low, high)
	}
}
