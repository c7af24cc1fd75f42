package har

import (
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

// postData is request.postData before it is known what to make of it.
type postData struct {
	met      bool
	file     string // where the body is instead
	lost     bool   // there was a text, over the limit
	mime     string
	body     flow.Body
	encoding string
	params   []param
	paramsAt flow.Provenance
}

type param struct{ name, value, file, mime string }

func (e *entry) postData() postData {
	var p postData
	if e.peek() != '{' {
		e.skip()
		return p
	}
	p.met = true
	for ok := e.enter('{'); ok; ok = e.next('}') {
		switch string(e.key()) {
		case "mimeType":
			p.mime = e.word()
		case "text":
			b, at, ok := e.literal()
			p.body = flow.Body{Data: e.take(b), Kept: ok, Source: at}
			p.lost = !ok && at.Length > 0
		case "_file", "_sha1": // Playwright, bodies beside the HAR
			if name := e.word(); name != "" {
				p.file = name
			}
		case "encoding", "_encoding":
			p.encoding = e.word()
		case "params":
			e.peek()
			from := e.offset()
			p.params = e.params()
			p.paramsAt = e.rd.provenance(from, e.offset()-from, "har-params")
		default:
			e.skip()
		}
	}
	return p
}

func (e *entry) params() []param {
	var ps []param
	for ok := e.enter('['); ok; ok = e.next(']') {
		var p param
		for ok := e.enter('{'); ok; ok = e.next('}') {
			switch string(e.key()) {
			case "name":
				p.name = e.string()
			case "value":
				p.value = e.string()
			case "fileName":
				p.file = e.string()
			case "contentType":
				p.mime = e.string()
			default:
				e.skip()
			}
		}
		if e.spend(64) {
			ps = append(ps, p)
		}
	}
	return ps
}

// requestBody decides what the request carried, once all of it was read.
//
// Sources of the size, best first: a positive bodySize, the Content-Length
// field. A bodySize of 0 counts only where nothing contradicts it.
func (e *entry) requestBody() flow.Body {
	q, p := e.f.Request, &e.post
	size := e.upSize
	if size <= 0 {
		if n, err := strconv.ParseInt(strings.TrimSpace(flow.Header(q.Headers, "content-length")), 10, 64); err == nil && n >= 0 {
			size = n
		}
	}
	b := p.body
	b.Size = size
	switch {
	case b.Kept && len(b.Data) > 0:
		b.Decoded = !strings.EqualFold(p.encoding, "base64") || !e.unbase64(&b)
		if size == 0 {
			b.Size = -1 // Firefox and others write 0 for "not counted"
		}
		if size > int64(len(b.Data)) && flow.Header(q.Headers, "content-encoding") == "" {
			e.note("request body shorter in the capture than sent: " +
				strconv.Itoa(len(b.Data)) + " of " + strconv.FormatInt(size, 10) + " bytes")
		}
		return b
	case len(p.params) > 0:
		e.note("request body rebuilt from postData.params")
		return flow.Body{Data: rebuild(p.params, p.mime), Kept: true, Size: size, Decoded: true, Source: p.paramsAt}
	case p.file != "":
		e.note("request body is in another file, not read: " + p.file)
		if size == 0 {
			size = -1
		}
		return flow.Body{Size: size}
	case p.lost:
		return flow.Body{Size: max(size, p.body.Source.Length), Source: p.body.Source}
	case size == 0, size < 0 && b.Kept:
		return flow.Body{Kept: true, Size: 0}
	case size > 0:
		return flow.Body{Size: size}
	}
	// Nothing says how large the body was. A method that has one lost it.
	switch strings.ToUpper(q.Method) {
	case "POST", "PUT", "PATCH":
		return flow.Body{Size: -1}
	}
	if p.met && p.mime != "" || flow.Header(q.Headers, "transfer-encoding") != "" {
		return flow.Body{Size: -1}
	}
	return flow.Body{Kept: true, Size: 0}
}

// rebuild writes params as a form that decodes to exactly their names and
// values: multipart with the boundary that mimeType names, else urlencoded.
func rebuild(params []param, mimeType string) []byte {
	var out strings.Builder
	kind, attrs, _ := mime.ParseMediaType(mimeType)
	if w := multipart.NewWriter(&out); kind == "multipart/form-data" && w.SetBoundary(attrs["boundary"]) == nil {
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "")
		for _, p := range params {
			h := textproto.MIMEHeader{}
			d := `form-data; name="` + quote.Replace(p.name) + `"`
			if p.file != "" {
				d += `; filename="` + quote.Replace(p.file) + `"`
			}
			h.Set("Content-Disposition", d)
			if p.mime != "" {
				h.Set("Content-Type", strings.NewReplacer("\r", "", "\n", "").Replace(p.mime))
			}
			part, err := w.CreatePart(h)
			if err != nil {
				break // a strings.Builder does not fail
			}
			part.Write([]byte(p.value))
		}
		w.Close()
		return []byte(out.String())
	}
	for i, p := range params {
		if i > 0 {
			out.WriteByte('&')
		}
		out.WriteString(url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value))
		if p.file != "" {
			out.WriteString("&" + url.QueryEscape(p.name) + ".filename=" + url.QueryEscape(p.file))
		}
	}
	return []byte(out.String())
}
