package qpack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	peer "github.com/quic-go/qpack"

	"github.com/constat/constat/flow"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// list writes fields as "name=value".
func list(fields []flow.Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.Name + "=" + f.Value)
	}
	return b.String()
}

// TestAppendixB follows the exchange of RFC 9204, appendix B.
func TestAppendixB(t *testing.T) {
	d := New(Limits{})
	d.SetCapacity(220)
	for i, step := range []struct {
		instructions, section, want string
		inserted                    uint64
		size                        int // with what RFC 9204 has evicted
	}{
		{section: "0000 510b 2f69 6e64 6578 2e68 746d 6c", want: ":path=/index.html"},
		{section: "0381 10 11", want: ErrBlocked.Error()},
		{instructions: "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468", inserted: 2, size: 106},
		{section: "0381 10 11", want: ":authority=www.example.com :path=/sample/path"},
		{instructions: "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565", inserted: 3, size: 160},
		{section: "0500 80 c1 81", want: ErrBlocked.Error()},
		{instructions: "02", inserted: 4, size: 217},
		{section: "0500 80 c1 81", want: ":authority=www.example.com :path=/ custom-key=custom-value"},
		{instructions: "810d 6375 7374 6f6d 2d76 616c 7565 32", inserted: 5, size: 215 + 57},
		{section: "0381 10 11", want: ":authority=www.example.com :path=/sample/path"}, // late: the first entry is evicted
	} {
		if step.instructions != "" {
			for _, b := range unhex(t, step.instructions) { // one by one
				if _, err := d.Instructions([]byte{b}); err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
			}
			if d.table.inserted != step.inserted || d.Size() != step.size {
				t.Errorf("step %d: %d inserted, %d bytes; want %d, %d", i, d.table.inserted, d.Size(), step.inserted, step.size)
			}
			continue
		}
		fields, err := d.Section(unhex(t, step.section))
		got := list(fields)
		if err != nil {
			got = err.Error()
		}
		if got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
}

// TestErrors has what no encoder may send.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, instructions, section string
		want                        error
	}{
		{"empty", "", "", errShort},
		{"no base", "", "00", errShort},
		{"static index", "", "0000 ff24", errReference},
		{"static index 98", "", "0000 ff23", nil},
		{"dynamic without inserts", "", "0000 80", errReference},
		{"beyond the base without inserts", "", "0000 10", errReference},
		{"count that cannot be", "", "0e00", errPrefix},
		{"negative base", "3fbd01 4161 0162", "0282 80", errPrefix},
		{"string cut short", "", "0000 510b 2f69", errShort},
		{"bad huffman", "", "0000 5181 00", errHuffman},
		{"long integer", "", "0000 ffffffffffffffffffff01", errInteger},
		{"capacity", "3fe1ffff07", "", errCapacity},
		{"duplicate of nothing", "3fbd01 00", "", errReference},
		{"static name", "3fbd01 ff25 00", "", errReference},
		{"string too long", "3fbd01 5fe2ffff7f", "", errString},
	} {
		d := New(Limits{})
		d.SetCapacity(220)
		_, err := d.Instructions(unhex(t, c.instructions))
		if c.section != "" || c.instructions == "" {
			_, err = d.Section(unhex(t, c.section))
		}
		if !errors.Is(err, c.want) || err == nil && c.want != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestLost checks that nothing is guessed after a hole, and that what does not
// depend on it is read.
func TestLost(t *testing.T) {
	d := New(Limits{})
	d.SetCapacity(220)
	section := unhex(t, "0381 10 11 d1 5f1d 0161 40 0178") // two dynamic, one static, static name, dynamic name
	if _, err := d.Instructions(unhex(t, "3fbd01 c001 61 c101 62")); err != nil {
		t.Fatal(err)
	}
	d.Lost()
	fields, err := d.Section(section)
	if got := list(fields); got != ":method=GET content-type=a =x" || !errors.Is(err, ErrMissing) || !strings.HasPrefix(err.Error(), "3 fields") {
		t.Errorf("%q, %v", got, err)
	}
}

// TestAssume reads without the other side's SETTINGS as far as no index can
// have wrapped.
func TestAssume(t *testing.T) {
	d := New(Limits{})
	if _, err := d.Instructions(unhex(t, "3fbd01 c001 61")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Section(unhex(t, "0200 80")); err != ErrBlocked {
		t.Errorf("before SETTINGS: %v", err)
	}
	d.Assume()
	if fields, err := d.Section(unhex(t, "0200 80")); list(fields) != ":authority=a" || err != nil {
		t.Errorf("%q, %v", list(fields), err)
	}
	for range 20 {
		if _, err := d.Instructions(unhex(t, "c001 62")); err != nil {
			t.Fatal(err)
		}
	}
	if fields, err := d.Section(unhex(t, "0200 80")); len(fields) != 0 || !errors.Is(err, ErrMissing) {
		t.Errorf("after a wrap: %q, %v", list(fields), err)
	}
}

// TestPeer decodes what quic-go encodes, which has the static table only.
func TestPeer(t *testing.T) {
	var want []flow.Field
	for _, f := range static {
		want = append(want, f, flow.Field{Name: f.Name, Value: "x-" + f.Value})
	}
	want = append(want, flow.Field{Name: "x-unknown", Value: strings.Repeat("long value, ", 100)}, flow.Field{Name: "x-binary", Value: "\x00\xff\x80"})
	var b bytes.Buffer
	e := peer.NewEncoder(&b)
	for _, f := range want {
		if err := e.WriteField(peer.HeaderField{Name: f.Name, Value: f.Value}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := New(Limits{}).Section(b.Bytes())
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v\n%s\nwant %s", err, list(got), list(want))
	}
}

// encoder writes QPACK with the dynamic table as RFC 9204 lets it, for tests.
type encoder struct {
	most, capacity int
	fields         []flow.Field // all ever
	size           int          // of those that are not evicted
	evicted        int
	out            []byte // instructions
	rng            *rand.Rand
}

func appendInt(b []byte, first byte, n uint, v uint64) []byte {
	most := uint64(1)<<n - 1
	if v < most {
		return append(b, first|byte(v))
	}
	b = append(b, first|byte(most))
	for v -= most; v >= 128; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

func appendText(b []byte, first byte, n uint, s string) []byte {
	return append(appendInt(b, first, n, uint64(len(s))), s...)
}

// setCapacity changes the size of the table.
func (e *encoder) setCapacity(n int) {
	e.capacity = n
	e.out = appendInt(e.out, 0x20, 5, uint64(n))
	e.evict(0)
}

func (e *encoder) evict(room int) {
	for e.size+room > e.capacity {
		f := e.fields[e.evicted]
		e.size -= len(f.Name) + len(f.Value) + 32
		e.evicted++
	}
}

// insert adds a field if it fits and the entry `keep` stays.
func (e *encoder) insert(f flow.Field, keep int) bool {
	cost := len(f.Name) + len(f.Value) + 32
	size, evicted := e.size, e.evicted
	for size+cost > e.capacity && evicted < len(e.fields) {
		size -= len(e.fields[evicted].Name) + len(e.fields[evicted].Value) + 32
		evicted++
	}
	if size+cost > e.capacity || evicted > keep {
		return false
	}
	from := len(e.fields)
	name := -1
	for i := e.evicted; i < from; i++ { // an instruction may name what it evicts
		if e.fields[i] == f && e.rng.IntN(2) == 0 {
			e.out = appendInt(e.out, 0, 5, uint64(from-1-i))
			e.evict(cost)
			e.fields, e.size = append(e.fields, f), e.size+cost
			return true
		}
		if e.fields[i].Name == f.Name {
			name = i
		}
	}
	if name >= 0 && e.rng.IntN(3) > 0 {
		e.out = appendText(appendInt(e.out, 0x80, 6, uint64(from-1-name)), 0, 7, f.Value)
	} else {
		e.out = appendText(appendText(e.out, 0x40, 5, f.Name), 0, 7, f.Value)
	}
	e.evict(cost)
	e.fields, e.size = append(e.fields, f), e.size+cost
	return true
}

// section encodes fields, and inserts some of them.
func (e *encoder) section(fields []flow.Field) []byte {
	base := len(e.fields)
	if e.rng.IntN(2) == 0 {
		base = max(0, base-e.rng.IntN(3))
	}
	required, keep := 0, len(e.fields)
	var lines []byte
	for _, f := range fields {
		at, name := -1, -1
		if e.rng.IntN(3) == 0 {
			e.insert(f, keep)
		}
		for i := e.evicted; i < len(e.fields); i++ {
			if e.fields[i] == f {
				at = i
			}
			if e.fields[i].Name == f.Name {
				name = i
			}
		}
		if at < 0 && name >= 0 && e.rng.IntN(4) == 0 {
			name = -1
		}
		used := max(at, name)
		if at >= 0 {
			used = at
		}
		if used >= 0 {
			required, keep = max(required, used+1), min(keep, used)
		}
		switch {
		case at >= base:
			lines = appendInt(lines, 0x10, 4, uint64(at-base))
		case at >= 0:
			lines = appendInt(lines, 0x80, 6, uint64(base-1-at))
		case name >= base:
			lines = appendText(appendInt(lines, 0, 3, uint64(name-base)), 0, 7, f.Value)
		case name >= 0:
			lines = appendText(appendInt(lines, 0x40, 4, uint64(base-1-name)), 0, 7, f.Value)
		default:
			lines = appendText(appendText(lines, 0x20, 3, f.Name), 0, 7, f.Value)
		}
	}
	if required == 0 {
		return append([]byte{0, 0}, lines...)
	}
	b := appendInt(nil, 0, 8, uint64(required%(2*(e.most/32))+1))
	if base >= required {
		b = appendInt(b, 0, 7, uint64(base-required))
	} else {
		b = appendInt(b, 0x80, 7, uint64(required-base-1))
	}
	return append(b, lines...)
}

// TestDynamic decodes thousands of sections of an encoder that uses all of
// the dynamic table, over many wraps, with the instructions late or early.
func TestDynamic(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		most := []int{64, 220, 512, 4096}[seed%4]
		e := &encoder{most: most, rng: rng}
		e.setCapacity(most)
		d := New(Limits{})
		d.SetCapacity(uint64(most))
		type sent struct {
			section []byte
			want    []flow.Field
		}
		var open []sent // sections whose turn comes after their instructions
		blocked := 0
		for range 400 {
			var fields []flow.Field
			for range 1 + rng.IntN(6) {
				fields = append(fields, flow.Field{Name: fmt.Sprintf("n%d", rng.IntN(5)), Value: strings.Repeat("v", rng.IntN(30))})
			}
			open = append(open, sent{e.section(fields), fields})
			if rng.IntN(10) == 0 {
				e.setCapacity(most/2 + rng.IntN(most/2+1))
			}
			keep := open[:0]
			for _, s := range open {
				if _, err := d.Section(s.section); err == ErrBlocked {
					blocked++
					keep = append(keep, s)
				} else if got, err := d.Section(s.section); err != nil || !slices.Equal(got, s.want) {
					t.Fatalf("seed %d: early: %v\n%s\nwant %s", seed, err, list(got), list(s.want))
				}
			}
			if _, err := d.Instructions(e.out); err != nil { // all that the real decoder has before the next section is acknowledged
				t.Fatal(err)
			}
			e.out = nil
			for _, s := range keep {
				if got, err := d.Section(s.section); err != nil || !slices.Equal(got, s.want) {
					t.Fatalf("seed %d: %v\n%s\nwant %s", seed, err, list(got), list(s.want))
				}
			}
			open = open[:0]
		}
		if blocked < 20 || len(e.fields) < 100 {
			t.Errorf("seed %d: %d blocked, %d inserts: too few to mean anything", seed, blocked, len(e.fields))
		}
		if d.Size() > most+d.limits.Grace {
			t.Errorf("%d bytes in the table", d.Size())
		}
	}
}

// FuzzQPACK: no panic, bounded memory, the same in whatever pieces.
func FuzzQPACK(f *testing.F) {
	f.Add(unhex(f, "3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468"), unhex(f, "03811011"), uint16(220), uint8(3))
	f.Add(unhex(f, "3fbd014a637573746f6d2d6b65790c637573746f6d2d76616c756500810d637573746f6d2d76616c756532"), unhex(f, "050080c181"), uint16(220), uint8(7))
	f.Add([]byte{}, unhex(f, "0000510b2f696e6465782e68746d6c"), uint16(0), uint8(1))
	f.Add(unhex(f, "3fe1ff03"), unhex(f, "0000ff23d15f1d0161"), uint16(65535), uint8(1))
	f.Fuzz(func(t *testing.T, instructions, section []byte, most uint16, piece uint8) {
		limits := Limits{Table: 4096, Grace: 500, Section: 2000}
		whole, cut := New(limits), New(limits)
		if most > 0 {
			whole.SetCapacity(uint64(most))
			cut.SetCapacity(uint64(most))
		}
		done, err := whole.Instructions(instructions)
		cutDone := 0
		n := int(piece)%16 + 1
		var cutErr error
		for b := instructions; len(b) > 0; b = b[min(n, len(b)):] {
			k, e := cut.Instructions(b[:min(n, len(b))])
			cutDone += k
			if e != nil {
				cutErr = e
			}
		}
		if (err == nil) != (cutErr == nil) || whole.table.inserted != cut.table.inserted || done != cutDone || done > len(instructions) {
			t.Fatalf("%v, %d inserted; in pieces %v, %d", err, whole.table.inserted, cutErr, cut.table.inserted)
		}
		if whole.Size() > 4096+500 {
			t.Fatalf("%d bytes", whole.Size())
		}
		check := func() {
			a, err := whole.Section(section)
			b, other := cut.Section(section)
			if fmt.Sprint(err) != fmt.Sprint(other) || !slices.Equal(a, b) {
				t.Fatalf("%v %v; in pieces %v %v", a, err, b, other)
			}
			size := 0
			for _, f := range a {
				size += len(f.Name) + len(f.Value) + entryCost
			}
			if size > 2000 {
				t.Fatalf("%d bytes of fields", size)
			}
		}
		check()
		whole.Assume()
		cut.Assume()
		check()
		whole.Lost()
		cut.Lost()
		check()
	})
}

// BenchmarkSection decodes the head of a request, most of it from the table.
func BenchmarkSection(b *testing.B) {
	e := &encoder{most: 4096, rng: rand.New(rand.NewPCG(1, 1))}
	e.setCapacity(4096)
	fields := []flow.Field{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "a.example"}, {Name: ":path", Value: "/collect?v=1"},
		{Name: "user-agent", Value: "Mozilla/5.0 (X11; Linux x86_64)"}, {Name: "accept", Value: "*/*"}, {Name: "cookie", Value: "id=0123456789abcdef"}, {Name: "content-type", Value: "application/json"}}
	for _, f := range fields {
		e.insert(f, 0)
	}
	section := e.section(fields)
	d := New(Limits{})
	d.SetCapacity(4096)
	if _, err := d.Instructions(e.out); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(section)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Section(section); err != nil {
			b.Fatal(err)
		}
	}
}
