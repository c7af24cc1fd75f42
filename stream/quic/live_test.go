package quic

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	ctls "crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// TestKeyUpdates follows updates that happen, that happen unseen, and packets
// of the phase before that are late.
func TestKeyUpdates(t *testing.T) {
	talk := stored(t, "updates")
	log := keylog.New()
	log.Add(talk.keys)
	tracker := New(log, testLimits, func(*flow.Flow) {})
	var flips [2]int
	var phase [2]byte
	for _, d := range talk.record {
		tracker.Datagram(d.src, d.dst, stream.Mark{Time: d.at}, d.data, nil)
		e := tracker.recent.Front()
		if e == nil {
			break
		}
		for side, o := range e.Value.(*conn).opened {
			if k := o[application]; k != nil && k.phase != phase[side] {
				phase[side] = k.phase
				flips[side]++
			}
		}
	}
	tracker.Close()
	if flips[0] < 5 || flips[1] < 5 {
		t.Errorf("%d updates seen", flips)
	}

	v := begin(t, "aes128", aes128, testLimits)
	generations := []*keys{v.keys[stream.Up]}
	for range 12 {
		generations = append(generations, generations[len(generations)-1].next())
	}
	at := uint64(0)
	body := []byte(strings.Replace(post, "\xc0\x00\x00\x10\x00\x00\x00\x00", "\x41\x00", 1)) // 256 bytes
	for _, g := range []int{0, 1, 1, 4, 3, 4, 6, 5, 12, 12} {                                // 4 comes after two that were not seen; 3 and 5 are late
		b := append(body, bytes.Repeat([]byte{byte('a' + g)}, 16)...)
		body = nil
		v.number[stream.Up] += 2
		number := v.number[stream.Up]
		if g == 3 || g == 5 {
			number -= 3
		}
		first := 0x40 | byte(g&1)<<2
		v.send(stream.Up, generations[g].seal(append([]byte{first}, v.ids[stream.Up]...), number, streamOf(4000, at, b, false)))
		at += uint64(len(b))
	}
	v.tracker.Close()
	var got string
	for _, f := range v.flows {
		if f.Request != nil && f.Request.Body.Size > 0 && len(f.Request.Body.Data) == 160 {
			got = string(f.Request.Body.Data)
		}
	}
	want := ""
	for _, g := range []int{0, 1, 1, 4, 3, 4, 6, 5, 12, 12} {
		want += strings.Repeat(string(rune('a'+g)), 16)
	}
	if got != want {
		t.Errorf("%q\nwant %q: %q", got, want, others(v.flows))
	}
}

// TestStatelessReset: a server that lost the connection ends it with a token
// that it has given out.
func TestStatelessReset(t *testing.T) {
	v := begin(t, "aes128", aes128, testLimits)
	v.send(stream.Up, v.packet(stream.Up, streamOf(4000, 0, []byte(post), false)))
	token := []byte("a token of 16 by")
	v.send(stream.Down, v.packet(stream.Down, append([]byte{frameNewID, 20, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, token...)))
	v.send(stream.Down, append(append([]byte{0x41}, v.ids[stream.Down]...), append(bytes.Repeat([]byte{7}, 20), token...)...))
	if v.tracker.closing.Len() != 1 {
		t.Error("not noticed")
	}
	v.tracker.Expire(v.first.at.Add(time.Minute))
	if len(v.flows) == 0 || !slices.ContainsFunc(v.flows, func(f *flow.Flow) bool {
		return slices.Contains(f.Notes, "the server lost the connection (stateless reset)")
	}) {
		t.Errorf("%q", others(v.flows))
	}
	clean(t, v.tracker)
}

// TestExpire closes what is silent, by the time of the capture alone.
func TestExpire(t *testing.T) {
	v := begin(t, "aes128", aes128, testLimits) // idle timeout 60 s
	v.tracker.Expire(v.first.at.Add(100 * time.Second))
	if v.tracker.recent.Len() != 1 {
		t.Error("closed too early")
	}
	v.tracker.Expire(v.first.at.Add(130 * time.Second))
	if v.tracker.recent.Len() != 0 {
		t.Error("not closed")
	}
	clean(t, v.tracker)
}

// TestUnordered: what waits for missing bytes is bounded, what is given up is
// told, and what comes after it is read.
func TestUnordered(t *testing.T) {
	l := testLimits
	l.Unordered = 20_000
	v := begin(t, "aes128", aes128, l)
	head := []byte(post)
	v.send(stream.Up, v.packet(stream.Up, streamOf(4000, 0, head, false)))
	for i := range 100 { // the first 1,000 bytes of the body never come
		v.send(stream.Up, v.packet(stream.Up, streamOf(4000, uint64(len(head)+1000+1000*i), bytes.Repeat([]byte{byte(i)}, 1000), false)))
		if c := v.tracker.recent.Front().Value.(*conn); c.held > l.Unordered {
			t.Fatalf("%d bytes held", c.held)
		}
	}
	for i := range 5000 { // scattered bytes
		v.send(stream.Up, v.packet(stream.Up, streamOf(4004, uint64(10+2*i), []byte{1}, false)))
		if c := v.tracker.recent.Front().Value.(*conn); c.held > l.Unordered {
			t.Fatalf("%d bytes held", c.held)
		}
	}
	v.tracker.Close()
	clean(t, v.tracker)
	if !slices.ContainsFunc(v.flows, func(f *flow.Flow) bool {
		return f.Request != nil && f.Request.Body.Size == 101_000 && slices.Contains(f.Notes, "a body with bytes missing in the capture")
	}) {
		t.Errorf("%q", others(v.flows))
	}
}

// TestOther reads the streams of a protocol that is not HTTP/3.
func TestOther(t *testing.T) {
	server := &quicgo.Transport{}
	var err error
	if server.Conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	defer server.Conn.Close()
	l, err := server.Listen(&ctls.Config{Certificates: []ctls.Certificate{selfSigned(t)}, NextProtos: []string{"chat"}}, &quicgo.Config{EnableDatagrams: true})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		c, err := l.Accept(context.Background())
		if err != nil {
			return
		}
		for {
			s, err := c.AcceptStream(context.Background())
			if err != nil {
				return
			}
			b, _ := io.ReadAll(s)
			s.Write(append([]byte("you said "), b...))
			s.Close()
		}
	}()
	w := newWire(t, server.Conn.LocalAddr(), nil)
	var log secrets
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := quicgo.DialAddr(ctx, w.addr.String(), &ctls.Config{InsecureSkipVerify: true, KeyLogWriter: &log, ServerName: "chat.example", NextProtos: []string{"chat", "talk"}}, &quicgo.Config{EnableDatagrams: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		s, err := c.OpenStreamSync(ctx)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(s, "hello %d", i)
		s.Close()
		io.ReadAll(s)
	}
	c.SendDatagram([]byte("by the way"))
	time.Sleep(20 * time.Millisecond)
	c.CloseWithError(0, "")
	time.Sleep(20 * time.Millisecond)
	var got []string
	for _, f := range play(t, w.taken(), log.text(), testLimits) {
		line := fmt.Sprintf("%s %s %s", f.Kind, f.Protocol, f.TLS.ALPN)
		for _, m := range f.Messages {
			line += fmt.Sprintf(" %q", m.Body.Data)
		}
		if f.Unread != nil {
			line += fmt.Sprintf(" %d %s", f.Unread.Up, f.Unread.Reason)
		}
		got = append(got, line)
	}
	want := []string{`tcp quic chat "hello 0" "you said hello 0"`, `tcp quic chat "hello 1" "you said hello 1"`, `tcp quic chat "hello 2" "you said hello 2"`, `udp quic chat "by the way"`}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestEncryptedHello: the log has the inner client random, which is not on the
// wire, among those of connections that were not captured.
func TestEncryptedHello(t *testing.T) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	config := echConfig(key.PublicKey().Bytes(), "public.example")
	o := serve(t, &quicgo.Transport{}, &quicgo.Config{}, &ctls.Config{MinVersion: ctls.VersionTLS13, EncryptedClientHelloKeys: []ctls.EncryptedClientHelloKey{{Config: config, PrivateKey: key.Bytes()}}})
	w := newWire(t, o.addr, nil)
	var log secrets
	list := append(binary.BigEndian.AppendUint16(nil, uint16(len(config))), config...)
	rt := &http3.Transport{TLSClientConfig: &ctls.Config{InsecureSkipVerify: true, KeyLogWriter: &log, ServerName: "secret.example", MinVersion: ctls.VersionTLS13, EncryptedClientHelloConfigList: list}}
	ask(t, rt, "POST", "https://"+w.addr.String()+"/n/2000", []byte("hidden"))
	rt.Close()
	time.Sleep(20 * time.Millisecond)
	noise := ""
	for i := range 50 {
		for _, label := range []string{keylog.ClientHandshake, keylog.ServerHandshake, keylog.ClientTraffic, keylog.ServerTraffic} {
			noise += fmt.Sprintf("%s %064x %064x\n", label, i, i*i)
		}
	}
	flows := play(t, w.taken(), append([]byte(noise), log.text()...), testLimits)
	compare(t, exchanges(flows), o.asked())
	if len(flows) != 1 || flows[0].TLS.SNI != "public.example" || len(flows[0].Notes) != 1 || !strings.HasPrefix(flows[0].Notes[0], "Encrypted Client Hello") {
		t.Errorf("%q, SNI %s", others(flows), flows[0].TLS.SNI)
	}
}

// echConfig makes an ECHConfig (RFC 9849, section 4) for X25519, HKDF-SHA256
// and AES-128-GCM.
func echConfig(public []byte, name string) []byte {
	b := []byte{7, 0, 0x20}
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(public))), public...)
	b = append(b, 0, 4, 0, 1, 0, 1, 32, byte(len(name)))
	b = append(append(b, name...), 0, 0)
	return append([]byte{0xfe, 0x0d, byte(len(b) >> 8), byte(len(b))}, b...)
}

// TestNotQUIC leaves other protocols alone, and counts QUIC that it cannot
// know.
func TestNotQUIC(t *testing.T) {
	client, server := netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("198.51.100.2:443")
	other := netip.MustParseAddrPort("198.51.100.3:5000")
	long := append([]byte{0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0x44, 0x9e}, make([]byte, 1182)...)
	strange := append([]byte{0xc0, 'Q', '0', '5', '0', 8, 1, 2, 3, 4, 5, 6, 7, 8, 0}, make([]byte, 1000)...)
	for _, c := range []struct {
		name string
		dst  netip.AddrPort
		data []byte
		want string // of the opaque flow, "" if it is not QUIC
	}{
		{"DNS", other, []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01"), ""},
		{"STUN", other, []byte("\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl"), ""},
		{"RTP", other, append([]byte{0x80, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9}, make([]byte, 160)...), ""},
		{"DTLS", other, append([]byte{0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80}, make([]byte, 80)...), ""},
		{"WireGuard on 443", server, append([]byte{4, 0, 0, 0}, make([]byte, 60)...), ""},
		{"one byte", server, []byte{0x40}, ""},
		{"nothing", server, nil, ""},
		{"short header on 443", server, append([]byte{0x50}, make([]byte, 30)...), reasonBegun},
		{"Initial that does not open", other, long, reasonBegun},
		{"Google's version", other, strange, reasonVersion},
	} {
		var flows []*flow.Flow
		tracker := New(keylog.New(), Limits{}, func(f *flow.Flow) { flows = append(flows, f) })
		is := tracker.Datagram(client, c.dst, stream.Mark{}, c.data, nil)
		tracker.Close()
		clean(t, tracker)
		got := ""
		if len(flows) == 1 {
			got = flows[0].Unread.Reason
			if flows[0].Unread.Up != int64(len(c.data)) {
				t.Errorf("%s: %d bytes", c.name, flows[0].Unread.Up)
			}
		}
		if got != c.want || is != (c.want != "") {
			t.Errorf("%s: %v, %q", c.name, is, got)
		}
	}
}

// TestManyConnections: the number of connections is bounded.
func TestManyConnections(t *testing.T) {
	talk := stored(t, "aes128")
	flows := 0
	tracker := New(keylog.New(), Limits{Connections: 10}, func(*flow.Flow) { flows++ })
	for i := range 50 {
		src := netip.AddrPortFrom(talk.record[0].src.Addr(), uint16(1000+i))
		tracker.Datagram(src, talk.record[0].dst, stream.Mark{}, initialOf(t, byte(i)), nil)
	}
	if n := tracker.recent.Len(); n != 10 || flows != 40 {
		t.Errorf("%d connections, %d flows", n, flows)
	}
	tracker.Close()
	clean(t, tracker)
}

// initialOf makes a client's first packet.
func initialOf(t testing.TB, seed byte) []byte {
	dcid := bytes.Repeat([]byte{seed}, 8)
	head := append([]byte{0xc0, 0, 0, 0, 1, 8}, dcid...)
	head = append(head, 0, 0)
	head = append(head, 0x44, 0xb0) // 1,200 bytes with number and tag
	payload := append(unhex(t, clientFrames), make([]byte, 1200-4-16-len(clientFrames)/2)...)
	return version1.initialKeys(dcid, stream.Up).seal(head, 0, payload)
}

// TestResetUnordered keeps what came before a reset and out of order.
func TestResetUnordered(t *testing.T) {
	v := begin(t, "aes128", aes128, testLimits)
	v.send(stream.Up, v.packet(stream.Up, streamOf(4000, 0, []byte(post), false)))
	v.send(stream.Up, v.packet(stream.Up, streamOf(4000, uint64(len(post)+100), bytes.Repeat([]byte("x"), 50), false)))
	reset := appendVarint(appendVarint(appendVarint([]byte{frameReset}, 4000), 0x10c), 5000)
	v.send(stream.Up, v.packet(stream.Up, reset))
	v.tracker.Close()
	clean(t, v.tracker)
	if !slices.ContainsFunc(v.flows, func(f *flow.Flow) bool { return f.Request != nil && f.Request.Body.Size == 150 }) {
		t.Errorf("%q", others(v.flows))
	}
}
