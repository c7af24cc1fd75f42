package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// layer is one step of the way to a field that selects something by name.
type layer struct {
	kind byte   // '$': a path in JSON and its kin; '#': a number of protobuf; '=': the name of a form's field and its kin
	text string // '$' with [*] for any index and .* for any key; '=' with at most one star
}

// parseAt reads where a field stands: "query idfa", "cookie uids > $.id",
// "body data > $.events[*].ifa", "body #1.19", "header x-info > $[3]",
// "path 2". The layers that have no names (base64, gzip, percent) are left
// out: whatever the app did to the bytes, the names stay.
func parseAt(at string) (place string, layers []layer, label string, err error) {
	place, rest, _ := strings.Cut(at, " ")
	switch place {
	case "header":
		var name string
		name, rest, _ = strings.Cut(rest, " > ")
		if name == "" || name != strings.ToLower(name) {
			return "", nil, "", fmt.Errorf("a header field needs a name in lower case")
		}
		place, label = "header "+name, name
	case "query", "cookie", "body", "path":
		if rest == "" {
			return "", nil, "", fmt.Errorf("%q needs a name", place)
		}
	default:
		return "", nil, "", fmt.Errorf("%q is not query, cookie, body, path or header", place)
	}
	if rest == "" {
		return place, nil, label, nil
	}
	for text := range strings.SplitSeq(rest, " > ") {
		label = text
		switch {
		case text == "":
			return "", nil, "", fmt.Errorf("an empty layer")
		case text[0] == '$':
			layers = append(layers, layer{'$', text})
		case text[0] == '#':
			for number := range strings.SplitSeq(text[1:], ".") {
				layers = append(layers, layer{'#', number})
			}
		default:
			layers = append(layers, layer{'=', text})
		}
	}
	return place, layers, label, nil
}

// key is what peel.Part.Key is of the field's parts, if that is fixed.
func (k *toldField) key() (key string, fixed bool) {
	if len(k.layers) == 0 {
		return strings.TrimPrefix(k.place, "header "), false // a header field's case varies
	}
	switch l := k.layers[len(k.layers)-1]; l.kind {
	case '#':
		return "", true
	case '$':
		text := l.text
		for strings.HasSuffix(text, "]") {
			text = text[:strings.LastIndexByte(text, '[')]
		}
		key = text[strings.LastIndexByte(text, '.')+1:]
		if key == "$" {
			return "", false // the name of what the array stands in
		}
		return key, key != "*"
	default:
		if k.place == "path" {
			return "", true
		}
		return l.text, !strings.Contains(l.text, "*")
	}
}

// matches reports whether p is the field: whether the names on the way from
// the root to p are those of the row, all of them and no others.
func (k *toldField) matches(p *peel.Part) bool {
	i := len(k.layers) - 1
	for q := p; q.Parent != nil; q = q.Parent {
		kind := selector(q.Step)
		if kind == 0 || q.Name == "" {
			continue
		}
		if i < 0 || k.layers[i].kind != kind || !k.layers[i].is(q.Name) {
			return false
		}
		if i == 0 && (k.place == "path") != (q.Step == "path") && q.Parent.Parent == nil {
			return false
		}
		i--
	}
	return i < 0
}

// selector says by which kind of name a step selects; 0: by none.
func selector(step string) byte {
	switch step {
	case "json", "msgpack", "cbor", "bplist", "decimal bytes":
		return '$'
	case "protobuf":
		return '#'
	case "query", "form", "cookie", "multipart", "xml", "path":
		return '='
	}
	return 0
}

func (l *layer) is(name string) bool {
	if l.kind == '$' {
		return pathIs(l.text, name)
	}
	return globIs(l.text, name)
}

// pathIs compares a path with a pattern in which [*] is any index and .* any
// key. What is so of a field is so of the items of an array in its place.
func pathIs(pattern, name string) bool {
	for len(pattern) > 0 {
		switch {
		case strings.HasPrefix(pattern, "[*]"):
			end := strings.IndexByte(name, ']')
			if len(name) < 3 || name[0] != '[' || end < 2 || !allDigits(name[1:end]) {
				return false
			}
			pattern, name = pattern[3:], name[end+1:]
		case strings.HasPrefix(pattern, ".*") && (len(pattern) == 2 || pattern[2] == '.' || pattern[2] == '['):
			if len(name) < 2 || name[0] != '.' {
				return false
			}
			end := strings.IndexAny(name[1:], ".[") + 1
			if end == 0 {
				end = len(name)
			}
			pattern, name = pattern[2:], name[end:]
		case name == "" || name[0] != pattern[0]:
			return false
		default:
			pattern, name = pattern[1:], name[1:]
		}
	}
	for len(name) > 2 && name[0] == '[' {
		end := strings.IndexByte(name, ']')
		if end < 2 || !allDigits(name[1:end]) {
			return false
		}
		name = name[end+1:]
	}
	return name == ""
}

// globIs compares a name with a pattern that may have one star.
func globIs(pattern, name string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	return len(name) >= len(head)+len(tail) && strings.HasPrefix(name, head) && strings.HasSuffix(name, tail)
}

// hostTail is the last two labels of a host: what the table is keyed by.
func hostTail(host string) string {
	i := strings.LastIndexByte(host, '.')
	return host[strings.LastIndexByte(host[:max(i, 0)], '.')+1:]
}

// find appends to dst the endpoints that f goes to. For a host that the table
// does not know that is one look-up and no allocation.
func (t *endpointTable) find(dst []*endpoint, f *flow.Flow) []*endpoint {
	host := f.Host()
	near := t.byTail[hostTail(host)]
	if near == nil {
		return dst
	}
	target := "/"
	if f.Request != nil {
		target = urlPath(f.Request.URL)
	}
	for i := range near.exact[host] {
		dst = near.exact[host][i].add(dst, target)
	}
	for i := range near.stars {
		if a := &near.stars[i]; globIs(a.url.host, host) {
			dst = a.add(dst, target)
		}
	}
	return dst
}

// add appends the endpoint, once, if target is a path of its.
func (a *address) add(dst []*endpoint, target string) []*endpoint {
	if !a.url.is(target) || slices.Contains(dst, a.of) {
		return dst
	}
	return append(dst, a.of)
}

// is reports whether target is a path of the pattern's.
func (u *urlPattern) is(target string) bool {
	if !strings.HasPrefix(target, u.head) {
		return false
	}
	if len(u.head) == len(u.path) { // no star, or no path at all
		return u.path == "" || target == u.path
	}
	pattern, open := strings.CutSuffix(u.path, "/**")
	if !open {
		ok, _ := path.Match(u.path, target)
		return ok
	}
	// As many segments as the pattern has, and then anything.
	n := strings.Count(pattern, "/")
	end := 0
	for ; n > 0 && end < len(target); n-- {
		i := strings.IndexByte(target[end+1:], '/')
		if i < 0 {
			end = len(target)
			n--
			break
		}
		end += i + 1
	}
	if n > 0 {
		return false
	}
	ok, _ := path.Match(pattern, target[:end])
	return ok
}

// urlPath is the path of an absolute URL or of a request target.
func urlPath(url string) string {
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
		if i = strings.IndexAny(url, "/?#"); i < 0 {
			return "/"
		}
		url = url[i:]
	}
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	if url == "" {
		return "/"
	}
	return url
}
