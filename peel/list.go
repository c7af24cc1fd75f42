package peel

import "bytes"

// maxList is how many items of a list are opened.
const maxList = 256

// list opens the items of a list in a text: comma-separated values (RFC 4180),
// items between semicolons, bars, tabs, quotes and line ends.
func (w *Walker) list(p *Part) {
	b := p.Data
	items := 0
	for i := 0; i <= len(b) && items < maxList; {
		if i < len(b) && b[i] == '"' {
			from, end, doubled := i+1, i+1, false
			for end < len(b) && (b[end] != '"' || end+1 < len(b) && b[end+1] == '"') {
				if b[end] == '"' {
					doubled = true
					end++
				}
				end++
			}
			w.item(p, from, min(end, len(b)), doubled)
			i = end + 1
			for i < len(b) && !separates(b[i]) {
				i++
			}
			i++
			items++
			continue
		}
		end := i
		for end < len(b) && !separates(b[end]) {
			end++
		}
		if end-i < len(b) { // else it is no list
			w.item(p, i, end, false)
			items++
		}
		i = end + 1
	}
}

func separates(c byte) bool {
	return c == ',' || c == ';' || c == '|' || c == '\t' || c == '\n' || 0x1c <= c && c <= 0x1f // ASCII's own separators
}

// item opens one of a list, with doubled quotes undone.
func (w *Walker) item(p *Part, from, to int, doubled bool) {
	for from < to && p.Data[from] == ' ' {
		from++
	}
	if b := p.Data[from:max(from, to)]; plain(b, lettersOf(b)) {
		return
	}
	if !doubled {
		w.later(costEncoding, w.slice(p, "list", "", "", from, to-from), hint{inner: true})
		return
	}
	out := bytes.ReplaceAll(p.Data[from:to], []byte(`""`), []byte(`"`))
	if w.spend(p, "list", len(out)) {
		w.later(costEncoding, w.made(p, "list", "", "", out, from, to-from), hint{inner: true})
	}
}
