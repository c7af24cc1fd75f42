package stream

import (
	"strings"
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

// content gathers a body.
type content struct {
	body  *flow.Body
	limit int   // bytes to keep
	want  int64 // Content-Length, -1 if not told
}

// begin starts a body. n is its announced length, -1 if unknown.
func (b *content) begin(body *flow.Body, limit int, n int64) {
	*b = content{body: body, limit: limit, want: n}
	*body = flow.Body{Kept: limit > 0}
	if body.Kept && n > 0 {
		body.Data = make([]byte, 0, min(n, int64(limit), 64<<10))
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
	b.body.Size += int64(len(p))
	if room := b.limit - len(b.body.Data); room > 0 {
		b.body.Data = append(b.body.Data, p[:min(room, len(p))]...)
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
	c.emit(f)
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
