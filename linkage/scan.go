package linkage

// Scan finds the runs in a text that are long enough to be tokens, with the
// name that stands before each (nil if none does): a member of JSON, a parameter
// of a query or a form, a cookie. It reads bytes, not syntax, so that it finds
// them in a body cut in two, in a URL inside a URL and in a script alike.
//
// Of bytes that belong to no run most are never looked at: a run of ten covers
// every tenth place.
func Scan(text []byte, yield func(name, run []byte, off int)) {
	last := 0 // end of the last run
	for i := minToken - 1; i < len(text); {
		if classes[text[i]]&token == 0 {
			i += minToken
			continue
		}
		from, to := i, i+1
		for from > last && classes[text[from-1]]&token != 0 {
			from--
		}
		for to < len(text) && classes[text[to]]&token != 0 {
			to++
		}
		last = to
		i = to + minToken
		from = unescaped(text, from, to)
		if n := to - from; n < minToken || n > maxToken {
			continue
		}
		yield(nameBefore(text, from, to), text[from:to], from)
	}
}

// unescaped moves the beginning of a run behind the rest of an escape: %3Dabc,
// %253Dabc, \u003dabc, \nabc.
func unescaped(text []byte, from, to int) int {
	if from == 0 {
		return from
	}
	hexes := func(at, n int) bool {
		if at+n > to {
			return false
		}
		for _, c := range text[at : at+n] {
			if classes[c]&hexDigit == 0 {
				return false
			}
		}
		return true
	}
	switch text[from-1] {
	case '%':
		for hexes(from, 4) && text[from] == '2' && text[from+1] == '5' { // an escaped percent sign
			from += 2
		}
		if hexes(from, 2) {
			return from + 2
		}
	case '\\':
		if text[from] == 'u' && hexes(from+1, 4) {
			return from + 5
		}
		return from + 1
	}
	return from
}

// maxName and maxBefore bound how far Scan looks back for a name, and over the
// beginning of a value of several parts (GA1.2.TOKEN).
const (
	maxName   = 64
	maxBefore = 40
)

// nameBefore is the name of the value that has text[from:to] in it.
func nameBefore(text []byte, from, to int) []byte {
	if to < len(text) && (text[to] == '+' || text[to] == '/') { // a piece of base64, or of a path
		return nil
	}
	k := from
	for n := 0; k > 0 && n < maxBefore && inValue(text[k-1]); n++ {
		k--
	}
	// %3D is an equals sign that was escaped once, %253D twice.
	if end := escapedSign(text, from); end > 0 {
		return nameEnding(text, end)
	}
	if k == 0 {
		return nil
	}
	switch text[k-1] {
	case '=':
		return nameEnding(text, k-1)
	case '"', '\'':
		at := k - 1
		for at > 0 && text[at-1] == '\\' {
			at--
		}
		// "name":"value" or, of a number, "name":value, where the quote just met is
		// the end of the name.
		if number := from > k && text[k] == ':'; !number {
			for at > 0 && (text[at-1] == ' ' || text[at-1] == '\t') {
				at--
			}
			if at == 0 || text[at-1] != ':' && text[at-1] != '=' {
				return nil
			}
			if text[at-1] == '=' { // name="value"
				return nameEnding(text, at-1)
			}
			at--
			for at > 0 && (text[at-1] == ' ' || text[at-1] == '\t') {
				at--
			}
			if at == 0 || text[at-1] != '"' && text[at-1] != '\'' {
				return nil
			}
			at--
			for at > 0 && text[at-1] == '\\' {
				at--
			}
		}
		return nameEnding(text, at)
	}
	return nil
}

// escapedSign returns where an escaped equals sign in front of text[from:]
// begins, 0 if there is none.
func escapedSign(text []byte, from int) int {
	if from < 3 || text[from-1]|0x20 != 'd' || text[from-2] != '3' {
		return 0
	}
	at := from - 3
	for at >= 2 && text[at] == '5' && text[at-1] == '2' {
		at -= 2
	}
	if text[at] != '%' {
		return 0
	}
	return at
}

// inValue reports whether c may stand between the beginning of a value and a
// token in it.
func inValue(c byte) bool {
	switch c {
	case '.', ':', '|', '~', '!', '*', ' ':
		return true
	}
	return classes[c]&token != 0
}

// nameEnding is the name that ends at end.
func nameEnding(text []byte, end int) []byte {
	from := end
	for from > 0 && end-from < maxName && classes[text[from-1]]&inName != 0 {
		from--
	}
	if from > 0 && text[from-1] == '%' { // %26name%3D, %2526name%253D
		for end-from > 4 && text[from] == '2' && text[from+1] == '5' {
			from += 2
		}
		if end-from > 2 {
			from += 2
		}
	}
	if from > 0 && text[from-1] == '\\' { // \u0026name=, \nname=
		if end-from > 5 && text[from] == 'u' {
			from += 5
		} else if from < end {
			from++
		}
	}
	if from == end {
		return nil
	}
	return text[from:end]
}
