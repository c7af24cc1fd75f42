package peel

import (
	"math"
	"strconv"
)

// item is one value of MessagePack or CBOR as it stands in the bytes.
type item struct {
	kind  byte // 's' text, 'b' bytes, 'i' integer, 'f' float, 'a' array, 'm' map, 'x' other
	off   int  // of the contents
	n     int  // bytes of the contents, or entries of an array or map; -1 indefinite
	u     uint64
	neg   bool // u is in two's complement
	f     float64
	end   int // after the head (arrays, maps) or the value
	isEnd bool
}

// reader tells one format from the other.
type reader func(b []byte, i int) (item, bool)

// readMsgpack reads the head at i (github.com/msgpack/msgpack, spec.md).
func readMsgpack(b []byte, i int) (it item, ok bool) {
	if i >= len(b) {
		return it, false
	}
	c := b[i]
	i++
	size := func(n int) (int, bool) {
		if i+n > len(b) {
			return 0, false
		}
		v := uint64(0)
		for _, x := range b[i : i+n] {
			v = v<<8 | uint64(x)
		}
		i += n
		if v > uint64(len(b)) {
			return 0, false
		}
		return int(v), true
	}
	span := func(kind byte, n int) (item, bool) {
		if i+n > len(b) {
			return it, false
		}
		return item{kind: kind, off: i, n: n, end: i + n}, true
	}
	switch {
	case c < 0x80:
		return item{kind: 'i', u: uint64(c), off: i - 1, n: 1, end: i}, true
	case c < 0x90:
		return item{kind: 'm', n: int(c & 15), end: i}, true
	case c < 0xa0:
		return item{kind: 'a', n: int(c & 15), end: i}, true
	case c < 0xc0:
		return span('s', int(c&31))
	case c >= 0xe0:
		return item{kind: 'i', u: uint64(int8(c)), neg: true, off: i - 1, n: 1, end: i}, true
	}
	switch c {
	case 0xc0, 0xc2, 0xc3:
		return item{kind: 'x', end: i}, true
	case 0xc4, 0xc5, 0xc6, 0xd9, 0xda, 0xdb:
		kind, w := byte('b'), 1<<(c-0xc4)
		if c >= 0xd9 {
			kind, w = 's', 1<<(c-0xd9)
		}
		n, ok := size(w)
		if !ok {
			return it, false
		}
		return span(kind, n)
	case 0xc7, 0xc8, 0xc9:
		n, ok := size(1 << (c - 0xc7))
		if !ok {
			return it, false
		}
		i++
		return span('b', n)
	case 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3:
		w := map[byte]int{0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8}[c]
		if i+w > len(b) {
			return it, false
		}
		it = item{kind: 'i', off: i, n: w, end: i + w}
		for _, x := range b[i : i+w] {
			it.u = it.u<<8 | uint64(x)
		}
		switch {
		case c == 0xca:
			it.kind, it.f = 'f', float64(math.Float32frombits(uint32(it.u)))
		case c == 0xcb:
			it.kind, it.f = 'f', math.Float64frombits(it.u)
		case c >= 0xd0 && it.u>>(8*w-1) == 1:
			it.neg, it.u = true, uint64(int64(it.u<<(64-8*w))>>(64-8*w))
		}
		return it, true
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		i++
		return span('b', 1<<(c-0xd4))
	case 0xdc, 0xdd, 0xde, 0xdf:
		kind, w := byte('a'), 2
		if c >= 0xde {
			kind = 'm'
		}
		if c == 0xdd || c == 0xdf {
			w = 4
		}
		n, ok := size(w)
		return item{kind: kind, n: n, end: i}, ok
	}
	return it, false
}

// readCBOR reads the head at i (RFC 8949 section 3). Tags are stepped over;
// an indefinite text or byte string is not read as one.
func readCBOR(b []byte, i int) (it item, ok bool) {
	for range 8 {
		if i >= len(b) {
			return it, false
		}
		start, c := i, b[i]
		major, info := c>>5, c&31
		i++
		u := uint64(info)
		switch {
		case info < 24:
		case info <= 27:
			w := 1 << (info - 24)
			if i+w > len(b) {
				return it, false
			}
			u = 0
			for _, x := range b[i : i+w] {
				u = u<<8 | uint64(x)
			}
			i += w
		case info == 31 && (major == 4 || major == 5):
			return item{kind: "????am"[major], n: -1, end: i}, true
		case c == 0xff:
			return item{kind: 'x', end: i, isEnd: true}, true
		default:
			return it, false
		}
		switch major {
		case 0, 1:
			if major == 1 {
				if u >= 1<<63 { // no integer of 64 bits
					return item{kind: 'x', off: start, n: i - start, end: i}, true
				}
				u = ^u
			}
			return item{kind: 'i', u: u, neg: major == 1, off: start, n: i - start, end: i}, true
		case 2, 3:
			if u > uint64(len(b)-i) {
				return it, false
			}
			return item{kind: "??bs"[major], off: i, n: int(u), end: i + int(u)}, true
		case 4, 5:
			if u > uint64(len(b)) {
				return it, false
			}
			return item{kind: "????am"[major], n: int(u), end: i}, true
		case 6:
			continue
		default:
			it = item{kind: 'x', off: start, n: i - start, end: i}
			switch info {
			case 26:
				it.kind, it.f = 'f', float64(math.Float32frombits(uint32(u)))
			case 27:
				it.kind, it.f = 'f', math.Float64frombits(u)
			}
			return it, true
		}
	}
	return it, false
}

// scanItems returns where the value at i ends, if it is one. It costs one
// step a value and does not recurse.
func scanItems(read reader, b []byte, i int) (end int, ok bool) {
	var few [32]int
	open := append(few[:0], 1) // values still to come, per level; -1 until an end mark
	for len(open) > 0 {
		top := len(open) - 1
		if open[top] == 0 {
			open = open[:top]
			continue
		}
		it, ok := read(b, i)
		if !ok || len(open) > 128 {
			return 0, false
		}
		i = it.end
		if it.isEnd {
			if open[top] >= 0 {
				return 0, false
			}
			open = open[:top]
			continue
		}
		if open[top] > 0 {
			open[top]--
		}
		switch {
		case it.kind == 'a' || it.kind == 'm':
			n := it.n
			if it.kind == 'm' && n > 0 {
				n *= 2
			}
			if n > len(b)-i {
				return 0, false // each takes a byte
			}
			open = append(open, n)
		}
	}
	return i, true
}

func scanMsgpack(b []byte, i int) (int, bool) { return scanItems(readMsgpack, b, i) }
func scanCBOR(b []byte, i int) (int, bool)    { return scanItems(readCBOR, b, i) }

// msgpack walks a MessagePack message that fills the part.
func (w *Walker) msgpack(p *Part) bool {
	c := p.Data[0]
	if !(c&0xf0 == 0x80 || c&0xf0 == 0x90 || 0xdc <= c && c <= 0xdf) {
		return false
	}
	end, ok := scanMsgpack(p.Data, 0)
	if !ok || end != len(p.Data) {
		return false
	}
	(&itemWalk{w, p, readMsgpack, "msgpack"}).value(0, "$", "", 0)
	return true
}

// cbor walks a CBOR message that fills the part.
func (w *Walker) cbor(p *Part) bool {
	c := p.Data[0]
	if m := c >> 5; m != 4 && m != 5 && m != 6 {
		return false
	}
	end, ok := scanCBOR(p.Data, 0)
	if !ok || end != len(p.Data) {
		return false
	}
	(&itemWalk{w, p, readCBOR, "cbor"}).value(0, "$", "", 0)
	return true
}

type itemWalk struct {
	w    *Walker
	p    *Part
	read reader
	step string
}

func (t *itemWalk) value(i int, path, key string, nest int) int {
	it, ok := t.read(t.p.Data, i)
	if !ok || nest > t.w.limits.Nest {
		return len(t.p.Data)
	}
	w, p := t.w, t.p
	switch it.kind {
	case 's', 'b':
		if it.n > 0 {
			w.field(p, t.step, path, key, it.off, it.n)
		}
	case 'i':
		if it.u > 999 && !(it.neg && int64(it.u) >= -999) {
			w.digits(p, t.step, path, key, it.u, it.neg, it.off, it.n)
		}
	case 'f':
		if a := math.Abs(it.f); a > 1e-6 && a < 1e15 {
			bits := 64
			if it.n == 4 || it.n == 5 {
				bits = 32
			}
			w.made(p, t.step, path, key, strconv.AppendFloat(nil, it.f, 'f', -1, bits), it.off, it.n)
		}
	case 'a':
		i = it.end
		for n := 0; n != it.n && i < len(p.Data); n++ {
			if e, ok := t.read(p.Data, i); ok && e.isEnd {
				return e.end
			}
			i = t.value(i, path+"["+strconv.Itoa(n)+"]", key, nest+1)
		}
		return i
	case 'm':
		i = it.end
		for n := 0; n != it.n && i < len(p.Data); n++ {
			k, ok := t.read(p.Data, i)
			if !ok || k.isEnd {
				return k.end
			}
			name := "?"
			switch k.kind {
			case 's', 'b':
				name = string(p.Data[k.off : k.off+min(k.n, 128)])
				w.slice(p, t.step, path+".(key)", "", k.off, k.n)
				i = k.end
			case 'i':
				if name, i = strconv.FormatUint(k.u, 10), k.end; k.neg {
					name = strconv.FormatInt(int64(k.u), 10)
				}
			default:
				i = t.value(i, path+".(key)", "", nest+1)
			}
			i = t.value(i, path+"."+name, name, nest+1)
		}
		return i
	}
	return it.end
}
