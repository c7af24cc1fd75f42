package har

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/constat/constat/flow"
)

// entry is one element of log.entries while it is read: the flow it becomes,
// and what cannot be judged until all members were met, in whatever order.
type entry struct {
	*scanner
	rd   *reader
	f    *flow.Flow
	left int // bytes that may still be kept

	started     string
	total       float64 // the entry's time, ms; -1 unknown
	timings     timings
	requested   bool // the request was read to its end
	answered    bool // a response object was met
	served      bool // from a cache or service worker
	port        uint16
	address     string
	resource    string
	failure     string // Chrome's _error
	upSize      int64  // request.bodySize
	post        postData
	cookies     []flow.Field // request.cookies, which some writers fill without a Cookie field
	downSize    int64        // response.bodySize
	security    *flow.TLS
	lostUp      int // messages past the budget
	lostDown    int
	lostUpBytes int64
}

// entry reads one element of log.entries and yields its flow.
func (rd *reader) entry() {
	s := rd.scanner
	c := s.peek()
	at := s.offset()
	e := &entry{scanner: s, rd: rd, left: MaxEntry, total: -1, upSize: -1, downSize: -1, timings: noTimings,
		f: &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{}, Response: &flow.Response{}}}
	for ok := s.enter('{'); ok; ok = s.next('}') {
		e.member(s.key())
	}
	if s.dmg != nil && !e.requested {
		return
	}
	if !e.requested {
		found := "none"
		if c != '{' {
			found = "a value that is no object"
		}
		rd.stopped = !rd.yield(nil, &flow.Damage{Offset: at, Expected: "an entry with a request", Found: found,
			Remedy: "the entry was left out; export the capture again"})
		return
	}
	if s.dmg != nil {
		e.note("damaged entry: what follows its request was lost")
	}
	e.finish()
	e.f.Source = rd.provenance(at, s.offset()-at)
	e.f.Index = rd.index
	rd.index++
	rd.stopped = !rd.yield(e.f, nil)
}

func (rd *reader) provenance(at, n int64, encoding ...string) flow.Provenance {
	if rd.utf16 {
		return flow.Provenance{}
	}
	return flow.Provenance{Offset: at, Length: n, Encoding: encoding}
}

func (e *entry) note(text string) {
	if !slices.Contains(e.f.Notes, text) {
		e.f.Notes = append(e.f.Notes, text)
	}
}

// noteLimit tells that MaxEntry was reached.
const noteLimit = "entry holds over 64 MiB: what passed that was not kept"

// spend takes n bytes from what the entry may keep.
func (e *entry) spend(n int) bool {
	if e.left -= n; e.left < 0 {
		e.left = 0
		e.note(noteLimit)
		return false
	}
	return true
}

// within reads a scalar if it fits the entry's budget; valid until the next
// read.
func (e *entry) within() (b []byte, ok bool) {
	e.long = false
	b = e.scalar(e.left)
	if e.long {
		e.note(noteLimit)
		return nil, false
	}
	return b, e.spend(len(b))
}

// bytes is within for values whose absence the note tells.
func (e *entry) bytes() []byte {
	b, _ := e.within()
	return b
}

func (e *entry) string() string { return string(e.bytes()) }

// word reads a short scalar, which is kept whatever the entry's size.
func (e *entry) word() string { return e.rd.intern(e.scalar(4 << 10)) }

// literal reads a string and where its contents stand. ok is false when the
// member is no string or does not fit the budget.
func (e *entry) literal() (b []byte, at flow.Provenance, ok bool) {
	if e.peek() != '"' {
		e.skip()
		return nil, at, false
	}
	from := e.offset() + 1
	b, ok = e.within()
	at = e.rd.provenance(from, e.offset()-1-from, "json-string")
	return b, at, ok && e.dmg == nil
}

func (e *entry) truthy() bool {
	switch strings.ToLower(e.word()) {
	case "", "false", "0", "none", "no":
		return false
	}
	return true
}

func (e *entry) member(key []byte) {
	switch string(key) {
	case "request":
		e.request()
	case "response":
		e.response()
	case "startedDateTime":
		e.started = e.word()
	case "time":
		if v, _, ok := e.number(); ok {
			e.total = v
		}
	case "timings":
		e.timings = e.readTimings()
	case "serverIPAddress":
		e.address = e.word()
	case "_serverPort":
		if n := e.size(); n > 0 && n < 1<<16 {
			e.port = uint16(n)
		}
	case "_webSocketMessages":
		e.messages()
	case "_resourceType":
		e.resource = e.word()
	case "_fromCache", "fromCache", "_fetchedViaServiceWorker", "_fromServiceWorker":
		e.served = e.truthy() || e.served
	case "_fetchType": // WebKit: "Network Load", "Memory Cache", "Disk Cache", "Service Worker"
		t := e.word()
		e.served = e.served || strings.Contains(t, "Cache") || strings.Contains(t, "Service Worker")
	case "_error":
		e.failure = e.word()
	case "_securityDetails", "_security":
		e.tls()
	default:
		e.skip()
	}
}

func (e *entry) request() {
	q := e.f.Request
	if e.peek() != '{' {
		e.skip()
		return
	}
	if e.requested {
		e.note("entry with two requests: the last one counts")
		e.upSize, e.post, e.cookies = -1, postData{}, nil
	}
	*q = flow.Request{}
	for ok := e.enter('{'); ok; ok = e.next('}') {
		switch string(e.key()) {
		case "method":
			q.Method = e.word()
		case "url":
			left := e.left
			e.left = 1 << 20 // kept even where bodies used up the budget
			b, at, _ := e.literal()
			q.URL, q.URLAt = string(b), at
			e.left = left
		case "httpVersion":
			q.Version = e.word()
		case "headers":
			q.Headers = e.fields()
		case "cookies":
			e.cookies = e.fields()
		case "bodySize":
			e.upSize = e.size()
		case "postData":
			e.post = e.postData()
		default:
			e.skip()
		}
	}
	e.requested = e.dmg == nil && (q.URL != "" || q.Method != "" || len(q.Headers) > 0)
}

func (e *entry) response() {
	if e.peek() != '{' {
		e.skip()
		return
	}
	a := e.f.Response
	*a = flow.Response{Body: flow.Body{Size: -1}}
	e.answered = true
	for ok := e.enter('{'); ok; ok = e.next('}') {
		switch string(e.key()) {
		case "status":
			if n := e.size(); n > 0 && n < 1000 {
				a.Status = int(n)
			}
		case "httpVersion":
			a.Version = e.word()
		case "headers":
			a.Headers = e.fields()
		case "bodySize":
			e.downSize = e.size()
		case "content":
			e.content()
		case "_error":
			e.failure = e.word()
		case "_fetchedViaServiceWorker":
			e.served = e.truthy() || e.served
		default:
			e.skip()
		}
	}
}

// content reads response.content. Unless asked for, its text is stepped over
// where it stands, however large.
func (e *entry) content() {
	body := &e.f.Response.Body
	var encoding string
	for ok := e.enter('{'); ok; ok = e.next('}') {
		switch string(e.key()) {
		case "text":
			if e.rd.opt.ResponseBodies {
				b, at, ok := e.literal()
				body.Data, body.Kept, body.Source = e.take(b), ok, at
			} else if e.peek() == '"' {
				e.p++
				from := e.offset()
				body.Source = e.rd.provenance(from, e.skipString(), "json-string")
			} else {
				e.skip()
			}
		case "encoding":
			encoding = e.word()
		default:
			e.skip()
		}
	}
	body.Decoded = true
	if strings.EqualFold(encoding, "base64") && e.unbase64(body) {
		// The writer saw bytes, but after it undid a content coding.
		body.Decoded = flow.Header(e.f.Response.Headers, "content-encoding") != ""
	}
}

// fields reads an array of {name, value}.
func (e *entry) fields() []flow.Field {
	var fs []flow.Field
	for ok := e.enter('['); ok; ok = e.next(']') {
		var f flow.Field
		for ok := e.enter('{'); ok; ok = e.next('}') {
			switch string(e.key()) {
			case "name":
				f.Name = e.rd.intern(e.bytes())
			case "value":
				f.Value = e.rd.intern(e.bytes())
			default:
				e.skip()
			}
		}
		if e.spend(64) && f.Name != "" { // 64: what a field costs besides its text
			if fs == nil {
				fs = make([]flow.Field, 0, 16)
			}
			fs = append(fs, f)
		}
	}
	return fs
}

func (e *entry) tls() {
	t := &flow.TLS{}
	for ok := e.enter('{'); ok; ok = e.next('}') {
		switch string(e.key()) {
		case "protocol":
			t.Version = e.word()
		case "cipher":
			t.Cipher = e.word()
		default:
			e.skip()
		}
	}
	if t.Version != "" || t.Cipher != "" {
		e.security = t
	}
}

// unbase64 replaces a body's text by what it encodes (RFC 4648, standard or
// URL alphabet, padding and line breaks as they come). It returns false, and
// leaves the body as it is, if the text is something else.
func (e *entry) unbase64(b *flow.Body) bool {
	if b.Kept {
		data, ok := decodeBase64(b.Data)
		if !ok {
			e.note("body marked base64 does not decode: kept as written")
			return false
		}
		b.Data = data
	}
	if len(b.Source.Encoding) > 0 {
		b.Source.Encoding = append(slices.Clip(b.Source.Encoding), "base64")
	}
	return true
}

func decodeBase64(text []byte) ([]byte, bool) {
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(text, "-_") {
		enc = base64.RawURLEncoding
	}
	text = bytes.TrimRight(text, "=\r\n\t ")
	data := make([]byte, enc.DecodedLen(len(text)))
	n, err := enc.Decode(data, text)
	return data[:n], err == nil
}
