package peel

import (
	"strconv"
	"strings"
	"unsafe"

	"github.com/constat/constat/flow"
)

// Root is a piece of an outgoing message where peeling begins.
type Root struct {
	Name   string // "request.url", "request.header", "request.body", "request.trailer", "message", "dns.question", "dns.answer"
	Label  string // which one: the header field's name, the message's number
	Key    string // of a message: the name its protocol gives it, "mqtt topic"; "" none
	Data   []byte
	Source flow.Provenance

	MediaType       string // of a body, lower case, with parameters
	ContentEncoding string // of a body
	Kept            bool   // false: the capture tool did not keep the bytes
	Size            int64  // bytes that left, as far as they are kept; -1 unknown
	Cut             int64  // bytes that left after Data, and were not kept

	// Literals asks for true and false in JSON, and small numbers in protobuf,
	// to be presented as fields too: they say something only to who knows the
	// field, and nearly all messages are full of them.
	Literals bool
}

// key is the name that the root itself gives its bytes.
func (r *Root) key() string {
	if r.Name == "request.header" || r.Name == "request.trailer" {
		return r.Label
	}
	return r.Key
}

// Roots lists what left the client in f, in order: path and query of the URL
// (what follows the authority), one root per header field, the body, one per
// trailer field, one per message that the client sent. HTTP/2 pseudo-header
// fields repeat the request line and are left out.
func Roots(f *flow.Flow) []Root {
	n := len(f.Messages)
	if r := f.Request; r != nil {
		n += 2 + len(r.Headers) + len(r.Trailer)
	}
	if f.Lookup != nil {
		n += len(f.Lookup.Questions) + len(f.Lookup.Answers)
	}
	roots := make([]Root, 0, n)
	if r := f.Request; r != nil {
		if path := target(r.URL); path != "" {
			roots = append(roots, Root{Name: "request.url", Data: bytesOf(path), Source: r.URLAt, Kept: true, Size: int64(len(path))})
		}
		roots = fields(roots, "request.header", r.Headers)
		if b := &r.Body; len(b.Data) > 0 || !b.Kept && b.Size != 0 || b.Cut > 0 {
			root := Root{
				Name: "request.body", Data: b.Data, Source: b.Source, Kept: b.Kept, Size: b.Size, Cut: b.Cut,
				MediaType: strings.ToLower(flow.Header(r.Headers, "content-type")),
			}
			if !strings.Contains(root.MediaType, "boundary=") {
			} else if t := flow.Header(r.Headers, "content-type"); t != "" {
				root.MediaType = t // a boundary's case matters
			}
			if !b.Decoded {
				root.ContentEncoding = strings.ToLower(strings.TrimSpace(flow.Header(r.Headers, "content-encoding")))
			}
			if root.Kept {
				root.Size = int64(len(b.Data))
			}
			roots = append(roots, root)
		}
		roots = fields(roots, "request.trailer", r.Trailer)
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		if !m.FromClient || len(m.Body.Data) == 0 && m.Body.Kept && m.Body.Cut == 0 {
			continue
		}
		size := m.Body.Size
		if m.Body.Kept {
			size = int64(len(m.Body.Data))
		}
		roots = append(roots, Root{Name: "message", Label: strconv.Itoa(i), Key: m.Name, Data: m.Body.Data, Source: m.Body.Source, Kept: m.Body.Kept, Size: size, Cut: m.Body.Cut})
	}
	if f.Lookup != nil {
		for i, q := range f.Lookup.Questions {
			roots = append(roots, Root{Name: "dns.question", Label: strconv.Itoa(i), Data: bytesOf(q.Name), Source: f.Source, Kept: true, Size: int64(len(q.Name))})
		}
		if f.Protocol == "mdns" && !f.Timing.Sent.IsZero() { // the client told it
			for i, a := range f.Lookup.Answers {
				told := a.Name + " " + a.Data
				roots = append(roots, Root{Name: "dns.answer", Label: strconv.Itoa(i), Data: bytesOf(told), Source: f.Source, Kept: true, Size: int64(len(told))})
			}
		}
	}
	return roots
}

func fields(roots []Root, name string, fs []flow.Field) []Root {
	for _, h := range fs {
		if h.Value == "" || strings.HasPrefix(h.Name, ":") {
			continue
		}
		roots = append(roots, Root{Name: name, Label: h.Name, Data: bytesOf(h.Value), Kept: true, Size: int64(len(h.Value))})
	}
	return roots
}

// bytesOf is the string's own bytes: a root is only ever read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// target is what follows the authority of a URL.
func target(url string) string {
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
		i = strings.IndexAny(url, "/?")
		if i < 0 {
			return ""
		}
		url = url[i:]
	}
	url, _, _ = strings.Cut(url, "#")
	if url == "/" {
		return ""
	}
	return url
}
