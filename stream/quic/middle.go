package quic

import (
	"bytes"

	"github.com/constat/constat/stream"
)

// middle is what it takes to go on with a connection of which the capture has
// no beginning: no random to ask the log by, no length of the connection IDs,
// no packet numbers. All are found together, by what opens a packet.
type middle struct {
	on    bool
	sure  [2]bool // the length of the IDs of a direction is known
	tried int     // packets in vain
}

const (
	maxTried = 16 // packets of a connection on which all this is tried
	// How many packets a connection may have sent before, by the bytes of a
	// packet number: those are as many as the unacknowledged packets need.
	maxBefore1 = 1 << 14
	maxBefore2 = 1 << 20

	maxSearched = 4_000_000 // openings tried, of all connections: about two seconds
)

// catch looks for what opens a packet of a connection that began before the
// capture, and returns the length of its connection ID.
func (c *conn) catch(side stream.Side, b []byte) (idLen int, ok bool) {
	if c.middle.tried >= maxTried || c.t.searched >= maxSearched {
		return 0, false
	}
	c.middle.tried++
	label := labels[side][application]
	if c.hello.random != nil { // known from the other direction
		if secret := c.t.log.Secret(label, c.hello.random); secret != nil {
			return c.catchWith(side, b, c.hello.random, secret)
		}
		return 0, false
	}
	for random, secret := range c.t.log.Unclaimed(label) {
		if idLen, ok = c.catchWith(side, b, random, secret); ok || c.t.searched >= maxSearched {
			return idLen, ok
		}
	}
	return 0, false
}

// catchWith tries one secret, of version 1: nothing tells the version.
func (c *conn) catchWith(side stream.Side, b, random, secret []byte) (idLen int, ok bool) {
	for _, s := range c.suites(application, secret) {
		head := newMask(s, expand(s, secret, version1.label+"hp", keySize(s)))
		var phases [2]*keys
		for n := 0; n <= maxID && len(b) >= 1+n+4+sampleSize; n++ {
			first := b[0] ^ head.of(b[1+n+4:])[0]&0x1f
			if first&0x18 != 0 { // reserved bits
				continue
			}
			if phases[0] == nil {
				phases[0] = newKeys(&version1, s, secret)
				phases[1] = phases[0].next()
			}
			phase := first >> 2 & 1
			o := &opener{now: phases[phase], phase: phase}
			step, most := int64(1)<<(8*(first&3+1)), int64(maxBefore2)
			if first&3 == 0 {
				most = maxBefore1
			}
			for largest := int64(-1); largest < most; largest += step {
				c.t.searched++
				p, ok := o.open(b, 1+n, largest, true, &c.t.scratch)
				if !ok {
					continue
				}
				o.first = p.number
				c.opened[side][application] = o
				c.spaces[side][2].largest = p.number - 1
				c.middle.sure[side], c.middle.tried = true, 0
				c.reason, c.version = "", &version1
				if c.hello.random == nil {
					c.hello.random, c.hello.inner = bytes.Clone(random), true
					c.t.log.Claim(c.hello.random)
					c.note("the connection began before the capture; it is read as HTTP/3")
				}
				c.identify(b[1:1+n], side)
				return n, true
			}
		}
	}
	return 0, false
}
