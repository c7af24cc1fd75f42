package detect

// checkOpaque: an identifier that a service gave out: letters, digits and
// what stands between them, at least 6, not of one kind only unless long.
func checkOpaque(v []byte) verdict {
	if ver := checkUUID(v); ver.confidence > 0 {
		return ver
	}
	if len(v) < 6 || len(v) > 1024 || !varied(v, 4) {
		return none
	}
	digits, letters := 0, 0
	for _, c := range v {
		switch {
		case classOf[c]&isDigit != 0:
			digits++
		case classOf[c]&isAlpha != 0:
			letters++
		case c <= ' ' || c >= 0x7f || c == '<' || c == '{' || c == '"':
			return none
		}
	}
	switch {
	case digits == len(v):
		return verdict{0.65, "a decimal id", ""}
	case digits >= 1 && letters >= 1, letters >= 16:
		return verdict{0.65, "an opaque id", ""}
	case digits >= 6:
		return verdict{0.6, "an opaque id", ""}
	}
	return none
}

// checkDigest: a digest of something, of 32 bits or more, in hexadecimal
// digits, or a UUID in its place.
func checkDigest(v []byte) verdict {
	if ver := checkUUID(v); ver.confidence > 0 {
		return ver
	}
	return checkHash(v)
}
