package stream

import (
	"github.com/constat/constat/flow"
)

// framed makes a message of each frame. A side that does not send frames, or
// no more, has its bytes kept as raw does.
type framed struct {
	r    *raw
	walk [2]frameWalker
	lost [2]bool // no frames
	part [2]partial
}

// settle goes on with a shape that has shown. What was kept of the instalment
// is taken apart where frames begin.
func (r *raw) settle(c *candidate) {
	r.frame = &framed{r: r, walk: c.walk, lost: [2]bool{Down: !c.down}}
	r.guess = nil
	if r.f == nil {
		return
	}
	old, at, starts := r.f.Messages, r.gone, c.starts
	if !c.down {
		starts[Down] = nil
	}
	r.f.Messages = make([]flow.Message, 0, len(old)+len(starts[Up])+len(starts[Down]))
	for i := range old {
		side := sideOf(&old[i])
		x := old[i]
		end := at[side] + x.Body.Size
		list := starts[side]
		for ; len(list) > 0 && list[0].pos < end; list = list[1:] {
			if n := list[0].pos - at[side]; n > 0 {
				r.f.Messages = append(r.f.Messages, splitOff(&x, n, list[0].mark))
				r.held += messageSize
				at[side] += n
			}
		}
		starts[side], at[side] = list, end
		r.f.Messages = append(r.f.Messages, x)
	}
	r.cut = true
}

// splitOff takes the first n bytes off a message; the rest stands at m.
func splitOff(x *flow.Message, n int64, m Mark) flow.Message {
	head := *x
	b := &head.Body
	k := min(int64(len(b.Data)), n)
	b.Data, x.Body.Data = b.Data[:k:k], x.Body.Data[k:]
	b.Size, x.Body.Size = n, x.Body.Size-n
	if b.Kept {
		b.Cut = n - k
		x.Body.Cut = x.Body.Size - int64(len(x.Body.Data))
	}
	x.Time = m.Time
	x.Body.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	return head
}

func (f *framed) data(side Side, m Mark, b []byte) {
	if len(b) > 0 && f.lost[1-side] {
		f.add(1-side, m) // its turn is over
	}
	p, w, limit := &f.part[side], &f.walk[side], f.r.c.messageLimit(side)
	for len(b) > 0 {
		if p.Body.Size == 0 {
			p.Message = flow.Message{Time: m.Time, FromClient: side == Up, Body: flow.Body{Kept: side == Up || limit > 0}}
		}
		n, end := len(b), false
		if f.lost[side] {
			n = min(n, maxMessage-min(maxMessage-1, int(p.Body.Size)))
			end = p.Body.Size+int64(n) >= maxMessage
		} else {
			var ok bool
			n, end, ok = w.step(b)
			f.lost[side] = !ok
		}
		f.r.c.gather(p, limit, m, b[:n])
		if end {
			f.add(side, m)
		}
		b = b[n:]
		m.skip(n)
	}
	f.r.last = m
}

// add ends the message at hand of a side, if there is one.
func (f *framed) add(side Side, m Mark) {
	if p := &f.part[side]; p.Body.Size > 0 {
		f.r.cut = true
		f.r.add(p, m)
	}
}

// gap ends the frames of a side: where the next one begins is not known.
func (f *framed) gap(side Side, m Mark) {
	f.add(1-side, m)
	f.add(side, m)
	f.lost[side] = true
}

// soFar ends what is no frame.
func (f *framed) soFar(m Mark) {
	for side := range f.part {
		if f.lost[side] {
			f.add(Side(side), m)
		}
	}
}

func (f *framed) end(m Mark) {
	f.add(Up, m)
	f.add(Down, m)
}
