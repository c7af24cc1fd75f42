package phone

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/truth"
)

// field is one value in a message.
type field struct {
	key     string
	value   any    // what stands in the message: a string, or what JSON makes of it
	source  string // what it was made of; "" for what is nobody's
	dataTyp string // "" for what is nobody's
	subject int    // index in the persona, or -1
	chain   []string
	form    string
	piece   string // see truth.Item
	beyond  string // why it cannot be recognised
	refused bool   // the person does not let the app read it
}

// own is a value of the subject by its label, after steps of package encode.
func (p *Phone) own(key, label string, steps ...string) field {
	i := p.Subject.Index(label)
	if i < 0 {
		panic("phone: the subject has no " + label)
	}
	v := p.Subject.Values[i]
	f := p.made(key, v.Type, v.Value, i, steps...)
	f.refused = p.Scenario.Switch.RefusePermissions && guarded(label)
	return f
}

// guarded reports whether Android gives an app a value only after asking the
// person: with it go the permissions ACCESS_FINE_LOCATION (Wi-Fi names too,
// since Android 8.1), READ_CONTACTS and READ_CALENDAR.
func guarded(label string) bool {
	return slices.Contains([]string{"position", "Wi-Fi name", "router address", "calendar entry"}, label) || strings.HasPrefix(label, "contact ")
}

// made is a value of a data type that the subject's persona may not have.
func (p *Phone) made(key, dataType, value string, subject int, steps ...string) field {
	f := field{key: key, source: value, dataTyp: dataType, subject: subject, chain: []string{}, form: "clear"}
	b := []byte(value)
	for _, name := range steps {
		s, ok := encode.ByName(name)
		if !ok {
			panic("phone: no step " + name)
		}
		b = s.Apply(p.chance, b)
		f.chain = append(f.chain, name)
		switch {
		case s.Digest:
			f.form = "hashed"
		case f.form == "clear":
			f.form = "encoded"
		}
	}
	f.value = string(b)
	return f
}

// plain is what is nobody's.
func plain(key string, value any) field { return field{key: key, value: value, subject: -1} }

// message is a request of the app.
type message struct {
	method, host, path string
	carrier            string // "json" unless said: "form", "query", "header", "media", "envelope"
	why                string // the switch, "" for what the app is for
	fields             []field
	media              []byte
	mediaType          string
}

// queued is a message that waits for a network.
type queued struct {
	message
	made time.Time
}

// online brings the network back: what waited for it leaves.
func (p *Phone) online(ctx context.Context) error {
	waiting := p.queue
	p.offline, p.queue = false, nil
	for _, q := range waiting {
		if _, err := p.depart(ctx, q.message, q.made); err != nil {
			return err
		}
	}
	return nil
}

// send sends a message, or keeps it for later while there is no network, less
// what the person does not let the app read; one of which nothing is left is not
// sent. It returns the answer's body.
func (p *Phone) send(ctx context.Context, m message) ([]byte, error) {
	all := m.fields
	m.fields = slices.DeleteFunc(slices.Clone(all), func(f field) bool { return f.refused })
	if len(m.fields) < len(all) && !slices.ContainsFunc(m.fields, func(f field) bool { return f.dataTyp != "" }) {
		return nil, nil
	}
	if p.offline {
		p.queue = append(p.queue, queued{m, time.Now()})
		return nil, nil
	}
	return p.depart(ctx, m, time.Time{})
}

// depart writes down what is sent, and sends it; made is when it was made, if it
// had to wait.
func (p *Phone) depart(ctx context.Context, m message, made time.Time) ([]byte, error) {
	if m.method == "" {
		m.method = http.MethodPost
	}
	if m.carrier == "" {
		m.carrier = "json"
	}
	u := url.URL{Scheme: "https", Host: m.host, Path: m.path}
	var body []byte
	head := http.Header{"User-Agent": {"Quinze/2.4 (Android 14)"}}
	if m.host == Log {
		head.Set("X-Device-Time", fmt.Sprint(p.clockNow()))
	}
	switch m.carrier {
	case "query", "form":
		q := url.Values{}
		for _, f := range m.fields {
			q.Set(f.key, fmt.Sprint(f.value))
		}
		if m.carrier == "query" {
			m.method, u.RawQuery = http.MethodGet, q.Encode()
		} else {
			body = []byte(q.Encode())
			head.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	case "header":
		m.method = http.MethodGet
		for _, f := range m.fields {
			head.Set(f.key, fmt.Sprint(f.value))
		}
	case "media":
		body = m.media
		head.Set("Content-Type", m.mediaType)
	default:
		o := map[string]any{}
		for _, f := range m.fields {
			o[f.key] = f.value
		}
		b, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		body = b
		head.Set("Content-Type", "application/json")
		if m.carrier == "envelope" {
			s, _ := encode.ByName("envelope")
			body = s.Apply(p.chance, body)
			head.Set("Content-Type", "application/octet-stream")
		}
	}
	if p.token != "" && m.host == Home {
		head.Set("Authorization", "Bearer "+p.token)
		m.fields = append(m.fields, field{key: "Authorization", source: p.token, dataTyp: "account.session", subject: -1, form: "clear", chain: []string{}})
	}
	p.witness(&m, made)
	return p.do(ctx, m.method, u.String(), head, body)
}

// witness writes the items of a message to the truth file.
func (p *Phone) witness(m *message, made time.Time) {
	state, act := p.now()
	for _, f := range m.fields {
		if f.dataTyp == "" {
			continue
		}
		i := truth.Item{
			DataType: f.dataTyp, Value: f.source, Subject: f.subject, Form: f.form, Piece: f.piece, Chain: f.chain, Carrier: m.carrier, Field: f.key,
			Made: made, Host: m.host, Path: m.path, State: state, Act: act, Why: m.why, Beyond: f.beyond,
		}
		switch {
		case m.carrier == "envelope":
			i.Carrier, i.Form, i.Chain = "raw", "encrypted", append(append([]string{}, f.chain...), "json", "envelope")
		case f.key == "Authorization":
			i.Carrier = "header"
		}
		p.Truth.Add(i)
	}
	if m.carrier == "media" {
		p.Truth.Add(truth.Item{
			DataType: "content.media", Subject: -1, Form: "media", Carrier: "raw", Size: len(m.media),
			Made: made, Host: m.host, Path: m.path, State: state, Act: act, Why: m.why,
		})
	}
}

// do makes a request.
func (p *Phone) do(ctx context.Context, method, url string, head http.Header, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = head
	res, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	for _, c := range res.Cookies() {
		if c.Name == "quinze_session" {
			p.token = c.Value
		}
	}
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s: %.200s", method, req.URL.Path, res.Status, b)
	}
	return b, err
}

// clockNow is the phone's own time, in milliseconds.
func (p *Phone) clockNow() int64 {
	return time.Now().UnixMilli() + int64(p.Scenario.Switch.ClockAheadMS)
}

// noise is a number that means nothing.
func noise(r *rand.Rand) string { return fmt.Sprintf("%08x", r.Uint32()) }
