package persona

import (
	"strings"
	"time"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// step is one named act of normalising. It returns "" for what it cannot be
// applied to: then the platform would not hash it either.
type step func(text, region string) string

// steps are the names that data/normalisations.toml can use.
var steps = map[string]step{
	"trim":     plain(strings.TrimSpace),
	"lower":    plain(strings.ToLower),
	"upper":    plain(strings.ToUpper),
	"no_space": keep(func(r rune) bool { return !unicode.IsSpace(r) }),
	"no_at":    plain(func(s string) string { return strings.TrimPrefix(s, "@") }),
	"digits":   keep(func(r rune) bool { return '0' <= r && r <= '9' }),
	"letters":  keep(unicode.IsLetter), // no punctuation, no spaces, any alphabet

	"first_letter": plain(func(s string) string { return first(s, 1) }),
	"first_five":   plain(func(s string) string { return first(s, 5) }),
	"before_dash":  plain(func(s string) string { s, _, _ = strings.Cut(s, "-"); return s }),

	// mail; the mailbox names of Gmail ignore dots and what follows a plus
	"dots":               mailbox(nil, noDots),
	"tag":                mailbox(nil, noTag),
	"gmail_dots":         mailbox([]string{"gmail.com", "googlemail.com"}, noDots),
	"gmail_tag":          mailbox([]string{"gmail.com", "googlemail.com"}, noTag),
	"gmail_com_dots":     mailbox([]string{"gmail.com"}, noDots),
	"gmail_com_tag":      mailbox([]string{"gmail.com"}, noTag),
	"local_alphanumeric": mailbox(nil, alphanumeric),

	"e164":     e164,
	"national": national,

	"given_name":  plain(func(s string) string { given, _ := nameHalves(s); return given }),
	"family_name": plain(func(s string) string { _, family := nameHalves(s); return family }),

	"yyyymmdd":      plain(basicDate),
	"gender_letter": plain(genderLetter),
	"town":          plain(town),
}

func plain(f func(string) string) step {
	return func(text, _ string) string { return f(text) }
}

func keep(wanted func(rune) bool) step {
	return plain(func(s string) string {
		return strings.Map(func(r rune) rune {
			if wanted(r) {
				return r
			}
			return -1
		}, s)
	})
}

func first(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}

// mailbox changes the part before the @ of addresses in the domains, of all
// if there are none.
func mailbox(domains []string, f func(string) string) step {
	return plain(func(s string) string {
		at := strings.LastIndexByte(s, '@')
		if at <= 0 {
			return ""
		}
		local, domain := s[:at], s[at+1:]
		for _, d := range domains {
			if domain == d {
				return f(local) + "@" + domain
			}
		}
		if domains == nil {
			return f(local) + "@" + domain
		}
		return s
	})
}

func noDots(s string) string { return strings.ReplaceAll(s, ".", "") }

func noTag(s string) string { s, _, _ = strings.Cut(s, "+"); return s }

func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}

// e164 writes a phone number as ITU-T E.164 has it, with plus.
func e164(text, region string) string {
	n := parsePhone(text, region)
	if n == nil {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

// national is the number without country code and trunk prefix.
func national(text, region string) string {
	n := parsePhone(text, region)
	if n == nil {
		return ""
	}
	return phonenumbers.GetNationalSignificantNumber(n)
}

// nameHalves cuts a name before its last word. A single word is both: the
// file may list the halves as values of their own.
func nameHalves(s string) (given, family string) {
	words := strings.Fields(s)
	switch n := len(words); n {
	case 0:
		return "", ""
	case 1:
		return words[0], words[0]
	default:
		return strings.Join(words[:n-1], " "), words[n-1]
	}
}

// basicDate writes a date of birth as YYYYMMDD.
func basicDate(s string) string {
	for _, layout := range readDates {
		if d, err := time.Parse(layout, s); err == nil {
			return d.Format("20060102")
		}
	}
	return ""
}

func genderLetter(s string) string {
	switch s {
	case "f", "female", "woman", "femme", "frau", "mujer", "weiblich":
		return "f"
	case "m", "male", "man", "homme", "mann", "hombre", "männlich":
		return "m"
	}
	return ""
}

// town is an address that is the name of a town and nothing else.
func town(s string) string {
	if strings.ContainsAny(s, "0123456789,;\n") {
		return ""
	}
	return s
}
