package recipient

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// TestWhere: the answer on one address is the one that an audit gives.
func TestWhere(t *testing.T) {
	b := open(t)
	paris, err := ParseVantage("Paris ±25")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(addr, host string, took time.Duration, header ...string) Whereabouts {
		q := Question{Host: host, At: day("2026-06-20"), From: &paris, Claimed: []string{"CN"}}
		if addr != "" {
			q.Address = netip.MustParseAddr(addr)
		}
		if took > 0 {
			q.Timings = []flow.Timing{{TLS: &flow.RTT{D: took, Leg: flow.Direct}}}
		}
		for _, h := range header {
			name, value, _ := strings.Cut(h, ": ")
			q.Header = append(q.Header, flow.Field{Name: name, Value: value})
		}
		return b.Where(q)
	}
	ruling := func(w Whereabouts, country string) Ruling {
		i := slices.IndexFunc(w.Places, func(v Verdict) bool { return v.Country == country && v.Layer == "edge" })
		if i < 0 {
			return "none"
		}
		return w.Places[i].Verdict
	}

	// J40: neither the holder's country nor the registry's is a place.
	w := ask("47.254.128.1", "", 12*time.Millisecond)
	if w.ASN != 45102 || w.Owner != "Alibaba Cloud" && !strings.Contains(w.Owner, "Alibaba") || ruling(w, "CN") != ImpossibleStrict || ruling(w, "US") != ImpossibleStrict || ruling(w, "DE") != Undetermined || w.Established != "" {
		t.Errorf("%+v", w)
	}
	if !slices.Contains(w.Excluded, "CN") || !slices.Contains(w.Left, "FR") || slices.Contains(w.Left, "CN") || w.RTT != 12 {
		t.Errorf("excluded %v, left %v, %v ms", w.Excluded, w.Left, w.RTT)
	}
	// J29: the operator's own code, inside what light allows.
	w = ask("104.16.132.229", "", 3*time.Millisecond, "CF-Ray: 8c1f2a3b4c5d6e7f-CDG")
	if ruling(w, "FR") != ConsistentStrong || ruling(w, "US") != ImpossibleStrict || !w.Anycast || len(w.Statements) == 0 {
		t.Errorf("%+v", w)
	}
	// A name alone: who, whose law, and no place but its own words.
	w = ask("", "log-va.tiktokv.com", 0)
	if w.Owner != "TikTok" || w.Address != "" || ruling(w, "CN") != Undetermined || !slices.ContainsFunc(w.Control, func(r Reach) bool { return r.Country == "CN" && r.Through == ParentSeat }) {
		t.Errorf("%+v", w)
	}
	// Nothing at all is no place either, and always with the limit.
	w = ask("192.168.1.4", "", time.Millisecond)
	if w.Kind != Private || ruling(w, "CN") != Undetermined || w.Limit != Limit {
		t.Errorf("%+v", w)
	}
	text, err := json.Marshal(w)
	if err != nil || !strings.Contains(string(text), `"places":[{"layer":"edge","country":"CN","verdict":"undetermined","because":[`) {
		t.Errorf("%s %v", text, err)
	}
}
