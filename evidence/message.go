package evidence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

// A head is kept as text, in the form of an HTTP message (RFC 9112): the start
// line, one line a field in the order and spelling it had, an empty line. The
// target is the absolute URL, whatever form it had on the wire; HTTP/2 and
// HTTP/3 heads are written alike. NUL, CR and LF, which no field may have
// (RFC 9110, 5.5), become spaces.

var illegal = strings.NewReplacer("\x00", " ", "\r", " ", "\n", " ")

func appendFields(b []byte, fields []flow.Field) []byte {
	for _, f := range fields {
		b = append(b, illegal.Replace(f.Name)...)
		b = append(b, ": "...)
		b = append(b, illegal.Replace(f.Value)...)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

func requestHead(r *flow.Request) []byte {
	b := make([]byte, 0, 512)
	b = append(b, illegal.Replace(r.Method)...)
	b = append(b, ' ')
	b = append(b, illegal.Replace(r.URL)...)
	b = append(b, ' ')
	b = append(b, illegal.Replace(r.Version)...)
	b = append(b, "\r\n"...)
	return appendFields(b, r.Headers)
}

func responseHead(r *flow.Response) []byte {
	b := make([]byte, 0, 512)
	b = append(b, illegal.Replace(r.Version)...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(r.Status), 10)
	b = append(b, "\r\n"...)
	return appendFields(b, r.Headers)
}

var errHead = errors.New("not the head of a message")

// cutHead separates the start line from the fields.
func cutHead(b []byte) (start string, fields []flow.Field, err error) {
	line, rest, ok := bytes.Cut(b, []byte("\r\n"))
	if !ok {
		return "", nil, errHead
	}
	fields, err = parseFields(rest)
	return string(line), fields, err
}

func parseFields(b []byte) (fields []flow.Field, err error) {
	for {
		line, rest, ok := bytes.Cut(b, []byte("\r\n"))
		if !ok {
			return nil, errHead
		}
		if len(line) == 0 {
			return fields, nil
		}
		// A pseudo-header's name begins with a colon.
		i := bytes.Index(line[1:], []byte(": "))
		if i < 0 {
			return nil, errHead
		}
		fields = append(fields, flow.Field{Name: string(line[:i+1]), Value: string(line[i+3:])})
		b = rest
	}
}

func parseRequestHead(b []byte) (*flow.Request, error) {
	start, fields, err := cutHead(b)
	if err != nil {
		return nil, err
	}
	method, rest, ok := strings.Cut(start, " ")
	i := strings.LastIndexByte(rest, ' ')
	if !ok || i < 0 {
		return nil, errHead
	}
	return &flow.Request{Method: method, URL: rest[:i], Version: rest[i+1:], Headers: fields}, nil
}

func parseResponseHead(b []byte) (*flow.Response, error) {
	start, fields, err := cutHead(b)
	if err != nil {
		return nil, err
	}
	i := strings.LastIndexByte(start, ' ')
	if i < 0 {
		return nil, errHead
	}
	status, err := strconv.Atoi(start[i+1:])
	if err != nil {
		return nil, errHead
	}
	return &flow.Response{Version: start[:i], Status: status, Headers: fields}, nil
}

// Messages are kept one after the other, each with a head of its own: a byte
// of flags, then unsigned varints (as in protobuf): the time in ns since the
// session began, the size on the wire, the number of bytes kept; then these.
const (
	fromClient = 1 << iota
	isText
	isKept
	isDecoded
	isNamed // a varint and as many bytes stand between head and contents: Message.Name
)

func (l *Log) appendMessages(b []byte, ms []flow.Message) []byte {
	for i := range ms {
		m := &ms[i]
		var flags byte
		if m.FromClient {
			flags |= fromClient
		}
		if m.Text {
			flags |= isText
		}
		if m.Body.Kept {
			flags |= isKept
		}
		if m.Body.Decoded {
			flags |= isDecoded
		}
		if m.Name != "" {
			flags |= isNamed
		}
		b = append(b, flags)
		b = binary.AppendUvarint(b, uint64(max(l.Mono(m.Time), 0)))
		b = binary.AppendUvarint(b, uint64(max(m.Body.Size, 0)))
		b = binary.AppendUvarint(b, uint64(len(m.Body.Data)))
		if m.Name != "" {
			b = binary.AppendUvarint(b, uint64(len(m.Name)))
			b = append(b, m.Name...)
		}
		b = append(b, m.Body.Data...)
	}
	return b
}

// parseMessages reads what appendMessages wrote.
func (s *session) parseMessages(b []byte) ([]flow.Message, error) {
	var ms []flow.Message
	for len(b) > 0 {
		flags := b[0]
		b = b[1:]
		var n [3]uint64
		for i := range n {
			v, k := binary.Uvarint(b)
			if k <= 0 {
				return ms, errors.New("a message without its head")
			}
			n[i], b = v, b[k:]
		}
		name := ""
		if flags&isNamed != 0 {
			v, k := binary.Uvarint(b)
			if k <= 0 || v > uint64(len(b)-k) {
				return ms, errors.New("a message whose name is cut")
			}
			name, b = string(b[k:k+int(v)]), b[k+int(v):]
		}
		if n[2] > uint64(len(b)) || n[0] > maxMono || n[1] > maxMono {
			return ms, fmt.Errorf("a message of %d bytes, %d are left", n[2], len(b))
		}
		m := flow.Message{
			Time: s.time(int64(n[0])), FromClient: flags&fromClient != 0, Text: flags&isText != 0, Name: name,
			Body: flow.Body{Data: b[:n[2]:n[2]], Kept: flags&isKept != 0, Decoded: flags&isDecoded != 0, Size: int64(n[1])},
		}
		cut(&m.Body)
		ms = append(ms, m)
		b = b[n[2]:]
	}
	return ms, nil
}

// cut says how much of a body was not kept.
func cut(b *flow.Body) {
	if b.Kept && !b.Decoded {
		b.Cut = max(b.Size-int64(len(b.Data)), 0)
	}
}

// maxMono is the largest integer that a JSON number holds exactly.
const maxMono = 1 << 53
