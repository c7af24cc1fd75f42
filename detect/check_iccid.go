package detect

// checkICCID: 19 or 20 digits from 89, the industry code of telecoms, with
// Luhn over 19 or 20 (ITU-T E.118; many operators print 20 with a filler F).
func checkICCID(v []byte) verdict {
	if n := len(v); n == 20 && lower(v[19]) == 'f' {
		v = v[:19]
	}
	if n := len(v); n != 19 && n != 20 || v[0] != '8' || v[1] != '9' {
		return none
	}
	if _, all := count(v, isDigit); !all || !varied(v, 4) {
		return none
	}
	if luhn(v) {
		return verdict{0.95, "19 or 20 digits from 89, Luhn valid", ""}
	}
	return verdict{0.6, "19 or 20 digits from 89", ""}
}
