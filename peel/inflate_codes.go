package peel

import "math/bits"

// codeOrder is the order in which the lengths of the code for lengths stand.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// litSymbols, distSymbols and codeSymbols are entries without the code's
// length.
var (
	litSymbols = func() (t [288]uint32) {
		for i := range t {
			switch {
			case i < 256:
				t[i] = uint32(i)<<16 | isLiteral
			case i == 256:
				t[i] = isCopy | isEnd
			case i < 257+len(lengthBase):
				t[i] = uint32(lengthBase[i-257])<<16 | isCopy | uint32(lengthExtra[i-257])<<4
			}
		}
		return t
	}()
	distSymbols = func() (t [32]uint32) {
		for i := range distBase {
			t[i] = uint32(distBase[i])<<16 | isCopy | uint32(distExtra[i])<<4
		}
		return t
	}()
	codeSymbols = func() (t [19]uint32) {
		for i := range t {
			t[i] = uint32(i)<<16 | isLiteral
		}
		t[16] |= 2 << 4
		t[17] |= 3 << 4
		t[18] |= 7 << 4
		return t
	}()
)

// table builds the table of a code with these lengths, indexed by width bits,
// and reports whether there is such a code: a whole one, or a single symbol
// of one bit, or none.
func table(t []uint32, lengths []uint8, width uint, symbols []uint32) bool {
	var count [16]uint16
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	left, used := 1, 0
	var next [16]uint16
	code := uint16(0)
	longest := uint(0)
	for n := 1; n < 16; n++ {
		left = left<<1 - int(count[n])
		if left < 0 {
			return false
		}
		code = (code + count[n-1]) << 1
		next[n] = code
		used += int(count[n])
		if count[n] > 0 {
			longest = uint(n)
		}
	}
	if left > 0 && !(used == 0 || used == 1 && longest == 1) {
		return false
	}
	first := t[:1<<width]
	if left > 0 {
		clear(first)
	}
	// Symbols in the order of their codes, so that a table can be made for
	// short codes and doubled for longer ones.
	var order [288]uint16
	var at [16]uint16
	for n := 1; n < 15; n++ {
		at[n+1] = at[n] + count[n]
	}
	for symbol, n := range lengths {
		if n > 0 {
			order[at[n]] = uint16(symbol)
			at[n]++
		}
	}
	sorted := order[:used]
	for n := uint(1); n <= min(width, longest); n++ {
		if n > 1 {
			copy(first[1<<(n-1):1<<n], first[:1<<(n-1)])
		}
		code := next[n]
		for _, symbol := range sorted[:count[n]] {
			e := uint32(0)
			if s := symbols[symbol]; s != 0 {
				e = s | uint32(n)
			}
			first[flipped(code, n)] = e
			code++
		}
		sorted = sorted[count[n]:]
	}
	for n := min(width, longest) + 1; n <= width; n++ {
		copy(first[1<<(n-1):1<<n], first[:1<<(n-1)])
	}
	// Codes that are longer stand next to each other if they begin alike.
	free := 1 << width
	for n := width + 1; len(sorted) > 0; {
		for count[n] == 0 {
			n++
		}
		code := next[n]
		begin := code >> (n - width)
		// The second table is as wide as its codes need.
		wide, room := n-width, 1<<(n-width)-int(count[n])
		for room > 0 && wide+width < 15 {
			if wide++; wide+width > longest {
				wide--
				break
			}
			room = room<<1 - int(count[wide+width])
		}
		if free+1<<wide > len(t) {
			return false
		}
		second := t[free : free+1<<wide]
		first[flipped(begin, width)] = uint32(free)<<16 | isSecond | uint32(wide)<<4 | uint32(width)
		free += 1 << wide
		for len(sorted) > 0 {
			for count[n] == 0 {
				n++
			}
			if next[n]>>(n-width) != begin {
				break
			}
			e := uint32(0)
			if s := symbols[sorted[0]]; s != 0 {
				e = s | uint32(n)
			}
			for i := flipped(next[n], n) >> width; i < 1<<wide; i += 1 << (n - width) {
				second[i] = e
			}
			next[n]++
			count[n]--
			sorted = sorted[1:]
		}
	}
	return true
}

// flipped is a code's bits as they stand in the stream.
func flipped(code uint16, n uint) uint {
	return uint(bits.Reverse16(code) >> (16 - n))
}
