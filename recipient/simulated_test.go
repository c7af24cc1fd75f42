package recipient

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

const labTable = `simulated = true
id = "lab"
name = "a lab"
date = "2026-11-24"
[[network]]
prefix = "127.33.5.0/24"
asn = 64605
holder = "Far"
registered = "CN"
geofeed = "CN"
commercial = "CN"
rtt_ms = 112
[[owner]]
suffix = "far.example"
name = "Far & Co"
seat = "CN"
role = "analytics"
`

func TestSimulated(t *testing.T) {
	b, err := Open(Table{"lab.toml", []byte(labTable)})
	if err != nil {
		t.Fatal(err)
	}
	if w := b.Who("log.far.example"); w.Owner != "Far & Co" || w.Domain != "far.example" || w.Table != "lab" {
		t.Errorf("owner: %+v", w)
	}
	if w := b.Who("nobody.example"); w.Owner != "nobody.example" || w.Table != "" {
		t.Errorf("another name: %+v", w)
	}
	if a := b.Address(netip.MustParseAddr("127.0.0.1")); a.Kind != Loopback || a.ASN != 0 {
		t.Errorf("another address: %+v", a)
	}
	paris, err := ParseVantage("Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		rtt  time.Duration
		want Ruling
	}{{112 * time.Millisecond, ConsistentWeak}, {9 * time.Millisecond, ImpossibleStrict}} {
		e := Evidence{
			Address: b.Address(netip.MustParseAddr("127.33.5.20")), Captured: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
			Sightings: []Sighting{{From: &paris, TLS: &Sample{RTT: flow.RTT{D: x.rtt, Leg: flow.Outer}}}},
		}
		if e.Address.Kind != Simulated || e.Address.ASN != 64605 {
			t.Fatalf("address: %+v", e.Address)
		}
		v := b.Judge(e).Verdicts
		if len(v) != 1 || v[0].Country != "CN" || v[0].Verdict != x.want {
			t.Errorf("%s: %+v", x.rtt, v)
		}
	}
	for want, change := range map[string][2]string{
		"simulated = true":       {"simulated = true", "simulated = false"},
		"loopback":               {"127.33.5.0/24", "203.0.113.0/24"},
		".example":               {"far.example", "bank.com"},
		"date":                   {"2026-11-24", "soon"},
		"no other table":         {`id = "lab"`, `id = "dbip"`},
		"a place for the world":  {"127.33.5.0/24", "0.0.0.0/0"},
		"a place for everything": {"127.33.5.0/24", "127.0.0.0/4"},
	} {
		if _, err := Open(Table{"lab.toml", []byte(strings.Replace(labTable, change[0], change[1], 1))}); err == nil || !strings.Contains(err.Error(), "lab.toml") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
