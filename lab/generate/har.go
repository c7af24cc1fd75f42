package generate

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
	"time"
)

// harWriter writes HAR 1.2 as browsers export it: text as it is, bytes in
// base64, WebSocket messages beside the entry.
type harWriter struct {
	w io.Writer
	n int
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harEntry struct {
	Started  string      `json:"startedDateTime"`
	Time     float64     `json:"time"`
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	Address  string      `json:"serverIPAddress"`
	Resource string      `json:"_resourceType"`
	Messages []harSocket `json:"_webSocketMessages,omitempty"`
}

type harRequest struct {
	Method   string     `json:"method"`
	URL      string     `json:"url"`
	Version  string     `json:"httpVersion"`
	Cookies  []harField `json:"cookies"`
	Headers  []harField `json:"headers"`
	Query    []harField `json:"queryString"`
	Post     *harBody   `json:"postData,omitempty"`
	Head     int        `json:"headersSize"`
	BodySize int        `json:"bodySize"`
}

type harBody struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"encoding,omitempty"`
}

type harResponse struct {
	Status     int        `json:"status"`
	StatusText string     `json:"statusText"`
	Version    string     `json:"httpVersion"`
	Cookies    []harField `json:"cookies"`
	Headers    []harField `json:"headers"`
	Content    harContent `json:"content"`
	Redirect   string     `json:"redirectURL"`
	Head       int        `json:"headersSize"`
	BodySize   int        `json:"bodySize"`
}

type harContent struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
}

type harTimings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type harSocket struct {
	Type   string      `json:"type"`
	Time   json.Number `json:"time"`
	Opcode int         `json:"opcode"`
	Data   string      `json:"data"`
}

const harHead = `{"log":{"version":"1.2","creator":{"name":"constat lab","version":"1"},"pages":[],"entries":[`

func (h *harWriter) add(e *exchange) error {
	rtt := float64(e.rtt.Milliseconds())
	entry := harEntry{
		Started: e.at.Format("2006-01-02T15:04:05.000Z"), Time: 2*rtt + 2, Address: e.address(), Resource: "fetch",
		Request: harRequest{
			Method: e.method, URL: "http://" + e.host + e.target, Version: "HTTP/1.1",
			Cookies: fields(e.cookies), Headers: fields(e.headers), Query: fields(e.query), Head: -1, BodySize: len(e.body),
		},
		Response: harResponse{
			Status: e.status, StatusText: e.reason(), Version: "HTTP/1.1", Cookies: fields(nil), Headers: fields(e.answerHeaders()),
			Content: harContent{Size: len(e.answer), MimeType: "application/json", Text: string(e.answer)}, Head: -1, BodySize: len(e.answer),
		},
		Timings: harTimings{Blocked: -1, DNS: -1, Connect: rtt, Send: 1, Wait: rtt, Receive: 1},
	}
	if e.mime != "" {
		entry.Request.Post = &harBody{MimeType: e.mime, Text: string(e.body)}
		if !text(e.body) {
			entry.Request.Post.Text, entry.Request.Post.Encoding = base64Std(e.body), "base64"
		}
	}
	if e.socket {
		entry.Resource, entry.Request.URL = "websocket", "ws://"+e.host+e.target
	}
	for _, m := range e.messages {
		s := harSocket{Type: "send", Time: json.Number(seconds(m.at)), Opcode: 1, Data: string(m.data)}
		if !m.text {
			s.Opcode, s.Data = 2, base64.StdEncoding.EncodeToString(m.data)
		}
		entry.Messages = append(entry.Messages, s)
	}
	b, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	before := ",\n"
	if h.n == 0 {
		before = harHead + "\n"
	}
	h.n++
	if _, err := io.WriteString(h.w, before); err != nil {
		return err
	}
	_, err = h.w.Write(b)
	return err
}

func (h *harWriter) close() error {
	tail := "\n]}}\n"
	if h.n == 0 {
		tail = harHead + tail
	}
	_, err := io.WriteString(h.w, tail)
	return err
}

func fields(fs []field) []harField {
	out := make([]harField, 0, len(fs))
	for _, f := range fs {
		out = append(out, harField{f.name, f.value})
	}
	return out
}

// seconds is a time as a number of seconds since 1970, to the millisecond.
func seconds(t time.Time) string {
	ms := t.UnixMilli()
	s := strconv.FormatInt(ms%1000+1000, 10)[1:]
	return strconv.FormatInt(ms/1000, 10) + "." + s
}

func (e *exchange) address() string {
	a := e.server
	return strconv.Itoa(int(a[0])) + "." + strconv.Itoa(int(a[1])) + "." + strconv.Itoa(int(a[2])) + "." + strconv.Itoa(int(a[3]))
}

func (e *exchange) reason() string {
	if e.socket {
		return "Switching Protocols"
	}
	return "OK"
}

func (e *exchange) answerHeaders() []field {
	if e.socket {
		key := ""
		for _, h := range e.headers {
			if h.name == "Sec-WebSocket-Key" {
				key = h.value
			}
		}
		return []field{{"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", acceptKey(key)}}
	}
	return []field{{"Content-Type", "application/json"}, {"Content-Length", strconv.Itoa(len(e.answer))}, {"Server", "quinze"}}
}
