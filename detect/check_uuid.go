package detect

// checkUUID: 8-4-4-4-12 or 32 hexadecimal digits (RFC 9562), not zero.
func checkUUID(v []byte) verdict {
	if len(v) == 38 && v[0] == '{' && v[37] == '}' {
		v = v[1:37]
	}
	switch len(v) {
	case 36:
		for i, c := range v {
			if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && classOf[c]&isHex == 0 {
				return none
			}
		}
	case 32:
		if _, all := count(v, isHex); !all {
			return none
		}
	default:
		return none
	}
	if !varied(v, 7) {
		return none
	}
	if len(v) == 32 {
		return verdict{0.7, "32 hexadecimal digits", ""}
	}
	return verdict{0.9, "a UUID, not zero", ""}
}
