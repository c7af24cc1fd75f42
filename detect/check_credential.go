package detect

import (
	"bytes"
	"unicode/utf8"
)

// checkToken: a session or bearer token: 16 bytes and more without spaces
// (RFC 6750 b64token and what cookies may hold), with digits among letters.
func checkToken(v []byte) verdict {
	for _, scheme := range []string{"Bearer ", "bearer ", "Basic ", "Token "} {
		if len(v) > len(scheme) && string(v[:len(scheme)]) == scheme {
			v = v[len(scheme):]
			break
		}
	}
	if len(v) < 16 || len(v) > 8192 || structured(v) || !varied(v, 6) {
		return none
	}
	digits, letters := 0, 0
	for _, c := range v {
		switch {
		case c <= ' ' || c >= 0x7f:
			return none
		case classOf[c]&isDigit != 0:
			digits++
		case classOf[c]&isAlpha != 0:
			letters++
		}
	}
	if digits == 0 || digits+letters < len(v)*3/4 {
		return none
	}
	if bytes.HasPrefix(v, []byte("eyJ")) && bytes.Count(v, []byte(".")) >= 2 {
		return verdict{0.9, "a JSON web token", ""}
	}
	return verdict{0.75, "an opaque token", ""}
}

// checkPassword: anything a person may type; it is never shown.
func checkPassword(v []byte) verdict {
	if len(v) < 4 || len(v) > 256 || structured(v) || !utf8.Valid(v) || !varied(v, 3) {
		return none
	}
	return verdict{0.75, "text of a password, perhaps transformed", ""}
}

// checkCode: 4 to 8 digits.
func checkCode(v []byte) verdict {
	if _, all := count(v, isDigit); !all || len(v) < 4 || len(v) > 8 {
		return none
	}
	return verdict{0.75, "4 to 8 digits of a one-time code", ""}
}
