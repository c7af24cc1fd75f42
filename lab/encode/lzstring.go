package encode

import "strings"

// The alphabets of LZ-String (pieroxy.net, 1.4): base64's, and one for URIs.
const (
	lzBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
	lzURI    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$"
)

// lzStrings are the four ways in which LZ-String writes its bits: as letters
// of base64 or of URIs, as characters that UTF-16 keeps, or as 16-bit numbers.
var lzStrings = []Step{
	{Name: "lz-string, base64", Text: true, do: fixed(func(in []byte) []byte {
		out := lzLetters(string(in), lzBase64)
		return append(out, strings.Repeat("=", (4-len(out)%4)%4)...)
	})},
	{Name: "lz-string, uri", Text: true, do: fixed(func(in []byte) []byte { return lzLetters(string(in), lzURI) })},
	{Name: "lz-string, utf16", Text: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder
		for _, n := range lzPack(string(in), 15) {
			b.WriteRune(rune(n + 32))
		}
		return []byte(b.String() + " ")
	})},
	{Name: "lz-string, bytes", do: fixed(func(in []byte) []byte {
		var out []byte // compressToUint8Array: big endian
		for _, n := range lzPack(string(in), 16) {
			out = append(out, byte(n>>8), byte(n))
		}
		return out
	})},
}

func lzLetters(s, alphabet string) []byte {
	var out []byte
	for _, n := range lzPack(s, 6) {
		out = append(out, alphabet[n])
	}
	return out
}

// lzPack is LZ78 over UTF-16 units. Codes 0 and 1 bring a new unit of 8 or 16
// bits, 2 ends; a code has as many bits as the dictionary's size needs, the
// lowest first. The bits are put into numbers of so many bits, highest first.
func lzPack(s string, bits int) []int {
	var out []int
	value, filled := 0, 0
	put := func(n, width int) {
		for range width {
			value = value<<1 | n&1
			n >>= 1
			if filled++; filled == bits {
				out = append(out, value)
				value, filled = 0, 0
			}
		}
	}
	const end = 2
	codes := map[string]int{} // by sequence of units
	fresh := map[string]bool{}
	next, width, left := 3, 2, 2 // left until codes get wider
	spend := func() {
		if left--; left == 0 {
			left = 1 << width
			width++
		}
	}
	emit := func(w string, first uint16) {
		if fresh[w] {
			if first < 256 {
				put(0, width)
				put(int(first), 8)
			} else {
				put(1, width)
				put(int(first), 16)
			}
			spend()
			delete(fresh, w)
		} else {
			put(codes[w], width)
		}
		spend()
	}
	key := func(u uint16) string { return string([]byte{byte(u >> 8), byte(u)}) }
	w, first := "", uint16(0)
	for _, u := range units(s) {
		c := key(u)
		if _, known := codes[c]; !known {
			codes[c] = next
			next++
			fresh[c] = true
		}
		if _, known := codes[w+c]; known {
			if w == "" {
				first = u
			}
			w += c
			continue
		}
		emit(w, first)
		codes[w+c] = next
		next++
		w, first = c, u
	}
	if w != "" {
		emit(w, first)
	}
	put(end, width)
	for { // at least one bit more, as the original does
		put(0, 1)
		if filled == 0 {
			return out
		}
	}
}
