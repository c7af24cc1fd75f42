package quic

import (
	"bytes"

	"github.com/constat/constat/stream"
)

// wait holds a packet until there is a key.
func (c *conn) wait(side stream.Side, l level, m stream.Mark, b []byte, idLen int) {
	n := len(b) + pieceCost
	if c.waits+n > c.t.limits.Undecrypted || c.t.held+n > c.t.limits.Held {
		c.lose(side, len(b), reasonNoKey)
		return
	}
	if !c.replay {
		b = bytes.Clone(b)
	}
	c.waits += n
	c.t.held += n
	c.queue = append(c.queue, sealed{side, m, idLen, b})
	c.lacks[side][l] = true
	c.t.waiting[c] = true
}

// retry tries the packets that have no key again, if there may be one.
func (c *conn) retry() {
	hope := false
	for side := range c.lacks {
		for l, lacks := range c.lacks[side] {
			hope = hope || lacks && (c.opened[side][l] != nil || c.hello.hidden() || c.t.log.Secret(labels[side][l], c.hello.random) != nil)
		}
	}
	if !hope {
		return
	}
	queue := c.queue
	c.queue = nil
	c.t.held -= c.waits
	c.waits = 0
	c.lacks = [2][levels]bool{}
	delete(c.t.waiting, c)
	c.replay = true
	for _, s := range queue {
		c.read(s.side, s.mark, s.data, s.idLen)
	}
	c.replay = false
}

// book takes n bytes of what a connection may hold because something before
// them is missing, and tells whether it may.
func (c *conn) book(n int) bool {
	if n > 0 && (c.held+n > c.t.limits.Unordered || c.t.held+n > c.t.limits.Held) {
		return false
	}
	c.settle(n)
	return true
}

// settle corrects by n what was booked.
func (c *conn) settle(n int) {
	c.held += n
	c.t.held += n
}
