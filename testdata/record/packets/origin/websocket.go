package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/constat/constat/internal/oracle"
)

// upgrade hands a connection that the origin reads itself to the WebSocket
// library, which expects net/http's types.
type upgrade struct {
	c      net.Conn
	r      *bufio.Reader
	header http.Header
	write  func(status int, h http.Header) error
}

func (u *upgrade) Header() http.Header         { return u.header }
func (u *upgrade) Write(b []byte) (int, error) { return len(b), nil }
func (u *upgrade) WriteHeader(status int)      { u.write(status, u.header) }
func (u *upgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return u.c, bufio.NewReadWriter(u.r, bufio.NewWriter(u.c)), nil
}

// serveWebSocket answers an upgrade of HTTP/1.1 and echoes.
func (o *origin) serveWebSocket(c *conn, r *bufio.Reader, x *oracle.Exchange) {
	x.Body, x.Response = oracle.Digest(nil), oracle.Digest(nil)
	h := http.Header{}
	for _, f := range x.Headers {
		h.Add(f[0], f[1])
	}
	u := &upgrade{c: c, r: r, header: http.Header{"Server": {"origin"}}}
	u.write = func(status int, h http.Header) error {
		x.Status = status
		for name := range h {
			for _, v := range h[name] {
				x.ResponseHeaders = append(x.ResponseHeaders, [2]string{name, v})
			}
		}
		_, err := fmt.Fprintf(c, "HTTP/1.1 %d %s\r\n%s\r\n", status, http.StatusText(status), lines(x.ResponseHeaders))
		return err
	}
	o.echo(u, h, x)
}

// serveWebSocket2 answers an extended CONNECT (RFC 8441) and echoes.
func (o *origin) serveWebSocket2(s *session, st *stream, r *io.PipeReader) {
	x := st.x
	x.Body, x.Response = oracle.Digest(nil), oracle.Digest(nil)
	h := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}
	for _, f := range x.Headers {
		h.Add(f[0], f[1])
	}
	c := &streamConn{Conn: s.c, s: s, st: st, r: r}
	u := &upgrade{c: c, r: bufio.NewReader(c), header: http.Header{}}
	u.write = func(_ int, h http.Header) error {
		x.Status, x.ResponseHeaders = 200, [][2]string{{"server", "origin"}}
		if v := h.Get("Sec-Websocket-Extensions"); v != "" {
			x.ResponseHeaders = append(x.ResponseHeaders, [2]string{"sec-websocket-extensions", v})
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.writeHeaders(st.id, 200, x.ResponseHeaders, false)
	}
	o.echo(u, h, x)
	s.writeData(st, nil, true, false)
	s.done(st)
}

// streamConn is one HTTP/2 stream as a connection.
type streamConn struct {
	net.Conn
	s  *session
	st *stream
	r  *io.PipeReader
}

func (c *streamConn) Read(b []byte) (int, error) { return c.r.Read(b) }
func (c *streamConn) Write(b []byte) (int, error) {
	return len(b), c.s.writeData(c.st, append([]byte(nil), b...), false, false)
}
func (c *streamConn) Close() error                     { return nil }
func (c *streamConn) SetDeadline(time.Time) error      { return nil }
func (c *streamConn) SetReadDeadline(time.Time) error  { return nil }
func (c *streamConn) SetWriteDeadline(time.Time) error { return nil }

// echo sends back each message, and to the text "three" two more.
func (o *origin) echo(u *upgrade, h http.Header, x *oracle.Exchange) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	path, _ := url.Parse(x.Path)
	r := (&http.Request{Method: "GET", ProtoMajor: 1, ProtoMinor: 1, Header: h, Host: x.Authority, URL: path}).WithContext(ctx)
	mode := websocket.CompressionContextTakeover
	switch {
	case strings.HasPrefix(x.Path, "/ws/plain"):
		mode = websocket.CompressionDisabled
	case strings.HasPrefix(x.Path, "/ws/fresh"):
		mode = websocket.CompressionNoContextTakeover
	}
	c, err := websocket.Accept(u, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: mode, CompressionThreshold: 64})
	if err != nil {
		x.Aborted = err.Error()
		return
	}
	c.SetReadLimit(4 << 20)
	note := func(from string, t websocket.MessageType, b []byte) {
		kind := map[websocket.MessageType]string{websocket.MessageText: "text", websocket.MessageBinary: "binary"}[t]
		x.Messages = append(x.Messages, oracle.Message{From: from, Type: kind, Body: oracle.Digest(b)})
	}
	for {
		t, b, err := c.Read(ctx)
		if err != nil {
			c.CloseNow()
			return
		}
		note("client", t, b)
		times := 1
		if string(b) == "three" {
			times = 3
		}
		for range times {
			if err := c.Write(ctx, t, b); err != nil {
				x.Aborted = err.Error()
				return
			}
			note("server", t, b)
		}
	}
}
