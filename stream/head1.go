package stream

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

// lineEnd and headEnd return how many bytes of b are up to and with the end of
// a line or of a head, 0 if it is not there. Lines may end without a CR
// (RFC 9112, 2.2): what a server may read as an end must be one here.
func lineEnd(b []byte) int { return bytes.IndexByte(b, '\n') + 1 }

func headEnd(b []byte) int {
	end := 0
	if i := bytes.Index(b, []byte("\n\r\n")); i >= 0 {
		end = i + 3
		b = b[:i+1]
	}
	if i := bytes.Index(b, []byte("\n\n")); i >= 0 {
		end = i + 2
	}
	return end
}

// gather collects bytes up to an end. The line is valid until the next call,
// nil as long as it has not ended.
func (s *half1) gather(b []byte, end func([]byte) int, m Mark, limit int) (line []byte, n int, err error) {
	old := len(s.line)
	if old == 0 {
		s.lineAt = m
	} else { // an end may lie across two pieces
		var seam [4]byte
		k := copy(seam[:], s.line[max(0, old-2):])
		n = max(0, end(seam[:k+copy(seam[k:], b)])-k)
	}
	if n == 0 {
		n = end(b)
	}
	switch {
	case old+max(n, 1) > limit || n == 0 && old+len(b) > limit:
		return nil, 0, errHead
	case n == 0:
		s.line = append(s.line, b...)
		return nil, len(b), nil
	case old == 0:
		return b[:n], n, nil
	}
	line = append(s.line, b[:n]...)
	if s.line = line[:0]; cap(line) > keptBuffer {
		s.line = nil
	}
	return line, n, nil
}

// requestLine takes a request line apart.
func requestLine(line string) (method, target, version string, ok bool) {
	line = strings.TrimSuffix(line, "\r")
	method, target, ok = strings.Cut(line, " ")
	i := strings.LastIndexByte(target, ' ')
	if !ok || i < 0 || !strings.HasPrefix(target[i+1:], "HTTP/1.") {
		return "", "", "", false
	}
	return method, target[:i], target[i+1:], true
}

// fieldLines cuts header or trailer lines into fields. A line that is none is
// kept as a name without value: it left the client all the same.
func fieldLines(text string) []flow.Field {
	fields := make([]flow.Field, 0, strings.Count(text, "\n"))
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		if (line[0] == ' ' || line[0] == '\t') && len(fields) > 0 { // obsolete folding (RFC 9112, 5.2)
			last := &fields[len(fields)-1]
			last.Value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, flow.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	return fields
}

// framing tells how a body is delimited (RFC 9112, section 6): chunked, or its
// length, -1 if not told.
func (x *exchange) framing(side Side, fields []flow.Field) (n int64, chunked bool, err error) {
	n = -1
	coded := false
	for i := range fields {
		f := &fields[i]
		switch {
		case strings.EqualFold(f.Name, "transfer-encoding"):
			coding := f.Value[strings.LastIndexByte(f.Value, ',')+1:]
			coded, chunked = true, strings.EqualFold(strings.TrimSpace(coding), "chunked")
		case strings.EqualFold(f.Name, "content-length"):
			for part := range strings.SplitSeq(f.Value, ",") { // the same length may be there twice
				v, err := strconv.ParseUint(strings.TrimSpace(part), 10, 63)
				if err != nil || n >= 0 && int64(v) != n {
					return 0, false, errLength
				}
				n = int64(v)
			}
		}
	}
	if coded {
		if n >= 0 {
			x.note([2]string{Up: "request", Down: "response"}[side] + " with both Transfer-Encoding and Content-Length: read by the first, another reader may see other messages")
		}
		if n = -1; !chunked && side == Up {
			return 0, false, errCoding
		}
	}
	return n, chunked, nil
}
