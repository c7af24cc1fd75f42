package detect

// checkAccount: a user id is a decimal number of 6 digits or more, or an
// opaque string that mixes letters and digits.
func checkAccount(v []byte) verdict {
	if d := checkID64(v); d.confidence > 0 && d.typ == "account.user_id" {
		d.typ = ""
		return d
	}
	if len(v) < 6 || len(v) > 128 || !varied(v, 3) {
		return none
	}
	digits, all := count(v, isDigit)
	switch {
	case all && len(v) <= 20:
		return verdict{0.65, "a decimal id", ""}
	case digits < 2 || len(v) < 8:
		return none
	}
	for _, c := range v {
		if classOf[c] == 0 && c != '.' && c != '=' && c != '|' && c != ':' {
			return none
		}
	}
	return verdict{0.65, "an opaque id", ""}
}
