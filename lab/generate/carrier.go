package generate

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/lab/encode"
)

// carrier is where in a message values stand.
type carrier struct {
	name     string
	inline   bool // in the request line or a header field: short, and of one line
	binary   bool // any byte can stand in it
	single   bool // there is room for one value
	nameless bool // the values have no names in it
	holdsOne func(p *parcel) bool
	fill     func(r *rand.Rand, e *exchange, ps []parcel)
}

var carriers = append([]carrier{
	{name: "json", fill: body("application/json", func(r *rand.Rand, ps []parcel) []byte { return object(ps) })},
	{name: "json nested", fill: body("application/json; charset=utf-8", nested)},
	{name: "form", fill: body("application/x-www-form-urlencoded", func(_ *rand.Rand, ps []parcel) []byte { return []byte(pairs(ps)) })},
	{name: "query", inline: true, fill: func(r *rand.Rand, e *exchange, ps []parcel) {
		e.method, e.target = "GET", path(r)+"?"+pairs(ps)
		for _, p := range ps {
			e.query = append(e.query, field{p.name, string(p.data)})
		}
	}},
	{name: "header", inline: true, holdsOne: func(p *parcel) bool { return line(p.data) }, fill: func(r *rand.Rand, e *exchange, ps []parcel) {
		e.method = "GET"
		for _, p := range ps {
			e.headers = append(e.headers, field{"X-" + strings.ReplaceAll(strings.TrimPrefix(p.name, "x-"), "_", "-"), string(p.data)})
		}
	}},
	{name: "cookie", inline: true, holdsOne: func(p *parcel) bool { return cookie(p.data) }, fill: func(r *rand.Rand, e *exchange, ps []parcel) {
		e.method = "GET"
		var all []string
		for _, p := range ps {
			e.cookies = append(e.cookies, field{p.name, string(p.data)})
			all = append(all, p.name+"="+string(p.data))
		}
		e.headers = append(e.headers, field{"Cookie", strings.Join(all, "; ")})
	}},
	{name: "path", inline: true, nameless: true, fill: func(r *rand.Rand, e *exchange, ps []parcel) {
		e.method, e.target = "GET", "/v1"
		for _, p := range ps {
			e.target += "/" + url.PathEscape(p.name) + "/" + url.PathEscape(string(p.data))
		}
	}},
	{name: "multipart", binary: true, fill: multipart},
	{name: "xml", fill: body("application/xml", xml)},
	{name: "ndjson", fill: body("application/x-ndjson", func(r *rand.Rand, ps []parcel) []byte {
		var b []byte
		for i := range ps {
			b = append(append(b, object(ps[i:i+1])...), '\n')
		}
		return b
	})},
	{name: "raw", binary: true, single: true, nameless: true, fill: func(r *rand.Rand, e *exchange, ps []parcel) {
		e.body, e.mime = ps[0].data, "application/octet-stream"
		if ps[0].text && r.IntN(2) == 0 {
			e.mime = "text/plain; charset=utf-8"
		}
	}},
	{name: "protobuf", binary: true, nameless: true, fill: body("application/x-protobuf", message)},
	{name: "websocket", fill: socket},
	{name: "websocket binary", binary: true, nameless: true, fill: socket},
	{name: "grpc", binary: true, nameless: true, fill: body("application/grpc-web+proto", func(r *rand.Rand, ps []parcel) []byte {
		m := message(r, ps)
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(m))), m...)
	})},
}, recordCarriers...)

// room is how long a wrapped value may be.
func (c *carrier) room() int {
	if c.inline {
		return maxInline
	}
	return maxMessage
}

// holds reports whether p can stand in c as it is.
func (c *carrier) holds(p *parcel) bool {
	switch {
	case c.binary:
		return true
	case c.holdsOne != nil:
		return c.holdsOne(p)
	}
	return p.text
}

// suit makes p fit into c, with one more step where it does not.
func (c *carrier) suit(r *rand.Rand, p *parcel) {
	p.text = text(p.data)
	if c.holds(p) {
		return
	}
	name := "base64"
	if c.name == "cookie" && p.text && r.IntN(2) == 0 {
		name = "percent" // as encodeURIComponent does
	}
	s, _ := encode.ByName(name)
	p.data, p.text = s.Apply(r, p.data), true
	p.item.Chain = append(p.item.Chain, name)
}

// line reports whether b can be the value of a header field.
func line(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(b) > 0 && b[0] != ' ' && b[len(b)-1] != ' '
}

// cookie reports whether b consists of cookie octets (RFC 6265, 4.1.1).
func cookie(b []byte) bool { return line(b) && !bytes.ContainsAny(b, ` ",;\`) }

func path(r *rand.Rand) string {
	return "/" + pick(r, []string{"v1", "v2", "api", "service/2"}) + "/" + pick(r, []string{"event", "log", "batch", "sync", "report", "app_log", "collect", "clip"})
}

// body is a fill that makes a body of a media type.
func body(mime string, f func(r *rand.Rand, ps []parcel) []byte) func(*rand.Rand, *exchange, []parcel) {
	return func(r *rand.Rand, e *exchange, ps []parcel) { e.body, e.mime = f(r, ps), mime }
}

// object writes parcels as the members of a JSON object.
func object(ps []parcel) []byte {
	b := []byte("{")
	for i, p := range ps {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, quote(p.name)...), ':'), scalar(&p)...)
	}
	return append(b, '}')
}

func scalar(p *parcel) []byte {
	if p.noise && json.Valid(p.data) && p.data[0] != '"' {
		return p.data // a number, true
	}
	return quote(string(p.data))
}

func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string
	}
	return b
}

func nested(r *rand.Rand, ps []parcel) []byte {
	cut := r.IntN(len(ps) + 1)
	return fmt.Appendf(nil, `{"header":%s,"events":[{"t":%d,"attrs":{"c":%s}},{"t":%d,"attrs":null}],"v":3}`,
		object(ps[:cut]), r.IntN(1e6), object(ps[cut:]), r.IntN(1e6))
}

func pairs(ps []parcel) string {
	var all []string
	for _, p := range ps {
		all = append(all, url.QueryEscape(p.name)+"="+url.QueryEscape(string(p.data)))
	}
	return strings.Join(all, "&")
}

func multipart(r *rand.Rand, e *exchange, ps []parcel) {
	edge := "----QuinzeFormBoundary" + hexes(r, 8)
	var b bytes.Buffer
	for i, p := range ps {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", edge, p.name)
		if !p.text {
			fmt.Fprintf(&b, "; filename=\"part%d.bin\"\r\nContent-Type: application/octet-stream", i)
		}
		fmt.Fprintf(&b, "\r\n\r\n%s\r\n", p.data)
	}
	fmt.Fprintf(&b, "--%s--\r\n", edge)
	e.body, e.mime = b.Bytes(), "multipart/form-data; boundary="+edge
}

func xml(r *rand.Rand, ps []parcel) []byte {
	b := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<batch>")
	for _, p := range ps {
		v := strings.ReplaceAll(html.EscapeString(string(p.data)), "\r", "&#13;") // a bare one would not survive
		b = fmt.Appendf(b, "<%s>%s</%s>", p.name, v, p.name)
	}
	return append(b, "</batch>\n"...)
}

// message writes parcels as a protobuf message: some fields of its own, some
// as entries of a map.
func message(r *rand.Rand, ps []parcel) []byte {
	b := binary.AppendUvarint(binary.AppendUvarint(nil, 1<<3), uint64(r.IntN(1<<30)))
	for i, p := range ps {
		if r.IntN(2) == 0 {
			b = delimited(b, 2+i, p.data)
		} else {
			b = delimited(b, 20, delimited(delimited(nil, 1, []byte(p.name)), 2, p.data))
		}
	}
	return b
}

func delimited(b []byte, number int, data []byte) []byte {
	b = binary.AppendUvarint(b, uint64(number)<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(data))), data...)
}

// socket sends each value in a message: as JSON, or as it is.
func socket(r *rand.Rand, e *exchange, ps []parcel) {
	e.method, e.target, e.socket, e.status, e.answer = "GET", "/ws/"+hexes(r, 3), true, 101, nil
	at := e.at.Add(4 * e.rtt)
	for i := range ps {
		at = at.Add(time.Duration(1+r.IntN(300)) * time.Millisecond)
		m := socketMessage{at: at, text: true}
		if ps[i].carrier.binary {
			m.text, m.data = ps[i].text && r.IntN(2) == 0, ps[i].data
		} else {
			m.data = object(ps[i : i+1])
		}
		ps[i].item.Time = at
		e.messages = append(e.messages, m)
	}
}

// finish makes the message whole.
func (e *exchange) finish(r *rand.Rand, ps []parcel) {
	if e.target == "" {
		e.target = path(r)
		if r.IntN(3) == 0 {
			n := strconv.Itoa(r.IntN(900))
			e.target += "?rev=" + n
			e.query = []field{{"rev", n}}
		}
	}
	hs := []field{{"Host", e.host}, {"User-Agent", "QuinzeClips/4.2 (Linux; Android 14) okhttp/4.12"}, {"Accept", "*/*"}}
	if e.socket {
		hs = append(hs, field{"Connection", "Upgrade"}, field{"Upgrade", "websocket"}, field{"Sec-WebSocket-Version", "13"}, field{"Sec-WebSocket-Key", base64Of(r, 16)})
	}
	if e.mime != "" {
		hs = append(hs, field{"Content-Type", e.mime}, field{"Content-Length", strconv.Itoa(len(e.body))})
	}
	e.headers = append(hs, e.headers...)
	where, _, _ := strings.Cut(e.target, "?")
	for _, p := range ps {
		if p.noise {
			continue
		}
		p.item.Host, p.item.Path, p.item.Field, p.item.Flow = e.host, where, p.name, "f"+strconv.Itoa(e.index)
		if p.carrier.name == "path" {
			p.item.Path = "/v1" // the rest is the values themselves
		}
		if p.item.Time.IsZero() {
			p.item.Time = e.at
		}
		e.items = append(e.items, p.item)
	}
}

// acceptKey answers the key of a WebSocket request (RFC 6455, 4.2.2).
func acceptKey(key string) string {
	return base64Std(sha1Of(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
}

// id makes an identifier of a flow in the manner of a UUID.
func (e *exchange) id(what byte) string {
	s := hex.EncodeToString(sha1Of(fmt.Sprintf("%d %s %d %c", e.at.UnixMilli(), e.host, e.index, what)))
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-8" + s[17:20] + "-" + s[20:32]
}
