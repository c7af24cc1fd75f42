package detect

import "github.com/nyaruka/phonenumbers"

// checkPhone: a number that libphonenumber calls valid, in international form.
// National numbers need a region: the Scanner asks phoneIn with the subject's.
func checkPhone(v []byte) verdict { return phoneIn(v, "") }

// phoneIn reads numbers without country code as those of region (ISO 3166-1
// alpha-2).
func phoneIn(v []byte, region string) verdict {
	n, national := phoneNumber(v, region)
	switch {
	case n == nil || !phonenumbers.IsValidNumber(n):
		return none
	case national:
		return verdict{0.8, "a valid phone number in the subject's country", ""}
	case classOf[v[0]]&isDigit != 0 && v[0] != '0':
		return verdict{0.7, "a valid international phone number, without plus", ""}
	}
	return verdict{0.95, "a valid international phone number", ""}
}

// phoneNumber returns the number that v is written like, valid or not, nil if it
// is none. Parsing takes some 10 microseconds, so shape comes first.
func phoneNumber(v []byte, region string) (n *phonenumbers.PhoneNumber, national bool) {
	if len(v) < 7 || len(v) > 24 || !varied(v, 4) {
		return nil, false
	}
	digits := 0
	for i, c := range v {
		switch {
		case classOf[c]&isDigit != 0:
			digits++
		case c == '+' && i == 0:
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')':
		default:
			return nil, false
		}
	}
	if digits < 7 || digits > 15 {
		return nil, false
	}
	text := string(v)
	switch {
	case v[0] == '+':
	case v[0] == ' ': // a plus that form decoding took
		text = "+" + text[1:]
	case v[0] == '0' && v[1] == '0':
		text = "+" + text[2:]
	case region == "":
		text = "+" + text
	default:
		national = true
	}
	if !national {
		region = "ZZ"
	}
	n, err := phonenumbers.Parse(text, region)
	if err != nil {
		return nil, false
	}
	return n, national
}

// e164Digits writes a number in international form, without plus.
func e164Digits(n *phonenumbers.PhoneNumber) string {
	return phonenumbers.Format(n, phonenumbers.E164)[1:]
}
