package packet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
)

var (
	v4   = craft.IP{Src: "192.0.2.1", Dst: "198.51.100.2", ID: 77}
	v6   = craft.IP{Src: "2001:db8::1", Dst: "2001:db8::2"}
	hi   = craft.TCP{Src: 40000, Dst: 443, Seq: 1000, Ack: 2000, Flags: 0x18}
	data = []byte("lea@courriel.example")
)

// seen is a packet as a line.
func seen(p *packet.Packet) string {
	s := fmt.Sprintf("%d @%d t=%d if=%d link=%d wire=%d cut=%d dir=%d %x", p.Frame, p.Offset, p.Time, p.Interface.Index, p.Interface.Link, p.Wire, p.Cut(), p.Direction, p.Data)
	if p.Comment != "" {
		s += fmt.Sprintf(" comment=%q", p.Comment)
	}
	if p.App != nil {
		s += fmt.Sprintf(" app=%q %q", p.App.ID, p.App.Source)
	}
	return s
}

// read returns the packets of a capture and its errors, each a line.
func read(t testing.TB, b []byte, on packet.Options) (lines []string, damage []*flow.Damage) {
	t.Helper()
	r := packet.NewReader(bytes.NewReader(b), on)
	for {
		p, err := r.Next()
		if err == io.EOF {
			return lines, damage
		}
		if err != nil {
			var d *flow.Damage
			if !errors.As(err, &d) {
				t.Fatalf("an error that is no damage: %v", err)
			}
			if d.Offset < 0 || d.Offset > int64(len(b)) || d.Expected == "" || d.Remedy == "" {
				t.Errorf("damage %+v", d)
			}
			damage = append(damage, d)
			continue
		}
		if end := p.Offset + int64(len(p.Data)); end > int64(len(b)) || !bytes.Equal(b[p.Offset:end], p.Data) {
			t.Fatalf("frame %d does not stand at byte %d", p.Frame, p.Offset)
		}
		lines = append(lines, seen(p))
	}
}

// TestPcap: every byte order, clock and variant gives the same packets.
func TestPcap(t *testing.T) {
	ip := hi.Segment(v4, data)
	for _, test := range []struct {
		name string
		file *craft.Pcap
		at   int // of the first packet
		ns   int64
	}{
		{"µs, little-endian", &craft.Pcap{}, 40, craft.Start / 1000 * 1000},
		{"µs, big-endian", &craft.Pcap{Order: binary.BigEndian}, 40, craft.Start / 1000 * 1000},
		{"ns, little-endian", &craft.Pcap{Nano: true}, 40, craft.Start},
		{"ns, big-endian", &craft.Pcap{Nano: true, Order: binary.BigEndian}, 40, craft.Start},
		{"Kuznetzov", &craft.Pcap{Magic: 0xa1b2cd34}, 48, craft.Start / 1000 * 1000},
	} {
		test.file.Head(101).Add(ip).AddAt(craft.Start+5e9, ip[:30], len(ip))
		lines, damage := read(t, test.file.B, packet.Options{})
		second := int64(5e9) + test.ns
		want := []string{
			fmt.Sprintf("1 @%d t=%d if=0 link=101 wire=60 cut=0 dir=0 %x", test.at, test.ns, ip),
			fmt.Sprintf("2 @%d t=%d if=0 link=101 wire=60 cut=30 dir=0 %x", 2*test.at-24+60, second, ip[:30]),
		}
		if damage != nil || strings.Join(lines, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %v\n%s\nwant\n%s", test.name, damage, strings.Join(lines, "\n"), strings.Join(want, "\n"))
		}
	}
}

// The upper bits of the link type say that packets end in a check sequence.
func TestPcapFCS(t *testing.T) {
	frame := append(craft.EtherIP(hi.Segment(v4, data)), 1, 2, 3, 4)
	file := (&craft.Pcap{}).Head(1 | 1<<26 | 2<<28).Add(frame)
	lines, damage := read(t, file.B, packet.Options{})
	if len(lines) != 1 || damage != nil || !strings.Contains(lines[0], fmt.Sprintf("wire=%d cut=0", len(frame)-4)) || !strings.HasSuffix(lines[0], fmt.Sprintf("%x", frame[:len(frame)-4])) {
		t.Errorf("%v %v", lines, damage)
	}
}

// Files joined with cat are read to the end.
func TestJoined(t *testing.T) {
	one := (&craft.Pcap{}).Head(101).Add(hi.Segment(v4, data))
	two := (&craft.Pcap{Order: binary.BigEndian, Nano: true}).Head(1).Add(craft.EtherIP(hi.Segment(v6, data)))
	three := (&craft.Pcapng{}).Section().Interface(101, 0).Add(0, hi.Segment(v4, data))
	lines, damage := read(t, craft.Cat(one.B, two.B, three.B), packet.Options{})
	if len(lines) != 3 || damage != nil || !strings.HasPrefix(lines[2], "3 @") || !strings.Contains(lines[1], "link=1 ") {
		t.Errorf("%v %v", lines, damage)
	}
}

// TestPcapng reads every kind of block that there is.
func TestPcapng(t *testing.T) {
	ip := hi.Segment(v4, data)
	file := &craft.Pcapng{}
	file.Section(file.Opt(2, []byte("phone")), file.Opt(3, []byte("Linux 6")), file.Opt(4, []byte("dumpcap 4")), file.Opt(1, []byte("one"))).
		Interface(101, 96, file.Opt(2, []byte("wlan0")), file.Opt(9, []byte{9})).
		Interface(1, 0, file.Opt(2, []byte("eth0")), file.Opt(9, []byte{0x80 | 20}), file.Opt(14, file.Num(int64(100)))).
		AddAt(0, craft.Start, ip, 80, file.Opt(1, []byte("look here")), file.Opt(2, file.Num(uint32(2)))).
		AddAt(1, 5<<20|1<<19, craft.EtherIP(ip), 74, file.Opt(2, file.Num(uint32(1)))).
		Block(3, file.Num(uint32(len(ip))), ip).
		Block(2, file.Num(uint16(0), uint16(3), uint32(uint64(craft.Start)>>32), uint32(uint64(craft.Start)&0xffffffff), uint32(len(ip)), uint32(len(ip))), ip).
		Block(4, file.Opt(1, craft.Cat([]byte{192, 0, 2, 1}, []byte("a.example\x00b.example\x00"))), file.Opt(2, append(make([]byte, 16), "c.example\x00"...)), file.Opt(0, nil)).
		Block(5, file.Num(uint32(1), uint64(0)), file.Opt(4, file.Num(uint64(100))), file.Opt(5, file.Num(uint64(7)))).
		Block(10, file.Num(uint32(packet.TLSKeyLog), uint32(5)), []byte("a b c")).
		Block(0x0bad, file.Num(uint32(99)), []byte("own data")).
		Block(0x40000bad, file.Num(uint32(98)), []byte("not copied")).
		Block(0x77777777, []byte("of the future"))
	// A second section, of the other byte order, that begins with secrets.
	second := &craft.Pcapng{Order: binary.BigEndian}
	second.Section().
		Block(10, second.Num(uint32(packet.WireGuardLog), uint32(2)), []byte("wg")).
		Interface(228, 0).
		AddAt(0, craft.Start/1000, ip, len(ip))

	var told []string
	tell := func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	lines, damage := read(t, craft.Cat(file.B, second.B), packet.Options{
		Section: func(c packet.Creator, at packet.Place) {
			tell("section %q %q %q %q %d", c.Application, c.OS, c.Hardware, c.Comment, at.Frame)
		},
		Secrets: func(kind uint32, b []byte, at packet.Place) { tell("secrets %#x %q %d", kind, b, at.Frame) },
		Names:   func(addr []byte, name string, at packet.Place) { tell("name %x %s", addr, name) },
		Drops: func(d packet.Drops, at packet.Place) {
			tell("drops %s %d %d %d", d.Interface.Name, d.Received, d.Dropped, d.OSDropped)
		},
		Custom: func(enterprise uint32, b []byte, at packet.Place) { tell("custom %d %q", enterprise, b) },
	})
	if damage != nil {
		t.Fatal(damage)
	}
	want := []string{
		fmt.Sprintf(`t=%d if=0 link=101 wire=80 cut=20 dir=2 %x comment="look here"`, int64(craft.Start), ip),
		fmt.Sprintf("t=105500000000 if=1 link=1 wire=74 cut=0 dir=1 %x", craft.EtherIP(ip)),
		fmt.Sprintf("t=%d if=0 link=101 wire=60 cut=0 dir=0 %x", int64(packet.NoTime), ip),
		fmt.Sprintf("t=%d if=0 link=101 wire=60 cut=0 dir=0 %x", int64(craft.Start), ip),
		fmt.Sprintf("t=%d if=0 link=228 wire=60 cut=0 dir=0 %x", int64(craft.Start/1000*1000), ip),
	}
	if len(lines) != len(want) {
		t.Fatalf("%d packets: %s", len(lines), strings.Join(lines, "\n"))
	}
	for i := range want {
		if _, got, _ := strings.Cut(lines[i][3:], " "); got != want[i] {
			t.Errorf("packet %d\n%s\nwant\n%s", i+1, got, want[i])
		}
	}
	wantTold := []string{
		`section "dumpcap 4" "Linux 6" "phone" "one" 0`,
		`name c0000201 a.example`, `name c0000201 b.example`, `name 00000000000000000000000000000000 c.example`,
		`drops eth0 100 7 -1`,
		`secrets 0x544c534b "a b c" 4`,
		`custom 99 "own data"`, `custom 98 "not copied\x00\x00"`,
		`section "" "" "" "" 4`,
		`secrets 0x57474b4c "wg" 4`,
	}
	if strings.Join(told, "\n") != strings.Join(wantTold, "\n") {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(wantTold, "\n"))
	}
}

// What Apple's and PCAPdroid's captures say of the app.
func TestPcapngApps(t *testing.T) {
	ip := hi.Segment(v4, data)
	f := &craft.Pcapng{}
	f.Section().Interface(101, 0).
		Block(0x80000001, f.Num(uint32(345)), f.Opt(2, []byte("MobileSafari")), f.Opt(0, nil)).
		Block(0x80000001, f.Num(uint32(99)), f.Opt(2, []byte("nsurlsessiond")), f.Opt(0, nil)).
		Add(0, ip, f.Opt(0x8001, f.Num(uint32(0)))).
		Add(0, ip, f.Opt(0x8001, f.Num(uint32(1))), f.Opt(0x8003, f.Num(uint32(0)))).
		Add(0, ip, f.Opt(0x8001, f.Num(uint32(7)))).
		Add(0, ip, f.Opt(1, []byte("u-10123"))) // not PCAPdroid's: a comment
	entry := func(uid int32, pkg, app string) []byte {
		return craft.Cat(f.Num(uid, uint8(len(pkg)), uint8(len(app))), []byte(pkg), []byte(app))
	}
	f.Section(f.Opt(4, []byte("PCAPdroid v1.7"))).Interface(101, 0).
		Block(0x0bad, f.Num(uint32(62652), uint8(1), uint8(1)), entry(10123, "com.example.quinze", "Quinze"), entry(1010124, "", "No package")).
		Add(0, ip, f.Opt(1, []byte("u-10123"))).
		Add(0, ip, f.Opt(1, []byte("u-1010124"))).
		Add(0, ip, f.Opt(1, []byte("u-1051"))).
		Add(0, ip, f.Opt(1, []byte("u--1")))
	lines, damage := read(t, f.B, packet.Options{})
	want := []string{
		`app="MobileSafari" "pcapng process block, pid 345"`, `app="MobileSafari" "pcapng process block, pid 345"`, ``, ``,
		`app="com.example.quinze" "pcapdroid uid map, uid 10123"`, `app="No package" "pcapdroid uid map, uid 1010124"`,
		`app="uid 1051" "pcapdroid comment, uid 1051"`, ``,
	}
	if damage != nil || len(lines) != len(want) {
		t.Fatal(lines, damage)
	}
	for i := range want {
		_, got, found := strings.Cut(lines[i], " app=")
		if found {
			got = "app=" + got
		}
		if got != want[i] {
			t.Errorf("packet %d: %s, want %s", i+1, got, want[i])
		}
	}
}

// PCAPdroid writes one byte of four at the end of an interface block.
func TestInterfaceEnd(t *testing.T) {
	f := (&craft.Pcapng{}).Section().Interface(101, 0)
	at := len(f.B) - 3
	f.Add(0, hi.Segment(v4, data))
	lines, damage := read(t, patch(f.B, at, 7, 7, 7), packet.Options{})
	if len(lines) != 1 || damage != nil {
		t.Errorf("%v %v", lines, damage)
	}
}

// The clock of an interface (if_tsresol, if_tsoffset) is right to the
// nanosecond, and never overflows.
func TestClock(t *testing.T) {
	for _, test := range []struct {
		resolution byte
		offset     int64
		stamp      uint64
		want       int64
	}{
		{6, 0, 1_500_000, 1_500_000_000},
		{9, 0, 1_500_000_001, 1_500_000_001},
		{0, 0, 3, 3e9},
		{3, 10, 1500, 11_500_000_000},
		{12, 0, 1_500_000_000_999, 1_500_000_000},
		{19, 0, 15_000_000_000_000_000_000, 1_500_000_000},
		{127, 0, 15_000_000_000_000_000_000, 1_500_000_000},
		{0x80, 0, 3, 3e9},
		{0x80 | 10, 0, 1536, 1_500_000_000},
		{0x80 | 32, 0, 3 << 31, 1_500_000_000},
		{0x80 | 63, 0, 3 << 62, 1_500_000_000},
		{0, 0, 1<<64 - 1, (9223372035) * 1e9},
		{0, -1 << 63, 1<<64 - 1, -9223372035 * 1e9},
		{0, 1<<63 - 1, 5, 9223372035 * 1e9},
	} {
		f := &craft.Pcapng{}
		f.Section().Interface(101, 0, f.Opt(9, []byte{test.resolution}), f.Opt(14, f.Num(test.offset))).AddAt(0, test.stamp, []byte("x"), 1)
		r := packet.NewReader(bytes.NewReader(f.B), packet.Options{})
		p, err := r.Next()
		if err != nil || p.Time != test.want {
			t.Errorf("resolution %#x, offset %d, stamp %d: %v %v, want %d", test.resolution, test.offset, test.stamp, p, err, test.want)
		}
	}
}

// TestDamage: what stands before damage is read, the damage is named, and
// what stands behind it is read too.
func TestDamage(t *testing.T) {
	ip := hi.Segment(v4, data)
	pcap := func() *craft.Pcap {
		p := (&craft.Pcap{}).Head(101)
		for range 6 {
			p.Add(ip)
		}
		return p
	}
	ng := func() *craft.Pcapng {
		p := (&craft.Pcapng{}).Section().Interface(101, 0)
		for range 6 {
			p.Add(0, ip)
		}
		return p
	}
	record, block := 16+len(ip), 32+len(ip)
	heads := 28 + 20
	for _, test := range []struct {
		name    string
		b       []byte
		packets int
		damage  string // "byte N …" of each, joined
	}{
		{"pcap cut in a packet", pcap().B[:24+5*record+20], 5, "byte 404: frame 6"},
		{"pcap cut in a header", pcap().B[:24+5*record+7], 5, "byte 404: frame 6"},
		{"pcap with a length that is none", patch(pcap().B, 24+2*record+8, 0xff, 0xff, 0xff), 5, "byte 176: frame 3"},
		{"pcap with a length beyond the end", patch(pcap().B, 24+2*record+8, 0xff, 0xff, 1), 5, "byte 176: frame 3"},
		{"pcap with bytes missing", craft.Cat(pcap().B[:24+2*record+30], pcap().B[24+3*record:]), 5, ""}, // frame 3 swallows part of the next
		{"pcapng cut", ng().B[:len(ng().B)-9], 5, "byte 508: frame 6"},
		{"pcapng with another length at the end", patch(ng().B, heads+3*block-4, 9), 5, "byte 232: frame 3"},
		{"pcapng with a length of 0", patch(ng().B, heads+2*block+4, 0), 5, "byte 232: frame 3"},
		{"pcapng with a length beyond the end", patch(ng().B, heads+2*block+6, 9), 5, "byte 232: frame 3"},
		{"pcapng with bytes missing", craft.Cat(ng().B[:heads+2*block+30], ng().B[heads+2*block+41:]), 5, "byte 232: frame 3"},
		{"pcapng with a foreign interface", patch(ng().B, heads+2*block+8, 1), 5, "byte 232: frame 3"},
		{"pcapng with a packet beyond its block", patch(ng().B, heads+2*block+20, 0, 1), 5, "byte 232: frame 3"},
		{"something else", []byte("HTTP/1.1 200 OK\r\n\r\n"), 0, "byte 0: frame 0"},
		{"nothing", nil, 0, "byte 0: frame 0"},
		{"three bytes", []byte{0xd4, 0xc3, 0xb2}, 0, "byte 0: frame 1"},
		{"a pcap of version 3", patch((&craft.Pcap{}).Head(1).B, 4, 3), 0, "byte 0: frame 0"},
	} {
		lines, damage := read(t, test.b, packet.Options{})
		var places []string
		for _, d := range damage {
			if on := strings.Contains(d.Remedy, "; reading went on at byte "); on != (test.packets == 5 && !strings.Contains(test.damage, "frame 6")) {
				t.Errorf("%s: %v", test.name, d)
			}
			places = append(places, fmt.Sprintf("byte %d: frame %d", d.Offset, d.Frame))
		}
		if test.name == "pcap with bytes missing" {
			if len(lines) < 4 || len(damage) == 0 {
				t.Errorf("%s: %d packets, %v", test.name, len(lines), damage)
			}
			continue
		}
		if len(lines) != test.packets || strings.Join(places, "; ") != test.damage {
			t.Errorf("%s: %d packets, damage %v, want %d, %s", test.name, len(lines), damage, test.packets, test.damage)
		}
	}
}

func patch(b []byte, at int, with ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}

// The same packets come out however the bytes come in, and an error of the
// source is told.
func TestPieces(t *testing.T) {
	f := (&craft.Pcapng{}).Section().Interface(101, 0)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		f.Add(0, make([]byte, rng.IntN(3000)))
		if i%100 == 50 {
			f.Block(10, f.Num(uint32(packet.TLSKeyLog), uint32(700_000)), make([]byte, 700_000))
		}
	}
	want, _ := read(t, f.B, packet.Options{})
	for name, src := range map[string]io.Reader{
		"one byte at a time": iotest.OneByteReader(bytes.NewReader(f.B)),
		"halves":             iotest.HalfReader(bytes.NewReader(f.B)),
		"data with EOF":      iotest.DataErrReader(bytes.NewReader(f.B)),
	} {
		r := packet.NewReader(src, packet.Options{})
		for i := 0; ; i++ {
			p, err := r.Next()
			if err == io.EOF {
				if i != len(want) {
					t.Errorf("%s: %d packets of %d", name, i, len(want))
				}
				break
			}
			if err != nil || seen(p) != want[i] {
				t.Fatalf("%s: packet %d: %v", name, i, err)
			}
		}
	}
	broken := errors.New("the disk is on fire")
	r := packet.NewReader(io.MultiReader(bytes.NewReader(f.B[:5000]), iotest.ErrReader(broken)), packet.Options{})
	var err error
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestMatch(t *testing.T) {
	for _, b := range [][]byte{
		(&craft.Pcap{}).Head(1).B, (&craft.Pcap{Order: binary.BigEndian, Nano: true}).Head(1).B,
		(&craft.Pcapng{}).Section().B, (&craft.Pcapng{Order: binary.BigEndian}).Section().B,
	} {
		if !packet.Match(b) {
			t.Errorf("%x is none", b[:12])
		}
	}
	for _, s := range []string{"", "PK\x03\x04", "{\"log\":{\"version\"", "\x0a\x0d\x0d\x0aHTTP/1.1 200", "\xd4\xc3\xb2\xa1\x07\x00\x00\x00\x00\x00\x00\x00"} {
		if packet.Match([]byte(s)) {
			t.Errorf("%q is one", s)
		}
	}
}
