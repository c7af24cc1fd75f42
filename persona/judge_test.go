package persona

import (
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/constat/constat/datatype"
)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		typ     datatype.ID
		value   string
		verdict Verdict
		use     Use
		code    string // of the gravest fault, or the first remark
	}{
		// Chance: the limits of D5.
		{"account.user_id", "739150264", Strong, Everywhere, ""}, // 9 digits
		{"account.user_id", "73915026", Weak, Named, "short"},
		{"device.openudid", "7b3e91f4", Strong, Everywhere, ""}, // 8 hexadecimal digits
		{"device.openudid", "7b3e91f", Weak, Named, "short"},
		{"contact.username", "vokrtum", Strong, Everywhere, ""}, // 7 letters
		{"contact.username", "vokrtu", Weak, Named, "short"},
		{"account.user_id", "1712345678", Weak, Named, "time"},
		{"account.user_id", "1767225600000", Weak, Named, "time"},
		{"account.user_id", "7719834605", Strong, Everywhere, ""},
		{"content.search", "!!!", Weak, Named, "empty"},
		{"finance.card", "4242424242424242", Weak, Named, "plain"},

		// Habit.
		{"contact.username", "abcdefghij", Weak, Everywhere, "pattern"},
		{"contact.username", "qsdfghjklm", Weak, Everywhere, "pattern"},
		{"contact.username", "kovkovkovkov", Weak, Everywhere, "pattern"},
		{"credential.password", "martin19850412", Weak, Everywhere, "pattern"},
		{"credential.password", "DragonMonkey", Weak, Downgraded, "words"},
		{"content.message", "bonjour maman", Weak, Downgraded, "words"},
		{"contact.name", "Marie Martin", Weak, Downgraded, "names"},
		{"contact.name", "Zoé LEFÈVRE", Weak, Downgraded, "names"},
		{"contact.name", "John Smith", Weak, Downgraded, "names"},
		{"contact.name", "Camille Vodrexoul", Strong, Everywhere, ""},
		{"contact.phone", "+33 6 12 34 56 78", Weak, Everywhere, "pattern"},
		{"contact.email", "camille.roussel@mail.fr", Strong, Everywhere, ""}, // an address is one mailbox's

		// Nature.
		{"contact.birthdate", "1991-04-27", Weak, Named, "shared"},
		{"contact.birthdate", "last spring", Refused, Named, "form"},
		{"device.os", "Android 14", Weak, Named, "shared"},
		{"location.precise", "48.85,2.29", Weak, Named, "coarse"},
		{"location.precise", "48.8583,2.2944", Weak, Everywhere, "near"},
		{"location.precise", "48.858370,2.294481", Strong, Everywhere, ""},
		{"location.precise", "0,0", Refused, Nowhere, "blank"},

		// Masks.
		{"device.ad_id", "00000000-0000-0000-0000-000000000000", Refused, Nowhere, "blank"},
		{"device.imei", "000000000000000", Refused, Nowhere, "blank"},
		{"device.mac", "02:00:00:00:00:00", Refused, Nowhere, "blank"},
		{"network.public_ip", "0.0.0.0", Refused, Nowhere, "blank"},

		// Form.
		{"device.imei", "352099001761481", Strong, Everywhere, ""},
		{"device.imei", "352099001761482", Refused, Everywhere, "digits"},
		{"device.imei", "3520990017", Refused, Everywhere, "form"},
		{"device.iccid", "8933075239104467209", Refused, Everywhere, "digits"},
		{"device.iccid", "7733075239104467209", Refused, Everywhere, "form"},
		{"finance.card", "4539 1488 0343 6467", Strong, Everywhere, ""},
		{"finance.card", "4539 1488 0343 6468", Refused, Everywhere, "digits"},
		{"finance.iban", "FR76 3000 6000 0112 3456 7890 189", Strong, Everywhere, ""},
		{"finance.iban", "FR76 3000 6000 0112 3456 7890 188", Refused, Everywhere, "digits"},
		{"device.mac", "3c:5a:b4:91:7e:02", Strong, Everywhere, ""},
		{"device.mac", "3e:5a:b4:91:7e:02", Strong, Everywhere, "random"},
		{"device.mac", "3d:5a:b4:91:7e:02", Refused, Everywhere, "form"}, // a group
		{"device.ad_id", "a7b1c2d3e4", Refused, Everywhere, "form"},
		{"contact.phone", "+33 6 71 20 94 38", Strong, Everywhere, ""},
		{"contact.phone", "06 71 20 94 38", Strong, Everywhere, ""}, // in France
		{"contact.phone", "+33 1 2", Refused, Named, "number"},
		{"contact.phone", "+33 6 39 98 27 40", Strong, Everywhere, "fiction"},
		{"contact.phone", "+44 7700 900461", Weak, Everywhere, "few"},
		{"contact.phone", "+1 212-555-0143", Weak, Everywhere, "few"},
		{"contact.email", "vokrtum@mail.fr", Strong, Everywhere, ""},
		{"contact.email", "vokrtum@example.org", Strong, Everywhere, "reserved"},
		{"contact.email", "vokrtum.mail.fr", Refused, Everywhere, "form"},
	} {
		t.Run(string(c.typ)+" "+c.value, func(t *testing.T) {
			j := (Value{Type: c.typ, Value: c.value}).Judge("FR")
			code := ""
			switch {
			case len(j.Faults) > 0:
				code = j.Faults[0].Code
			case len(j.Remarks) > 0:
				code = j.Remarks[0].Code
			}
			if j.Verdict != c.verdict || j.Use != c.use || code != c.code {
				t.Errorf("%s, %s, %q (%.1f bits), want %s, %s, %q", j.Verdict, j.Use, code, j.Bits, c.verdict, c.use, c.code)
			}
			if strings.Contains(j.Why(), c.value) {
				t.Error("the reason shows the value")
			}
		})
	}
	if j := (Value{Type: "contact.phone", Value: "06 71 20 94 38"}).Judge(""); j.Why() != faults["number"].Why {
		t.Errorf("a national number without a region: %q", j.Why())
	}
}

func TestJudgeBesideOthers(t *testing.T) {
	p := &Persona{Region: "FR"}
	for _, v := range []string{"vokrtum4817", "VOKRTUM-4817", "xx vokrtum4817 yy", "drenlaspik", "abc"} {
		p.Values = append(p.Values, Value{Index: len(p.Values), Type: "contact.username", Value: v})
	}
	all := p.Judge(func(v Value) string {
		if v.Value == "drenlaspik" {
			return "sample"
		}
		return ""
	})
	for i, want := range []struct {
		code  string
		other int
	}{{"equal", 1}, {"equal", 0}, {"inside", 0}, {"sample", -1}, {"short", -1}} {
		f := all[i].Faults[0]
		if f.Code != want.code || f.Other != want.other {
			t.Errorf("value %d: %s, value %d, want %s, %d", i, f.Code, f.Other, want.code, want.other)
		}
	}
	if j := all[3].Before(); j.Verdict != Refused || j.Faults[1].Code != "before" && j.Faults[0].Code != "before" {
		t.Errorf("before: %+v", j)
	}
}

// TestJudgeAgreesWithWeak: what Weak says of a value is what the judgement
// says, so that the search and persona check cannot differ.
func TestJudgeAgreesWithWeak(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, typ := range datatype.All() {
		for range 200 {
			b := make([]byte, 1+r.IntN(14))
			for i := range b {
				b[i] = "0123456789abcxyz :-@."[r.IntN(21)]
			}
			v := Value{Type: typ.ID, Value: string(b)}
			if isLocation(typ.ID) {
				v.Value = "48.85,2.29"
			}
			if strings.TrimSpace(v.Value) == "" {
				continue
			}
			j := v.Judge("FR")
			if (v.Weak() != "") != (j.Use >= Named) && j.Faults[0].Code != "blank" {
				t.Errorf("%s %q: Weak %q, judged %+v", typ.ID, v.Value, v.Weak(), j)
			}
		}
	}
}

// TestBitsAreLow: over many texts of each kind, the estimate is never above
// what the text was drawn with.
func TestBitsAreLow(t *testing.T) {
	for _, c := range []struct {
		text string
		most float64
	}{
		{"aaaaaaaaaaaaaaaa", 12}, {"123456789", 12}, {"987654321", 12}, {"20240229", 16}, {"29022024", 16},
		{"abcabcabcabcabc", 24}, {"password", 5}, {"motdepasse2024", 60}, {"azertyuiop", 14}, {"Smith", 8},
		{strings.Repeat("vk3", 30), 26}, {"marie-martin", 26},
	} {
		if got := judge(c.text).bits; got > c.most {
			t.Errorf("%q: %.1f bits, want at most %.1f", c.text, got, c.most)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, from := range []string{"0123456789", "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz"} {
		for range 2000 {
			n := 7 + r.IntN(12)
			b := make([]byte, n)
			for i := range b {
				b[i] = from[r.IntN(len(from))]
			}
			if got, drawn := judge(string(b)).bits, float64(n)*math.Log2(float64(len(from))); got > drawn+1e-9 {
				t.Fatalf("%q: %.2f bits of %.2f", b, got, drawn)
			}
		}
	}
}

// TestChance measures the limit: random texts are looked for at every place of
// 8 MB of random text of the same alphabet, and met about as often as their
// bits say. Strong ones are met about 2^(23-30) times each; one bit in front of
// the limit is left to chance.
func TestChance(t *testing.T) {
	const size, canaries = 8 << 20, 4000
	for _, c := range []struct {
		name, alphabet string
		weak, strong   int // lengths
	}{
		{"digits", "0123456789", 6, 9},
		{"hexadecimal digits", "0123456789abcdef", 5, 8},
		{"letters", "abcdefghijklmnopqrstuvwxyz", 5, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(len(c.alphabet)), 7))
			k := uint64(len(c.alphabet))
			text := make([]uint64, size)
			for i := range text {
				text[i] = r.Uint64N(k)
			}
			for _, n := range []int{c.weak, c.strong} {
				looked := map[uint64]bool{}
				expected := 0.0
				for len(looked) < canaries {
					var key uint64
					var b strings.Builder
					for range n {
						d := r.Uint64N(k)
						key = key*k + d
						b.WriteByte(c.alphabet[d])
					}
					v := Value{Type: "account.user_id", Value: b.String()}
					if j := v.Judge(""); (j.Verdict == Strong) != (n == c.strong) {
						continue // a run, a repetition: judged weak for it
					}
					if !looked[key] {
						looked[key] = true
						expected += size / math.Pow(float64(k), float64(n))
					}
				}
				met, key := 0, uint64(0)
				power := uint64(math.Pow(float64(k), float64(n)))
				for i, d := range text {
					if key = (key*k + d) % power; i >= n-1 && looked[key] {
						met++
					}
				}
				t.Logf("%d characters: met %d times, %.1f expected; each in 64 MB: %.3f", n, met, expected, 8*expected/canaries)
				if slack := 5*math.Sqrt(expected) + 3; math.Abs(float64(met)-expected) > slack {
					t.Errorf("%d characters: met %d times, expected %.1f ± %.1f", n, met, expected, slack)
				}
				if each := 8 * float64(met) / canaries; n == c.strong && each > 0.15 || n == c.weak && each < 1 {
					t.Errorf("%d characters: one is met %.3f times in 64 MB", n, each)
				}
			}
		})
	}
}

// TestWordLists: every list names its source, and none holds what newSpelt
// would change.
func TestWordLists(t *testing.T) {
	word := regexp.MustCompile(`^[a-z0-9]{3,}$`)
	for _, l := range wordLists {
		b, err := os.ReadFile("data/words/" + l.file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "\n# source: ") || !regexp.MustCompile(`read 20\d\d-\d\d-\d\d`).Match(b) {
			t.Errorf("%s: no source or date", l.file)
		}
		n := 0
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSpace(line); line[0] != '#' {
				n++
				if !word.MatchString(line) {
					t.Errorf("%s: %q", l.file, line)
				}
			}
		}
		if n < 400 {
			t.Errorf("%s: %d words", l.file, n)
		}
	}
	for _, r := range FictionRanges() {
		if r.Source == "" || r.Date == "" || r.Free < 2 || !strings.HasPrefix(r.Prefix, "+") {
			t.Errorf("fiction: %+v", r)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	p := &Persona{Region: "FR", Values: []Value{
		{Type: "contact.email", Value: "voxbrom.drandrin79@example.org"}, {Type: "contact.phone", Value: "+33639985541"},
		{Type: "contact.name", Value: "Robin Vrorram-Flumkour"}, {Type: "device.ad_id", Value: "7d0a1c52-9b1e-4f6b-8a35-2f1f6a0c9e11"},
	}}
	b.ReportAllocs()
	for b.Loop() {
		p.Judge(nil)
	}
}
