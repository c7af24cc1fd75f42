package stream

import (
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/constat/constat/flow"
)

// exchange is a request and its response on their way.
type exchange struct {
	f        *flow.Flow
	up, down content
	upDone   bool
	downDone bool
}

// waiting shows asked a request that has left and is not answered.
func (x *exchange) waiting(asked func(*flow.Flow)) {
	if x.upDone && x.f.Request != nil {
		asked(x.f)
	}
}

// content gathers a body.
type content struct {
	c     *Conn
	body  *flow.Body
	limit int   // bytes to keep
	want  int64 // Content-Length, -1 if not told
	all   io.Writer
}

// begin starts a body. n is its announced length, -1 if unknown.
func (b *content) begin(c *Conn, body *flow.Body, limit int, n int64) {
	*b = content{c: c, body: body, limit: limit, want: n}
	*body = flow.Body{Kept: limit > 0}
	if body.Kept && n > 0 {
		body.Data = make([]byte, 0, min(n, int64(limit), 64<<10))
	}
	if c.info.Content != nil {
		b.all = c.info.Content(body)
	}
}

// write adds bytes: those within the limit are kept, all are counted.
func (b *content) write(m Mark, p []byte) {
	if b.body == nil {
		return
	}
	if b.body.Size == 0 {
		b.body.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	}
	// Only a beginning is kept: once something is left out, all of the rest is.
	if kept := len(b.body.Data); kept < b.limit && int64(kept) == b.body.Size {
		n := b.c.limits.Budget.take(min(b.limit-kept, len(p)))
		b.body.Data = append(b.body.Data, p[:n]...)
	}
	b.body.Size += int64(len(p))
	if b.body.Kept {
		b.body.Cut = b.body.Size - int64(len(b.body.Data))
	}
	if b.all != nil {
		b.all.Write(p)
	}
}

// Budget bounds the bytes of bodies that many connections hold at once. A nil
// Budget has no bound.
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

// finish puts the finishing touches to a flow and gives it away.
func (c *Conn) finish(x *exchange, m Mark) {
	f := x.f
	if f.Request != nil && !x.upDone {
		f.Notes = append(f.Notes, "request cut short")
	}
	switch {
	case f.Response == nil:
		f.Notes = append(f.Notes, "no response")
	case !x.downDone:
		f.Notes = append(f.Notes, "response cut short")
	}
	t := &f.Timing
	if t.End.IsZero() {
		t.End = m.Time
	}
	if !t.Sent.IsZero() && t.Answered.After(t.Sent) && c.info.Leg != "" {
		t.FirstByte = &flow.RTT{D: t.Answered.Sub(t.Sent), Resolution: time.Microsecond, Leg: c.info.Leg, Basis: c.info.Basis}
	}
	held := 0
	for _, body := range []*content{&x.up, &x.down} {
		if body.body != nil {
			held += len(body.body.Data)
		}
	}
	c.emit(f)
	c.limits.Budget.give(held)
}

// open begins the flow of a request.
func (c *Conn) open(protocol string, m Mark) *exchange {
	f := c.flow(flow.HTTP, protocol)
	c.handshakeDone()
	f.Timing.Start = m.Time
	f.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	return &exchange{f: f}
}

// url makes the absolute URL of a request target.
func (c *Conn) url(scheme, authority, target string) string {
	if scheme == "" {
		scheme = "http"
		if c.info.TLS != nil {
			scheme = "https"
		}
	}
	if authority == "" {
		authority = c.serverName()
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return scheme + "://" + authority + target
}

// serverName is what the connection itself says of whom it goes to.
func (c *Conn) serverName() string {
	switch {
	case c.info.TLS != nil && c.info.TLS.SNI != "":
		return c.info.TLS.SNI
	case c.info.Server.Name != "":
		return c.info.Server.Name
	case c.info.Server.Addr.IsValid():
		return c.info.Server.Addr.String()
	}
	return ""
}

// hostOf cuts the port off an authority.
func hostOf(authority string) string {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if strings.HasPrefix(authority, "[") {
		if i := strings.IndexByte(authority, ']'); i > 0 {
			return authority[1:i]
		}
		return authority
	}
	host, _, _ := strings.Cut(authority, ":")
	return host
}
