package detect

import "bytes"

// checkURL: the address of a page or an app, of web pages, of an Android app
// that opened another, or a path on a site.
func checkURL(v []byte) verdict {
	if len(v) < 4 || len(v) > 8192 || bytes.ContainsAny(v, " \t\n<>\"") {
		return none
	}
	if i := bytes.Index(v, []byte("://")); i >= 3 && i <= 20 {
		if _, all := count(bytes.TrimRight(v[:i], "+.-"), isAlpha|isDigit|isBase64); all && len(v) > i+5 {
			return verdict{0.8, "the address of a page", ""}
		}
		return none
	}
	if v[0] == '/' && v[1] != '/' {
		return verdict{0.6, "a path on a site", ""}
	}
	return none
}

// checkSite: a host name with a dot in it, or the address of a page.
func checkSite(v []byte) verdict {
	if ver := checkURL(v); ver.confidence > 0 {
		return ver
	}
	if len(v) < 4 || len(v) > 253 {
		return none
	}
	dot := bytes.LastIndexByte(v, '.')
	if dot < 1 || len(v)-dot < 3 {
		return none
	}
	if _, all := count(v[dot+1:], isAlpha); !all {
		return none
	}
	for _, c := range v[:dot] {
		if classOf[c]&(isDigit|isAlpha) == 0 && c != '-' && c != '.' && c != '_' && c < 0x80 {
			return none
		}
	}
	return verdict{0.7, "the name of a site", ""}
}
