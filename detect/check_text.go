package detect

import (
	"bytes"
	"unicode/utf8"
)

// checkText: something a person or a system wrote, 2 to 4096 bytes, not a
// container and not a bare number.
func checkText(v []byte) verdict {
	if len(v) < 2 || len(v) > 4096 || structured(v) || !utf8.Valid(v) {
		return none
	}
	if _, digits := count(v, isDigit); digits {
		return none
	}
	return verdict{0.6, "text", ""}
}

// checkName: the name of a person: letters, spaces, dashes, apostrophes.
func checkName(v []byte) verdict {
	if len(v) < 2 || len(v) > 80 || !utf8.Valid(v) {
		return none
	}
	for _, c := range v {
		if c < 0x80 && classOf[c]&isAlpha == 0 && c != ' ' && c != '-' && c != '\'' && c != '.' && c != ',' {
			return none
		}
	}
	return verdict{0.65, "letters of a person's name", ""}
}

// checkHandle: a user name is 2 to 64 bytes with a letter in it.
func checkHandle(v []byte) verdict {
	letters, _ := count(v, isAlpha)
	if len(v) < 3 || len(v) > 64 || structured(v) || !utf8.Valid(v) || bytes.IndexByte(v, '@') > 0 || letters == 0 && v[0] < 0x80 {
		return none
	}
	return verdict{0.6, "text of a user name", ""}
}

// checkSSID: 1 to 32 bytes (IEEE 802.11), perhaps quoted.
func checkSSID(v []byte) verdict {
	if len(v) < 2 || len(v) > 34 || structured(v) {
		return none
	}
	return verdict{0.7, "at most 32 bytes of a network name", ""}
}

// checkPostcode: 3 to 10 letters, digits, spaces or dashes with a digit.
func checkPostcode(v []byte) verdict {
	digits, _ := count(v, isDigit)
	if len(v) < 4 || len(v) > 10 || digits < 2 {
		return none
	}
	for _, c := range v {
		if classOf[c]&(isDigit|isAlpha) == 0 && c != ' ' && c != '-' {
			return none
		}
	}
	return verdict{0.6, "the shape of a postal code", ""}
}

// checkGender: one of few words.
func checkGender(v []byte) verdict {
	var buf [16]byte
	if len(v) > len(buf) {
		return none
	}
	for i, c := range v {
		buf[i] = lower(c)
	}
	switch string(buf[:len(v)]) {
	case "m", "f", "male", "female", "man", "woman", "homme", "femme", "mann", "frau", "hombre", "mujer", "nan", "nv", "other", "non-binary", "nonbinary":
		return verdict{0.75, "a word for a gender", ""}
	}
	return none
}
