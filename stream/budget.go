package stream

import "sync/atomic"

// Budget bounds the bytes of bodies and messages that many connections hold
// at once. A nil Budget has no bound.
type Budget struct{ left atomic.Int64 }

// NewBudget returns a Budget of n bytes.
func NewBudget(n int64) *Budget {
	var b Budget
	b.left.Store(n)
	return &b
}

// take takes up to n bytes out of the budget.
func (b *Budget) take(n int) int {
	if b == nil {
		return n
	}
	if left := b.left.Add(-int64(n)); left < 0 {
		back := min(int64(n), -left)
		b.left.Add(back)
		return n - int(back)
	}
	return n
}

func (b *Budget) give(n int) {
	if b != nil {
		b.left.Add(int64(n))
	}
}

// hold is what somebody has booked of a connection's memory.
type hold struct {
	own    int // of Limits.Held
	shared int // of Limits.Budget
}

// keep books up to n bytes of a body or message, and returns how many.
func (c *Conn) keep(h *hold, n int) int {
	n = c.limits.Budget.take(max(0, min(n, c.limits.Held-c.kept)))
	c.kept += n
	h.own += n
	h.shared += n
	return n
}

// keepHead books a head, which is nothing unless it is whole. It is not for
// one connection to make others lose heads, so the shared budget is left out.
func (c *Conn) keepHead(h *hold, n int) error {
	if n > c.limits.Held-c.kept {
		return errHeldAll
	}
	c.kept += n
	h.own += n
	return nil
}

// release gives back what was booked.
func (c *Conn) release(h *hold) {
	c.kept -= h.own
	c.limits.Budget.give(h.shared)
	*h = hold{}
}
