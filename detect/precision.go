package detect

import "bytes"

// functions names the one-way functions of a chain, outermost first, as
// Finding.Digest has them.
func functions(c chain) string {
	outer := kinds[c.kind][c.outer].name
	switch c.inner {
	case direct, viaBase64, viaHex:
		return outer
	}
	return outer + " of " + digestAlgorithms[c.first].name
}

// decimals counts those of the less precise half of a position in text,
// "48.2082,16.3738"; 0 if it is written otherwise.
func decimals(text []byte) int {
	a, b, ok := bytes.Cut(text, []byte(","))
	if !ok {
		return 0
	}
	lat, lon := degrees(bytes.TrimSpace(a)), degrees(bytes.TrimSpace(b))
	if !lat.ok || !lon.ok {
		return 0
	}
	return min(lat.decimals, lon.decimals)
}
