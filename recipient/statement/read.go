package statement

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// What is read of one message. A header is the other side's to write, so
// whatever is larger than anything real is left unread.
const (
	maxName       = 40
	maxValue      = 16 << 10 // of one field
	maxFields     = 1024
	maxEntries    = 64 // of one list
	maxStatements = 64
)

// Read gives what the operators say in one exchange: header fields of the
// response, the few of the request in which an app repeats what its operator
// assigned, cookies, and the host's name.
func Read(f *flow.Flow) []Statement {
	var s scan
	if f.Response != nil {
		s.answer = f.Response.Headers
		s.fields(&rules().response, f.Response.Headers)
	}
	if f.Request != nil {
		s.fields(&rules().request, f.Request.Headers)
	}
	if f.Kind != flow.DNS { // whose host is the resolver
		s.host(f.Host())
	}
	return s.found
}

// ReadHeader gives what single fields say, of whichever side, and a host's
// name if there is one. Date is when the response was made, for the statements
// that must agree with a clock; a Date among the fields goes before it.
func ReadHeader(fields []flow.Field, host string, date time.Time) []Statement {
	s := scan{answer: fields, date: date}
	s.fields(&rules().response, fields)
	s.fields(&rules().request, fields)
	s.host(strings.ToLower(host))
	return s.found
}

// scan is the reading of one exchange.
type scan struct {
	found  []Statement
	answer []flow.Field // of the response: Date and Age
	date   time.Time    // if answer has none
}

// fields reads header fields by the rows of one side.
func (s *scan) fields(known *names, fields []flow.Field) {
	fields = fields[:min(len(fields), maxFields)]
	var done []string
	for i := range fields {
		name := fields[i].Name
		if isCookie(name) {
			s.cookies(fields[i])
			continue
		}
		if !known.may(name) {
			continue
		}
		var buf [maxName]byte
		small := lower(&buf, name)
		rows := known.rows[string(small)]
		if rows == nil || slices.Contains(done, string(small)) {
			continue
		}
		// Fields of one name are one list (RFC 9110, 5.3).
		done = append(done, string(small))
		s.named(rows, name, valuesOf(fields[i:]))
	}
}

func isCookie(name string) bool {
	return len(name) == len("cookie") && strings.EqualFold(name, "cookie") ||
		len(name) == len("set-cookie") && strings.EqualFold(name, "set-cookie")
}

// named reads all values of one name.
func (s *scan) named(rows []*row, field string, values []string) {
	var entries []string
	for _, v := range values {
		entries = split(entries, v)
	}
	for _, r := range rows {
		switch {
		case r.Pick == "":
			for _, v := range values {
				s.read(r, field, v)
			}
		case r.beside != nil && !slices.ContainsFunc(entries, r.beside.MatchString):
		default:
			for _, e := range r.picks(entries) {
				s.read(r, field, e)
			}
		}
	}
}

// cookies reads a Cookie field, or the pair of a Set-Cookie field.
func (s *scan) cookies(f flow.Field) {
	if len(f.Value) > maxValue {
		return
	}
	known, set := &rules().cookie, len(f.Name) == len("set-cookie")
	for line := range strings.SplitSeq(f.Value, "\n") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if known.may(name) {
				for _, r := range known.rows[name] {
					s.read(r, f.Name+" "+name, strings.TrimSpace(value))
				}
			}
			if set {
				break // the rest are attributes
			}
		}
	}
}

// host reads the labels before a domain whose operator names rooms there.
func (s *scan) host(host string) {
	if len(host) > 253 {
		return
	}
	known := &rules().host
	for end := strings.LastIndexByte(host, '.'); end > 0; end = strings.LastIndexByte(host[:end], '.') {
		if domain := host[end+1:]; known.may(domain) {
			for _, r := range known.rows[domain] {
				s.read(r, "host", host[:end])
			}
		}
	}
}

// read is one row on one text.
func (s *scan) read(r *row, field, text string) {
	if len(s.found) == maxStatements || !strings.HasPrefix(text, r.start) {
		return
	}
	groups := r.re.FindStringSubmatch(text)
	if groups == nil || r.server != nil && !s.servedBy(r) {
		return
	}
	st := Statement{
		By: r.By, Class: r.Class, Layer: r.Layer, Row: r.ID, Field: field,
		Confidence: r.Confidence, Trap: r.Trap, Source: r.Source, SourceDate: r.Date,
	}
	if r.read(&st, match{r, groups}, s) && !slices.Contains(s.found, st) {
		s.found = append(s.found, st)
	}
}

// servedBy reports whether the Server field, which some operators write
// themselves, leaves it open that the row's operator is the outermost.
func (s *scan) servedBy(r *row) bool {
	server := flow.Header(s.answer, "Server")
	return server == "" || r.server.MatchString(server)
}

// when is the time that the response bears, and the seconds it has since lain
// in caches.
func (s *scan) when() (date time.Time, age time.Duration, ok bool) {
	if t, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", flow.Header(s.answer, "Date")); err == nil {
		date = t
	} else {
		date = s.date
	}
	if n, err := strconv.ParseUint(flow.Header(s.answer, "Age"), 10, 31); err == nil {
		age = time.Duration(n) * time.Second
	}
	return date, age, !date.IsZero()
}

// lower gives a name, which is no longer than maxName, in lower case.
func lower(buf *[maxName]byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return buf[:len(name)]
}

// valuesOf gives the values of all fields that are named like the first. Some
// captures join them with line feeds.
func valuesOf(fields []flow.Field) []string {
	var values []string
	for _, f := range fields {
		if !strings.EqualFold(f.Name, fields[0].Name) || len(f.Value) > maxValue {
			continue
		}
		for v := range strings.SplitSeq(f.Value, "\n") {
			if values = append(values, strings.TrimSpace(v)); len(values) == maxEntries {
				return values
			}
		}
	}
	return values
}

// split appends the entries of a comma list. Commas in quotes and in brackets
// do not count: cache39.l2cn1832[39,0] is one entry.
func split(entries []string, list string) []string {
	from, quoted, bracket := 0, false, false
	for i := 0; i <= len(list) && len(entries) < maxEntries; i++ {
		switch {
		case i == len(list) || list[i] == ',' && !quoted && !bracket:
			if e := strings.TrimSpace(list[from:i]); e != "" {
				entries = append(entries, e)
			}
			from = i + 1
		case list[i] == '"':
			quoted = !quoted
		case list[i] == '[' && !quoted:
			bracket = true
		case list[i] == ']' && !quoted:
			bracket = false
		}
	}
	return entries
}
