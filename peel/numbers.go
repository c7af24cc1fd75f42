package peel

import (
	"encoding/binary"
	"math"
	"strconv"
)

// numeral presents an integer of a binary format as its decimal digits, so
// that an identifier sent as a number is found like one sent as text.
func (w *Walker) numeral(p *Part, step, name string, v uint64, off, n int) {
	if w.number == nil || w.number(v, false) {
		w.made(p, step, name, "", strconv.AppendUint(w.arena.alloc(20), v, 10), off, n)
	}
}

// signed presents an integer that is looked for and is below zero, or that a
// zigzag varint stands for (protobuf's sint32 and sint64).
func (w *Walker) signed(p *Part, step, name string, v int64, off, n int) {
	if w.number == nil && w.repeat || w.number != nil && w.number(uint64(v), true) {
		w.made(p, step, name, "", strconv.AppendInt(w.arena.alloc(20), v, 10), off, n)
	}
}

// digits is numeral of an integer that has a name. negative says that v is one
// in two's complement.
func (w *Walker) digits(p *Part, step, name, key string, v uint64, negative bool, off, n int) {
	var few [20]byte
	b := strconv.AppendUint(few[:0], v, 10)
	if negative {
		b = strconv.AppendInt(few[:0], int64(v), 10)
	}
	if w.wanted(key, b, true) {
		w.made(p, step, name, key, w.arena.clone(b), off, n)
	}
}

// fixed64 presents eight bytes, little-endian, as what they may be: the
// bytes, a double such as a coordinate, an integer such as an identifier.
func (w *Walker) fixed64(p *Part, step, name string, b []byte, off int) {
	u := binary.LittleEndian.Uint64(b)
	w.slice(p, step, name, "", off, 8)
	w.float(p, step, name, math.Float64frombits(u), 64, off, 8)
	if u > 999 && u < 1<<63 {
		w.numeral(p, step, name, u, off, 8)
	} else {
		w.signed(p, step, name, int64(u), off, 8)
	}
}

func (w *Walker) fixed32(p *Part, step, name string, b []byte, off int) {
	u := binary.LittleEndian.Uint32(b)
	w.float(p, step, name, float64(math.Float32frombits(u)), 32, off, 4)
	if u > 999 {
		w.numeral(p, step, name, uint64(u), off, 4)
	}
	if u >= 1<<31 {
		w.signed(p, step, name, int64(int32(u)), off, 4)
	}
}

// float presents a number of ordinary size with its shortest decimals.
func (w *Walker) float(p *Part, step, name string, f float64, bits, off, n int) {
	if a := math.Abs(f); a < 1e-6 || a > 1e15 || f != f {
		return
	}
	w.made(p, step, name, "", strconv.AppendFloat(w.arena.alloc(24), f, 'f', -1, bits), off, n)
}
