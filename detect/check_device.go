package detect

import "bytes"

// checkVersion: an operating system version or API level.
func checkVersion(v []byte) verdict {
	digits, _ := count(v, isDigit)
	if len(v) > 64 || digits == 0 || digits > 16 || structured(v) {
		return none
	}
	return verdict{0.6, "a version", ""}
}

// checkScreen: two numbers and a separator, "1080*2340".
func checkScreen(v []byte) verdict {
	i := bytes.IndexAny(v, "*xX,")
	if i < 3 || len(v)-i < 4 || len(v) > 12 {
		return none
	}
	_, a := count(v[:i], isDigit)
	if _, b := count(v[i+1:], isDigit); !a || !b {
		return none
	}
	return verdict{0.75, "width and height in pixels", ""}
}

// checkLocale: a language tag of RFC 5646, or its underscore spelling: two or
// three letters, perhaps with script and region.
func checkLocale(v []byte) verdict {
	if len(v) < 2 || len(v) > 14 {
		return none
	}
	head := v
	if i := bytes.IndexAny(v, "-_"); i >= 0 {
		head = v[:i]
		if _, all := count(bytes.Trim(v[i+1:], "-_"), isAlpha|isDigit|isBase64); !all {
			return none
		}
	}
	if _, all := count(head, isAlpha); !all || len(head) > 3 {
		return none
	}
	return verdict{0.7, "a language tag", ""}
}

// checkTimezone: a name of the IANA time zone database, "Europe/Paris".
func checkTimezone(v []byte) verdict {
	i := bytes.IndexByte(v, '/')
	if i < 4 || len(v) > 40 || len(v)-i < 4 {
		return none
	}
	for _, area := range []string{"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"} {
		if string(v[:i]) == area {
			return verdict{0.85, "a time zone of the IANA database", ""}
		}
	}
	return none
}
