package differential_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/differential"
)

// only returns the findings of a kind and grade, and fails when there are
// others than of the wanted kinds.
func only(t *testing.T, d *differential.Document, want ...string) []differential.Finding {
	t.Helper()
	var got []string
	for _, f := range d.Findings {
		if f.Grade == "C" && f.Key.String() == "net" {
			continue // one of three words: chance makes it look so
		}
		got = append(got, f.Grade+" "+f.Kind+" "+f.Exchange[0].Path.String())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q\n%s", got, want, told(d))
	}
	return d.Findings
}

// TestUnknownSalt: the same digest for one person twice, another one for
// another: proven, by what nobody can compute.
func TestUnknownSalt(t *testing.T) {
	for _, n := range [][2]int{{2, 1}, {1, 2}, {2, 2}, {3, 2}} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := compared(t, app{salted: true}, 1, n, two(1))
			f := only(t, d, "B digest /v1/events")[0]
			if f.By != "single" || !slices.Equal(f.Values, []int{0}) || d.Values[0].DataType != "contact.email" {
				t.Errorf("put down to %q %v of %v", f.By, f.Values, d.Values)
			}
			if f.Changed != 6 || f.Of != 6 || f.Shapes[0].Kind != "hex" || f.Shapes[0].Size != 64 || f.Bits < 100 {
				t.Errorf("%+v", f)
			}
			if !slices.Contains(f.Reasons, "unsalted-excluded") || f.Derivation[1].String() != "json $.uid" {
				t.Errorf("%v %v", f.Reasons, f.Derivation)
			}
		})
	}
	t.Run("without personas", func(t *testing.T) {
		d, err := compare(t, experiment(app{salted: true}, 1, [2]int{2, 1}, two(1)), [2]string{})
		if err != nil {
			t.Fatal(err)
		}
		f := only(t, d, "B digest /v1/events")[0]
		if f.By != "" || f.Values != nil || slices.Contains(f.Reasons, "unsalted-excluded") || !slices.Contains(d.Limits, "no-personas") {
			t.Errorf("more is said than known: %+v %v", f, d.Limits)
		}
	})
}

// TestOnceIsACandidate: one run each proves nothing, whatever it shows.
func TestOnceIsACandidate(t *testing.T) {
	d := compared(t, app{salted: true, envelope: true, fixed: true}, 1, [2]int{1, 1}, two(1))
	if len(d.Findings) == 0 || !slices.Contains(d.Limits, "no-control") {
		t.Fatalf("%s%v", told(d), d.Limits)
	}
	for _, f := range d.Findings {
		if f.Grade != "C" || f.Chance != 1 {
			t.Errorf("%s: %s, chance %v", f.Kind, f.Grade, f.Chance)
		}
	}
}

// TestKnownValue: an address that can be read is grade A even without a
// repeat, and put down to the address though the phone number differs too.
func TestKnownValue(t *testing.T) {
	emails := two(5)
	more := [2]string{"[[value]]\ntype=\"contact.phone\"\nvalue=\"+33 6 39 98 12 34\"\n", "[[value]]\ntype=\"contact.phone\"\nvalue=\"+33 6 39 98 43 21\"\n"}
	for _, n := range [][2]int{{1, 1}, {2, 1}} {
		d, err := compare(t, experiment(app{clear: true}, 5, n, emails), personas(emails, more))
		if err != nil {
			t.Fatal(err)
		}
		f := d.Findings[0]
		if f.Grade != "A" || f.By != "found" || !slices.Equal(f.Values, []int{0}) || f.Known[0].Form != "encoded" || d.Values[0].Found != 1 || d.Values[1].Found != 0 {
			t.Errorf("%+v\n%+v", f, d.Values)
		}
		if n[0] == 2 && d.Counts.Changes != 1 {
			t.Errorf("%s", told(d))
		}
	}
}

// TestEnvelope: of a message under unknown encryption that is new each time,
// only the length depends on the person, and only that is reported.
func TestEnvelope(t *testing.T) {
	emails := two(7)
	by := len(emails[1]) - len(emails[0])
	d := compared(t, app{envelope: true}, 7, [2]int{2, 1}, emails)
	f := only(t, d, "B size /v2/report")[0]
	if f.Growth == nil || f.Growth.Bytes != by || !slices.Equal(f.Growth.Values, []int{0}) || f.Sizes[1]-f.Sizes[0] != by {
		t.Errorf("grew by %+v, sizes %v; the address by %d", f.Growth, f.Sizes, by)
	}
	if f.Ranges != nil || f.Shapes != nil || f.Chance < 0.3 {
		t.Errorf("more is said than known: %+v", f)
	}

	t.Run("of the same length", func(t *testing.T) {
		d := compared(t, app{envelope: true}, 7, [2]int{2, 2}, [2]string{"aline.w7@courriel.example", "bruno.k3@courriel.example"})
		only(t, d)
	})
	t.Run("when more differs", func(t *testing.T) {
		more := [2]string{"[[value]]\ntype=\"contact.name\"\nvalue=\"Camille Ferrand-Chazal\"\n", "[[value]]\ntype=\"contact.name\"\nvalue=\"Bo Ly\"\n"}
		d, err := compare(t, experiment(app{envelope: true}, 7, [2]int{2, 1}, emails), personas(emails, more))
		if err != nil {
			t.Fatal(err)
		}
		f := only(t, d, "C size /v2/report")[0]
		if f.By != "set" || f.Values != nil || !slices.Contains(f.Reasons, "few-runs") {
			t.Errorf("%+v", f)
		}
	})
	t.Run("with many runs", func(t *testing.T) {
		more := [2]string{"[[value]]\ntype=\"contact.name\"\nvalue=\"Camille Ferrand-Chazal\"\n", "[[value]]\ntype=\"contact.name\"\nvalue=\"Bo Ly\"\n"}
		d, err := compare(t, experiment(app{envelope: true}, 7, [2]int{4, 4}, emails), personas(emails, more))
		if err != nil {
			t.Fatal(err)
		}
		if f := only(t, d, "B size /v2/report")[0]; f.Chance != 2./70 {
			t.Errorf("chance %v", f.Chance)
		}
	})
}

// TestFixedKey: of a message under a cipher that makes the same of the same,
// the bytes that depend on the person are told from the noise around them.
func TestFixedKey(t *testing.T) {
	d := compared(t, app{fixed: true}, 3, [2]int{2, 2}, [2]string{"aline.w7@courriel.example", "bruno.k3@messagerie.example"})
	f := only(t, d, "B bytes /v3/seal")[0]
	// 32 bytes of noise; 25 and 27 characters in two blocks; the third is blank.
	if len(f.Ranges) != 1 || f.Ranges[0].Offset > 33 || f.Ranges[0].Offset < 32 || f.Ranges[0].Offset+f.Ranges[0].Length > 64 || f.Ranges[0].Length < 28 {
		t.Errorf("%+v", f.Ranges)
	}
}

// TestNoiseIsNotReported: with a repeat, what changes by itself is nothing,
// however much of it there is, and though requests are lost and moved.
func TestNoiseIsNotReported(t *testing.T) {
	for seed := range uint64(20) {
		for _, n := range [][2]int{{2, 1}, {2, 2}} {
			only(t, compared(t, app{upload: true, unsteady: true}, seed, n, two(seed)))
			d := compared(t, app{salted: true, clear: true, envelope: true, fixed: true, upload: true, unsteady: true}, seed, n, two(seed))
			for _, f := range d.Findings {
				switch where := f.Exchange[0].Path.String() + " " + f.Key.String(); where {
				case "/v1/events uid", "/v1/profile m", "/v2/report ", "/v3/seal ":
				case "/v1/events net":
					if f.Grade != "C" {
						t.Errorf("seed %d: one of three words is grade %s", seed, f.Grade)
					}
				default:
					t.Errorf("seed %d: %s %s", seed, f.Grade, where)
				}
			}
			if len(d.Findings) < 4 {
				t.Errorf("seed %d, %v: lost under noise:\n%s", seed, n, told(d))
			}
		}
	}
}

// TestPersonInPath: exchanges whose URL names the person are one.
func TestPersonInPath(t *testing.T) {
	d := compared(t, app{profile: true}, 2, [2]int{3, 2}, [2]string{"philippine.w7@courriel.example", "bartholomew.k3@courriel.example"})
	only(t, d, "B value /users/*/clips")
	// A short name is no proof, and no exchange that only one of the two has.
	only(t, compared(t, app{profile: true}, 2, [2]int{2, 2}, [2]string{"ana.w7@courriel.example", "bo.k3@courriel.example"}), "C value /users/*/clips")
}

// TestCopies: a copy of a run is no repeat of it.
func TestCopies(t *testing.T) {
	emails := two(1)
	list := experiment(app{}, 1, [2]int{1, 1}, emails)
	_, err := compare(t, append(list, list[0]), personas(emails, [2]string{}))
	if err == nil || !strings.Contains(err.Error(), "same recording") {
		t.Errorf("%v", err)
	}
	_, err = compare(t, list[:1], personas(emails, [2]string{}))
	if err == nil {
		t.Error("one run was compared with nothing")
	}
	_, err = compare(t, list, personas([2]string{emails[0], emails[0]}, [2]string{}))
	if err == nil || !strings.Contains(err.Error(), "same values") {
		t.Errorf("%v", err)
	}
}

// TestCarriedOver: the first person's address in a run with the second shows
// that the runs are not what they are said to be.
func TestCarriedOver(t *testing.T) {
	emails := two(1)
	list := experiment(app{clear: true}, 1, [2]int{2, 2}, emails)
	list[1].who, list[2].who = list[2].who, list[1].who
	d, err := compare(t, list, personas(emails, [2]string{}))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(d.Limits, "carried-over") || d.Counts.Changes != 0 {
		t.Errorf("%v\n%s", d.Limits, told(d))
	}
	// The wrong pairing shows itself: the true one is among the others.
	if d.Design.Wrong == 0 {
		t.Errorf("%+v", d.Design)
	}
}

// TestNothingRaw: nothing of a value is in the document.
func TestNothingRaw(t *testing.T) {
	emails := two(9)
	d := compared(t, app{salted: true, clear: true, envelope: true, fixed: true, profile: true}, 9, [2]int{2, 1}, emails)
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ToLower(string(b))
	for _, e := range emails {
		name, _, _ := strings.Cut(e, "@")
		for i := range len(name) - 5 {
			if strings.Contains(text, name[i:i+6]) {
				t.Errorf("%q is in the document", name[i:i+6])
			}
		}
	}
}

// TestLittleToGoBy: what carries no bits (a field, a message more; disorder) is
// a candidate until there are so many runs that chance is excluded.
func TestLittleToGoBy(t *testing.T) {
	want := []string{"entropy", "presence", "count"}
	for _, c := range []struct {
		n     [2]int
		grade string
	}{{[2]int{2, 1}, "C"}, {[2]int{3, 3}, "C"}, {[2]int{4, 4}, "B"}} {
		d := compared(t, app{more: true}, 4, c.n, two(4))
		var got []string
		for _, f := range d.Findings {
			if f.Key.String() == "net" {
				continue
			}
			if f.Grade != c.grade {
				t.Errorf("%v: %s is grade %s", c.n, f.Kind, f.Grade)
			}
			got = append(got, f.Kind)
			if f.Kind == "presence" && (*f.Side != 1 || f.Derivation[1].String() != "json $.extra") {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: %s", c.n, told(d))
		}
	}
}
