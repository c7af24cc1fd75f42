package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// writeHAR writes a HAR of exactly size bytes with posts entries and reports
// each plant to truth. It holds one entry at a time.
func writeHAR(w io.Writer, size int64, posts int, seed uint64, truth func(Plant) error) error {
	const tail = "]}}\n"
	out := bufio.NewWriterSize(w, 1<<20)
	written, _ := out.WriteString(`{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[],"entries":[`)
	left := size - int64(written) - int64(len(tail))
	r := rand.New(rand.NewPCG(seed, 0x636f6e73746174))
	for i := range posts {
		if i > 0 {
			out.WriteByte(',')
			left--
		}
		remaining := posts - i
		// Every entry gets its share of what is left, give or take a
		// third, so that the total comes out exactly.
		share := (left - int64(remaining-1)) / int64(remaining)
		target := share
		if remaining > 1 {
			target += share * int64(r.IntN(67)-33) / 100
		} else {
			target -= 300 // blanks fill the rest
		}
		entry, planted := makeEntry(r, i, int(target))
		if remaining == 1 && int64(len(entry)) > left {
			return fmt.Errorf("%d entries do not fit in %d bytes: an entry takes about 1,600", posts, size)
		}
		if remaining == 1 {
			entry = append(entry, bytes.Repeat([]byte(" "), int(left)-len(entry))...)
		}
		left -= int64(len(entry))
		if _, err := out.Write(entry); err != nil {
			return err
		}
		for _, p := range planted {
			if err := truth(p); err != nil {
				return err
			}
		}
	}
	out.WriteString(tail)
	return out.Flush()
}

var start = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// makeEntry writes entry i in about target bytes.
func makeEntry(r *rand.Rand, i, target int) ([]byte, []Plant) {
	to := unknownEndpoints[r.IntN(len(unknownEndpoints))]
	if r.IntN(100) < 8 {
		to = knownEndpoints[r.IntN(len(knownEndpoints))]
	}
	kind := pickKind(r)
	if to.body != "" {
		kind = to.body
	}
	planted := plants(r, i)

	var inBody, query, headers, cookies []field
	for j := range planted {
		p := &planted[j]
		keys := persona[p.Value].Keys
		f := field{name: keys[r.IntN(len(keys))], value: p.Surface}
		if name, ok := to.names[p.Type]; ok && p.Detail == "as listed" {
			f.name, p.Place = name, "body"
		}
		switch p.Place {
		case "query":
			query = append(query, f)
		case "header":
			headers = append(headers, field{name: "x-" + f.name, value: f.value})
		case "cookie":
			cookies = append(cookies, f)
		default:
			p.Inside = kind
			inBody = append(inBody, f)
		}
	}
	query = append(query, field{name: "ts", value: strconv.Itoa(1_780_000_000 + i)}, field{name: "req", value: random(r, base64Digits, 12)})
	cookies = append(cookies, field{name: "sid_guard", value: random(r, hexDigits, 32)})

	var fields []field
	for range 3 {
		fields = append(fields, noise(r))
	}
	render := func() []byte {
		all := slices.Clone(fields)
		for j, f := range inBody { // at fixed places among the noise; the API's own names first
			at := (j*7 + i) % (len(all) + 1)
			if to.names != nil {
				at = 0
			}
			all = slices.Insert(all, at, f)
		}
		return renderEntry(to.url, i, kind, all, query, headers, cookies)
	}
	entry := render()
	bare, few := len(entry), len(fields)
	perField := 60 // bytes, corrected by what the last rendering took
	for target-len(entry) > 60 {
		for range max(1, (target-len(entry))/perField) {
			fields = append(fields, noise(r))
		}
		entry = render()
		perField = max(35, (len(entry)-bare)/(len(fields)-few))
	}
	return entry, planted
}

func renderEntry(endpoint string, i int, kind string, fields, query, headers, cookies []field) []byte {
	mime, body := encode(kind, fields)
	at := start.Add(time.Duration(i) * 37 * time.Millisecond)
	u, _ := url.Parse(endpoint)
	address := endpoint + "?"
	for j, f := range query {
		if j > 0 {
			address += "&"
		}
		address += url.QueryEscape(f.name) + "=" + url.QueryEscape(f.value)
	}
	cookie := ""
	for j, f := range cookies {
		if j > 0 {
			cookie += "; "
		}
		cookie += f.name + "=" + f.value
	}
	headers = append([]field{
		{name: ":authority", value: u.Host},
		{name: ":method", value: "POST"},
		{name: "content-type", value: mime},
		{name: "cookie", value: cookie},
		{name: "user-agent", value: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36"},
	}, headers...)

	var b bytes.Buffer
	fmt.Fprintf(&b, `{"startedDateTime":%q,"time":41.5,"request":{"method":"POST","url":%s,"httpVersion":"http/2.0","headers":`,
		at.Format("2006-01-02T15:04:05.000Z07:00"), quote(address))
	list(&b, headers)
	b.WriteString(`,"queryString":`)
	list(&b, query)
	b.WriteString(`,"cookies":`)
	list(&b, cookies)
	fmt.Fprintf(&b, `,"headersSize":-1,"bodySize":%d,"postData":{"mimeType":%s,"text":%s}}`, len(body), quote(mime), quote(body))
	fmt.Fprintf(&b, `,"response":{"status":200,"statusText":"","httpVersion":"http/2.0","headers":[{"name":"content-type","value":"application/json"}],"cookies":[],"content":{"size":16,"mimeType":"application/json","text":"{\"status\":\"ok\"}"},"redirectURL":"","headersSize":-1,"bodySize":-1,"_transferSize":120},"cache":{},"timings":{"blocked":0.5,"dns":-1,"connect":-1,"ssl":-1,"send":0.2,"wait":40.1,"receive":0.7},"serverIPAddress":"198.51.100.%d","connection":"%d"}`, 1+len(u.Host)%250, 400+len(u.Host))
	return b.Bytes()
}

func list(b *bytes.Buffer, fields []field) {
	b.WriteByte('[')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"name":`)
		b.WriteString(quote(f.name))
		b.WriteString(`,"value":`)
		b.WriteString(quote(f.value))
		b.WriteByte('}')
	}
	b.WriteByte(']')
}
