package packet_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/constat/constat/packet"
	"github.com/constat/constat/packet/internal/craft"
)

// tsharkFields are those that a segment is compared by. Of repeated ones
// (tunnels) the last is meant.
var tsharkFields = []string{"frame.number", "frame.time_epoch", "frame.len", "frame.cap_len",
	"ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len", "tcp.payload",
	"udp.srcport", "udp.dstport", "udp.length", "udp.payload"}

// tshark runs the program, or skips the test.
func tshark(t *testing.T, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: nothing to compare with")
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "HOME="+t.TempDir())
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %v: %v\n%s", args, err, errs.Bytes())
	}
	return string(out)
}

// theirs is what tshark says of the segments in a capture, a line for each.
func theirs(t *testing.T, file string, more ...string) []string {
	args := []string{"-r", file, "-n", "-T", "fields", "-E", "occurrence=l", "-E", "separator=;", "-o", "tcp.desegment_tcp_streams:FALSE",
		"-o", "ip.check_checksum:FALSE", "-o", "tcp.relative_sequence_numbers:FALSE", "--disable-protocol", "tls", "--disable-protocol", "http"}
	for _, f := range tsharkFields {
		args = append(args, "-e", f)
	}
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(tshark(t, append(args, more...)...)), "\n") {
		f := strings.Split(l, ";")
		if len(f) != len(tsharkFields) {
			t.Fatalf("tshark: %q", l)
		}
		head := fmt.Sprintf("%s %s %s/%s", f[0], f[1], f[3], f[2])
		src, dst := f[4], f[5]
		// The inner of both stands last in the packet; without more it is
		// the one whose ports follow. Only tests with one family per tunnel
		// level ask.
		if f[6] != "" {
			src, dst = f[6], f[7]
		}
		switch {
		case f[8] != "":
			flags, _ := strconv.ParseUint(f[12], 0, 32)
			lines = append(lines, fmt.Sprintf("%s tcp %s:%s>%s:%s %s %s %#x %s %s", head, src, f[8], dst, f[9], f[10], f[11], flags&0xff, f[13], f[14]))
		case f[15] != "":
			n, _ := strconv.Atoi(f[17])
			lines = append(lines, fmt.Sprintf("%s udp %s:%s>%s:%s %d %s", head, src, f[15], dst, f[16], n-8, f[18]))
		}
	}
	return lines
}

// ours is what this package says.
func ours(t *testing.T, file string) (lines []string, counts packet.Counts) {
	b, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r := packet.NewReader(b, packet.Options{})
	var p *packet.Packet
	sizes := map[int64]string{}
	d := packet.NewDecoder(func(s *packet.Segment) {
		head := fmt.Sprintf("%d %d.%09d %s", s.Frame, s.Time/1e9, s.Time%1e9, sizes[s.Frame])
		payload := hex.EncodeToString(s.Payload)
		ends := fmt.Sprintf("%s:%d>%s:%d", s.Src.Addr(), s.Src.Port(), s.Dst.Addr(), s.Dst.Port())
		if s.Proto == packet.ProtoTCP {
			lines = append(lines, fmt.Sprintf("%s tcp %s %d %d %#x %d %s", head, ends, s.TCP.Seq, s.TCP.Ack, uint8(s.TCP.Flags), len(s.Payload)+s.Cut, payload))
		} else {
			lines = append(lines, fmt.Sprintf("%s udp %s %d %s", head, ends, len(s.Payload)+s.Cut, payload))
		}
	})
	for {
		var err error
		if p, err = r.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		sizes[p.Frame] = fmt.Sprintf("%d/%d", len(p.Data), p.Wire)
		d.Decode(p)
	}
	d.Close()
	// What is missing fragments comes late.
	slices.SortStableFunc(lines, func(a, b string) int { return number(a) - number(b) })
	return lines, d.Counts
}

// number is that of a line's frame.
func number(line string) int {
	first, _, _ := strings.Cut(line, " ")
	n, _ := strconv.Atoi(first)
	return n
}

func compare(t *testing.T, name string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("%s: tshark has more: %s", name, want[i])
		case i >= len(want):
			t.Errorf("%s: more than tshark has: %s", name, got[i])
		case got[i] != want[i]:
			t.Errorf("%s:\n   ours %s\n theirs %s", name, got[i], want[i])
		default:
			continue
		}
		return
	}
}

// TestTsharkLinks: tshark reads the same out of each link type and tunnel.
func TestTsharkLinks(t *testing.T) {
	skip := []string{
		"802.11, A-MSDU",               // prints fields of the last segment only
		"4in6", "a tunnel in a tunnel", // addresses of two families: nothing tells which are inside
		"IPv6 without a length (TSO)",                        // 4.0 takes it for a packet without payload
		"PPP with direction",                                 // counts a byte less of each packet
		"VXLAN of something else", "GTP-U of something else", // prints the inner addresses with the outer ports
	}
	// One file with an interface for each link type, so that tshark starts once.
	file := &craft.Pcapng{}
	file.Section()
	ids := map[uint32]uint32{}
	for _, f := range frames() {
		if _, ok := ids[f.link]; !ok {
			ids[f.link] = uint32(len(ids))
			file.Interface(uint16(f.link), 0, file.Opt(9, []byte{9}))
		}
	}
	var names []string
	for i, f := range frames() {
		if !slices.Contains(skip, f.name) {
			names = append(names, f.name)
			file.AddAt(ids[f.link], craft.Start+uint64(i)*1001, f.data, len(f.data))
		}
	}
	path := filepath.Join(t.TempDir(), "links.pcapng")
	if err := os.WriteFile(path, file.B, 0o600); err != nil {
		t.Fatal(err)
	}
	got, _ := ours(t, path)
	want := theirs(t, path)
	for _, lines := range [][]string{got, want} {
		for i, l := range lines {
			lines[i] = names[number(l)-1] + ": " + l
		}
	}
	compare(t, "link types", got, want)
	t.Logf("%d segments of %d link types compared", len(got), len(ids))
}

// TestTsharkRecorded: the same for what was recorded on this machine.
func TestTsharkRecorded(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.pcap*")
	if len(files) == 0 {
		t.Fatal("no recordings in testdata")
	}
	for _, file := range files {
		got, counts := ours(t, file)
		if file == "testdata/short.pcap" { // tshark reads nothing in the fragments of IPv6 that were captured short
			got = slices.DeleteFunc(got, func(l string) bool { return strings.Contains(l, "udp ::1:") && strings.Contains(l, " 200/1510 ") })
		}
		compare(t, file, got, theirs(t, file))
		t.Logf("%s: %d segments, %+v", file, len(got), counts)
	}
}

// TestEditcap: a capture is the same in every format that editcap writes it
// in and that is read here.
func TestEditcap(t *testing.T) {
	program, err := exec.LookPath("editcap")
	if err != nil {
		t.Skip("editcap is not installed: nothing to convert with")
	}
	want, _ := ours(t, "testdata/lo.pcap")
	for _, format := range []string{"pcap", "nsecpcap", "modpcap", "pcapng"} {
		file := filepath.Join(t.TempDir(), format)
		if out, err := exec.Command(program, "-F", format, "testdata/lo.pcap", file).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got, _ := ours(t, file)
		compare(t, format, got, want)
	}
}

// The secrets that editcap injected are handed over, in the section that has
// them, and both sections are read.
func TestInjectedSecrets(t *testing.T) {
	b, err := os.ReadFile("testdata/sections.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	var secrets, sections []string
	lines, damage := read(t, b, packet.Options{
		Section: func(c packet.Creator, at packet.Place) { sections = append(sections, fmt.Sprint(at.Frame)) },
		Secrets: func(kind uint32, b []byte, at packet.Place) {
			secrets = append(secrets, fmt.Sprintf("%#x %.15s %d", kind, b, at.Frame))
		},
	})
	if len(lines) != 80 || damage != nil || fmt.Sprint(sections) != "[0 40]" || fmt.Sprint(secrets) != "[0x544c534b CLIENT_RANDOM 0 0]" {
		t.Errorf("%d packets, %v, sections %v, secrets %q", len(lines), damage, sections, secrets)
	}
}
