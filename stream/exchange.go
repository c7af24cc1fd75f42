package stream

import (
	"io"
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// exchange is a request and its response on their way.
type exchange struct {
	f    *flow.Flow
	body [2]content
	done [2]bool
	hold hold
}

// waiting shows asked a request that has left and is not answered.
func (x *exchange) waiting(asked func(*flow.Flow)) {
	if x.done[Up] && x.f.Request != nil {
		asked(x.f)
	}
}

// note adds a note, once.
func (x *exchange) note(text string) {
	for _, n := range x.f.Notes {
		if n == text {
			return
		}
	}
	x.f.Notes = append(x.f.Notes, text)
}

// empty tells of bodies that ended without a byte that they are empty, not
// unkept.
func (x *exchange) empty() {
	f := x.f
	if f.Request != nil && x.done[Up] && f.Request.Body.Size == 0 {
		f.Request.Body.Kept = true
	}
	if f.Response != nil && x.done[Down] && f.Response.Body.Size == 0 {
		f.Response.Body.Kept = true
	}
}

// content gathers a body.
type content struct {
	body  *flow.Body
	limit int   // bytes to keep
	want  int64 // Content-Length, -1 if not told
	all   io.Writer
}

// begin starts a body. n is its announced length, -1 if unknown.
func (c *Conn) begin(x *exchange, side Side, n int64) {
	b := &x.body[side]
	if side == Up {
		*b = content{body: &x.f.Request.Body, limit: c.limits.Body, want: n}
	} else {
		*b = content{body: &x.f.Response.Body, limit: c.limits.Response, want: n}
		if c.limits.Lookups && flow.Header(x.f.Response.Headers, "content-type") == "application/dns-message" {
			b.limit = max(b.limit, 64<<10)
		}
	}
	*b.body = flow.Body{Kept: b.limit > 0}
	if c.info.Content != nil {
		b.all = c.info.Content(b.body)
	}
}

// write adds bytes to a body: those within the limits are kept, all are
// counted.
func (c *Conn) write(x *exchange, side Side, m Mark, p []byte) {
	b := &x.body[side]
	body := b.body
	if body.Size == 0 {
		body.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	}
	// Only a beginning is kept: once something is left out, all of the rest is.
	if kept := len(body.Data); kept < b.limit && int64(kept) == body.Size {
		n := c.keep(&x.hold, min(b.limit-kept, len(p)))
		body.Data = append(b.grow(n), p[:n]...)
	}
	body.Size += int64(len(p))
	if body.Kept {
		body.Cut = body.Size - int64(len(body.Data))
	}
	if b.all != nil {
		b.all.Write(p)
	}
}

// grow makes room for n more bytes. A length that was announced is believed
// only when a part of it has come.
func (b *content) grow(n int) []byte {
	data := b.body.Data
	need := len(data) + n
	if need <= cap(data) {
		return data
	}
	room := 2 * need
	if b.want >= int64(need) {
		if room = 4 * need; b.want <= int64(2*room) {
			room = int(b.want)
		}
	}
	grown := make([]byte, len(data), max(need, min(room, b.limit)))
	copy(grown, data)
	return grown
}

// finish puts the finishing touches to a flow and gives it away.
func (c *Conn) finish(x *exchange, m Mark) {
	f := x.f
	if f.Request != nil && !x.done[Up] {
		x.note("request cut short")
	}
	switch {
	case f.Response == nil:
		x.note("no response")
	case !x.done[Down]:
		x.note("response cut short")
	}
	t := &f.Timing
	if t.End.IsZero() {
		t.End = m.Time
	}
	if !t.Sent.IsZero() && t.Answered.After(t.Sent) && c.info.Leg != "" {
		t.FirstByte = &flow.RTT{D: t.Answered.Sub(t.Sent), Resolution: time.Microsecond, Leg: c.info.Leg, Basis: c.info.Basis}
	}
	c.emit(f)
	c.release(&x.hold)
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
