package iptable

import (
	"errors"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/constat/constat/recipient/internal/packed"
)

func build(t testing.TB, rows ...[3]string) *Table {
	t.Helper()
	var b Builder
	for _, r := range rows {
		if err := b.Add(netip.MustParseAddr(r[0]), netip.MustParseAddr(r[1]), r[2]); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	tab, err := Decode(packed)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestLookup(t *testing.T) {
	tab := build(t,
		[3]string{"0.0.0.0", "0.0.0.9", "first"},
		[3]string{"1.0.0.0", "1.0.0.255", "AU"},
		[3]string{"1.0.1.0", "1.0.3.255", "CN"},
		[3]string{"1.0.2.0", "1.0.2.255", "US"}, // overlaps: silent until the outer range ends
		[3]string{"9.0.0.0", "9.0.0.255", ""},
		[3]string{"255.255.255.0", "255.255.255.255", "last"},
		[3]string{"2001:200::", "2001:200:ffff:ffff:ffff:ffff:ffff:ffff", "JP"},
		[3]string{"2001:db8::", "2001:db8::7fff:ffff:ffff:ffff", "half a /64"},
		[3]string{"2001:db8:0:1::1", "2001:db8:0:3::5", "ragged"},
		[3]string{"ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "v6 last"},
	)
	for _, c := range []struct{ ip, want string }{
		{"0.0.0.0", "first"}, {"0.0.0.9", "first"}, {"0.0.0.10", ""},
		{"0.255.255.255", ""}, {"1.0.0.0", "AU"}, {"1.0.0.255", "AU"}, {"1.0.1.0", "CN"},
		{"1.0.1.255", "CN"}, {"1.0.2.7", ""}, {"1.0.3.1", ""}, {"1.0.4.0", ""},
		{"9.0.0.1", ""}, {"255.255.254.255", ""}, {"255.255.255.255", "last"},
		{"2001:200::1", "JP"}, {"2001:201::", ""}, {"2001:db8::1", ""}, {"2001:db8:0:1::1", ""},
		{"2001:db8:0:2::1", "ragged"}, {"2001:db8:0:3::1", ""}, {"::", ""},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "v6 last"},
	} {
		got, ok := tab.Lookup(netip.MustParseAddr(c.ip))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", c.ip, got, ok, c.want)
		}
	}
	if _, ok := tab.Lookup(netip.Addr{}); ok {
		t.Error("the zero address has a label")
	}
}

// Whatever the ranges, the packed table must answer as a plain scan does.
func TestPackedAnswersLikeAScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type row struct {
			first, last byte
			label       string
		}
		n := rapid.IntRange(0, 12).Draw(t, "n")
		var rows []row
		var b Builder
		addr := func(i byte) netip.Addr { return netip.AddrFrom4([4]byte{0, i, 0, 0}) }
		for range n {
			f, l := rapid.Byte().Draw(t, "first"), rapid.Byte().Draw(t, "last")
			if f > l {
				f, l = l, f
			}
			r := row{f, l, rapid.SampledFrom([]string{"A", "B", "C", ""}).Draw(t, "label")}
			rows = append(rows, r)
			if err := b.Add(addr(f), addr(l), r.label); err != nil {
				t.Fatal(err)
			}
		}
		packed, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		tab, err := Decode(packed)
		if err != nil {
			t.Fatal(err)
		}
		overlaps := false
		for i, a := range rows {
			for _, b := range rows[:i] {
				overlaps = overlaps || a.first <= b.last && b.first <= a.last
			}
		}
		for i := 0; i < 256; i++ {
			want, holders := "", 0
			for _, r := range rows {
				if r.first <= byte(i) && byte(i) <= r.last {
					want = r.label
					holders++
				}
			}
			got, _ := tab.Lookup(addr(byte(i)))
			// Overlap silences at least the shared part; never another label.
			if holders > 1 && got != "" {
				t.Fatalf("%d is in %d ranges and says %q", i, holders, got)
			}
			if holders <= 1 && got != want && (got != "" || !overlaps) {
				t.Fatalf("%d says %q, not %q", i, got, want)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	var b Builder
	b.Add(netip.MustParseAddr("1.0.0.0"), netip.MustParseAddr("1.0.0.255"), "AU")
	b.Add(netip.MustParseAddr("2001:200::"), netip.MustParseAddr("2001:200:ffff:ffff:ffff:ffff:ffff:ffff"), "JP")
	packed, err := b.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte(magic))
	f.Add(packed[:len(packed)-3])
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error is not ErrFormat: %v", err)
			}
			return
		}
		tab.Lookup(netip.MustParseAddr("1.0.0.1"))
		tab.Lookup(netip.MustParseAddr("2001:200::1"))
	})
}

// FuzzPayload reaches the column reader, which the checksum-guarded
// compression keeps out of FuzzDecode's sight.
func FuzzPayload(f *testing.F) {
	f.Add([]byte{1, 2, 'A', 'U', 1, 24, 1, 1, 0})
	f.Add([]byte{1, 0x82, 0x00, 'A', 'U', 0, 0}) // a length longer than it need be
	f.Fuzz(func(t *testing.T, payload []byte) {
		c := packed.Cursor{Buf: payload}
		tab := &Table{labels: labels(&c)}
		tab.v4 = readRanges[uint32](&c, len(tab.labels))
		tab.v6 = readRanges[uint64](&c, len(tab.labels))
		if c.Bad != "" {
			return
		}
		tab.v4.index(16)
		tab.v6.index(48)
		tab.Lookup(netip.MustParseAddr("1.0.0.1"))
		tab.Lookup(netip.MustParseAddr("2001:200::1"))
	})
}
