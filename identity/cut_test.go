package identity

import (
	"math"
	"testing"
)

// TestRadius: a cell of a grid counts by its radius, whatever the decimals.
func TestRadius(t *testing.T) {
	a := Judge(Sent{Type: "location.precise", Form: "truncated", Radius: 91})
	if a.Verdict != Aggregate || a.Radius != 91 || a.People[1] < 400 || a.People[1] > 700 {
		t.Errorf("%+v", a)
	}
	if a = Judge(Sent{Type: "location.precise", Form: "encoded", Radius: 3}); a.Verdict != Reversible || a.Radius != 4.9 {
		t.Errorf("a cell smaller than a fix: %+v", a)
	}
	wide, narrow := FactOf(Sent{Type: "location.precise", Form: "truncated", Radius: 2900}), FactOf(Sent{Type: "location.precise", Form: "encoded", Radius: 3})
	if !wide.Known || wide.Bits.High >= narrow.Bits.Low || math.IsInf(wide.Bits.Low, 0) {
		t.Errorf("%+v, %+v", wide, narrow)
	}
}

// TestCutIsNotUnique: what is left of a telephone number is no identifier
// that settles who somebody is.
func TestCutIsNotUnique(t *testing.T) {
	whole, cut := FactOf(Sent{Type: "contact.phone", Form: "clear"}), FactOf(Sent{Type: "contact.phone", Form: "truncated"})
	digest := FactOf(Sent{Type: "contact.phone", Form: "truncated", Digest: "md5", Kept: 64})
	if !whole.Unique || cut.Known || cut.Unique || !digest.Unique {
		t.Errorf("%+v, %+v, %+v", whole, cut, digest)
	}
}
