package peel

import (
	"encoding/binary"
	"errors"
	"io"
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
