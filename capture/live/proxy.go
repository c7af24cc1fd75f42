package live

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Proxy is an HTTP proxy (RFC 9110, 9.3.6; RFC 9112, 3.2.2) and a SOCKS5 proxy
// (RFC 1928) on one port: the first byte tells which.
type Proxy struct {
	Engine *Engine
	// Pages answers requests to the proxy itself, and to SetupHost.
	Pages http.Handler
}

// SetupHost is the name under which the proxy serves its own pages.
const SetupHost = "constat.local"

// headTimeout is how long a client may take to say where it wants to go.
const headTimeout = 20 * time.Second

// maxHead bounds a proxy request's head.
const maxHead = 64 << 10

// Serve accepts connections until l is closed.
func (p *Proxy) Serve(l net.Listener) error {
	pause := 5 * time.Millisecond
	for {
		c, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil: // out of descriptors: others may end meanwhile
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
			continue
		}
		pause = 5 * time.Millisecond
		go p.serve(c)
	}
}

func (p *Proxy) serve(c net.Conn) {
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(headTimeout))
	r := bufio.NewReaderSize(c, maxHead)
	first, err := r.Peek(1)
	if err != nil {
		return
	}
	if first[0] == 5 {
		p.socks(c, r)
		return
	}
	p.http(c, r)
}

// rest is c with what r has read of it put back.
func rest(c net.Conn, r *bufio.Reader) net.Conn {
	b, _ := r.Peek(r.Buffered())
	if len(b) == 0 {
		return c
	}
	return &prefixed{Conn: c, head: bytes.Clone(b)}
}

// http serves a proxy request: CONNECT, or one with an absolute URL.
func (p *Proxy) http(c net.Conn, r *bufio.Reader) {
	head, err := readHead(r)
	if err != nil {
		answer(c, 400, "Bad Request", err.Error())
		return
	}
	line, _, _ := strings.Cut(string(head), "\r\n")
	method, uri, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
	uri, version, ok := strings.Cut(uri, " ")
	if !ok || !strings.HasPrefix(version, "HTTP/1.") {
		answer(c, 400, "Bad Request", "not an HTTP/1 request")
		return
	}
	if method == http.MethodConnect {
		target, err := parseTarget(uri, 443)
		if err != nil {
			answer(c, 400, "Bad Request", err.Error())
			return
		}
		c.SetReadDeadline(time.Time{})
		p.Engine.Relay(rest(c, r), target, func(err error) error {
			if err != nil {
				answer(c, 502, "Bad Gateway", err.Error())
				return err
			}
			_, err = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
			return err
		})
		return
	}
	scheme, after, absolute := strings.Cut(uri, "://")
	authority, path := after, "/"
	if i := strings.IndexAny(after, "/?#"); i >= 0 {
		authority, path = after[:i], after[i:]
	}
	if !absolute || strings.EqualFold(authority, SetupHost) {
		p.page(c, io.MultiReader(bytes.NewReader(head), r))
		return
	}
	if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "ws") {
		answer(c, 400, "Bad Request", "this proxy takes https requests by CONNECT")
		return
	}
	target, err := parseTarget(authority, 80)
	if err != nil {
		answer(c, 400, "Bad Request", err.Error())
		return
	}
	c.SetReadDeadline(time.Time{})
	p.Engine.RelayPlain(rest(c, r), target, head, originForm(method, path, version, head), func(err error) {
		answer(c, 502, "Bad Gateway", err.Error())
	})
}

// readHead reads to the empty line after a head.
func readHead(r *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		line, err := r.ReadSlice('\n')
		head = append(head, line...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) || len(head) > maxHead:
			return nil, fmt.Errorf("the request's head is longer than %d bytes", maxHead)
		case err != nil:
			return nil, err
		case len(bytes.TrimRight(line, "\r\n")) == 0 && len(head) > 2:
			return head, nil
		}
	}
}

// originForm makes of a request to a proxy one to a server (RFC 9112, 3.2):
// the target without the authority, without the fields meant for the proxy.
// One request a connection: so the next one, perhaps to another host, comes on
// a connection of its own.
func originForm(method, path, version string, head []byte) []byte {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	path, _, _ = strings.Cut(path, "#")
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\r\n", method, path, version)
	upgrade := false
	var kept [][]byte
	for _, line := range bytes.SplitAfter(head, []byte("\n"))[1:] {
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch strings.ToLower(string(name)) {
		case "proxy-connection", "proxy-authorization":
			continue
		case "upgrade":
			upgrade = true
		case "connection":
			if !bytes.Contains(bytes.ToLower(value), []byte("upgrade")) {
				continue
			}
		}
		kept = append(kept, line)
	}
	for _, line := range kept {
		if !upgrade && len(bytes.TrimRight(line, "\r\n")) == 0 {
			b.WriteString("Connection: close\r\n\r\n")
			break
		}
		b.Write(line)
	}
	return b.Bytes()
}

// parseTarget reads "host:port", "host" or "[v6]:port".
func parseTarget(s string, port uint16) (Target, error) {
	host, p, err := net.SplitHostPort(s)
	if err != nil {
		host, p = strings.Trim(s, "[]"), strconv.Itoa(int(port))
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil || n == 0 || host == "" || len(host) > 253 || strings.ContainsAny(host, " \r\n\x00/@") {
		return Target{}, fmt.Errorf("%.300q is no host and port", s)
	}
	return Target{Host: strings.ToLower(strings.TrimSuffix(host, ".")), Port: uint16(n)}, nil
}

// answer sends a response of the proxy's own.
func answer(c net.Conn, status int, reason, text string) {
	text = "constat: " + strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text) + "\n"
	fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, reason, len(text), text)
}

// page answers a request to the proxy itself.
func (p *Proxy) page(c net.Conn, r io.Reader) {
	req, err := http.ReadRequest(bufio.NewReader(io.LimitReader(r, 1<<20)))
	if err != nil {
		answer(c, 400, "Bad Request", "not an HTTP request")
		return
	}
	if p.Pages == nil {
		answer(c, 404, "Not Found", "this is a proxy")
		return
	}
	req.RemoteAddr = c.RemoteAddr().String()
	w := &pageWriter{header: http.Header{}, status: 200}
	p.Pages.ServeHTTP(w, req)
	w.header.Set("Content-Length", strconv.Itoa(w.body.Len()))
	w.header.Set("Connection", "close")
	c.SetWriteDeadline(time.Now().Add(headTimeout))
	fmt.Fprintf(c, "HTTP/1.1 %d %s\r\n", w.status, http.StatusText(w.status))
	w.header.Write(c)
	io.WriteString(c, "\r\n")
	if req.Method != http.MethodHead {
		w.body.WriteTo(c)
	}
}

// pageWriter gathers a page. They are small.
type pageWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *pageWriter) Header() http.Header         { return w.header }
func (w *pageWriter) WriteHeader(status int)      { w.status = status }
func (w *pageWriter) Write(b []byte) (int, error) { return w.body.Write(b) }

// SOCKS5 replies (RFC 1928, section 6).
const (
	socksOK          = 0
	socksUnreachable = 4
	socksNoCommand   = 7
	socksNoAddress   = 8
)

// socks serves a SOCKS5 client.
func (p *Proxy) socks(c net.Conn, r *bufio.Reader) {
	reply := func(code byte) error {
		_, err := c.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
		return err
	}
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return
	}
	methods := make([]byte, head[1])
	if _, err := io.ReadFull(r, methods); err != nil {
		return
	}
	if !bytes.Contains(methods, []byte{0}) {
		c.Write([]byte{5, 0xff}) // we ask for no password
		return
	}
	c.Write([]byte{5, 0})
	var req [4]byte
	if _, err := io.ReadFull(r, req[:]); err != nil || req[0] != 5 {
		return
	}
	host, code := readSocksAddress(r, req[3])
	var port [2]byte
	if _, err := io.ReadFull(r, port[:]); err != nil {
		return
	}
	if req[1] != 1 {
		code = socksNoCommand // neither BIND nor UDP
	}
	target, err := parseTarget(net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:])))), 443)
	if code == socksOK && err != nil {
		code = socksNoAddress
	}
	if code != socksOK {
		reply(code)
		return
	}
	c.SetReadDeadline(time.Time{})
	if target.Host == SetupHost {
		if reply(socksOK) == nil {
			p.page(c, r)
		}
		return
	}
	p.Engine.Relay(rest(c, r), target, func(err error) error {
		if err != nil {
			reply(socksUnreachable)
			return err
		}
		return reply(socksOK)
	})
}

func readSocksAddress(r *bufio.Reader, kind byte) (string, byte) {
	n := 4
	switch kind {
	case 1:
	case 4:
		n = 16
	case 3:
		l, err := r.ReadByte()
		if err != nil {
			return "", socksNoAddress
		}
		n = int(l)
	default:
		return "", socksNoAddress
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", socksNoAddress
	}
	if kind == 3 {
		return string(b), socksOK
	}
	a, _ := netip.AddrFromSlice(b)
	return a.Unmap().String(), socksOK
}
