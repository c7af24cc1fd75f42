package idle

import "math"

// Clock follows the times of packets. It moves when two packets in a row
// agree, so that one with a wrong time does not move it. It goes back when
// they are both more than setBack behind: a device's clock is set now and then,
// and captures are joined.
type Clock struct {
	Now  int64 // ns since 1970, Unset before the second packet
	last int64
	n    int
}

// Unset is the time of what has none.
const Unset = math.MinInt64

const setBack = 60e9 // ns

// Tick takes the time of a packet, Unset if it has none.
func (c *Clock) Tick(t int64) {
	if t == Unset {
		return
	}
	if c.n++; c.n == 1 {
		c.Now, c.last = Unset, t
		return
	}
	lo, hi := min(t, c.last), max(t, c.last)
	if c.last = t; lo > c.Now || hi < c.Now-setBack {
		c.Now = lo
	}
}

// Since is how long ago t was in ns, 0 if either is not known.
func (c *Clock) Since(t int64) int64 {
	if c.n < 2 || t == Unset || t > c.Now {
		return 0
	}
	if d := c.Now - t; d >= 0 {
		return d
	}
	return math.MaxInt64 // more than 64 bits hold
}
