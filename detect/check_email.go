package detect

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// checkEmail: an addr-spec of RFC 5322 without quoting, in a domain that the
// public suffix list knows, which "x@2x.png" is not.
func checkEmail(v []byte) verdict {
	at := bytes.IndexByte(v, '@')
	if at < 1 || at > 64 || len(v) > 254 || len(v)-at < 5 || bytes.IndexByte(v[at+1:], '@') >= 0 {
		return none
	}
	for _, c := range v[:at] {
		if classOf[c]&(isDigit|isAlpha) == 0 && c < 0x80 && !bytes.ContainsRune([]byte("!#$%&'*+/=?^_`{|}~.-"), rune(c)) {
			return none
		}
	}
	dot := false
	for i, c := range v[at+1:] {
		switch {
		case c == '.':
			if i == 0 || v[at+i] == '.' {
				return none
			}
			dot = true
		case classOf[c]&(isDigit|isAlpha) == 0 && c != '-' && c < 0x80:
			return none
		}
	}
	domain := v[at+1:]
	tld := domain[bytes.LastIndexByte(domain, '.')+1:]
	if !dot || len(tld) < 2 || fileSuffix[strings.ToLower(string(tld))] {
		return none
	}
	// A suffix that no rule of the list knows is not ICANN's: the list then
	// falls back to the last label.
	if _, icann := publicsuffix.PublicSuffix(strings.ToLower(string(domain))); !icann && !privateSuffix(string(domain)) {
		if !reservedTLD[strings.ToLower(string(tld))] {
			return none
		}
		return verdict{0.6, "an e-mail address in a domain reserved for tests", ""}
	}
	return verdict{0.95, "an e-mail address in a public domain", ""}
}

// privateSuffix reports whether the domain is under a private rule of the
// list, which also stands below a public top-level domain.
func privateSuffix(domain string) bool {
	s, _ := publicsuffix.PublicSuffix(strings.ToLower(domain))
	return strings.Contains(s, ".")
}

// fileSuffix are file name endings that are not, or hardly, mail domains.
var fileSuffix = map[string]bool{"png": true, "jpg": true, "jpeg": true, "gif": true, "webp": true, "svg": true, "js": true, "css": true, "html": true}

// reservedTLD are the names of RFC 2606 and RFC 6762.
var reservedTLD = map[string]bool{"test": true, "example": true, "invalid": true, "local": true}
