package recipient

import (
	"net/netip"
	"strings"
	"testing"
)

// The cases that need the embedded tables.
func TestKnownAddresses(t *testing.T) {
	b := open(t)
	for _, c := range []struct {
		id, ip       string
		asn          uint32
		holder       string // in the holder's name
		registered   string
		dbip, ipfire string
		anycast      bool
		lookedUp     string
	}{
		{"J28", "1.1.1.1", 13335, "Cloudflare", "AU", "AU", "AU", true, ""},
		{"J39", "8.130.1.1", 37963, "Hangzhou Alibaba", "SG", "CN", "CN", false, ""},
		{"J40", "47.254.128.1", 45102, "Alibaba", "US", "DE", "US", false, ""},
		{"J41", "13.36.10.10", 16509, "Amazon", "US", "FR", "FR", false, ""},
		{"J42", "71.18.5.1", 396986, "Bytedance Inc.", "US", "DE", "US", false, ""},
		{"J42", "71.18.6.1", 11983, "Tiktok U.S. Data Security Inc.", "US", "US", "US", false, ""},
		{"J47", "64:ff9b::2f58:101", 45102, "Alibaba", "US", "US", "US", false, "47.88.1.1"},
		{"J47", "::ffff:47.88.1.1", 45102, "Alibaba", "US", "US", "US", false, "47.88.1.1"},
	} {
		a := b.Address(netip.MustParseAddr(c.ip))
		if c.lookedUp == "" {
			c.lookedUp = c.ip
		}
		if a.IP.String() != c.lookedUp || a.Seen.String() != netip.MustParseAddr(c.ip).String() {
			t.Errorf("%s %s: looked up %s, seen %s", c.id, c.ip, a.IP, a.Seen)
		}
		if a.ASN != c.asn || !strings.Contains(a.Holder, c.holder) || a.Registered != c.registered || a.Anycast != c.anycast {
			t.Errorf("%s %s: AS%d %q registered %s anycast %v", c.id, c.ip, a.ASN, a.Holder, a.Registered, a.Anycast)
		}
		if got := [2]string{a.Estimates[0].Country, a.Estimates[1].Country}; got != [2]string{c.dbip, c.ipfire} {
			t.Errorf("%s %s: estimates %v, want %s %s", c.id, c.ip, got, c.dbip, c.ipfire)
		}
	}
}

// Light's bounds, in milliseconds, with the margins and a vantage of radius 0.
func TestThresholds(t *testing.T) {
	b := open(t)
	for _, c := range []struct {
		from, to      string
		strict, fibre float64
	}{
		{"Paris", "CN", 36.7, 55.1}, {"Paris", "HK", 63.6, 0}, {"Paris", "SG", 71.0, 0},
		{"Paris", "MY", 66.2, 0}, {"Paris", "US", 33.3, 0}, {"Paris", "RU", 8.7, 0},
		{"Paris", "NO", 6.9, 0}, {"Paris", "IE", 4.6, 0}, {"Paris", "DE", 1.8, 0},
		{"Frankfurt", "CN", 33.5, 50.3}, {"Dublin", "CN", 39.3, 59.0}, {"Ashburn", "CN", 63.0, 94.6},
		{"New York", "CN", 62.2, 93.3}, {"San Francisco", "CN", 51.6, 77.4},
		{"São Paulo", "CN", 94.0, 141}, {"Sydney", "CN", 48.1, 72.1}, {"Mumbai", "CN", 9.6, 14.4},
		{"Tokyo", "CN", 7.1, 10.6}, {"Singapore", "CN", 12.9, 19.4}, {"Singapore", "US", 56, 0},
		{"Almaty", "CN", 1.4, 2.1}, {"Hong Kong", "CN", 0, 0}, {"Paris", "FR", 0, 0},
	} {
		v, err := ParseVantage(c.from + " ±0")
		if err != nil {
			t.Fatal(err)
		}
		strict, fibre, ok := b.Bounds(v, c.to)
		if !ok || strict < c.strict-0.7 || strict > c.strict+0.7 {
			t.Errorf("%s to %s: strict %.1f ms, want %.1f", c.from, c.to, strict, c.strict)
		}
		if c.fibre > 0 && (fibre < c.fibre-0.7 || fibre > c.fibre+0.7) {
			t.Errorf("%s to %s: fibre %.1f ms, want %.1f", c.from, c.to, fibre, c.fibre)
		}
	}
}

func TestWithin(t *testing.T) {
	s := from("Paris ±25", "", tls(2))
	if km, ok := s.Within(); !ok || km < 324 || km > 328 {
		t.Errorf("2 ms from Paris: within %.0f km, want some 325", km)
	}
	s = from("", "", tls(2))
	if _, ok := s.Within(); ok {
		t.Error("a delay from nowhere bounds something")
	}
}
