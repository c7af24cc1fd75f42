package detect

// checkCard: 13 to 19 digits with Luhn and the issuer prefix and length of a
// payment network (ISO/IEC 7812-1).
func checkCard(v []byte) verdict {
	if len(v) < 13 || len(v) > 23 {
		return none
	}
	var buf [23]byte
	d := strip(buf[:0], v)
	if _, all := count(d, isDigit); !all || len(d) < 13 || len(d) > 19 || !varied(d, 4) || !luhn(d) {
		return none
	}
	prefix := int(d[0]-'0')*1000 + int(d[1]-'0')*100 + int(d[2]-'0')*10 + int(d[3]-'0')
	n := len(d)
	switch {
	case d[0] == '4' && (n == 13 || n == 16 || n == 19), // Visa
		prefix >= 5100 && prefix <= 5599 && n == 16, prefix >= 2221 && prefix <= 2720 && n == 16, // Mastercard
		(prefix/100 == 34 || prefix/100 == 37) && n == 15,                                   // American Express
		prefix/100 == 62 && n >= 16, prefix/100 == 65 && n == 16, prefix == 6011 && n == 16, // UnionPay, Discover
		prefix >= 3528 && prefix <= 3589 && n == 16,                           // JCB
		(prefix/100 == 36 || prefix/100 == 38 || prefix/10 == 300) && n == 14: // Diners
		return verdict{0.95, "a card number: issuer prefix and Luhn valid", ""}
	}
	return none
}

// ibanLength are the lengths by country of the ISO 13616 registry (2024), for
// the countries of SEPA and some beside.
var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
	"EE": 20, "EG": 29, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
	"IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15,
	"PL": 28, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29, "VA": 22,
}

// checkIBAN: country length and remainder 1 modulo 97 (ISO 13616, ISO 7064).
func checkIBAN(v []byte) verdict {
	if len(v) < 15 || len(v) > 42 {
		return none
	}
	var buf [42]byte
	b := strip(buf[:0], v)
	if len(b) < 15 {
		return none
	}
	for i, c := range b {
		if classOf[c]&(isDigit|isAlpha) == 0 {
			return none
		}
		b[i] = c
		if c-'a' < 26 {
			b[i] = c - 'a' + 'A'
		}
	}
	if ibanLength[string(b[:2])] != len(b) {
		return none
	}
	r := 0
	for i := range b {
		c := b[(i+4)%len(b)]
		if c <= '9' {
			r = (r*10 + int(c-'0')) % 97
		} else {
			r = (r*100 + int(c-'A') + 10) % 97
		}
	}
	if r != 1 {
		return none
	}
	return verdict{0.97, "an IBAN: country length and check digits valid", ""}
}
