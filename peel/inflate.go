package peel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"hash/crc32"
	"io"
	"math/bits"
)

// inflater undoes DEFLATE (RFC 1951) of bytes that are all there, into memory:
// twice as fast as a decoder that reads and is read from. Its tables are
// reused.
//
// A table is indexed by the next bits of the stream, the lowest first. Its
// entries are packed as follows; a code longer than the index leads to a
// second table behind the first.
//
//	bits 0-3    length of the code, or what the first table is indexed by
//	bits 4-7    extra bits, or what the second table is indexed by
//	bits 8-9    what it is: one of the kinds below
//	bits 16-31  byte, base of a length or distance, or start of a second table
type inflater struct {
	literals  [litSize]uint32
	distances [distSize]uint32
	lengths   [288 + 32]uint8
	codes     [1 << codeBits]uint32 // of the lengths of the other two
	ready     bool                  // the tables are those of the fixed code
}

// What an entry stands for. An entry of zero is no code.
const (
	isLiteral = 1 << 8
	isCopy    = 2 << 8
	isSecond  = 3 << 8
	isKind    = 3 << 8
	isEnd     = 1 << 10 // with isCopy
)

const (
	litBits, distBits, codeBits = 10, 8, 7

	// Room for the entries that codes of at most 15 bits need, of which 1,334
	// and 402 are known to be the most (zlib's enough.c), in a power of two.
	litSize, distSize = 2048, 1024
)

var (
	errDeflate  = errors.New("not DEFLATE")
	errChecksum = errors.New("the checksum is another")
	errHeader   = errors.New("no valid header")
	errFollowed = errors.New("something else follows")
)

// codeOrder is the order in which the lengths of the code for lengths stand.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// inflate appends what src holds to dst, no more than limit bytes in all, and
// says how much of src it took. What was read before an error is returned with
// it: io.ErrUnexpectedEOF if src ends too soon, errBomb at the limit.
func (d *inflater) inflate(dst, src []byte, limit int) (out []byte, used int, err error) {
	in := inflation{src: src, out: dst[:cap(dst)], n: len(dst), start: len(dst), limit: limit}
	for last := false; !last && err == nil; {
		last, err = d.block(&in)
	}
	return in.out[:in.n], in.at - int(in.have>>3), err
}

// of returns what undoes a format that is DEFLATE, nil if it is another.
func (d *inflater) of(step string) func(dst, src []byte, limit int) (out []byte, used int, err error) {
	switch step {
	case "gzip":
		return d.gunzip
	case "zlib":
		return d.unzlib
	case "deflate":
		return d.inflate
	}
	return nil
}

// inflation is the state of one stream.
type inflation struct {
	src   []byte
	at    int // of src: bytes before it are in acc, or used
	acc   uint64
	have  uint // bits in acc
	out   []byte
	n     int // bytes of out
	start int // of what this stream gave
	limit int
}

// refill makes sure of 56 bits, or of all that are left.
func (in *inflation) refill() {
	if len(in.src)-in.at >= 8 {
		in.acc |= binary.LittleEndian.Uint64(in.src[in.at:]) << in.have
		in.at += int((63 - in.have) >> 3)
		in.have |= 56
		return
	}
	for in.have < 56 && in.at < len(in.src) {
		in.acc |= uint64(in.src[in.at]) << in.have
		in.at++
		in.have += 8
	}
}

// take takes n bits, of at most 16.
func (in *inflation) take(n uint) (uint, bool) {
	if in.have < n {
		if in.refill(); in.have < n {
			return 0, false
		}
	}
	v := uint(in.acc) & (1<<n - 1)
	in.acc >>= n
	in.have -= n
	return v, true
}

// room makes sure of room for n bytes more, as far as the limit allows.
func (in *inflation) room(n int) bool {
	if in.n+n > in.limit {
		return false
	}
	if in.n+n > len(in.out) {
		grown := make([]byte, min(max(2*len(in.out), in.n+n, 512), in.limit))
		copy(grown, in.out[:in.n])
		in.out = grown
	}
	return true
}

// block reads one block (section 3.2.3).
func (d *inflater) block(in *inflation) (last bool, err error) {
	head, ok := in.take(3)
	if !ok {
		return false, io.ErrUnexpectedEOF
	}
	last = head&1 != 0
	switch head >> 1 {
	case 0:
		return last, in.stored()
	case 1:
		if !d.ready {
			d.fixed()
		}
	case 2:
		if err := d.dynamic(in); err != nil {
			return last, err
		}
	default:
		return last, errDeflate
	}
	return last, d.symbols(in)
}

// stored copies a block that is not compressed (section 3.2.4).
func (in *inflation) stored() error {
	in.at -= int(in.have >> 3)
	in.acc, in.have = 0, 0
	b := in.src[in.at:]
	if len(b) < 4 {
		in.at = len(in.src)
		return io.ErrUnexpectedEOF
	}
	size := int(binary.LittleEndian.Uint16(b))
	if size != int(^binary.LittleEndian.Uint16(b[2:])) {
		return errDeflate
	}
	b = b[4:]
	in.at += 4
	n := min(size, len(b), in.limit-in.n)
	in.room(n)
	in.n += copy(in.out[in.n:], b[:n])
	in.at += n
	switch {
	case n == size:
		return nil
	case n == len(b):
		return io.ErrUnexpectedEOF
	}
	return errBomb
}

// fixed sets up the fixed code (section 3.2.6).
func (d *inflater) fixed() {
	l := &d.lengths
	for i := range 288 {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	table(d.literals[:], l[:288], litBits, litSymbols[:])
	for i := range 32 {
		l[i] = 5
	}
	table(d.distances[:], l[:32], distBits, distSymbols[:])
	d.ready = true
}

// dynamic reads the codes of a block (section 3.2.7).
func (d *inflater) dynamic(in *inflation) error {
	d.ready = false
	head, ok := in.take(14)
	if !ok {
		return io.ErrUnexpectedEOF
	}
	literals, distances, codes := 257+head&31, 1+head>>5&31, 4+head>>10
	if literals > 286 {
		return errDeflate
	}
	var order [19]uint8
	for i := range codes {
		n, ok := in.take(3)
		if !ok {
			return io.ErrUnexpectedEOF
		}
		order[codeOrder[i]] = uint8(n)
	}
	if !table(d.codes[:], order[:], codeBits, codeSymbols[:]) {
		return errDeflate
	}
	all := d.lengths[:literals+distances]
	for i := 0; i < len(all); {
		if in.have < 14 {
			in.refill()
		}
		e := d.codes[in.acc&(1<<codeBits-1)]
		n := uint(e & 15)
		if n == 0 {
			return in.end()
		}
		symbol := e >> 16
		extra := uint(e >> 4 & 15)
		if in.have < n+extra {
			return io.ErrUnexpectedEOF
		}
		again := int(in.acc >> n & (1<<extra - 1))
		in.acc >>= n + extra
		in.have -= n + extra
		if symbol < 16 {
			all[i] = uint8(symbol)
			i++
			continue
		}
		value := uint8(0)
		switch symbol {
		case 16:
			if i == 0 {
				return errDeflate
			}
			value, again = all[i-1], again+3
		case 17:
			again += 3
		default:
			again += 11
		}
		if i+again > len(all) {
			return errDeflate
		}
		for range again {
			all[i] = value
			i++
		}
	}
	if all[256] == 0 || !table(d.literals[:], all[:literals], litBits, litSymbols[:]) || !table(d.distances[:], all[literals:], distBits, distSymbols[:]) {
		return errDeflate
	}
	return nil
}

// end is the error of bits that are no code: there may be too few.
func (in *inflation) end() error {
	if in.at == len(in.src) && in.have < 15 {
		return io.ErrUnexpectedEOF
	}
	return errDeflate
}

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

// maxMatch is the length of the longest copy.
const maxMatch = 258

// symbols reads the symbols of a block.
func (d *inflater) symbols(in *inflation) error {
	for {
		// As long as there is input and room for anything, nothing is checked.
		if len(in.src)-in.at >= 16 && in.room(maxMatch+16) {
			if end, err := d.fast(in); end || err != nil {
				return err
			}
		}
		if end, err := d.slow(in); end || err != nil {
			return err
		}
	}
}

// fast reads symbols while 16 bytes of input and maxMatch+16 of room are left.
func (d *inflater) fast(in *inflation) (end bool, err error) {
	src, out := in.src, in.out
	at, n, acc, have := in.at, in.n, in.acc, in.have
	lastIn, lastOut := len(src)-16, len(out)-maxMatch-16
	lits, dists := &d.literals, &d.distances
	for at <= lastIn && n <= lastOut {
		acc |= binary.LittleEndian.Uint64(src[at:]) << (have & 63)
		at += int((63 - have) >> 3)
		have |= 56
		e := lits[acc&(1<<litBits-1)]
		if e&isKind == isLiteral { // two more fit
			acc >>= e & 15
			have -= uint(e & 15)
			out[n] = byte(e >> 16)
			n++
			e = lits[acc&(1<<litBits-1)]
			if e&isKind == isLiteral {
				acc >>= e & 15
				have -= uint(e & 15)
				out[n] = byte(e >> 16)
				n++
				e = lits[acc&(1<<litBits-1)]
				if e&isKind == isLiteral {
					acc >>= e & 15
					have -= uint(e & 15)
					out[n] = byte(e >> 16)
					n++
					continue
				}
			}
			if have < 48 {
				acc |= binary.LittleEndian.Uint64(src[at:]) << (have & 63)
				at += int((63 - have) >> 3)
				have |= 56
			}
		}
		if e&isKind == isSecond {
			e = lits[(uint(e>>16)+uint(acc>>litBits)&(1<<(e>>4&15)-1))&(litSize-1)]
		}
		if e&15 == 0 {
			err = errDeflate
			break
		}
		acc >>= e & 15
		have -= uint(e & 15)
		if e&isKind == isLiteral {
			out[n] = byte(e >> 16)
			n++
			continue
		}
		if e&isEnd != 0 {
			end = true
			break
		}
		extra := uint(e >> 4 & 15)
		length := int(e>>16) + int(acc&(1<<extra-1))
		acc >>= extra
		have -= extra
		// At most 20 bits are gone of 48: a distance takes 28.
		e = dists[acc&(1<<distBits-1)]
		if e&isKind == isSecond {
			e = dists[(uint(e>>16)+uint(acc>>distBits)&(1<<(e>>4&15)-1))&(distSize-1)]
		}
		if e&15 == 0 {
			err = errDeflate
			break
		}
		acc >>= e & 15
		have -= uint(e & 15)
		extra = uint(e >> 4 & 15)
		distance := int(e>>16) + int(acc&(1<<extra-1))
		acc >>= extra
		have -= extra
		if distance > n-in.start {
			err = errDeflate
			break
		}
		from := n - distance
		switch {
		case distance >= 8:
			for k := 0; k < length; k += 8 {
				binary.LittleEndian.PutUint64(out[n+k:], binary.LittleEndian.Uint64(out[from+k:]))
			}
		case distance == 1:
			b := out[from]
			run := out[n : n+length]
			for k := range run {
				run[k] = b
			}
		default:
			for k := range length {
				out[n+k] = out[from+k]
			}
		}
		n += length
	}
	in.at, in.n, in.acc, in.have = at, n, acc&(1<<have-1), have
	return end, err
}

// slow reads one symbol.
func (d *inflater) slow(in *inflation) (end bool, err error) {
	in.refill()
	e := d.literals[in.acc&(1<<litBits-1)]
	if e&isKind == isSecond {
		e = d.literals[uint(e>>16)+uint(in.acc>>litBits)&(1<<(e>>4&15)-1)]
	}
	n := uint(e & 15)
	if n == 0 {
		return false, in.end()
	}
	if in.have < n {
		return false, io.ErrUnexpectedEOF
	}
	in.acc >>= n
	in.have -= n
	if e&isKind == isLiteral {
		if !in.room(1) {
			return false, errBomb
		}
		in.out[in.n] = byte(e >> 16)
		in.n++
		return false, nil
	}
	if e&isEnd != 0 {
		return true, nil
	}
	extra, ok := in.take(uint(e >> 4 & 15))
	if !ok {
		return false, io.ErrUnexpectedEOF
	}
	length := int(e>>16) + int(extra)
	in.refill()
	e = d.distances[in.acc&(1<<distBits-1)]
	if e&isKind == isSecond {
		e = d.distances[uint(e>>16)+uint(in.acc>>distBits)&(1<<(e>>4&15)-1)]
	}
	if n = uint(e & 15); n == 0 {
		return false, in.end()
	}
	if in.have < n {
		return false, io.ErrUnexpectedEOF
	}
	in.acc >>= n
	in.have -= n
	if extra, ok = in.take(uint(e >> 4 & 15)); !ok {
		return false, io.ErrUnexpectedEOF
	}
	distance := int(e>>16) + int(extra)
	if distance > in.n-in.start {
		return false, errDeflate
	}
	fits := min(length, in.limit-in.n)
	in.room(fits)
	for range fits {
		in.out[in.n] = in.out[in.n-distance]
		in.n++
	}
	if fits < length {
		return false, errBomb
	}
	return false, nil
}

// unzlib is inflate of zlib's format (RFC 1950).
func (d *inflater) unzlib(dst, src []byte, limit int) (out []byte, used int, err error) {
	if len(src) < 2 || src[0]&15 != 8 || src[0]>>4 > 7 || binary.BigEndian.Uint16(src)%31 != 0 || src[1]&0x20 != 0 {
		return dst, 0, errHeader
	}
	from := len(dst)
	out, used, err = d.inflate(dst, src[2:], limit)
	if used += 2; err != nil {
		return out, used, err
	}
	if len(src)-used < 4 {
		return out, len(src), io.ErrUnexpectedEOF
	}
	if adler32.Checksum(out[from:]) != binary.BigEndian.Uint32(src[used:]) {
		err = errChecksum
	}
	return out, used + 4, err
}

// gunzip is inflate of gzip's format (RFC 1952), of all members that follow
// each other.
func (d *inflater) gunzip(dst, src []byte, limit int) (out []byte, used int, err error) {
	for out = dst; ; {
		head := gzipHead(src[used:])
		if head == 0 {
			if used == 0 {
				return out, 0, errHeader
			}
			if len(bytes.TrimLeft(src[used:], "\x00")) > 0 {
				err = errFollowed
			}
			return out, used, err
		}
		from, n := len(out), 0
		out, n, err = d.inflate(out, src[used+head:], limit)
		if used += head + n; err != nil {
			return out, used, err
		}
		if len(src)-used < 8 {
			return out, len(src), io.ErrUnexpectedEOF
		}
		if crc32.ChecksumIEEE(out[from:]) != binary.LittleEndian.Uint32(src[used:]) || uint32(len(out)-from) != binary.LittleEndian.Uint32(src[used+4:]) {
			return out, used + 8, errChecksum
		}
		if used += 8; used == len(src) {
			return out, used, nil
		}
	}
}

// gzipHead is the length of a member's head, 0 if none stands there.
func gzipHead(b []byte) int {
	if len(b) < 10 || b[0] != 0x1f || b[1] != 0x8b || b[2] != 8 {
		return 0
	}
	flags, n := b[3], 10
	if flags&4 != 0 { // FEXTRA
		if len(b) < n+2 {
			return 0
		}
		n += 2 + int(binary.LittleEndian.Uint16(b[n:]))
	}
	for _, text := range []byte{8, 16} { // FNAME, FCOMMENT
		if flags&text == 0 {
			continue
		}
		for {
			if n >= len(b) {
				return 0
			}
			if n++; b[n-1] == 0 {
				break
			}
		}
	}
	if flags&2 != 0 { // FHCRC
		n += 2
	}
	if n > len(b) {
		return 0
	}
	return n
}
