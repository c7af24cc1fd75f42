package report

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestDetailInFrench(t *testing.T) {
	fr, en := language("fr"), language("en")
	for s, want := range map[string]string{
		"in 2 pieces: 1–8 in f101, 9–15 of 15 characters": "en 2 morceaux\u202f: 1–8 dans f101, 9–15 sur 15 caractères",
		"in 3 pieces: year, month, day":                   "en 3 morceaux\u202f: année, mois, jour",
		"in 2 pieces: latitude in f0, longitude":          "en 2 morceaux\u202f: latitude dans f0, longitude",
		"list of 7 contacts: 7 telephone numbers, 1 names; 100 % of 7 items; 2 of the persona's, and 10 more": "liste de 7 contacts\u202f: 7 numéros de téléphone, 1 noms\u202f; 100\u202f% de 7 éléments\u202f; 2 du persona, et 10 autres",
		"about 330 m from the persona's position":                                                             "à environ 330 m de la position du persona",
		"8 of 15 digits: the model (type allocation code)":                                                    "8 chiffres sur 15\u202f: le modèle (TAC)",
		"the first 24 of 32 bits of an address":                                                               "les 24 premiers bits sur 32 d’une adresse",
	} {
		if got := fr.Detail(s); got != want || fr.DetailLang(s) != "fr" {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
		if en.Detail(s) != s || en.DetailLang(s) != "en" {
			t.Errorf("%q is not itself in English", s)
		}
	}
	if s := "sha256 of email address, lower-cased, hex"; fr.Detail(s) != s || fr.DetailLang(s) != "en" {
		t.Errorf("%q is touched", s)
	}
}

// TestEveryDetailIsInFrench reads the sentences where package detect makes
// them: a new one without a pattern would stay in English.
func TestEveryDetailIsInFrench(t *testing.T) {
	sentence := regexp.MustCompile(`"((?:in|list of|about|the first|the last|the year|%d of|8 of|%d characters|%d digits|geohash|plus code|S2 cell)[^"]*)"`)
	fr, n := language("fr"), 0
	for _, name := range []string{"masked.go", "split.go", "dateparts.go", "list.go"} {
		src, err := os.ReadFile(filepath.Join("../detect", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range sentence.FindAllStringSubmatch(string(src), -1) {
			s := strings.NewReplacer("%d", "3", "%%", "%", "%s", "digits").Replace(m[1])
			if strings.HasSuffix(s, " ") && !strings.HasSuffix(s, ": ") || s == "in " {
				continue // the beginning of one
			}
			if strings.HasPrefix(s, "list of 3 digits") {
				s = "list of 3 apps"
			}
			n++
			if fr.DetailLang(s) != "fr" {
				t.Errorf("%s: %q is not in French", name, s)
			}
		}
	}
	if n < 12 {
		t.Errorf("only %d sentences found: the test looks in the wrong place", n)
	}
}
