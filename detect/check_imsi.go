package detect

// checkIMSI: 14 or 15 digits that begin with a mobile country code of ITU-T
// E.212: geographic codes are 202 to 750, 901 is shared.
func checkIMSI(v []byte) verdict {
	if len(v) != 14 && len(v) != 15 {
		return none
	}
	if _, all := count(v, isDigit); !all || !varied(v, 4) || !countryCode(v) {
		return none
	}
	return verdict{0.8, "15 digits that begin with a mobile country code", ""}
}

// countryCode reports whether v begins with a mobile country code. The
// blocks are those that ITU has allotted by continent (E.212, 2023).
func countryCode(v []byte) bool {
	mcc := int(v[0]-'0')*100 + int(v[1]-'0')*10 + int(v[2]-'0')
	switch {
	case mcc >= 202 && mcc <= 297, mcc >= 302 && mcc <= 376, mcc >= 400 && mcc <= 472,
		mcc >= 502 && mcc <= 555, mcc >= 602 && mcc <= 659, mcc >= 702 && mcc <= 750, mcc == 901:
		return true
	}
	return false
}
