package detect

import "strconv"

// checkAmount: a count of bytes, seconds or money: digits, perhaps with
// decimals, not zero.
func checkAmount(v []byte) verdict {
	if f, ok := plainNumber(v); !ok || f <= 0 {
		return none
	}
	return verdict{0.6, "a number", ""}
}

// checkSigned: a reading of a sensor: with decimals, or below zero as
// decibels are.
func checkSigned(v []byte) verdict {
	below := len(v) > 0 && v[0] == '-'
	if below {
		v = v[1:]
	}
	f, ok := plainNumber(v)
	if !ok || f == 0 || !below && f == float64(int64(f)) {
		return none
	}
	return verdict{0.6, "a reading of a sensor", ""}
}

// checkPixels: a width or height between those of a watch and of a wall.
func checkPixels(v []byte) verdict {
	if f, ok := plainNumber(v); !ok || f < 120 || f > 16384 {
		return none
	}
	return verdict{0.65, "a number of pixels", ""}
}

// checkLevel: a charge or a loudness, as a fraction or in per cent.
func checkLevel(v []byte) verdict {
	if f, ok := plainNumber(v); !ok || f <= 0 || f > 100 {
		return none
	}
	return verdict{0.6, "a fraction or a percentage", ""}
}

// checkSmall: a number that says which of a few: bits of colour, count of
// sessions.
func checkSmall(v []byte) verdict {
	if _, all := count(v, isDigit); !all || len(v) > 4 {
		return none
	}
	return verdict{0.5, "a small number", ""}
}

// plainNumber reads digits with at most one point, without sign or exponent.
func plainNumber(v []byte) (f float64, ok bool) {
	if len(v) == 0 || len(v) > 24 {
		return 0, false
	}
	for i, c := range v {
		if classOf[c]&isDigit == 0 && (c != '.' || i == 0) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil
}
