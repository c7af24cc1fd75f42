package linkage

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/constat/constat/flow"
)

// Carrier is where in an exchange something stood.
type Carrier uint8

const (
	Body Carrier = iota
	Query
	Path
	Header
	Referer
	Cookie
	// In the answer:
	SetCookie // a cookie that outlives the day
	Session   // a cookie that ends with the session, or within a day
	Location  // the URL that a redirect names
	Content   // the answer's body
)

// Token is something in a message that may be an identifier.
type Token struct {
	ID      ID
	Name    string // of its field, "" if none
	Says    Says   // what the name says
	Looks   Looks
	Bits    int
	Carrier Carrier
	Part    string // where in the message: "request.body"
	Label   string // of a header field: its name
	Message int    // which message, counted from 1, of flows that have many; 0: the request
	Off     int    // outermost range, in bytes of the part
	Len     int
	Whole   bool   // Off and Len are exact: no layer lies between
	Host    string // of a Location or a URL in Content: to whom it leads
}

// Bounds on what one exchange gives.
const (
	maxTokens  = 128       // with something that says that they are a person's
	maxOthers  = 64        // tokens when those without are taken in no more
	maxContent = 256 << 10 // bytes of an answer's body that are read
	maxNames   = 4096      // remembered
)

// Gleaner gathers tokens. Its buffers are reused, so it belongs to one goroutine.
type Gleaner struct {
	tokens []Token
	cut    int // tokens for which there was no room
	said   map[string]named
	yield  func(name, run []byte, off int)
	at     Token // what the tokens of the text at hand have in common
	text   []byte
	place  func(off, n int) (int, int) // of the text at hand, in its part; nil: the same
	known  func(off, n int) bool       // what is an identifier already; nil: nothing
	query  int                         // where the query of a URL begins
}

// named is a name that was met, with what it says.
type named struct {
	name string
	says Says
}

// NewGleaner returns a Gleaner for one goroutine.
func NewGleaner() *Gleaner {
	g := &Gleaner{said: map[string]named{}}
	g.yield = g.run
	return g
}

// Part takes in bytes of a request or message that nobody has seen before: a
// part of the exchange (part, label as package peel names its roots), or what a
// layer in one held. place tells where a range of them stands in the part; known
// reports that a range is an identifier that is accounted for.
func (g *Gleaner) Part(part, label string, text []byte, whole bool, place func(off, n int) (int, int), known func(off, n int) bool) {
	g.at = Token{Part: part, Whole: whole}
	switch part {
	case "request.header", "request.trailer":
		return // see Flow: those that many requests share are not peeled again
	case "request.url":
		g.at.Carrier = Query
	case "message":
		n, _ := strconv.Atoi(label)
		g.at.Label, g.at.Message = label, n+1
	}
	g.query = -1
	if part == "request.url" && whole {
		if g.query = bytes.IndexByte(text, '?'); g.query < 0 {
			g.query = len(text)
		}
	}
	g.place, g.known = place, known
	g.scan(text)
}

// Flow takes in the header fields of a request and its answer, and returns all
// tokens since the last call, and how many more there were. They are the caller's.
func (g *Gleaner) Flow(f *flow.Flow) (tokens []Token, cut int) {
	g.place, g.known, g.query = nil, nil, -1
	if f.Request != nil {
		for _, h := range f.Request.Headers {
			if len(h.Value) < minToken || ordinary(h.Name) {
				continue
			}
			g.at = Token{Part: "request.header", Label: h.Name, Carrier: Header, Whole: true}
			switch {
			case strings.EqualFold(h.Name, "cookie"):
				g.at.Carrier = Cookie
			case strings.EqualFold(h.Name, "referer"):
				g.at.Carrier = Referer
			default:
				g.at.Name = h.Name
			}
			g.scan(bytesOf(h.Value))
		}
	}
	if f.Response != nil {
		g.answer(f)
	}
	if len(g.tokens) == 0 {
		return nil, 0
	}
	tokens, cut = slices.Clone(g.tokens), g.cut
	g.tokens, g.cut = g.tokens[:0], 0
	return tokens, cut
}

// ordinary names header fields in which no identifier stands, or one that is of
// the request alone.
func ordinary(name string) bool {
	switch strings.ToLower(name) {
	case "host", "accept", "accept-encoding", "accept-language", "user-agent", "connection", "content-type", "content-length",
		"origin", "if-none-match", "if-modified-since", "if-match", "sec-websocket-key", "sec-websocket-accept", "cache-control", "pragma",
		"date", "te", "range", "priority", "upgrade-insecure-requests", "content-encoding", "transfer-encoding":
		return true
	}
	return strings.HasPrefix(name, ":") || strings.HasPrefix(strings.ToLower(name), "sec-")
}

// answer takes in what a server gave the device.
func (g *Gleaner) answer(f *flow.Flow) {
	r := f.Response
	for _, h := range r.Headers {
		switch {
		case strings.EqualFold(h.Name, "set-cookie"):
			for base, rest := 0, h.Value; rest != ""; { // a HAR may have several in one
				c, more, _ := strings.Cut(rest, "\n")
				g.cookie(c, base, f.Timing.Start)
				base, rest = base+len(c)+1, more
			}
		case strings.EqualFold(h.Name, "location") && r.Status >= 300 && r.Status < 400:
			g.at = Token{Part: "response.header", Label: "Location", Carrier: Location, Whole: true, Host: hostOf(bytesOf(h.Value))}
			if g.at.Host != "" {
				g.scan(bytesOf(h.Value))
			}
		}
	}
	if !r.Body.Kept || len(r.Body.Data) == 0 || !textual(flow.Header(r.Headers, "content-type")) {
		return
	}
	g.content(r.Body.Data[:min(len(r.Body.Data), maxContent)])
}

// cookie takes in one Set-Cookie field (RFC 6265), which begins at base of what
// the capture has as the field.
func (g *Gleaner) cookie(c string, base int, now time.Time) {
	pair, attributes, _ := strings.Cut(c, ";")
	g.at = Token{Part: "response.header", Label: "Set-Cookie", Carrier: Session, Whole: true}
	var until time.Duration
	hasAge := false
	for a := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(a), "=")
		switch {
		case strings.EqualFold(name, "max-age"):
			n, err := strconv.Atoi(value)
			if err == nil {
				hasAge, until = true, time.Duration(min(n, 1<<31))*time.Second
			}
		case strings.EqualFold(name, "expires") && !hasAge:
			for _, form := range []string{time.RFC1123, "Mon, 02-Jan-2006 15:04:05 MST", "Mon, 02-Jan-06 15:04:05 MST"} {
				if t, err := time.Parse(form, value); err == nil {
					hasAge = true
					if until = t.Sub(now); now.IsZero() {
						until = 0
					}
					break
				}
			}
		}
	}
	switch {
	case hasAge && until < 0 || hasAge && until == 0 && !now.IsZero():
		return // it is taken back
	case until >= 24*time.Hour:
		g.at.Carrier = SetCookie
	}
	g.place = func(off, n int) (int, int) { return base + off, n }
	g.scan(bytesOf(pair))
	g.place = nil
}

// textual reports whether a body of that type is worth reading.
func textual(mediaType string) bool {
	for _, t := range []string{"text/", "json", "javascript", "xml"} {
		if strings.Contains(mediaType, t) {
			return true
		}
	}
	return false
}

// content takes in an answer's body: the tokens that its members name, and the
// URLs in it.
func (g *Gleaner) content(text []byte) {
	g.at = Token{Part: "response.body", Carrier: Content, Whole: true}
	g.scan(text)
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("//"))
		if i < 0 {
			return
		}
		at += i
		end := at
		for end < len(text) && !urlEnd(text[end]) {
			end++
		}
		if host := hostOf(text[at:end]); host != "" {
			g.at.Host = host
			base := at
			g.place = func(off, n int) (int, int) { return base + off, n }
			g.scan(text[at:end])
			g.place, g.at.Host = nil, ""
		}
		at = max(end, at+2)
	}
}

func urlEnd(c byte) bool {
	switch c {
	case '"', '\'', '<', '>', '`', ' ', ')', '\\':
		return true
	}
	return c < ' '
}

// hostOf is the host of an absolute URL, or of one that begins with //.
func hostOf(url []byte) string {
	if i := bytes.Index(url, []byte("//")); i >= 0 && i <= len("https:") {
		url = url[i+2:]
	} else {
		return ""
	}
	if i := bytes.IndexAny(url, "/?#"); i >= 0 {
		url = url[:i]
	}
	if i := bytes.LastIndexByte(url, '@'); i >= 0 {
		url = url[i+1:]
	}
	if i := bytes.LastIndexByte(url, ':'); i >= 0 {
		url = url[:i]
	}
	if len(url) > 253 || bytes.IndexByte(url, '.') < 0 {
		return ""
	}
	return strings.ToLower(string(url))
}

func (g *Gleaner) scan(text []byte) {
	g.text = text
	Scan(text, g.yield)
	g.text = nil
}

// run judges one run of the text at hand.
func (g *Gleaner) run(name, run []byte, off int) {
	t := g.at
	if t.Looks, t.Bits = Judge(run); t.Looks == Ordinary {
		return
	}
	if g.query >= 0 && off < g.query {
		t.Carrier = Path
	}
	if g.known != nil && g.known(off, len(run)) {
		return
	}
	switch {
	case name != nil:
		n, ok := g.said[string(name)]
		if !ok {
			if len(g.said) >= maxNames {
				clear(g.said)
			}
			s := string(name)
			n = named{s, SaidBy(s)}
			g.said[s] = n
		}
		t.Name, t.Says = n.name, n.says
	case t.Name != "":
		t.Says = SaidBy(t.Name)
	}
	if t.Looks == Number && t.Says != Identifier && t.Carrier != Cookie && t.Carrier != SetCookie {
		return
	}
	t.ID = IDOf(run)
	for i := range g.tokens {
		if x := &g.tokens[i]; x.ID == t.ID && x.Carrier == t.Carrier && x.Message == t.Message && x.Host == t.Host {
			return
		}
	}
	if n := len(g.tokens); n >= maxTokens || n >= maxOthers && t.Says != Identifier && t.Carrier != Cookie && t.Carrier < SetCookie {
		g.cut++
		return
	}
	t.Off, t.Len = off, len(run)
	if g.place != nil {
		t.Off, t.Len = g.place(off, len(run))
	}
	g.tokens = append(g.tokens, t)
}

// bytesOf is the string's own bytes: they are only read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
