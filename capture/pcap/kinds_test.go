package pcap

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// datagram is one of a test's.
type datagram struct {
	from, to string
	data     []byte
}

// written makes a pcap capture of raw IPv4 of datagrams, each cut to snap bytes
// of its payload (0: whole).
func written(list []datagram, snap int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	for i, d := range list {
		from, to := netip.MustParseAddrPort(d.from), netip.MustParseAddrPort(d.to)
		size := 28 + len(d.data)
		kept := d.data
		if snap > 0 {
			kept = kept[:min(len(kept), snap)]
		}
		for _, x := range []int{1_780_000_000 + i, 0, 28 + len(kept), size} {
			b = binary.LittleEndian.AppendUint32(b, uint32(x))
		}
		b = append(b, 0x45, 0, byte(size>>8), byte(size), 0, byte(i), 0, 0, 64, 17, 0, 0)
		a, z := from.Addr().As4(), to.Addr().As4()
		b = append(append(b, a[:]...), z[:]...)
		for _, x := range []int{int(from.Port()), int(to.Port()), size - 20, 0} {
			b = binary.BigEndian.AppendUint16(b, uint16(x))
		}
		b = append(b, kept...)
	}
	return b
}

func read(t *testing.T, capture []byte) (flows []*flow.Flow) {
	t.Helper()
	for f, err := range Read(bytes.NewReader(capture), Options{ResponseBodies: true}) {
		if err != nil {
			t.Fatal(err)
		}
		flows = append(flows, f)
	}
	return flows
}

const (
	phone  = "192.0.2.10:40000"
	server = "198.51.100.1:3478"
)

// Datagrams as the specifications draw them; tshark is asked below whether it
// takes them for the same.
func stun() []byte {
	b := []byte{0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	return append(b, "\x80\x22\x00\x08lea's ph"...) // SOFTWARE
}

func rtp(seq byte) []byte {
	return append([]byte{0x80, 111, 0, seq, 0, 0, 0, seq, 1, 2, 3, 4}, "voice"...)
}

func wireguard(kind byte, n int) []byte {
	b := bytes.Repeat([]byte{0xa5}, n)
	copy(b, []byte{kind, 0, 0, 0})
	return b
}

func ntp(first byte) []byte { return append([]byte{first, 2, 6, 0xec}, make([]byte, 44)...) }

func mdns(t *testing.T, answer bool) []byte {
	name := dnsmessage.MustNewName("Lea-phone.local.")
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: answer, Authoritative: answer}}
	if answer {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET, TTL: 120}, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 10}}}}
	} else {
		m.Questions = []dnsmessage.Question{{Name: dnsmessage.MustNewName("_airplay._tcp.local."), Type: dnsmessage.TypePTR, Class: dnsmessage.ClassINET}}
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const search = "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n"

func everyKind(t *testing.T) []datagram {
	return []datagram{
		{phone, server, stun()}, {server, phone, stun()}, {phone, server, rtp(1)}, {phone, server, rtp(2)}, {phone, server, []byte("\x40\x00lea@courriel.example")},
		{"192.0.2.10:40001", "198.51.100.2:51820", wireguard(1, 148)}, {"198.51.100.2:51820", "192.0.2.10:40001", wireguard(2, 92)}, {"192.0.2.10:40001", "198.51.100.2:51820", wireguard(4, 96)},
		{"192.0.2.10:40002", "198.51.100.3:123", ntp(0x23)}, {"198.51.100.3:123", "192.0.2.10:40002", ntp(0x24)},
		{"192.0.2.10:40003", "239.255.255.250:1900", []byte(search)},
		{"192.0.2.10:5353", "224.0.0.251:5353", mdns(t, false)}, {"192.0.2.10:5353", "224.0.0.251:5353", mdns(t, true)},
		{"192.0.2.10:40004", "198.51.100.4:9999", []byte("mail=lea@courriel.example")}, {"192.0.2.10:40004", "198.51.100.4:9999", rtp(1)}, {"192.0.2.10:40004", "198.51.100.4:9999", wireguard(4, 96)},
	}
}

// shown is a line for each flow.
func shown(flows []*flow.Flow) string {
	var b strings.Builder
	for _, f := range flows {
		fmt.Fprintf(&b, "%s %s", f.Kind, f.Protocol)
		up, down := 0, 0
		for _, m := range f.Messages {
			if m.FromClient {
				up += int(m.Body.Size)
			} else {
				down += int(m.Body.Size)
			}
		}
		if f.Messages != nil {
			fmt.Fprintf(&b, " %d messages, %d up %d down", len(f.Messages), up, down)
		}
		if u := f.Unread; u != nil {
			fmt.Fprintf(&b, " %d up %d down: %s %d", u.Up, u.Down, u.Reason, u.Shape.Sizes)
		}
		if l := f.Lookup; l != nil {
			fmt.Fprintf(&b, " %v %v", l.Questions, l.Answers)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestDatagramKinds: each kind is a flow of its own, what shows by nothing
// stays "udp", and every byte of the client is counted, also of a capture that
// does not hold all of it.
func TestDatagramKinds(t *testing.T) {
	list := everyKind(t)
	want := `dns mdns [{_airplay._tcp.local PTR}] []
dns mdns [] [{Lea-phone.local A 192.0.2.10 120}]
udp stun 2 messages, 32 up 32 down
udp rtp 2 messages, 34 up 0 down
udp udp 1 messages, 22 up 0 down
opaque wireguard 244 up 92 down: WireGuard [148 -92 96]
udp ntp 2 messages, 48 up 48 down
udp ssdp 1 messages, ` + fmt.Sprint(len(search)) + ` up 0 down
udp udp 3 messages, 138 up 0 down
`
	if got := shown(read(t, written(list, 0))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var up, seen int64
	for _, d := range list {
		if strings.HasPrefix(d.from, "192.0.2.10") && !strings.HasSuffix(d.from, ":5353") {
			up += int64(len(d.data))
		}
	}
	for _, f := range read(t, written(list, 40)) {
		for _, m := range f.Messages {
			if m.FromClient {
				seen += m.Body.Size
			}
		}
		if f.Unread != nil {
			seen += f.Unread.Up
		}
		if f.Protocol == "udp" && f.Server.Addr.Port() == 51820 {
			t.Error("WireGuard does not show in a cut capture")
		}
	}
	if seen < up {
		t.Errorf("of a cut capture %d bytes of the client are counted, want %d", seen, up)
	}
}

// TestMulticastDNS: the name that a device tells unasked has left it.
func TestMulticastDNS(t *testing.T) {
	flows := read(t, written(everyKind(t), 0))
	var got string
	for _, f := range flows {
		if f.Protocol == "mdns" {
			for _, r := range peel.Roots(f) {
				got += fmt.Sprintf("%s %s %q\n", r.Name, r.Label, r.Data)
			}
		}
	}
	if want := "dns.question 0 \"_airplay._tcp.local\"\ndns.answer 0 \"Lea-phone.local 192.0.2.10\"\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDatagramKindsTshark: another implementation names the same.
func TestDatagramKindsTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip(err)
	}
	list := everyKind(t)
	if got, want := protocols(t, written(list, 0)), "STUN STUN"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	} else if want := "WireGuard WireGuard WireGuard NTP NTP SSDP MDNS MDNS UDP UDP"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}

// protocols is what tshark calls each packet.
func protocols(t *testing.T, capture []byte) string {
	path := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(path, capture, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("tshark", "-r", path, "-T", "fields", "-e", "_ws.col.Protocol").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// TestDTLS: a real client and server, of OpenSSL.
func TestDTLS(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	key, cert := filepath.Join(dir, "key"), filepath.Join(dir, "cert")
	if out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=app.quinze.test", "-days", "2").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().String()
	free.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s := exec.CommandContext(ctx, "openssl", "s_server", "-dtls1_2", "-accept", addr, "-cert", cert, "-key", key, "-quiet")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { s.Process.Kill(); s.Wait() }()

	// A relay that notes what passes.
	front, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	back, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	var mu sync.Mutex
	var list []datagram
	var client net.Addr
	go func() {
		b := make([]byte, 1<<16)
		for {
			n, from, err := front.ReadFrom(b)
			if err != nil {
				return
			}
			mu.Lock()
			client = from
			list = append(list, datagram{"192.0.2.10:40000", "198.51.100.1:5684", bytes.Clone(b[:n])})
			mu.Unlock()
			for try := 0; try < 40; try++ {
				if _, err := back.Write(b[:n]); err == nil {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
	}()
	go func() {
		b := make([]byte, 1<<16)
		for ctx.Err() == nil {
			n, err := back.Read(b)
			if err != nil {
				time.Sleep(20 * time.Millisecond) // not listening yet
				continue
			}
			mu.Lock()
			to := client
			list = append(list, datagram{"198.51.100.1:5684", "192.0.2.10:40000", bytes.Clone(b[:n])})
			mu.Unlock()
			front.WriteTo(b[:n], to)
		}
	}()
	c := exec.CommandContext(ctx, "openssl", "s_client", "-dtls1_2", "-connect", front.LocalAddr().String(), "-servername", "app.quinze.test", "-quiet")
	in, _ := c.StdinPipe()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for ctx.Err() == nil { // until application data goes up
			mu.Lock()
			for _, d := range list {
				if d.from == "192.0.2.10:40000" && d.data[0] == 23 {
					in.Close()
					mu.Unlock()
					return
				}
			}
			mu.Unlock()
			fmt.Fprintln(in, "mail=lea@courriel.example")
			time.Sleep(200 * time.Millisecond)
		}
	}()
	c.Wait()
	mu.Lock()
	defer mu.Unlock()
	capture := written(list, 0)
	flows := read(t, capture)
	var up, down int64
	for _, d := range list {
		if d.from == "192.0.2.10:40000" {
			up += int64(len(d.data))
		} else {
			down += int64(len(d.data))
		}
	}
	if len(flows) != 1 {
		t.Fatalf("%d datagrams:\n%s", len(list), shown(flows))
	}
	f := flows[0]
	if f.Kind != flow.Opaque || f.Protocol != "dtls" || f.Host() != "app.quinze.test" || f.Unread.Reason != "DTLS, no key" || f.Unread.Up != up || f.Unread.Down != down || f.Unread.Shape.Records == 0 {
		t.Errorf("%+v %+v, want %d up and %d down", f, f.Unread, up, down)
	}
	if _, err := exec.LookPath("tshark"); err == nil {
		for i, p := range strings.Fields(protocols(t, capture)) {
			if !strings.HasPrefix(p, "DTLS") {
				t.Errorf("tshark says %s to datagram %d", p, i)
			}
		}
	}
}

// FuzzDatagrams: whatever comes, nothing panics, and every byte of the client
// is told.
func FuzzDatagrams(f *testing.F) {
	for _, b := range [][]byte{stun(), rtp(1), wireguard(1, 148), ntp(0x23), []byte(search), []byte("\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")} {
		f.Add(b, stun(), uint16(3478), uint8(0))
		f.Add(b, b, uint16(123), uint8(20))
		f.Add(b, b, uint16(5353), uint8(0))
	}
	f.Fuzz(func(t *testing.T, a, b []byte, port uint16, snap uint8) {
		a, b = a[:min(len(a), 2000)], b[:min(len(b), 2000)]
		if port == 53 || port == 0 {
			return // look-ups are not counted in bytes
		}
		there := fmt.Sprintf("198.51.100.1:%d", port)
		list := []datagram{{"192.0.2.10:65000", there, a}, {"192.0.2.10:65000", there, b}, {there, "192.0.2.10:65000", b}, {"192.0.2.10:65000", there, a}}
		for fl, err := range Read(bytes.NewReader(written(list, int(snap))), Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			if fl.Kind == flow.Opaque && fl.Unread == nil {
				t.Fatal("an opaque flow that says nothing")
			}
		}
	})
}

// BenchmarkDatagrams reads datagrams of 1 KB that are kept, and as many that
// nobody can read.
func BenchmarkDatagrams(b *testing.B) {
	for name, d := range map[string]datagram{
		"udp":       {"192.0.2.10:40000", "198.51.100.1:9999", bytes.Repeat([]byte("x"), 1024)},
		"wireguard": {"192.0.2.10:40000", "198.51.100.1:51820", wireguard(4, 1024)},
	} {
		b.Run(name, func(b *testing.B) {
			list := []datagram{{d.from, d.to, wireguard(1, 148)}}
			for range 10_000 {
				list = append(list, d)
			}
			capture := written(list, 0)
			b.SetBytes(int64(len(capture)))
			b.ReportAllocs()
			for b.Loop() {
				for range Read(bytes.NewReader(capture), Options{}) {
				}
			}
		})
	}
}
