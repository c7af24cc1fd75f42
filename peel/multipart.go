package peel

import (
	"bytes"
	"mime"
	"strings"
)

// multipart reads MIME parts (RFC 2046 section 5.1, RFC 7578). Without a
// boundary parameter the first line is taken for one.
func (w *Walker) multipart(p *Part, mediaType string) bool {
	b := p.Data
	boundary := ""
	if _, params, err := mime.ParseMediaType(mediaType); err == nil {
		boundary = params["boundary"]
	}
	if boundary == "" || !bytes.Contains(b, []byte(boundary)) {
		line, _, ok := bytes.Cut(b, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if !ok || len(line) < 6 || len(line) > 76 || !bytes.HasPrefix(line, []byte("--")) {
			return false
		}
		boundary = string(line[2:])
	}
	mark := []byte("--" + boundary)
	at := delimiter(b, mark, 0)
	found := false
	for at >= 0 {
		start := at + len(mark)
		if bytes.HasPrefix(b[start:], []byte("--")) {
			break
		}
		stop := len(b)
		if at = delimiter(b, mark, start); at >= 0 {
			stop = at
		}
		found = w.mimePart(p, start, stop) || found
	}
	return found
}

// delimiter is the offset at or after from where mark begins a line and is
// followed by the end of that line or by "--"; -1 without one. The same bytes
// inside a value do not end it (RFC 2046 section 5.1.1).
func delimiter(b, mark []byte, from int) int {
	for {
		i := bytes.Index(b[from:], mark)
		if i < 0 {
			return -1
		}
		i += from
		after := b[i+len(mark):]
		ends := bytes.HasPrefix(after, []byte("--")) || bytes.HasPrefix(bytes.TrimLeft(after[:min(len(after), 80)], " \t\r"), []byte("\n"))
		if ends && (i == 0 || b[i-1] == '\n') {
			return i
		}
		from = i + len(mark)
	}
}

// mimePart reads the part whose head begins after the boundary at from.
func (w *Walker) mimePart(p *Part, from, to int) bool {
	b := p.Data[from:to]
	head, sep := bytes.Index(b, []byte("\r\n\r\n")), 4
	if i := bytes.Index(b, []byte("\n\n")); head < 0 || i >= 0 && i < head {
		head, sep = i, 2
	}
	if head < 0 {
		return false
	}
	name, mediaType, encoding := "", "", ""
	for _, line := range strings.Split(string(b[:head]), "\n") {
		k, v, _ := strings.Cut(strings.TrimSpace(line), ":")
		v = strings.TrimSpace(v)
		switch strings.ToLower(k) {
		case "content-disposition":
			if _, params, err := mime.ParseMediaType(v); err == nil {
				name = params["name"]
				if f := params["filename"]; f != "" {
					if i := bytes.Index(b[:head], []byte(f)); i >= 0 {
						w.slice(p, "multipart", name+" filename", "filename", from+i, len(f))
					}
				}
			}
		case "content-type":
			mediaType = strings.ToLower(v)
			if strings.Contains(mediaType, "boundary=") {
				mediaType = v
			}
		case "content-encoding":
			encoding = strings.ToLower(v)
		}
	}
	body := b[head+sep:]
	body = bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("\n")), []byte("\r"))
	if len(body) == 0 {
		return true
	}
	child := w.slice(p, "multipart", name, name, from+head+sep, len(body))
	if child == nil {
		return true
	}
	if encoding != "" && w.contentEncoding(child, encoding, hint{mediaType: mediaType}) {
		return true
	}
	if strings.HasPrefix(mediaType, "text/plain") {
		mediaType = ""
	}
	w.later(costStructure, child, hint{mediaType: mediaType, inner: true})
	return true
}
