package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/internal/oracle"
)

// serveHTTP serves HTTP/1.1 on c until it ends, or HTTP/2 if its preface or an
// upgrade to h2c asks for it.
func (o *origin) serveHTTP(c *conn) {
	r := bufio.NewReaderSize(c, 64<<10)
	if head, _ := r.Peek(4); string(head) == "PRI " {
		o.serveHTTP2(c, r, nil, nil)
		return
	}
	for o.serveRequest(c, r) {
	}
}

// serveRequest serves one request of c and tells if there may be another.
func (o *origin) serveRequest(c *conn, r *bufio.Reader) bool {
	line, err := readLine(r)
	if err != nil {
		return false
	}
	x := c.exchange("HTTP/1.1")
	defer func() { o.log.Write(x) }()
	x.Method, line, _ = strings.Cut(line, " ")
	var version string
	x.Path, version, _ = strings.Cut(line, " ")
	x.Protocol = version
	if x.Headers, err = readFields(r); err != nil {
		x.Aborted = err.Error()
		return false
	}
	x.Scheme, x.Authority = "http", field(x.Headers, "host")
	if c.tls != nil {
		x.Scheme = "https"
	}
	if strings.EqualFold(field(x.Headers, "upgrade"), "websocket") {
		o.serveWebSocket(c, r, x)
		return false
	}
	if strings.EqualFold(field(x.Headers, "expect"), "100-continue") {
		x.Continue = true
		io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	body, err := readBody(r, x)
	x.Body = oracle.Digest(body)
	if err != nil {
		x.Aborted = err.Error()
		return false
	}
	if strings.EqualFold(field(x.Headers, "upgrade"), "h2c") {
		settings, err := base64.RawURLEncoding.DecodeString(field(x.Headers, "http2-settings"))
		if err == nil {
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
			x.Status, x.Response, x.ResponseHeaders = 101, oracle.Digest(nil), [][2]string{{"Connection", "Upgrade"}, {"Upgrade", "h2c"}}
			x.Note = "the response is that of stream 1 of the HTTP/2 connection that follows"
			first := *x
			first.Body = oracle.Digest(nil)
			o.serveHTTP2(c, r, settings, &first)
			return false
		}
	}
	a := o.respondWith(x, body)
	if err := writeHTTP1(c, x, a); err != nil {
		x.Aborted = err.Error()
		return false
	}
	return !a.close && !strings.EqualFold(field(x.Headers, "connection"), "close") && version != "HTTP/1.0"
}

// respondWith answers the body of DNS over HTTPS too.
func (o *origin) respondWith(x *oracle.Exchange, body []byte) *answer {
	if a := o.respondDNS(x, body); a != nil {
		return a
	}
	return o.respond(x, body)
}

// writeHTTP1 writes a and completes x.
func writeHTTP1(w io.Writer, x *oracle.Exchange, a *answer) error {
	if a.hints != nil {
		fmt.Fprintf(w, "HTTP/1.1 103 Early Hints\r\n%s\r\n", lines(a.hints))
		time.Sleep(5 * time.Millisecond)
	}
	bare := x.Method == "HEAD" || a.status == 204 || a.status == 304
	fields := a.fields
	switch {
	case a.close:
		fields = append(fields, [2]string{"Connection", "close"})
	case a.chunked && !bare:
		fields = append(fields, [2]string{"Transfer-Encoding", "chunked"})
	case a.status != 204 && a.status != 304:
		fields = append(fields, [2]string{"Content-Length", strconv.Itoa(len(a.body()))})
	}
	x.Status, x.ResponseHeaders = a.status, fields
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n%s\r\n", a.status, map[int]string{200: "OK", 204: "No Content", 302: "Found", 304: "Not Modified", 404: "Not Found", 500: "Internal Server Error"}[a.status], lines(fields))
	if bare {
		x.Response = oracle.Digest(nil)
		_, err := w.Write(head.Bytes())
		return err
	}
	x.Response = oracle.Digest(a.body())
	if !a.chunked {
		head.Write(a.body())
		_, err := w.Write(head.Bytes())
		return err
	}
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	for i, p := range a.pieces {
		extension := ""
		if i == 1 {
			extension = ";piece=second"
		}
		if _, err := fmt.Fprintf(w, "%x%s\r\n%s\r\n", len(p), extension, p); err != nil {
			return err
		}
		time.Sleep(a.pause)
	}
	x.ResponseTrailers = a.trailers
	_, err := fmt.Fprintf(w, "0\r\n%s\r\n", lines(a.trailers))
	return err
}

func lines(fields [][2]string) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f[0], f[1])
	}
	return b.String()
}

// readLine reads a line without its end.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}

// readFields reads header or trailer fields and the empty line after them.
func readFields(r *bufio.Reader) ([][2]string, error) {
	var fields [][2]string
	for {
		line, err := readLine(r)
		if err != nil || line == "" {
			return fields, err
		}
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, [2]string{name, strings.Trim(value, " \t")})
	}
}

// field is the first value of a name.
func field(fields [][2]string, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f[0], name) {
			return f[1]
		}
	}
	return ""
}

// readBody reads the body of x, with its trailers.
func readBody(r *bufio.Reader, x *oracle.Exchange) ([]byte, error) {
	if strings.EqualFold(field(x.Headers, "transfer-encoding"), "chunked") {
		var body []byte
		for {
			line, err := readLine(r)
			if err != nil {
				return body, err
			}
			line, _, _ = strings.Cut(line, ";")
			n, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
			if err != nil {
				return body, err
			}
			if n == 0 {
				x.Trailers, err = readFields(r)
				return body, err
			}
			piece := make([]byte, n)
			k, err := io.ReadFull(r, piece)
			body = append(body, piece[:k]...)
			if err != nil {
				return body, err
			}
			if end, err := readLine(r); err != nil || end != "" {
				return body, errors.Join(err, errors.New("no line end after a chunk"))
			}
		}
	}
	n, _ := strconv.Atoi(field(x.Headers, "content-length"))
	body := make([]byte, n)
	k, err := io.ReadFull(r, body)
	return body[:k], err
}
