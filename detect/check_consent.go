package detect

// checkConsent: what a person agreed to: a TCF string (IAB Europe, v2: begins
// with C or, in v1, B), a GPP string (begins with DBA), a US privacy string
// ("1YNN"), Google's consent mode ("G111", "13l3l3l2l1l1"), a list of vendors
// ("1~7.12.35").
func checkConsent(v []byte) verdict {
	n := len(v)
	switch {
	case n == 4 && v[0] == '1' && yesNo(v[1]) && yesNo(v[2]) && yesNo(v[3]):
		return verdict{0.85, "a US privacy string", ""}
	case n >= 4 && n <= 6 && v[0] == 'G' && v[1] == '1':
		return verdict{0.8, "a state of Google's consent mode", ""}
	case n >= 10 && n <= 24 && v[0] == '1' && classOf[v[1]]&isDigit != 0 && classOf[v[2]]&isAlpha != 0:
		return verdict{0.75, "a state of Google's consent mode", ""}
	case n >= 3 && (v[0] == '1' || v[0] == '2') && v[1] == '~':
		return verdict{0.75, "a list of consented vendors", ""}
	case n >= 8 && n <= 4096 && (v[0] == 'C' || v[0] == 'B' || v[0] == 'D'):
		for _, c := range v {
			if classOf[c]&isBase64 == 0 && c != '.' && c != '~' {
				return none
			}
		}
		return verdict{0.8, "a consent string", ""}
	}
	return none
}

func yesNo(c byte) bool { return c == 'Y' || c == 'N' || c == '-' || c == 'y' || c == 'n' }
