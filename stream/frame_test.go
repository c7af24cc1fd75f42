package stream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// framedAs writes a message in a shape.
func framedAs(s frameShape, message string) string {
	head := append(make([]byte, 0, 8), "\x07"[:s.kind]...)
	n := len(message)
	if s.whole {
		n += s.kind + s.width
	}
	switch {
	case s.width == 0:
		head = binary.AppendUvarint(head, uint64(n))
	case s.width == 2 && s.little:
		head = binary.LittleEndian.AppendUint16(head, uint16(n))
	case s.width == 2:
		head = binary.BigEndian.AppendUint16(head, uint16(n))
	case s.little:
		head = binary.LittleEndian.AppendUint32(head, uint32(n))
	default:
		head = binary.BigEndian.AppendUint32(head, uint32(n))
	}
	return string(head) + message
}

// noise are bytes that do not look like anything.
func noise(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

// bytesOf joins what the messages of each side hold.
func joined(flows []*flow.Flow) (sides [2]string, list [2][]string) {
	for _, f := range flows {
		for i := range f.Messages {
			m := &f.Messages[i]
			side := sideOf(m)
			sides[side] += string(m.Body.Data)
			list[side] = append(list[side], string(m.Body.Data))
		}
	}
	return sides, list
}

// TestFrames: whatever the shape, each frame is a message, from the first one
// on; and no byte is lost, however the bytes come.
func TestFrames(t *testing.T) {
	for i, shape := range frameShapes {
		t.Run(fmt.Sprintf("%+v", shape), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			var events []event
			var want [2][]string
			for turn := range 8 {
				for _, side := range []Side{Up, Down} {
					var said string
					if turn == 0 && shape.first[side] > 0 {
						said = noise(rng, shape.first[side])
						want[side] = append(want[side], said)
					}
					for range 1 + rng.IntN(4) {
						x := framedAs(shape, noise(rng, 1+rng.IntN(120<<(turn%3))))
						said += x
						want[side] = append(want[side], x)
					}
					events = append(events, event{side, []byte(said)})
				}
			}
			for _, l := range []Limits{{Response: 1 << 20}, {}, {Messages: 900, Response: 1 << 20}} {
				flows := sameInPieces(t, events, Info{}, l)
				sides, list := joined(flows)
				if sides[Up] != strings.Join(want[Up], "") || l.Response > 0 && sides[Down] != strings.Join(want[Down], "") {
					t.Fatal("bytes are lost")
				}
				if l.Messages > 0 {
					continue // what is emitted before frames show is not taken apart
				}
				if fmt.Sprintf("%q", list[Up]) != fmt.Sprintf("%q", want[Up]) {
					t.Errorf("up: %d messages, want %d\n%.300q\n%.300q", len(list[Up]), len(want[Up]), list[Up], want[Up])
				}
				if len(list[Down]) != len(want[Down]) {
					t.Errorf("down: %d messages, want %d", len(list[Down]), len(want[Down]))
				}
			}
		})
	}
}

// TestFrameOffsets: a message stands where its frame begins.
func TestFrameOffsets(t *testing.T) {
	shape := frameShape{width: 4}
	var events []event
	for i := range 5 {
		events = append(events, event{Up, []byte(framedAs(shape, strings.Repeat("x", 10+i)) + framedAs(shape, strings.Repeat("y", 20)))})
		events = append(events, event{Down, []byte("ok")})
	}
	at := int64(1000)
	for _, f := range sameInPieces(t, events, Info{}, Limits{}) {
		for _, m := range f.Messages {
			if !m.FromClient {
				continue
			}
			if m.Body.Source.Offset != at || len(m.Body.Data) > 4+20 {
				t.Errorf("%d bytes at %d, want %d", len(m.Body.Data), m.Body.Source.Offset, at)
			}
			at += int64(len(m.Body.Data))
		}
	}
}

// TestFramesAlone: a client that nobody answers.
func TestFramesAlone(t *testing.T) {
	var long, short, proto, more string
	for i := range 20 {
		m := "\x08" + string(rune(i+1)) + "\x12" + string(rune(10+i)) + strings.Repeat("x", 10+i) + "\x19" + strings.Repeat("\xff", 8)
		proto += framedAs(frameShape{}, m)
		more += framedAs(frameShape{width: 2, kind: 1}, m)
		long += framedAs(frameShape{width: 4, little: true}, strings.Repeat("x", 30+i))
		short += framedAs(frameShape{width: 2}, strings.Repeat("x", 30+i))
	}
	for _, c := range []struct {
		name, sent string
		want       int
	}{
		{"four bytes", long, 20},
		{"protobuf", proto, 20},
		{"protobuf after a type and two bytes", more, 20},
		{"two bytes show nothing", short, 1},
		{"the same again and again shows nothing", "GO /" + strings.Repeat("x", 5000), 1},
		{"zeros show nothing", strings.Repeat("\x00", 5000), 1},
		{"UTF-16 shows nothing", strings.Repeat("\x00l\x00e\x00a\x00 ", 500), 1},
		{"small numbers show nothing", strings.Repeat("\x00\x00\x00\x04", 500), 1},
	} {
		if got := play([]event{{Up, []byte(c.sent)}}, Info{}, Limits{}, 0, nil); len(got) != 1 || len(got[0].Messages) != c.want {
			t.Errorf("%s: %d messages, want %d", c.name, len(got[0].Messages), c.want)
		}
	}
}

// TestNotFrames: protocols of lines, greetings and fixed sizes are left as they
// are: a message is what one side says until the other one does.
func TestNotFrames(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for name, say := range map[string]func(i int) string{
		"lines":  func(i int) string { return fmt.Sprintf("set key%d %s\r\nget key\r\n", i, strings.Repeat("v", i)) },
		"noise":  func(i int) string { return noise(rng, 20+rng.IntN(300)) },
		"fixed":  func(i int) string { return "\x0f0123456789abcde\x0f0123456789abcde" },
		"json":   func(i int) string { return fmt.Sprintf(`{"a":%d}`, i*i*i) + "\n" + `{"b":1}` + "\n" },
		"a turn": func(i int) string { return framedAs(frameShape{width: 4}, noise(rng, 50+i))[:30] },
	} {
		var events []event
		for i := range 50 {
			events = append(events, event{Up, []byte(say(i))}, event{Down, []byte("+OK\r\n")})
		}
		n := 0
		for _, f := range sameInPieces(t, events, Info{}, Limits{}) {
			n += len(f.Messages)
		}
		if n != 100 {
			t.Errorf("%s: %d messages, want 100", name, n)
		}
	}
}

// TestFramesEnd: a length that nobody believes ends the frames of a side, and a
// gap does; the bytes are kept all the same.
func TestFramesEnd(t *testing.T) {
	shape := frameShape{width: 4}
	var events []event
	sent := [2]string{}
	say := func(side Side, s string) {
		events = append(events, event{side, []byte(s)})
		sent[side] += s
	}
	for i := range 4 {
		say(Up, framedAs(shape, strings.Repeat("x", 10+i)))
		say(Down, "ok")
	}
	say(Up, framedAs(shape, "frame")+"\xff\xff\xff\xff"+strings.Repeat("lea@courriel.example ", 5000))
	say(Down, "ok")
	say(Up, "more")
	say(Up, "and more")
	flows := sameInPieces(t, events, Info{}, Limits{Response: 1 << 20})
	sides, list := joined(flows)
	if sides != sent {
		t.Fatal("bytes are lost")
	}
	n := len(list[Up])
	if got := list[Up][n-1]; got != "moreand more" {
		t.Errorf("at the end: %q", got)
	}
	if got := list[Up][n-3]; len(got) != maxMessage || !strings.HasPrefix(got, "\xff\xff\xff\xfflea@") {
		t.Errorf("after the frames: %.20q, %d bytes", got, len(got))
	}

	c := New(Info{}, Limits{}, func(f *flow.Flow) { flows = append(flows, f) })
	flows = nil
	for _, e := range events[:8] {
		c.Data(e.side, Mark{}, e.data)
	}
	c.Data(Up, Mark{}, []byte("\x00\x00\x00\x09cut"))
	c.Gap(Up, Mark{}, 70)
	c.Data(Up, Mark{}, []byte("after\x00\x00\x00\x01x"))
	c.Close(Mark{})
	_, list = joined(flows)
	if got := fmt.Sprintf("%q", list[Up][4:]); got != `["\x00\x00\x00\tcut" "" "after\x00\x00\x00\x01x"]` {
		t.Errorf("around a gap: %s", got)
	}
}

// TestFramesAnyhow: any bytes in any turns; none is lost, in whatever pieces.
func TestFramesAnyhow(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 7))
		shape := frameShapes[rng.IntN(len(frameShapes))]
		var events []event
		var want [2]string
		var b bytes.Buffer
		for range 3 + rng.IntN(20) {
			side := Side(rng.IntN(2))
			for range rng.IntN(5) {
				x := framedAs(shape, noise(rng, rng.IntN(200)))
				if rng.IntN(20) == 0 {
					x = noise(rng, rng.IntN(30))
				}
				b.WriteString(x)
			}
			said := bytes.Clone(b.Bytes())
			if rng.IntN(8) == 0 { // the other side speaks in between
				k := rng.IntN(len(said) + 1)
				events = append(events, event{side, said[:k]}, event{1 - side, []byte("x")}, event{side, said[k:]})
				want[1-side] += "x"
			} else {
				events = append(events, event{side, said})
			}
			want[side] += string(said)
			b.Reset()
		}
		l := Limits{Response: 1 << 20, Messages: 500 + rng.IntN(5000)}
		if _, yes := mqttLike([]byte(want[Up])); len(want[Up]) == 0 || yes && want[Up][0] == 0x10 || requestLike([]byte(want[Up])) {
			continue
		}
		if got, _ := joined(sameInPieces(t, events, Info{}, l)); got != want {
			t.Fatalf("seed %d: bytes are lost", seed)
		}
	}
}

func FuzzFrames(f *testing.F) {
	for i, shape := range frameShapes {
		var up string
		for n := range 6 {
			up += framedAs(shape, strings.Repeat("x", n+i))
		}
		f.Add([]byte(up), []byte(up), uint16(len(up)/2), uint16(10), uint64(i))
	}
	f.Fuzz(func(t *testing.T, up, down []byte, a, b uint16, seed uint64) {
		pieces(t, Info{}, up, down, a, b, seed)
	})
}

// BenchmarkFrames takes frames of 1 KB apart.
func BenchmarkFrames(b *testing.B) {
	frame := []byte(framedAs(frameShape{width: 4}, strings.Repeat("x", 1<<10)))
	c := New(Info{}, Limits{}, func(*flow.Flow) {})
	for i := range 8 {
		c.Data(Up, Mark{}, []byte(framedAs(frameShape{width: 4}, strings.Repeat("x", i+5))))
	}
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		c.Data(Up, Mark{}, frame)
	}
}

// BenchmarkRaw keeps bytes that show no frames.
func BenchmarkRaw(b *testing.B) {
	c := New(Info{}, Limits{}, func(*flow.Flow) {})
	piece := []byte(strings.Repeat("x", 1<<10))
	b.SetBytes(int64(len(piece)))
	b.ReportAllocs()
	for b.Loop() {
		c.Data(Up, Mark{}, piece)
	}
}

// BenchmarkGuess is what an unknown connection costs until it is clear that it
// has no frames.
func BenchmarkGuess(b *testing.B) {
	up, down := []byte("SET key 1\r\nabc\r\n"), []byte("+OK\r\n")
	b.ReportAllocs()
	for b.Loop() {
		c := New(Info{}, Limits{}, func(*flow.Flow) {})
		c.Data(Up, Mark{}, up)
		c.Data(Down, Mark{}, down)
		c.Close(Mark{})
	}
}

// TestFramesByChance: of noise, text and numbers that nobody answers, next to
// nothing is taken for frames.
func TestFramesByChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	words := strings.Fields("the mail of lea is lea@courriel.example and GET POST {\"a\":1} 48.85 2.35 id=42 \r\n \t <x> </x>")
	for name, say := range map[string]func() string{
		"noise": func() string { return noise(rng, 4000) },
		"text": func() string {
			var b strings.Builder
			for range 500 {
				b.WriteString(words[rng.IntN(len(words))] + " ")
			}
			return b.String()
		},
		"periods": func() string {
			return noise(rng, rng.IntN(20)) + strings.Repeat(words[rng.IntN(len(words))]+noise(rng, rng.IntN(3)), 500)
		},
		"small bytes": func() string {
			b := []byte(noise(rng, 4000))
			for i := range b {
				b[i] &= 0x1f
			}
			return string(b)
		},
		"numbers": func() string {
			var b []byte
			for range 1000 {
				b = binary.LittleEndian.AppendUint32(b, uint32(rng.IntN(500)))
			}
			return string(b)
		},
	} {
		taken := 0
		for range 1000 {
			if requestLike([]byte(say())) {
				continue
			}
			for _, f := range play([]event{{Up, []byte(say())}}, Info{}, Limits{}, 0, nil) {
				if len(f.Messages) > 1 {
					taken++
					break
				}
			}
		}
		if t.Logf("%s: %d of 1,000", name, taken); taken > 10 {
			t.Errorf("%s: %d of 1,000 streams are taken for frames", name, taken)
		}
	}
}
