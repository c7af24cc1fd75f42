package scenario

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// manners are the switches that say how something is sent; no allegation is
// about them.
var manners = []string{"split_values", "offline_queue", "clock_ahead_ms", "refuse_permissions", "salted_id"}

// also lists, openly, the scenarios of one allegation that need more than one
// switch.
var also = map[string]struct{ switches []string }{
	// What is to stay after Discard must have been uploaded before.
	"C03": {switches: []string{"pre_upload"}},
	// What is sent was read.
	"B07": {switches: []string{"read_clipboard"}},
	// The same allegation, sent in another manner.
	"E04-split":   {switches: []string{"split_values"}},
	"E04-offline": {switches: []string{"offline_queue"}},
	"B05-skew":    {switches: []string{"clock_ahead_ms"}},
	"E05-refused": {switches: []string{"refuse_permissions"}},
	"F02-salted":  {switches: []string{"salted_id"}},
}

// on lists the switches of a scenario that are not their zero value.
func on(s Switches) (names []string) {
	for v, i := reflect.ValueOf(s), 0; i < v.NumField(); i++ {
		if !v.Field(i).IsZero() {
			names = append(names, v.Type().Field(i).Tag.Get("toml"))
		}
	}
	return names
}

// allegationSwitches are the names of all switches that an allegation is about.
func allegationSwitches() (names []string) {
	for f := range reflect.TypeFor[Switches]().Fields() {
		if name := f.Tag.Get("toml"); !slices.Contains(manners, name) {
			names = append(names, name)
		}
	}
	return names
}

// box loads every scenario of the box.
func box(t *testing.T) map[string]*Scenario {
	t.Helper()
	all := map[string]*Scenario{}
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = s
	}
	return all
}

func TestBoxLoads(t *testing.T) {
	all := box(t)
	if names := Names(); names[0] != "benign" || names[1] != "accused" || len(all) != len(names) {
		t.Errorf("names %q", names)
	}
	titles := map[Text]string{}
	for name, s := range all {
		if s.Name != name || s.Title.EN == "" || s.Title.FR == "" || s.Title.EN == s.Title.FR {
			t.Errorf("%s: name %q, title %+v", name, s.Name, s.Title)
		}
		if twin := titles[s.Title]; twin != "" {
			t.Errorf("%s has the title of %s", name, twin)
		}
		titles[s.Title] = name
		if !slices.IsSorted(s.Expect.Observed) || len(slices.Compact(slices.Clone(s.Expect.Observed))) != len(s.Expect.Observed) {
			t.Errorf("%s expects %q: neither sorted nor each once", name, s.Expect.Observed)
		}
	}
}

func TestBenignIsZero(t *testing.T) {
	s := box(t)["benign"]
	if s.Switch != (Switches{}) || len(s.Expect.Observed) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAccusedIsEverything(t *testing.T) {
	s := box(t)["accused"]
	if got, want := on(s.Switch), allegationSwitches(); !slices.Equal(got, want) {
		t.Errorf("on: %q\nof: %q", got, want)
	}
	if !slices.Equal(s.Expect.Observed, Allegations) {
		t.Errorf("expects %q", s.Expect.Observed)
	}
	if len(allegationSwitches()) != len(Allegations) {
		t.Errorf("%d switches for %d allegations", len(allegationSwitches()), len(Allegations))
	}
}

// TestOneByOne: the scenarios between benign and accused show their allegation
// by its one switch. No two allegations have the same one, so that a detector
// cannot be right about one by finding another.
func TestOneByOne(t *testing.T) {
	all := box(t)
	of := map[string]string{} // switch: allegation
	for _, id := range Allegations {
		s := all[id]
		if s == nil {
			t.Errorf("%s has no scenario", id)
			continue
		}
		own := without(on(s.Switch), also[id].switches)
		if len(own) != 1 {
			t.Errorf("%s switches on %q; listed as needed beside its own: %q", id, on(s.Switch), also[id].switches)
			continue
		}
		if twin := of[own[0]]; twin != "" || slices.Contains(manners, own[0]) {
			t.Errorf("%s is switched on by %s, as is %q", id, own[0], twin)
		}
		of[own[0]] = id
		if !slices.Contains(s.Expect.Observed, id) || !slices.IsSorted(s.Expect.Observed) {
			t.Errorf("%s expects %q", id, s.Expect.Observed)
		}
	}
	if got := slices.Sorted(maps.Keys(of)); !slices.Equal(got, slices.Sorted(slices.Values(allegationSwitches()))) {
		t.Errorf("switches of the scenarios: %q", got)
	}
}

// TestVariants: C02-frames is C02 with another value of the same switch.
func TestVariants(t *testing.T) {
	all := box(t)
	variants := 0
	for name, s := range all {
		id, _, ok := strings.Cut(name, "-")
		if !ok {
			if name != "benign" && name != "accused" && !slices.Contains(Allegations, name) {
				t.Errorf("%s is named like no allegation", name)
			}
			continue
		}
		variants++
		base := all[id]
		if base == nil {
			t.Errorf("%s is a variant of nothing", name)
			continue
		}
		if got, want := without(on(s.Switch), also[name].switches), on(base.Switch); !slices.Equal(got, want) {
			t.Errorf("%s switches on %q, %s %q", name, got, id, want)
		}
		if s.Switch == base.Switch {
			t.Errorf("%s is %s", name, id)
		}
		// What the person does not let the app read never leaves.
		want := base.Expect.Observed
		if s.Switch.RefusePermissions {
			want = nil
		}
		if len(want)+len(s.Expect.Observed) > 0 && !slices.Equal(s.Expect.Observed, want) {
			t.Errorf("%s expects %q, want %q", name, s.Expect.Observed, want)
		}
	}
	if variants == 0 {
		t.Error("no variants")
	}
}

// without is a list less some.
func without(list, some []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return slices.Contains(some, x) })
}

// TestNamesOfSwitches: the app's clients know the switches by their JSON, the
// files by their TOML; one misspelt would be a behaviour that is never shown.
func TestNamesOfSwitches(t *testing.T) {
	seen := map[string]bool{}
	for f := range reflect.TypeFor[Switches]().Fields() {
		name := f.Tag.Get("toml")
		if name == "" || name != f.Tag.Get("json") || seen[name] {
			t.Errorf("%s: toml %q, json %q", f.Name, name, f.Tag.Get("json"))
		}
		seen[name] = true
	}
	for _, m := range manners {
		if !seen[m] {
			t.Errorf("there is no %s", m)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"unknown switch":             {"[switch]\nupload_draft = true", "upload_draft"},
		"unknown table":              {"[switches]\nlocation = true", "switches"},
		"unknown expect":             {"[expect]\nobserve = []", "observe"},
		"unknown value":              {"[switch]\npre_upload = \"audio\"", "pre_upload"},
		"unknown address book":       {"[switch]\naddress_book = \"yes\"", "address_book"},
		"unknown book":               {"[switch]\naddress_book = \"salted\"", "address_book"},
		"no such allegation":         {"[expect]\nobserved = [\"Z99\"]", "Z99"},
		"a row that no run can show": {"[expect]\nobserved = [\"A07\"]", "A07"},
		"another type":               {"[switch]\nlocation = \"true\"", "location"},
		"no TOML":                    {"[switch", "expected"},
	} {
		s, err := Parse("mine", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), "scenario mine: ") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %+v, error %v; want one that says %s", name, s, err, c.says)
		}
	}
	for _, name := range []string{"", "c02", "C99", "../scenario", "C02.toml", "data/C02"} {
		if s, err := Load(name); err == nil || !strings.Contains(err.Error(), "C02-frames") {
			t.Errorf("%q: %+v, %v; want an error that lists what there is", name, s, err)
		}
	}
}

// TestOwnFile: a user's scenario may combine behaviours and manners.
func TestOwnFile(t *testing.T) {
	s, err := Parse("mine", []byte("[title]\nen = \"Mine\"\n[switch]\nlocation = true\naddress_book = \"clear\"\nclock_ahead_ms = -1500\noffline_queue = true\n[expect]\nobserved = [\"E03\"]"))
	if err != nil {
		t.Fatal(err)
	}
	want := Scenario{Name: "mine", Title: Text{EN: "Mine"}, Expect: Expect{[]string{"E03"}},
		Switch: Switches{Location: true, AddressBook: "clear", ClockAheadMS: -1500, OfflineQueue: true}}
	if !reflect.DeepEqual(*s, want) {
		t.Errorf("%+v", s)
	}
}
