package peel

import (
	"bytes"
	"html"
	"unicode/utf8"
)

// xml reads XML and HTML without trusting it: elements, attributes, text and
// CDATA, no entities but the five of XML 1.0 section 4.6 and characters by
// number, so nothing can expand. Property lists (Apple) are XML whose keys
// are elements; their values take the key's name.
func (w *Walker) xml(p *Part) bool {
	b := p.Data
	at := skipSpace(b)
	if at+3 > len(b) || !nameStart(b[at+1]) && b[at+1] != '?' && b[at+1] != '!' {
		return false
	}
	if bytes.IndexByte(b, '>') < 0 {
		return false
	}
	var stack []string
	key := "" // of the last <key> element
	inKey := false
	for i := at; i < len(b); {
		if b[i] != '<' {
			end := bytes.IndexByte(b[i:], '<')
			if end < 0 {
				end = len(b) - i
			}
			from, to := i, i+end
			for from < to && b[from] <= ' ' {
				from++
			}
			for to > from && b[to-1] <= ' ' {
				to--
			}
			if to > from {
				name := "/"
				if len(stack) > 0 {
					name = stack[len(stack)-1]
				}
				if inKey {
					key = string(b[from:to])
				} else {
					k := name
					if key != "" && plistValue(name) {
						k = key
					}
					w.xmlText(p, name, k, from, to)
				}
			}
			i += end
			continue
		}
		rest := b[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i += after(rest, "-->")
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			end := after(rest, "]]>")
			if from, to := i+9, i+end-3; to > from {
				name := ""
				if len(stack) > 0 {
					name = stack[len(stack)-1]
				}
				w.field(p, "xml", name, name, from, to-from)
			}
			i += end
		case len(rest) > 1 && (rest[1] == '?' || rest[1] == '!'):
			i += after(rest, ">")
		case len(rest) > 1 && rest[1] == '/':
			if len(stack) > 0 {
				inKey = false
				stack = stack[:len(stack)-1]
			}
			i += after(rest, ">")
		case len(rest) > 1 && nameStart(rest[1]):
			n := 1
			for n < len(rest) && rest[n] > ' ' && rest[n] != '>' && rest[n] != '/' {
				n++
			}
			tag := string(rest[1:min(n, 65)])
			end, closed := w.attributes(p, tag, i, n)
			if !closed {
				if len(stack) >= w.limits.Nest*4 {
					w.gap("depth", "xml", p, i, "nested deeper than the limit: the rest was not read")
					return true
				}
				stack = append(stack, tag)
				inKey = tag == "key"
			}
			i = end
		default:
			i++
		}
	}
	return true
}

// plistValue reports whether an element is a value of a property list.
func plistValue(tag string) bool {
	switch tag {
	case "string", "integer", "real", "data", "date":
		return true
	}
	return false
}

// attributes reads the attributes of the tag that begins at i, from its n-th
// byte on, and returns where the tag ends and whether it closes itself.
func (w *Walker) attributes(p *Part, tag string, i, n int) (end int, closed bool) {
	b := p.Data
	for k := i + n; k < len(b); {
		switch c := b[k]; {
		case c == '>':
			return k + 1, b[k-1] == '/'
		case nameStart(c):
			from := k
			for k < len(b) && b[k] > ' ' && b[k] != '=' && b[k] != '>' && b[k] != '/' {
				k++
			}
			name := string(b[from:min(k, from+64)])
			if k+1 < len(b) && b[k] == '=' && (b[k+1] == '"' || b[k+1] == '\'') {
				q := bytes.IndexByte(b[k+2:], b[k+1])
				if q < 0 {
					return len(b), true
				}
				if q > 0 {
					w.xmlText(p, tag+"@"+name, name, k+2, k+2+q)
				}
				k += 2 + q + 1
			}
		default:
			k++
		}
	}
	return len(b), true
}

func (w *Walker) xmlText(p *Part, name, key string, from, to int) {
	w.field(p, "xml", name, key, from, to-from)
}

// entities undoes the character references of XML and HTML in a text.
func (w *Walker) entities(p *Part) (any bool) {
	b := p.Data
	out := w.arena.alloc(len(b))
	changed := false
	for i := 0; i < len(b); i++ {
		if b[i] == '&' {
			if semi := bytes.IndexByte(b[i:min(len(b), i+34)], ';'); semi > 1 {
				if r, ok := reference(string(b[i+1 : i+semi])); ok {
					out = utf8.AppendRune(out, r)
					i += semi
					changed = true
					continue
				}
			}
		}
		out = append(out, b[i])
	}
	if changed && w.spend(p, "entities", len(out)) {
		w.later(costStructure, w.made(p, "entities", "", p.Key, out, 0, len(b)), hint{inner: true})
	}
	return changed
}

// reference is what &s; stands for (HTML Standard, 13.5).
func reference(s string) (rune, bool) {
	text := html.UnescapeString("&" + s + ";")
	r, n := utf8.DecodeRuneInString(text)
	return r, n == len(text) && r != utf8.RuneError && r != '&' || s == "amp" || s == "#38" || s == "#x26"
}

func nameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

// after is the length of b up to and including s, all of it without s.
func after(b []byte, s string) int {
	if i := bytes.Index(b, []byte(s)); i >= 0 {
		return i + len(s)
	}
	return len(b)
}
