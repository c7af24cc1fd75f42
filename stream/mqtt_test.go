package stream

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// str is a string of MQTT.
func str(s string) string { return string(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) + s }

// packet makes a control packet.
func packet(first byte, parts ...string) string {
	body := strings.Join(parts, "")
	return string(binary.AppendUvarint([]byte{first}, uint64(len(body)))) + body
}

// props are properties with their length.
func props(parts ...string) string {
	body := strings.Join(parts, "")
	return string(binary.AppendUvarint(nil, uint64(len(body)))) + body
}

// hello is a CONNECT that says nothing but who it is.
func hello(level byte) string {
	switch level {
	case 3:
		return packet(0x10, str("MQIsdp"), "\x03\x02\x00\x3c", str("lea"))
	case 5:
		return packet(0x10, str("MQTT"), "\x05\x02\x00\x3c", props(), str("lea"))
	}
	return packet(0x10, str("MQTT"), "\x04\x02\x00\x3c", str("lea"))
}

// named lists messages with their names, without "mqtt ".
func named(flows []*flow.Flow) string {
	var b strings.Builder
	for _, f := range flows {
		b.WriteString(f.Protocol)
		for i := range f.Messages {
			m := &f.Messages[i]
			fmt.Fprintf(&b, "%s%s=", map[bool]string{true: " >", false: " <"}[m.FromClient], strings.TrimPrefix(m.Name, "mqtt "))
			switch x := &m.Body; {
			case !x.Kept:
				fmt.Fprintf(&b, "(%d)", x.Size)
			case len(x.Data) > 100:
				fmt.Fprintf(&b, "%d bytes", len(x.Data))
			default:
				fmt.Fprintf(&b, "%q", x.Data)
			}
			if m.Body.Cut > 0 {
				fmt.Fprintf(&b, "+%d", m.Body.Cut)
			}
		}
		if u := f.Unread; u != nil {
			fmt.Fprintf(&b, " %d up %d down: %s", u.Up, u.Down, u.Reason)
		}
		if len(f.Notes) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(f.Notes, "; "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestMQTT has each packet that carries something.
func TestMQTT(t *testing.T) {
	const broken = "tcp %d up 0 down: an MQTT packet that breaks the protocol\n"
	id := "mqtt >client id=\"lea\""
	for _, c := range []struct {
		name   string
		events []event
		want   string
	}{
		{"3.1", sent("> "+packet(0x10, str("MQIsdp"), "\x03\xc6\x00\x3c", str("phone-1"), str("gone"), str("will"), str("lea"), str("secret")), "< \x20\x02\x00\x00", "> \xc0\x00\xe0\x00"),
			"mqtt >client id=\"phone-1\" >will topic=\"gone\" >will=\"will\" >user name=\"lea\" >password=\"secret\"\n"},
		{"3.1, a name announced and not sent", sent("> " + packet(0x10, str("MQIsdp"), "\x03\xc2\x00\x3c", str("phone-1"))), "mqtt >client id=\"phone-1\"\n"},
		{"3.1.1 of a bridge", sent("> " + packet(0x10, str("MQTT"), "\x84\x02\x00\x3c", str("bridge"))), "mqtt >client id=\"bridge\"\n"},
		{"no name", sent("> "+packet(0x10, str("MQTT"), "\x04\x02\x00\x3c", str("")), "< \x20\x02\x00\x00"), "mqtt\n"},
		{"publish and be published to", sent("> "+hello(4)+packet(0x30, str("gps"), "48.85,2.35")+packet(0x32, str("q1"), "\x00\x07", "one")+packet(0x34, str("q2"), "\x00\x08", ""), "< \x20\x02\x00\x00"+packet(0x40, "\x00\x07")+packet(0x31, str("news"), "hello")),
			id + " >topic=\"gps\" >payload=\"48.85,2.35\" >topic=\"q1\" >payload=\"one\" >topic=\"q2\" >payload=\"\" <topic=\"news\" <payload=\"hello\"\n"},
		{"subscribe and unsubscribe", sent("> "+hello(4)+packet(0x82, "\x00\x01", str("a/#"), "\x00", str("b/+"), "\x01")+packet(0xa2, "\x00\x02", str("a/#")), "< \x90\x04\x00\x01\x00\x01"+packet(0xb0, "\x00\x02")),
			id + " >subscribe=\"a/#\" >subscribe=\"b/+\" >unsubscribe=\"a/#\"\n"},
		{"5, all that CONNECT may hold", sent("> "+packet(0x10, str("MQTT"), "\x05\xee\x00\x3c",
			props("\x11\x00\x00\x00\x10", "\x21\x00\x14", "\x27\x00\x01\x00\x00", "\x22\x00\x0a", "\x19\x01", "\x17\x01", "\x26"+str("mail")+str("lea@courriel.example"), "\x15"+str("SCRAM"), "\x16"+str("n,,")),
			str("phone"), props("\x18\x00\x00\x00\x05", "\x01\x01", "\x02\x00\x00\x00\x09", "\x03"+str("text/plain"), "\x08"+str("re"), "\x09"+str("c1"), "\x26"+str("k")+str("v")), str("gone"), str("bye"), str("lea"), str("pw")),
			"< "+packet(0x20, "\x00\x00", props("\x12"+str("id-9"), "\x25\x01", "\x28\x01", "\x2a\x00", "\x24\x01", "\x13\x00\x0a", "\x1a"+str("ri"), "\x1c"+str("other"), "\x1f"+str("ok")))),
			"mqtt >property mail=\"lea@courriel.example\" >authentication method=\"SCRAM\" >authentication data=\"n,,\" >client id=\"phone\" >content type=\"text/plain\" >response topic=\"re\" >correlation data=\"c1\" >property k=\"v\" >will topic=\"gone\" >will=\"bye\" >user name=\"lea\" >password=\"pw\"" +
				" <assigned client id=\"id-9\" <response information=\"ri\" <server reference=\"other\" <reason=\"ok\"\n"},
		{"5, an alias for a topic, and another", sent("> " + hello(5) + packet(0x30, str("gps"), props("\x23\x00\x01"), "1") + packet(0x30, str(""), props("\x23\x00\x01", "\x01\x01"), "2") + packet(0x30, str("mic"), props("\x23\x00\x01"), "3") + packet(0x30, str(""), props("\x26"+str("k")+str("v"), "\x23\x00\x01"), "4") + packet(0x30, str(""), props("\x23\x00\x02"), "5")),
			id + " >topic=\"gps\" >payload=\"1\" >topic=\"gps\" >payload=\"2\" >topic=\"mic\" >payload=\"3\" >topic=\"mic\" >property k=\"v\" >payload=\"4\" >payload=\"5\"\n"},
		{"5, subscribe, acknowledge, authenticate and leave", sent("> " + hello(5) + packet(0x82, "\x00\x01", props("\x0b\xff\x7f", "\x26"+str("s")+str("t")), str("a"), "\x00") + packet(0x40, "\x00\x09") + packet(0x40, "\x00\x09\x10") + packet(0x50, "\x00\x09\x80", props("\x1f"+str("full"))) + packet(0x62, "\x00\x09") + packet(0xf0, "\x18", props("\x15"+str("X"), "\x16"+str("y"))) + packet(0xe0, "\x04", props("\x1f"+str("tired")))),
			id + " >property s=\"t\" >subscribe=\"a\" >reason=\"full\" >authentication method=\"X\" >authentication data=\"y\" >reason=\"tired\"\n"},
		{"5, names of properties that say it all, or are long", sent("> " + hello(5) + packet(0x30, str("t"), props("\x26"+str("lea")+str(""), "\x26"+str(strings.Repeat("n", 70))+str("v")), "")),
			id + " >topic=\"t\" >property name=\"lea\" >property name=\"" + strings.Repeat("n", 70) + "\" >property " + strings.Repeat("n", 64) + "=\"v\" >payload=\"\"\n"},
		{"sent again", sent("> "+hello(4)+packet(0x32, str("a"), "\x00\x07", "one")+packet(0x3a, str("a"), "\x00\x07", "one")+packet(0x3a, str("a"), "\x00\x07", "two"), "< "+packet(0x40, "\x00\x07"), "> "+packet(0x3a, str("a"), "\x00\x07", "two")),
			id + " >topic=\"a\" >payload=\"one\" >topic=\"a\" >payload=\"two\" >topic=\"a\" >payload=\"two\" (an MQTT message that was sent again before it was acknowledged is shown once)\n"},
		{"cut short in a payload", sent("> " + hello(4) + packet(0x30, str("t"), "payload")[:9]), id + " >topic=\"t\" >payload=\"payl\" (message cut short)\n"},
		{"cut short in a topic", sent("> " + hello(4) + packet(0x30, str("topic"), "payload")[:6]), id + "\ntcp 6 up 0 down: cut short, or sent when nothing was open to take it\n"},
		{"a topic longer than its packet", sent("> " + hello(4) + packet(0x30, "\xff\xff", "x") + hello(4)), id + "\n" + fmt.Sprintf(broken, 22)},
		{"a packet too short for its topic", sent("> " + hello(4) + "\x30\x00" + "rest"), id + "\n" + fmt.Sprintf(broken, 6)},
		{"type 0", sent("> " + hello(4) + "\x00\x00"), id + "\n" + fmt.Sprintf(broken, 2)},
		{"type 15 before 5", sent("> " + hello(4) + "\xf0\x00"), id + "\n" + fmt.Sprintf(broken, 2)},
		{"QoS 3", sent("> " + hello(4) + packet(0x36, str("t"), "\x00\x01")), id + "\n" + fmt.Sprintf(broken, 7)},
		{"a length of five bytes", sent("> " + hello(4) + "\x30\x80\x80\x80\x80\x01"), id + "\n" + fmt.Sprintf(broken, 6)},
		{"a property that nobody knows", sent("> " + hello(5) + packet(0x30, str("t"), props("\x7f\x00"), "x")), id + "\n" + fmt.Sprintf(broken, 9)},
		{"properties longer than their packet", sent("> " + hello(5) + packet(0x82, "\x00\x01", "\x09", str("t"), "\x00")), id + "\n" + fmt.Sprintf(broken, 9)},
		{"more after a CONNECT", sent("> " + packet(0x10, str("MQTT"), "\x04\x02\x00\x3c", str("lea"), "more")), "mqtt\n" + fmt.Sprintf(broken, 21)},
		{"a server that connects", sent("> "+hello(4), "< "+hello(4)), id + "\ntcp 0 up 17 down: an MQTT packet that breaks the protocol\n"},
		{"what looks like it only", sent("> \x10\x0c\x00\x04MQTX\x04\x02\x00\x3c\x00\x00"), "tcp >=\"\\x10\\f\\x00\\x04MQTX\\x04\\x02\\x00<\\x00\\x00\"\n"},
		{"a level to come", sent("> " + packet(0x10, str("MQTT"), "\x06\x02\x00\x3c", str(""))), "tcp >=\"\\x10\\f\\x00\\x04MQTT\\x06\\x02\\x00<\\x00\\x00\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := named(sameInPieces(t, c.events, Info{}, Limits{Response: 1000})); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestMQTTLimits: a large payload is kept as far as the limit goes and counted
// to its end, instalments are given away for good, what a server sends is
// counted only, and a gap ends it.
func TestMQTTLimits(t *testing.T) {
	events := sent("> " + hello(4) + packet(0x30, str("big"), strings.Repeat("x", 5000)))
	for range 6 {
		events = append(events, sent("> "+packet(0x30, str("t"), strings.Repeat("y", 300)), "< "+packet(0x30, str("down"), "news"))...)
	}
	flows := sameInPieces(t, events, Info{}, Limits{Body: 1000, Messages: 2500})
	var all string
	for _, f := range flows {
		if f.Timing.Start.IsZero() || f.Timing.End.IsZero() || f.Source.Offset == 0 {
			t.Errorf("an instalment without time or place: %+v", f)
		}
		all += strings.TrimSuffix(named([]*flow.Flow{f}), "\n")
	}
	want := "mqtt >client id=\"lea\" >topic=\"big\" >payload=1000 bytes+4000" + strings.Repeat(" >topic=\"t\" >payload=300 bytes <topic=(4) <payload=(4)", 6)
	if got := strings.ReplaceAll(all, "mqtt >t", " >t"); len(flows) < 2 || strings.ReplaceAll(strings.ReplaceAll(got, "mqtt", ""), "  ", " ") != strings.TrimPrefix(want, "mqtt") {
		t.Errorf("%d flows\n%s\nwant\n%s", len(flows), got, want)
	}

	flows = nil
	c := New(Info{}, Limits{}, func(f *flow.Flow) { flows = append(flows, f) })
	c.Data(Up, Mark{}, []byte(hello(4)+packet(0x30, str("t"), "payload")[:9]))
	c.Gap(Up, Mark{}, 3)
	c.Data(Up, Mark{}, []byte("after"))
	c.Close(Mark{})
	if got := named(flows); got != "mqtt >client id=\"lea\" >topic=\"t\" >payload=\"payl\" (message cut short)\ntcp 8 up 0 down: bytes missing in the capture\n" {
		t.Errorf("around a gap:\n%s", got)
	}
}

// TestMQTTOffsets: each message stands where it says, also when its packet
// comes in several segments with something between them in the capture.
func TestMQTTOffsets(t *testing.T) {
	up := packet(0x10, str("MQTT"), "\x05\xc2\x00\x3c", props("\x26"+str("mail")+str("lea@courriel.example")), str("phone"), str("lea"), str("secret")) +
		packet(0x32, str("gps/paris"), "\x00\x01", props("\x03"+str("text/plain")), "48.85,2.35")
	for cut := 1; cut < len(up); cut++ {
		file := up[:cut] + "-- another packet --" + up[cut:]
		var flows []*flow.Flow
		c := New(Info{}, Limits{}, func(f *flow.Flow) { flows = append(flows, f) })
		c.Data(Up, Mark{Time: start, Offset: 100, Frame: 1}, []byte(up[:cut]))
		c.Data(Up, Mark{Time: start, Offset: 100 + int64(cut) + 20, Frame: 2}, []byte(up[cut:]))
		c.Close(Mark{})
		n := 0
		for _, m := range flows[0].Messages {
			at, want := int(m.Body.Source.Offset)-100, string(m.Body.Data)
			if got := file[at:min(len(file), at+len(want))]; got != want && (at >= cut || at+len(want) <= cut) {
				t.Errorf("cut at %d: %s %q, and there stands %q", cut, m.Name, want, got)
			}
			n++
		}
		if n != 7 {
			t.Fatalf("%d messages", n)
		}
	}
}

// TestMQTTInWebSocket: packets that do not end with messages, text between
// them, and what is no MQTT although it was announced; each byte is shown.
func TestMQTTInWebSocket(t *testing.T) {
	accept := func(protocol string) string {
		return "< HTTP/1.1 101 Go\r\nUpgrade: WebSocket\r\nSec-WebSocket-Protocol: " + protocol + "\r\n\r\n"
	}
	publish := packet(0x30, str("gps"), "48.85,2.35")
	all := hello(4) + publish + publish
	id := "websocket >client id=\"lea\""
	gps := " >topic=\"gps\" >payload=\"48.85,2.35\""
	for _, c := range []struct {
		name   string
		events []event
		want   string
	}{
		{"packets in messages", sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, hello(4))+ws(0x82, true, publish), "< "+ws(0x82, false, publish)),
			id + gps + strings.ReplaceAll(gps, ">", "<") + "\n"},
		{"across messages and fragments", sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, all[:5])+ws(0x02, true, all[5:22])+ws(0x89, true, "ping")+ws(0x80, true, all[22:30])+ws(0x82, true, all[30:])),
			"websocket >=\"ping\" >client id=\"lea\"" + gps + gps + "\n"},
		{"by its first bytes", sent(wsOpen, accept("x"), "> "+ws(0x82, true, all)), id + gps + gps + "\n"},
		{"text between", sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, all[:30])+ws(0x81, true, "text")+ws(0x82, true, all[30:])),
			id + " >=\"text\"" + gps + gps + "\n"},
		{"none", sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, "\x10")+ws(0x82, true, "\x04none"+all)),
			"websocket >=\"\\x10\\x04none\" >=\"\\x04none\\x10\\x0f\\x00\\x04MQTT\\x04\\x02\\x00<\\x00\\x03lea0\\x0f\\x00\\x03gps48.85,2.350\\x0f\\x00\\x03gps48.85,2.35\" (an MQTT packet that breaks the protocol: the messages from there on are those of the WebSocket)\n"},
		{"no more", sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, hello(4))+ws(0x82, true, "\x00\x00lea")+ws(0x82, true, "more")),
			id + " >=\"\\x00\\x00lea\" >=\"more\" (an MQTT packet that breaks the protocol: the messages from there on are those of the WebSocket)\n"},
		{"cut short", sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, hello(4))+ws(0x82, true, publish[:4])), id + " >=\"0\\x0f\\x00\\x03\" (message cut short)\n"},
		{"cut short in a payload", sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, hello(4))+ws(0x82, true, publish[:12])), id + " >topic=\"gps\" >payload=\"48.85\" (message cut short)\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := named(sameInPieces(t, c.events, Info{}, Limits{Response: 1000})); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	// What a server sends and nobody keeps is counted, message by message.
	got := named(sameInPieces(t, sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, hello(4)), "< "+ws(0x82, false, publish)), Info{}, Limits{}))
	if want := id + " <=(17)\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// Nor is a payload larger than the limit lost.
	got = named(sameInPieces(t, sent(wsOpen, accept("mqtt"), "> "+ws(0x82, true, hello(4))+ws(0x82, true, packet(0x30, str("t"), strings.Repeat("x", 1000)))+ws(0x82, true, publish)), Info{}, Limits{Body: 200}))
	if want := id + " >topic=\"t\" >payload=194 bytes+806" + gps + "\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestHostileMQTT: whatever a client sends, memory stays within the limits.
func TestHostileMQTT(t *testing.T) {
	const mb = 1 << 20
	many := func(n int, make func(i int) string) []byte {
		var b strings.Builder
		for i := range n {
			b.WriteString(make(i))
		}
		return []byte(b.String())
	}
	subscribe := packet(0x82, "\x00\x01", string(many(250_000, func(int) string { return "\x00\x01a\x00" })))
	property := packet(0x30, str("t"), props(string(many(150_000, func(int) string { return "\x26\x00\x01k\x00\x00" }))))
	for _, c := range []struct {
		name        string
		most, bound int64
		first       string
		again       []byte
		want        string
	}{
		{"a payload without end", 1 << 26, 40 * mb, hello(4) + "\x30\xff\xff\xff\x7f\x00\x01t", make([]byte, 64<<10), "payload="},
		{"a packet without end", 64 * mb, 4 * mb, hello(4) + "\x82\xff\xff\xff\x7f", make([]byte, 64<<10), "a head longer than the limit"},
		{"properties without end", 64 * mb, 4 * mb, hello(5) + "\x30\xff\xff\xff\x7f\x00\x01t\xff\xff\xff\x7e", make([]byte, 64<<10), "a head longer than the limit"},
		{"topics without end", 4 * mb, 16 * mb, hello(4), []byte(subscribe), "more topics or properties"},
		{"properties that say nothing", 4 * mb, 16 * mb, hello(5), []byte(property), "more topics or properties"},
		{"nothing acknowledged", 8 * mb, 8 * mb, hello(4), many(65536, func(i int) string { return packet(0x32, str("t"), string([]byte{byte(i >> 8), byte(i)}), "x") }), "payload="},
		{"aliases", 80 * mb, 90 * mb, hello(5), many(65000, func(i int) string {
			return packet(0x30, str(strings.Repeat("x", 1000+i%2)), props("\x23"+string([]byte{byte((i + 1) >> 8), byte(i + 1)})))
		}), "topic="},
		{"empty messages", 4 * mb, 8 * mb, hello(4), many(1000, func(int) string { return packet(0x30, str("")) }), "payload="},
		{"one byte at a time", 2 * mb, 12 * mb, hello(4) + "\x82\xff\xff\x3f", []byte("x"), "breaks the protocol"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := named(hostile(t, Info{}, Limits{}, c.most, c.bound, after(Up, c.first, c.again))); !strings.Contains(got, c.want) {
				t.Errorf("got %.500s\nwant %s", got, c.want)
			}
		})
	}
}

func FuzzMQTT(f *testing.F) {
	will := packet(0x10, str("MQTT"), "\x05\xee\x00\x3c", props("\x26"+str("mail")+str("lea")), str("phone"), props("\x01\x01"), str("gone"), str("bye"), str("lea"), str("pw"))
	for i, up := range []string{
		hello(3) + packet(0x82, "\x00\x01", str("a/#"), "\x00") + packet(0xa2, "\x00\x02", str("a/#")) + "\xc0\x00\xe0\x00",
		hello(4) + packet(0x32, str("a"), "\x00\x07", "one") + packet(0x3a, str("a"), "\x00\x07", "one") + packet(0x30, str("b"), strings.Repeat("x", 2000)),
		will + packet(0x30, str("gps"), props("\x23\x00\x01"), "1") + packet(0x32, str(""), "\x00\x01", props("\x23\x00\x01"), "2") + packet(0xf0, "\x18", props("\x16"+str("y"))) + packet(0xe0, "\x04", props("\x1f"+str("tired"))),
	} {
		down := packet(0x20, "\x00\x00") + packet(0x40, "\x00\x07") + packet(0x34, str("news"), "\x00\x01", "hello") + "\xd0\x00"
		if i == 2 {
			down = packet(0x20, "\x00\x00", props("\x12"+str("id"))) + packet(0x50, "\x00\x01\x00", props())
		}
		f.Add([]byte(up), []byte(down), uint16(20), uint16(4), i == 1, uint64(i))
	}
	f.Fuzz(func(t *testing.T, up, down []byte, a, b uint16, socket bool, seed uint64) {
		if !socket {
			pieces(t, Info{}, up, down, a, b, seed)
			return
		}
		open, accept := []byte(wsOpen[2:]), []byte("HTTP/1.1 101 Go\r\nUpgrade: WebSocket\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
		frames := func(masked bool, b []byte) (out []byte) {
			for rng := rand.New(rand.NewPCG(seed, 2)); len(b) > 0; {
				n := min(len(b), 1+rng.IntN(300))
				out = append(out, ws(0x82, masked, string(b[:n]))...)
				b = b[n:]
			}
			return out
		}
		pieces(t, Info{}, append(open, frames(true, up)...), append(accept, frames(false, down)...), uint16(len(open))+a%1000, uint16(len(accept))+b%1000, seed)
	})
}

// BenchmarkMQTT takes PUBLISHes of 1 KB apart.
func BenchmarkMQTT(b *testing.B) {
	for qos, first := range []byte{0x30, 0x32} {
		b.Run(fmt.Sprintf("QoS=%d", qos), func(b *testing.B) {
			id := "\x00\x01"[:2*min(qos, 1)]
			up, ack := []byte(packet(first, str("users/lea/gps"), id, strings.Repeat("x", 1<<10))), []byte("\x40\x02\x00\x01")
			c := New(Info{}, Limits{}, func(*flow.Flow) {})
			c.Data(Up, Mark{}, []byte(hello(4)))
			b.SetBytes(int64(len(up)))
			b.ReportAllocs()
			for b.Loop() {
				c.Data(Up, Mark{}, up)
				if qos > 0 {
					c.Data(Down, Mark{}, ack)
				}
			}
		})
	}
}
