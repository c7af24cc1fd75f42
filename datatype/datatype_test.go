package datatype

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The ids of DESIGN.md's contract are all here.
func TestContractIDs(t *testing.T) {
	design, err := os.ReadFile("../DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)\\*\\*Data type ids\\*\\*[^`]*`([^`]+)`").FindSubmatch(design)
	if m == nil {
		t.Fatal("../DESIGN.md: no list after **Data type ids**")
	}
	ids := regexp.MustCompile(`[a-z]+\.[a-z_]+`).FindAllString(string(m[1]), -1)
	if len(ids) < 50 {
		t.Fatalf("../DESIGN.md: only %d ids found in the contract list", len(ids))
	}
	for _, id := range ids {
		if !ID(id).Valid() {
			t.Errorf("%s is in DESIGN.md's contract and not in data/types.toml", id)
		}
	}
}

func TestRows(t *testing.T) {
	words := load().vocabularies
	apple, google := flatten(words.Apple), flatten(words.Google)
	idForm := regexp.MustCompile(`^[a-z]+\.[a-z0-9_]+$`)
	dpvForm := regexp.MustCompile(`^dpv-pd:[A-Z][A-Za-z]+$`)
	sources := map[string]bool{}
	for _, s := range Sources() {
		if s.ID == "" || s.Name == "" || s.Date == "" || !strings.HasPrefix(s.URL, "https://") {
			t.Errorf("source %+v: every field but the note is required", s)
		}
		sources[s.ID] = true
	}
	cited := map[string]bool{}
	for _, row := range All() {
		wrong := func(field, got string) { t.Errorf("%s: %s = %q", row.ID, field, got) }
		if !idForm.MatchString(string(row.ID)) {
			wrong("id", string(row.ID))
		}
		if row.Class != row.ID.Class() {
			wrong("class", row.Class)
		}
		if row.Name == "" {
			wrong("name", row.Name)
		}
		if _, ok := words.Families[row.Family]; !ok {
			wrong("family", row.Family)
		}
		if row.DPV != Unknown && !dpvForm.MatchString(row.DPV) {
			wrong("dpv", row.DPV)
		}
		if _, ok := words.Art9[row.Art9]; !ok {
			wrong("art9", row.Art9)
		}
		for code := range strings.SplitSeq(row.CFR202, ", ") {
			if _, ok := words.CFR202[code]; !ok {
				wrong("cfr202", code)
			}
		}
		for code := range strings.SplitSeq(row.PADFAA, ", ") {
			if _, ok := words.PADFAA[code]; !ok {
				wrong("padfaa", code)
			}
		}
		for label := range strings.SplitSeq(row.Apple, " | ") {
			if label != Unknown && !apple[label] {
				wrong("apple", label)
			}
		}
		for label := range strings.SplitSeq(row.Google, " | ") {
			if label != Unknown && !google[label] {
				wrong("google", label)
			}
		}
		if _, ok := words.Permanence[row.Permanence]; !ok {
			wrong("permanence", row.Permanence)
		}
		switch {
		case row.Bits == nil && row.BitsSource != Unknown:
			wrong("bits_source without bits", row.BitsSource)
		case row.Bits != nil && (*row.Bits < 0 || *row.Bits > 33):
			t.Errorf("%s: bits = %v, want 0 to 33", row.ID, *row.Bits)
		case row.BitsHigh != nil && (row.Bits == nil || *row.BitsHigh <= *row.Bits || *row.BitsHigh > 33):
			t.Errorf("%s: bits_high = %v, want more than bits and at most 33", row.ID, *row.BitsHigh)
		case row.Bits != nil && (row.BitsSource == "" || row.BitsSource == Unknown):
			wrong("bits_source", row.BitsSource)
		}
		if len(row.Source) == 0 {
			t.Errorf("%s: no source", row.ID)
		}
		for _, s := range row.Source {
			cited[s] = true
			if !sources[s] {
				wrong("source", s)
			}
		}
		if _, err := time.Parse(time.DateOnly, row.Date); err != nil {
			t.Errorf("%s: %v", row.ID, err)
		}
	}
	for s := range sources {
		if !cited[s] {
			t.Errorf("source %q is cited by no row", s)
		}
	}
}

func flatten(byCategory map[string][]string) map[string]bool {
	all := map[string]bool{}
	for _, labels := range byCategory {
		for _, l := range labels {
			all[l] = true
		}
	}
	return all
}

// An alias that two rows share would make Suggest depend on the file's order.
func TestAliasesAreUnique(t *testing.T) {
	owner := map[string]ID{}
	for _, row := range All() {
		for _, a := range row.Aliases {
			if a != strings.ToLower(a) {
				t.Errorf("%s: alias %q is not lower case", row.ID, a)
			}
			if other, taken := owner[a]; taken {
				t.Errorf("alias %q belongs to %s and %s", a, other, row.ID)
			}
			owner[a] = row.ID
		}
	}
}

// The labels of one category stay within the vocabularies that the stores
// publish; a count that changes is a store that changed, or a slip.
func TestVocabularies(t *testing.T) {
	if n := len(flatten(AppleLabels())); n != 35 {
		t.Errorf("%d App Store labels, want 35", n)
	}
	if n := len(flatten(GoogleLabels())); n != 38 {
		t.Errorf("%d Play labels, want 38", n)
	}
	AppleLabels()["Location"][0] = "changed"
	if AppleLabels()["Location"][0] == "changed" {
		t.Error("AppleLabels hands out the package's own slices")
	}
	if !slices.IsSorted(Families()) {
		t.Error("Families is not sorted")
	}
}

func TestGet(t *testing.T) {
	if _, ok := Get("device.nothing"); ok {
		t.Error("Get found device.nothing")
	}
	if ID("").Valid() || ID("device").Valid() {
		t.Error("an id without a leaf is valid")
	}
	row, ok := Get("device.imei")
	if !ok || row.Bits == nil || *row.Bits != 33 || row.Permanence != "permanent" {
		t.Errorf("device.imei: %+v", row)
	}
	if row, _ := Get("contact.name"); row.Bits != nil {
		t.Errorf("contact.name has %v bits, and no source says so", *row.Bits)
	}
}

func TestCFR202Text(t *testing.T) {
	if got := CFR202Text("none"); got != nil {
		t.Errorf("none: %q", got)
	}
	got := CFR202Text("(e), (f) b")
	if len(got) != 2 || !strings.Contains(got[0], "202.205(e)") || !strings.Contains(got[1], "202.234(b)") {
		t.Errorf("(e), (f) b: %q", got)
	}
}

func TestSuggest(t *testing.T) {
	for _, test := range []struct {
		in   string
		want ID
	}{
		{"device.imei", "device.imei"},
		{"device.imie", "device.imei"},
		{"Device.IMEI ", "device.imei"},
		{"imei", "device.imei"},
		{"gaid", "device.ad_id"},
		{"contact.mail", "contact.email"},
		{"contact.fone", "contact.phone"},
		{"device.advertising_id", "device.ad_id"},
		{"location.gps", "location.precise"},
		{"biometric.faceprint", "biometric.face_vector"},
		{"network.publicip", "network.public_ip"},
		{"", ""},
		{"quite something else", ""},
		{strings.Repeat("x", 10_000), ""},
	} {
		got, ok := Suggest(test.in)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("Suggest(%.30q) = %q, %v, want %q", test.in, got, ok, test.want)
		}
	}
}

func FuzzSuggest(f *testing.F) {
	f.Add("device.imie")
	f.Add("\xff\x00é")
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := Suggest(s); ok != id.Valid() {
			t.Errorf("Suggest(%q) = %q, %v", s, id, ok)
		}
	})
}
