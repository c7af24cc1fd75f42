package persona

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ValidRegion reports whether region is a country code (ISO 3166-1 alpha-2,
// upper case) whose numbering plan is known.
func ValidRegion(region string) bool { return phonenumbers.GetSupportedRegions()[region] }

// phone adds the spellings of ITU-T E.164 and E.123: international with and
// without plus or 00, national with and without trunk prefix, grouped by
// spaces, dashes or dots. Without region and without plus only the digits
// are known.
func (s *spellings) phone(text, region string) {
	digits := onlyDigits(text)
	n := parsePhone(text, region)
	if n == nil {
		s.add("digits", digits)
		return
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	s.add("E.164", e164)
	s.add("E.164 without plus", e164[1:])
	s.add("00 prefix", "00"+e164[1:])
	international := phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	national := phonenumbers.Format(n, phonenumbers.NATIONAL)
	s.add("national digits", onlyDigits(national))
	s.add("national significant number", phonenumbers.GetNationalSignificantNumber(n))
	for _, g := range []struct{ name, text string }{{"international", international}, {"national", national}} {
		groups := strings.FieldsFunc(g.text, func(r rune) bool { return strings.ContainsRune(" -.()/\u00a0", r) })
		s.add(g.name, g.text)
		for _, sep := range []struct{ name, text string }{{"spaces", " "}, {"dashes", "-"}, {"dots", "."}} {
			s.add(g.name+", "+sep.name, strings.Join(groups, sep.text))
		}
	}
	s.add("RFC 3966", phonenumbers.Format(n, phonenumbers.RFC3966))
	// Form decoding turns the plus into a space.
	s.add("plus read as space", " "+e164[1:])
	s.add("digits", digits)
}

// parsePhone reads a number, without plus or 00 as one of region; nil if it is
// none.
func parsePhone(text, region string) *phonenumbers.PhoneNumber {
	if region == "" {
		region = "ZZ"
	}
	n, err := phonenumbers.Parse(text, region)
	if digits := onlyDigits(text); err != nil && strings.HasPrefix(digits, "00") {
		n, err = phonenumbers.Parse("+"+digits[2:], region)
	}
	if err != nil {
		return nil
	}
	return n
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
