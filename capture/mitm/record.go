package mitm

import (
	"slices"
	"time"

	"github.com/constat/constat/flow"
)

// record is one dictionary of a dump while it is read: the flow it becomes,
// and what cannot be judged before all keys were met, in whatever order.
type record struct {
	flow *flow.Flow
	left int64 // bytes that may still be kept

	version   version
	kind      string // http, websocket, tcp, udp, dns
	id        string
	failure   string // error.msg
	replay    string // "request", "response"
	handshake string // id of the flow a WebSocket was upgraded in
	upgraded  bool   // this flow is such an upgrade
	created   time.Time
	client    connection
	server    connection
	routed    bool // server_conn was read
	request   message
	response  message
	up, down  int64 // bytes of messages
	closed    time.Time
	lost      [2]flow.Body // messages past the budget: [0] from the server, [1] from the client
}

func (rec *record) note(text string) {
	if !slices.Contains(rec.flow.Notes, text) {
		rec.flow.Notes = append(rec.flow.Notes, text)
	}
}

// spend takes n bytes from what the flow may keep.
func (rec *record) spend(n int64) bool {
	if n > rec.left {
		rec.note("flow holds over 64 MiB: what passed that was not kept")
		return false
	}
	rec.left -= n
	return true
}

// value reads any value whole, if it fits the record's budget.
func (rd *reader) value(rec *record, end int64) value {
	s := rd.scanner
	v := s.open(end)
	if s.dmg != nil || !rec.spend(v.size()) {
		s.close(v, anyTag)
		return value{}
	}
	data := s.take(v)
	return value{tag: s.close(v, anyTag), at: v.at, data: data}
}

// record reads the members of a flow.
func (rd *reader) record(v span) *record {
	s := rd.scanner
	rec := &record{flow: &flow.Flow{}, left: MaxFlow}
	for s.dmg == nil && s.at < v.end {
		key := s.key(v.end)
		switch key {
		case "request":
			rd.message(rec, &rec.request, v.end, true)
		case "response":
			rd.message(rec, &rec.response, v.end, rd.opt.ResponseBodies)
		case "messages":
			rd.messages(rec, v.end)
		case "websocket":
			rd.websocket(rec, v.end)
		case "backup":
			if b := s.open(v.end); s.close(b, anyTag) == '}' {
				rec.note("request or response was changed in mitmproxy; this is the changed one")
			}
		case "version", "type", "id", "error", "client_conn", "server_conn", "metadata", "is_replay", "timestamp_created":
			rd.member(rec, key, rd.value(rec, v.end))
		default:
			s.close(s.open(v.end), anyTag)
		}
	}
	return rec
}

// member reads one of the small members.
func (rd *reader) member(rec *record, key string, v value) {
	s := rd.scanner
	if s.dmg != nil {
		return
	}
	switch key {
	case "version":
		rec.version = readVersion(s, v)
	case "type":
		rec.kind = v.text()
	case "id":
		rec.id = v.text()
	case "client_conn":
		rec.client = readConnection(s, v)
	case "server_conn":
		rec.server = readConnection(s, v)
		rec.routed = true
	case "is_replay":
		rec.replay = v.text()
	case "timestamp_created":
		rec.created = v.time()
	case "error":
		v.each(s, func(key string, v value) {
			if key == "msg" {
				rec.failure = v.text()
			}
		})
	case "metadata":
		v.each(s, func(key string, v value) {
			switch key {
			case "websocket":
				rec.upgraded = v.yes()
			case "websocket_handshake":
				rec.handshake = v.text()
			}
		})
	}
}

// message is a request or response: of HTTP, or of DNS, which keeps other
// members under the same keys.
type message struct {
	present bool
	headers []flow.Field
	trailer []flow.Field
	body    flow.Body
	member  map[string]value // small members by their newest name
}

func (m *message) text(key string) string     { return m.member[key].text() }
func (m *message) start() time.Time           { return m.member["timestamp_start"].time() }
func (m *message) end() time.Time             { return m.member["timestamp_end"].time() }
func (m *message) isNull(key string) bool     { return m.member[key].null() }
func (m *message) whole() bool                { return m.present && m.member != nil && !m.isNull("method") }
func (m *message) host() (h string, p uint16) { return m.address().host, m.address().port }

func (m *message) address() address {
	a := address{host: m.text("host")}
	if p := m.member["port"].integer(); p > 0 && p < 1<<16 {
		a.port = uint16(p)
	}
	return a
}

// messageKeys are the small members of a request or response that are kept,
// with the newest of their names.
var messageKeys = map[string]string{
	"method": "method", "scheme": "scheme", "host": "host", "port": "port", "authority": "authority", "path": "path",
	"http_version": "http_version", "httpversion": "http_version", // before 0.14
	"status_code": "status_code", "code": "status_code", // before 0.14
	"timestamp_start": "timestamp_start", "timestamp_end": "timestamp_end",
	"is_replay":         "is_replay",                                         // before 9
	"first_line_format": "first_line_format", "form_in": "first_line_format", // before 9; before 0.14
	"timestamp": "timestamp", "questions": "questions", "answers": "answers", "response_code": "response_code", // DNS
}

// message reads a request or response, or null.
func (rd *reader) message(rec *record, m *message, end int64, keep bool) {
	s := rd.scanner
	v := s.open(end)
	*m = message{body: flow.Body{Size: -1}, member: map[string]value{}}
	complete := false
	for s.dmg == nil && s.at < v.end {
		switch key := s.key(v.end); key {
		case "headers":
			m.headers = fields(s, rd.value(rec, v.end))
		case "trailers":
			m.trailer = fields(s, rd.value(rec, v.end))
		case "content", "body": // "body" in 0.14 and 0.15
			m.body = rd.body(rec, v.end, keep)
		default:
			if name, ok := messageKeys[key]; ok {
				m.member[name] = rd.value(rec, v.end)
			} else {
				s.close(s.open(v.end), anyTag)
			}
		}
		complete = s.at == v.end
	}
	m.present = s.close(v, "}~") == '}' && complete && s.dmg == nil
}

// body reads a content. Null, or the 0 that versions before 0.14 write, is
// one that was not kept.
func (rd *reader) body(rec *record, end int64, keep bool) flow.Body {
	s := rd.scanner
	v := s.open(end)
	b := flow.Body{Size: v.size(), Source: flow.Provenance{Offset: v.at, Length: v.size()}}
	if s.dmg == nil && keep && rec.spend(v.size()) {
		b.Data, b.Kept = s.take(v), true
	}
	if tag := s.close(v, ",;~#"); tag == '~' || tag == '#' {
		return flow.Body{Size: -1}
	}
	if v.size() == 0 {
		b.Kept = true // nothing was there to keep
	}
	return b
}

// fields reads a list of (name, value) pairs.
func fields(s *scanner, v value) []flow.Field {
	var fs []flow.Field
	for _, pair := range v.list(s) {
		if p := pair.list(s); len(p) >= 2 {
			fs = append(fs, flow.Field{Name: p[0].text(), Value: p[1].text()})
		}
	}
	return fs
}
