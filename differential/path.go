package differential

import (
	"net/netip"
	"strings"
)

// any stands in a name for what differs from exchange to exchange.
const anyName = "*"

// variable reports whether a piece of a URL's path or of a field's name is an
// identifier and no word: it must not decide which exchanges are alike.
func variable(s string) bool {
	digits, upper, letters := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'A' <= c && c <= 'Z':
			upper++
			letters++
		case 'a' <= c && c <= 'z':
			letters++
		case c == '@', c == '%', c >= 0x80:
			return true
		}
	}
	switch {
	case digits >= 5:
		return true
	case digits == len(s) && digits > 0:
		return true
	case digits+letters == len(s):
		return len(s) >= 8 && digits >= 2 && letters >= 2 || len(s) >= 12 && upper == letters || len(s) >= 20
	}
	return len(s) >= 40
}

// segments are the pieces of a URL's path, with identifiers as a star.
func segments(url string) []string {
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
		if i = strings.IndexAny(url, "/?#"); i < 0 {
			return nil
		}
		url = url[i:]
	}
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	var list []string
	for s := range strings.SplitSeq(url, "/") {
		switch {
		case s == "":
			continue
		case len(list) == 32:
			return list
		case variable(s):
			s = anyName
		}
		list = append(list, s)
	}
	return list
}

// hostShape is a host with its numbers as a star: of many servers with one
// task a client takes any.
func hostShape(host string) string {
	if _, err := netip.ParseAddr(host); err == nil || !strings.ContainsAny(host, "0123456789") {
		return host
	}
	var b strings.Builder
	for i := 0; i < len(host); i++ {
		if c := host[i]; c < '0' || c > '9' {
			b.WriteByte(c)
		} else if i == 0 || host[i-1] < '0' || host[i-1] > '9' {
			b.WriteString(anyName)
		}
	}
	return b.String()
}

// appendName adds the name that a step selected, without the places in lists
// and without identifiers that stand for names: what the order of a list
// decides says nothing of a field.
func appendName(dst []byte, step, name string) []byte {
	if name == "" {
		return dst
	}
	dst = append(dst, ' ')
	switch step {
	case "path", "protobuf":
		return append(dst, name...)
	case "grpc", "length-prefixed", "delimited", "line":
		return append(dst, anyName...)
	}
	for len(name) > 0 {
		i := strings.IndexAny(name, ".[]")
		if i < 0 {
			i = len(name)
		}
		if word := name[:i]; variable(word) {
			dst = append(dst, anyName...)
		} else {
			dst = append(dst, word...)
		}
		if i < len(name) {
			dst = append(dst, name[i])
			i++
		}
		name = name[i:]
	}
	return dst
}

// separator stands between the steps of a path.
const separator = " › "

// structural reports whether a step selects a field by name: whether the field
// is there does not depend on what its neighbours hold.
func structural(step string) bool {
	switch step {
	case "", "json", "form", "query", "cookie", "xml", "protobuf", "msgpack", "cbor", "multipart", "path", "bplist":
		return true
	}
	return false
}
