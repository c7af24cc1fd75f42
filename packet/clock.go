package packet

import (
	"math"
	"math/bits"
	"time"
)

// resolution reads if_tsresol: negative powers of 10, or of 2 if the top bit
// is set. It returns how many units a second has, and the step of the clock.
// What no 64 bits can count is taken for the finest that they can.
func resolution(v byte) (units uint64, step time.Duration) {
	n := int(v & 0x7f)
	if v&0x80 != 0 {
		units = 1 << min(n, 63)
	} else {
		units = 1
		for range min(n, 19) {
			units *= 10
		}
	}
	return units, max(1, time.Duration(1e9/units))
}

// nanoseconds turns a time stamp into ns since 1970, as near as they can say.
func (c clock) nanoseconds(stamp uint64) int64 {
	var sec, ns uint64
	switch c.units {
	case 1e6:
		sec, ns = stamp/1e6, stamp%1e6*1000
	case 1e9:
		sec, ns = stamp/1e9, stamp%1e9
	default:
		sec = stamp / c.units
		hi, lo := bits.Mul64(stamp%c.units, 1e9)
		ns, _ = bits.Div64(hi, lo, c.units) // the quotient is below 1e9
	}
	const most = math.MaxInt64/1000000000 - 1
	s := int64(min(sec, most))
	if c.offset > most-s {
		s = most
	} else if s += c.offset; s < -most {
		s = -most
	}
	return s*1e9 + int64(ns)
}
