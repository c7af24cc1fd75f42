package recipient

import (
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

// path is a capture whose connect times go as far as the proofs of the keys.
func path(n int, tcp func(i int) float64) []Machine {
	return machines(n, func(i int) flow.Timing { return flow.Timing{TCP: rtt(tcp(i)), TLS: rtt(tcp(i) + 6)} })
}

func TestPathChecked(t *testing.T) {
	b := open(t)
	spread := func(i int) float64 { return 10 + 30*float64(i) }
	for _, c := range []struct {
		name     string
		machines []Machine
		want     bool
	}{
		{"near and far", path(4, spread), true},
		{"too few", path(3, spread), false},
		{"all near: a box that answers for all would not show", path(12, func(i int) float64 { return 10 + float64(i) }), false},
		{"all near, some nearer", path(12, func(i int) float64 { return 4 + float64(2*i) }), false},
		{"all far and alike", path(12, func(i int) float64 { return 90 + float64(i) }), false},
		{"one whose key is far", append(path(8, spread), split(8)[7]), false},
		{"connections alone", machines(8, func(i int) flow.Timing { return flow.Timing{TCP: rtt(spread(i))} }), false},
	} {
		got := b.Control(day("2026-07-01"), c.machines)
		if got.PathChecked != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	// Where it is checked, the connect time of a machine that proved its key
	// counts, and of no other: port 80 goes another way.
	checks := b.Control(day("2026-07-01"), path(8, spread))
	both := checks.Apply(from("Paris", "", flow.Timing{TCP: rtt(20), TLS: rtt(45)}))
	if r, class := both.Best(); class != "TCP" || ms(r.D) != 20 {
		t.Errorf("%v %s", r, class)
	}
	fast := checks.Apply(from("Paris", "", flow.Timing{TCP: rtt(20), TLS: rtt(45), Connect: rtt(1)}))
	if r, class := fast.Best(); class != "TCP" {
		t.Errorf("a connect time that nothing bears out is used: %v", r)
	}
	one := checks.Apply(from("Paris", "", flow.Timing{TCP: rtt(20)}))
	if r, _ := one.Best(); r != nil {
		t.Errorf("a connect time alone is used: %v", r)
	}
}

func TestVantageControl(t *testing.T) {
	b := open(t)
	said := func(rtt float64, s statement.Statement) Machine {
		return Machine{Address: says("", ""), Seen: from("Paris", "", tls(rtt)), Statements: []statement.Statement{s}}
	}
	sin := pop("X-Amz-Cf-Pop", "SIN52", "SG", 1.36, 103.99)
	for _, c := range []struct {
		name     string
		machines []Machine
		want     string
	}{
		{"nothing known", path(8, func(i int) float64 { return 5 }), ""},
		{"one word: a field may be replayed", []Machine{said(2, sin)}, ""},
		{"two words", []Machine{said(2, sin), said(3, sin)}, "by its own word in SIN52"},
		{"two words, and more that fit", []Machine{said(2, sin), said(3, sin), said(2, cdg), said(4, cdg)}, ""},
		{"two words, and many that would fit anywhere", []Machine{said(2, sin), said(3, sin), said(200, cdg), said(240, cdg)}, "by its own word"},
		{"a control host that fits", []Machine{{Address: says("", ""), Known: "FR", Seen: from("Paris", "", tls(2))}}, ""},
		{"a control host in Singapore", []Machine{{Address: says("", ""), Known: "SG", Seen: from("Paris", "", tls(2))}}, "a control host in SG"},
		{"an anycast address is none", []Machine{{Address: anycast(says("", "")), Known: "SG", Seen: from("Paris", "", tls(2))}}, ""},
		{"a region in Singapore", []Machine{{Address: region(says("", ""), "SG"), Seen: from("Paris", "", tls(2))}}, "in a published region in SG"},
		{"databases are no control", machines(20, func(int) flow.Timing { return tls(2) }), ""},
	} {
		for i := range c.machines {
			if c.name == "databases are no control" {
				c.machines[i].Address = says("SG", "SG")
			}
		}
		got := b.Control(day("2026-07-01"), c.machines)
		slices.Reverse(c.machines)
		if again := b.Control(day("2026-07-01"), c.machines); again.Vantage != got.Vantage {
			t.Errorf("%s: the order shows: %q, %q", c.name, got.Vantage, again.Vantage)
		}
		if !strings.Contains(got.Vantage, c.want) || c.want == "" && got.Vantage != "" {
			t.Errorf("%s: %q, want %q", c.name, got.Vantage, c.want)
		}
	}
}

func TestTerminator(t *testing.T) {
	b := open(t)
	mixed := append(onDevice(9), machines(3, func(int) flow.Timing { return flow.Timing{TCP: rtt(9)} })...)
	if c := b.Control(day("2026-07-01"), mixed); !slices.Equal(c.Terminator, []string{classTCP}) {
		t.Errorf("nine of twelve: %+v", c)
	}
	few := append(onDevice(2), machines(9, func(int) flow.Timing { return flow.Timing{TCP: rtt(9)} })...)
	if c := b.Control(day("2026-07-01"), few); c.Terminator != nil {
		t.Errorf("two of eleven: %+v", c)
	}
}
