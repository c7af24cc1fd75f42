package idle

import "math"

// Clock follows the times of packets. One packet with a time far ahead does
// not move it: it goes as far as two packets in a row agree.
type Clock struct {
	Now  int64 // ns since 1970, math.MinInt64 before the first
	last int64
	set  bool
}

// Tick takes the time of a packet, math.MinInt64 if it has none.
func (c *Clock) Tick(t int64) {
	if !c.set {
		c.Now, c.last, c.set = math.MinInt64, t, true
	}
	if t == math.MinInt64 {
		return
	}
	if agreed := min(t, c.last); agreed > c.Now {
		c.Now = agreed
	}
	c.last = t
}

// Since is how long ago t was in ns, 0 if either is not known.
func (c *Clock) Since(t int64) int64 {
	if c.Now == math.MinInt64 || t == math.MinInt64 || t > c.Now {
		return 0
	}
	if d := c.Now - t; d >= 0 {
		return d
	}
	return math.MaxInt64 // more than 64 bits hold
}
