package peel

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf16"
)

// bplist walks a binary property list ("bplist00", Apple CFBinaryPList.c):
// a table of objects that refer to each other by number. References may
// form circles, so depth and the number of objects visited are bounded.
func (w *Walker) bplist(p *Part) bool {
	b := p.Data
	if len(b) < 40 {
		return false
	}
	t := b[len(b)-32:]
	l := &plist{w: w, p: p, offSize: int(t[6]), refSize: int(t[7])}
	n, top, table := binary.BigEndian.Uint64(t[8:]), binary.BigEndian.Uint64(t[16:]), binary.BigEndian.Uint64(t[24:])
	if l.offSize < 1 || l.offSize > 8 || l.refSize < 1 || l.refSize > 8 || n == 0 || n > uint64(len(b)) ||
		table > uint64(len(b)-32) || n*uint64(l.offSize) > uint64(len(b)-32)-table || top >= n {
		w.gap("malformed", "bplist", p, 0, "the trailer does not fit the file")
		return false
	}
	l.n, l.table, l.left = int(n), int(table), 4*int(n)+64
	l.object(int(top), "$", "", 0)
	return true
}

type plist struct {
	w                *Walker
	p                *Part
	offSize, refSize int
	n, table, left   int
}

func bigEndian(b []byte) (v uint64) {
	for _, x := range b {
		v = v<<8 | uint64(x)
	}
	return v
}

func (l *plist) object(ref int, path, key string, nest int) {
	b := l.p.Data
	if l.left--; l.left < 0 || ref >= l.n || nest > l.w.limits.Nest {
		return
	}
	at := int(bigEndian(b[l.table+ref*l.offSize:][:l.offSize]))
	if at < 0 || at >= l.table {
		return
	}
	kind, n := b[at]>>4, int(b[at]&15)
	i := at + 1
	if n == 15 && kind != 0 && kind != 1 && kind != 2 && kind != 3 {
		if i >= l.table || b[i]>>4 != 1 || i+1+1<<(b[i]&15&7) > l.table {
			return
		}
		size := 1 << (b[i] & 7)
		v := bigEndian(b[i+1 : i+1+size])
		if v > uint64(len(b)) {
			return
		}
		n, i = int(v), i+1+size
	}
	fits := func(size int) bool { return size >= 0 && i+size <= l.table }
	switch kind {
	case 1:
		if size := 1 << (n & 7); fits(size) {
			v := bigEndian(b[i : i+size])
			if negative := size == 8 && v >= 1<<63; v > 999 && !(negative && int64(v) >= -999) {
				l.w.digits(l.p, "bplist", path, key, v, negative, i, size)
			}
		}
	case 2:
		if n == 2 && fits(4) {
			f := math.Float32frombits(binary.BigEndian.Uint32(b[i:]))
			l.w.made(l.p, "bplist", path, key, strconv.AppendFloat(nil, float64(f), 'f', -1, 32), i, 4)
		} else if n == 3 && fits(8) {
			f := math.Float64frombits(binary.BigEndian.Uint64(b[i:]))
			if a := math.Abs(f); a < 1e15 {
				l.w.made(l.p, "bplist", path, key, strconv.AppendFloat(nil, f, 'f', -1, 64), i, 8)
			}
		}
	case 4, 5:
		if fits(n) && n > 0 {
			l.w.field(l.p, "bplist", path, key, i, n)
		}
	case 6:
		if fits(2 * n) {
			units := make([]uint16, n)
			for k := range units {
				units[k] = binary.BigEndian.Uint16(b[i+2*k:])
			}
			l.w.later(costStructure, l.w.made(l.p, "bplist", path, key, []byte(string(utf16.Decode(units))), i, 2*n), hint{inner: true})
		}
	case 10, 12:
		if !fits(n * l.refSize) {
			return
		}
		for k := range n {
			l.object(int(bigEndian(b[i+k*l.refSize:][:l.refSize])), path+"["+strconv.Itoa(k)+"]", key, nest+1)
		}
	case 13:
		if !fits(2 * n * l.refSize) {
			return
		}
		for k := range n {
			name := l.text(int(bigEndian(b[i+k*l.refSize:][:l.refSize])))
			l.object(int(bigEndian(b[i+(n+k)*l.refSize:][:l.refSize])), path+"."+name, name, nest+1)
		}
	}
}

// text is the ASCII string that object ref holds, "?" for anything else.
func (l *plist) text(ref int) string {
	b := l.p.Data
	if ref < 0 || ref >= l.n {
		return "?"
	}
	at := int(bigEndian(b[l.table+ref*l.offSize:][:l.offSize]))
	if at < 0 || at >= l.table || b[at]>>4 != 5 {
		return "?"
	}
	n, i := int(b[at]&15), at+1
	if n == 15 && i+1 < l.table && b[i] == 0x10 {
		n, i = int(b[i+1]), i+2
	}
	if i+n > l.table {
		return "?"
	}
	return string(b[i : i+n])
}
