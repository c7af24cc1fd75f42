package har

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

// finish makes the flow whole from what its members said.
func (e *entry) finish() {
	f, q := e.f, e.f.Request
	q.Body = e.requestBody()
	if len(e.cookies) > 0 && flow.Header(q.Headers, "cookie") == "" {
		q.Headers = append(q.Headers, flow.Field{Name: "Cookie", Value: cookieString(e.cookies)})
		e.note("Cookie field rebuilt from request.cookies")
	}
	e.lostMessages()
	scheme, host, port := splitURL(q.URL)

	q.Host = host
	if a := flow.Header(q.Headers, ":authority"); a != "" {
		// On a coalesced HTTP/2 connection Charles names the wrong host in
		// the URL; the authority is the one asked for.
		q.Host, _ = splitAuthority(a)
	} else if _, err := netip.ParseAddr(host); host == "" || err == nil {
		// Transparent proxies know the address, the client named the host.
		if h := flow.Header(q.Headers, "host"); h != "" {
			q.Host, _ = splitAuthority(h)
		}
	}
	f.Server.Name = host
	if e.port == 0 {
		e.port = port
	}
	f.Server.Addr = address(e.address, e.port)
	f.TLS = e.security

	r := f.Response
	if !e.answered || r.Status == 0 && len(r.Headers) == 0 {
		f.Response = nil
	} else if r.Body.Size = e.downSize; r.Body.Size < 0 {
		if n, err := strconv.ParseInt(flow.Header(r.Headers, "content-length"), 10, 64); err == nil && n >= 0 {
			r.Body.Size = n
		}
	}

	f.Protocol = protocol(q.Version)
	if f.Protocol == "" && f.Response != nil {
		f.Protocol = protocol(r.Version)
	}
	if len(f.Messages) > 0 || scheme == "ws" || scheme == "wss" || e.resource == "websocket" {
		f.Kind, f.Protocol = flow.WebSocket, "websocket"
	}

	f.Timing = e.timing()
	e.weaknesses(scheme)
}

// weaknesses notes what the writer left out and what never left the device.
func (e *entry) weaknesses(scheme string) {
	f, q := e.f, e.f.Request
	if e.odd {
		e.odd = false
		e.note("escapes that JSON does not know were kept as written")
	}
	switch {
	case e.served:
		e.note(NoteCached)
	case scheme == "data" || scheme == "blob" || scheme == "about" || scheme == "file" || strings.HasSuffix(scheme, "-extension"):
		e.note(NoteNeverSent)
	case f.Response == nil && neverSent(e.failure):
		e.note(NoteNeverSent)
	}
	if f.Response == nil && !e.served {
		if e.failure != "" {
			e.note("no response: " + e.failure)
		} else {
			e.note("no response")
		}
	}
	if !e.rd.secrets {
		e.rd.secrets = flow.Header(q.Headers, "cookie") != "" || flow.Header(q.Headers, "authorization") != "" ||
			f.Response != nil && flow.Header(f.Response.Headers, "set-cookie") != ""
	}
	if e.rd.dialect.chrome && !e.rd.secrets && chromeVersion(flow.Header(q.Headers, "user-agent")) >= 130 {
		e.note(NoteSanitised)
	}
}

// neverSent reports whether Chrome's error code is of the kind that ends an
// exchange before the request was written
// (chromium net/base/net_error_list.h).
func neverSent(code string) bool {
	code = strings.TrimPrefix(code, "net::")
	if strings.HasPrefix(code, "ERR_CERT_") || strings.HasPrefix(code, "ERR_BLOCKED_BY_") && code != "ERR_BLOCKED_BY_RESPONSE" && code != "ERR_BLOCKED_BY_ORB" {
		return true
	}
	switch code {
	case "ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED", "ERR_ADDRESS_UNREACHABLE", "ERR_CONNECTION_REFUSED",
		"ERR_UNSAFE_PORT", "ERR_UNKNOWN_URL_SCHEME", "ERR_DISALLOWED_URL_SCHEME", "ERR_CLEARTEXT_NOT_PERMITTED":
		return true
	}
	return false
}

// chromeVersion is the major version that a User-Agent names, 0 if none.
func chromeVersion(agent string) int {
	_, after, ok := strings.Cut(agent, "Chrome/")
	if !ok {
		return 0
	}
	major, _, _ := strings.Cut(after, ".")
	n, _ := strconv.Atoi(major)
	return n
}

// protocol gives the spellings of a version their one name, "" for none.
func protocol(version string) string {
	v := strings.ToLower(strings.TrimSpace(version))
	switch {
	case v == "h2" || v == "h2c" || strings.HasPrefix(v, "http/2") && !strings.Contains(v, "quic"):
		return "HTTP/2"
	case strings.HasPrefix(v, "h3") || strings.HasPrefix(v, "http/3") || strings.Contains(v, "quic"):
		return "HTTP/3"
	case v == "http/1.0":
		return "HTTP/1.0"
	case strings.HasPrefix(v, "http/1") || v == "h1":
		return "HTTP/1.1"
	}
	return ""
}

// splitURL takes a URL apart as far as endpoints need: scheme in lower case,
// host as written and port, implied by the scheme if not given.
func splitURL(u string) (scheme, host string, port uint16) {
	scheme, rest, ok := strings.Cut(u, ":")
	if !ok || strings.ContainsAny(scheme, "/?#@[") {
		return "", "", 0
	}
	scheme = strings.ToLower(scheme)
	rest, ok = strings.CutPrefix(rest, "//")
	if !ok {
		return scheme, "", 0
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	host, port = splitAuthority(rest)
	if port == 0 {
		switch scheme {
		case "https", "wss":
			port = 443
		case "http", "ws":
			port = 80
		}
	}
	return scheme, host, port
}

// splitAuthority takes user information, brackets and port off an authority
// (RFC 3986, 3.2). Port 0 is none.
func splitAuthority(a string) (host string, port uint16) {
	a = a[strings.LastIndexByte(a, '@')+1:]
	if rest, ok := strings.CutPrefix(a, "["); ok {
		host, a, _ = strings.Cut(rest, "]")
	} else {
		i := strings.IndexByte(a, ':')
		if i < 0 {
			return a, 0
		}
		host, a = a[:i], a[i:]
	}
	n, _ := strconv.ParseUint(strings.TrimPrefix(a, ":"), 10, 16)
	return host, uint16(n)
}

// address reads serverIPAddress: bare, in brackets, with a zone or a port.
func address(text string, port uint16) netip.AddrPort {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	ip, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), port)
}

// cookieString writes cookies as a Cookie field does (RFC 6265, 4.2.1).
func cookieString(cs []flow.Field) string {
	var b strings.Builder
	for i, c := range cs {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.Name + "=" + c.Value)
	}
	return b.String()
}
