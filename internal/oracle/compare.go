package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is one way in which what was seen is not what was.
type Difference struct {
	Exchange *Exchange // of the truth, or of what was seen if there is no truth of it
	What     string    // "missing", "not served", "method", "headers", "body" …
	Want     string
	Got      string
}

func (d Difference) String() string {
	x := d.Exchange
	stream := ""
	if x.Stream != nil {
		stream = fmt.Sprintf(" stream %d", *x.Stream)
	}
	if d.What == "missing" || d.What == "not served" {
		return fmt.Sprintf("%s%s %s %s: %s", x.Protocol, stream, x.Method, x.Path, d.What)
	}
	return fmt.Sprintf("%s%s %s %s: %s: want %s, got %s", x.Protocol, stream, x.Method, x.Path, d.What, d.Want, d.Got)
}

// key tells which exchange is which: two of the same key happened in the same
// order on both sides.
func key(x *Exchange, byPath bool) string {
	stream := int64(-1)
	if x.Stream != nil {
		stream = *x.Stream
	}
	if byPath || x.Protocol == "mqtt" || x.Protocol == "push" {
		return fmt.Sprint(x.Protocol, " ", x.Path, " ", x.TLS != nil)
	}
	return fmt.Sprint(x.Client, " ", x.Server, " ", x.Protocol, " ", stream)
}

// Compare tells in what seen differs from truth, exchange by exchange: those
// that are missing, those that were not served, and fields that differ. Fields
// that one of the sides cannot know are left out.
func Compare(truth, seen []*Exchange) (out []Difference) {
	// An origin that cannot tell who asked is compared by path.
	byPath := len(truth) > 0 && truth[0].Client == ""
	waiting := map[string][]*Exchange{}
	for _, x := range seen {
		waiting[key(x, byPath)] = append(waiting[key(x, byPath)], x)
	}
	// The origin writes an exchange when it has ended.
	ordered := slices.Clone(truth)
	slices.SortStableFunc(ordered, func(a, b *Exchange) int {
		if a.Time == nil || b.Time == nil {
			return 0
		}
		return a.Time.Compare(*b.Time)
	})
	for _, want := range ordered {
		k := key(want, byPath)
		if len(waiting[k]) == 0 {
			out = append(out, Difference{Exchange: want, What: "missing"})
			continue
		}
		got := waiting[k][0]
		waiting[k] = waiting[k][1:]
		out = append(out, compare(want, got)...)
	}
	for _, x := range seen {
		if slices.Contains(waiting[key(x, byPath)], x) {
			out = append(out, Difference{Exchange: x, What: "not served"})
		}
	}
	return out
}

func compare(want, got *Exchange) (out []Difference) {
	differ := func(what string, w, g any) {
		if a, b := fmt.Sprint(w), fmt.Sprint(g); a != b {
			out = append(out, Difference{want, what, a, b})
		}
	}
	differ("method", want.Method, got.Method)
	differ("authority", want.Authority, got.Authority)
	differ("path", want.Path, got.Path)
	differ("scheme", want.Scheme, got.Scheme)
	differ("headers", fields(want.Headers), fields(got.Headers))
	connect := want.Method == "CONNECT" // carries messages, and no body
	if !connect {
		differ("body", want.Body, got.Body)
	}
	differ("trailers", fields(want.Trailers), fields(got.Trailers))
	if want.Aborted == "" && want.Response.SHA256 != "" {
		differ("status", want.Status, got.Status)
		differ("response headers", fields(want.ResponseHeaders), fields(got.ResponseHeaders))
		if !connect {
			differ("response", want.Response, got.Response)
		}
		differ("response trailers", fields(want.ResponseTrailers), fields(got.ResponseTrailers))
	}
	differ("answers", want.Answers, got.Answers)
	if want.Protocol != "dns" {
		differ("messages", messages(want.Messages), messages(got.Messages))
	}
	if want.TLS != nil && got.TLS != nil {
		differ("tls version", want.TLS.Version, got.TLS.Version)
		differ("tls suite", want.TLS.Suite, got.TLS.Suite)
		differ("sni", want.TLS.SNI, got.TLS.SNI)
		differ("alpn", want.TLS.ALPN, got.TLS.ALPN)
	}
	differ("tls", want.TLS != nil, got.TLS != nil)
	return out
}

// fields are written with names in lower case: HTTP/1 responses are compared
// to what the origin meant, which HTTP/2 and HTTP/3 send in lower case.
func fields(in [][2]string) string {
	var b strings.Builder
	for _, f := range in {
		fmt.Fprintf(&b, "%s: %s; ", strings.ToLower(f[0]), f[1])
	}
	return b.String()
}

// messages are compared for each sender: their order between the two is the
// order of packets for one side, of reads and writes for the other.
func messages(in []Message) string {
	by := map[string][]string{}
	for _, m := range in {
		by[m.From] = append(by[m.From], fmt.Sprintf("%s %d %.8s", m.Type, m.Size, m.SHA256))
	}
	return fmt.Sprint("client ", by["client"], " server ", by["server"])
}

// Differences is the text of differences.txt: for each capture in which tshark
// does not see what was served, why, and each difference.
func Differences(m *Manifest) (string, error) {
	var b strings.Builder
	b.WriteString("What tshark 4.0 does not see as the origin served it. Written by testdata/record/packets/pack.\n")
	for _, c := range m.Captures {
		truth, err := c.Truth()
		if err != nil {
			return "", err
		}
		seen, _, err := c.Seen()
		if err != nil {
			return "", err
		}
		differences := Compare(truth, seen)
		if len(differences) == 0 {
			continue
		}
		reason := Fault(c.Name)
		if reason == "" {
			reason = "NOT EXPLAINED"
		}
		fmt.Fprintf(&b, "\n%s: %d served, %d seen: %s\n", c.Name, len(truth), len(seen), reason)
		for i, d := range differences {
			if i == 8 {
				fmt.Fprintf(&b, "\t… and %d more\n", len(differences)-i)
				break
			}
			s := d.String()
			if len(s) > 300 {
				s = s[:300] + " …"
			}
			fmt.Fprintf(&b, "\t%s\n", s)
		}
	}
	return b.String(), nil
}
