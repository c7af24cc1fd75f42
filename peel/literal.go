package peel

import "bytes"

// literals opens what stands between quotes, or behind the sign of an
// assignment, in a text of no known grammar: source code, logs, YAML, INI and
// property files, PHP's serialize.
func (w *Walker) literals(p *Part) {
	b := p.Data
	assigned := false // in this line
	for i, found := 0, 0; i < len(b) && found < maxList; i++ {
		switch c := b[i]; c {
		case '\n':
			assigned = false
		case '"', '\'', '`':
			end := i + 1
			for end < len(b) && b[end] != c {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			if end < len(b) && end-i > minLeaf && (i > 0 || end < len(b)-1) {
				w.item(p, i+1, end, false)
				found++
				i = end
			}
		case '=', ':':
			if assigned || i == 0 || lettersTable[b[i-1]]&(wordOnly|dash|space) == 0 {
				continue
			}
			assigned = true
			from, end := i+1, len(b)
			if n := bytes.IndexByte(b[from:], '\n'); n >= 0 {
				end = from + n
			}
			value := bytes.TrimSpace(b[from:end])
			if len(value) == 0 || value[0] == '"' || value[0] == '\'' {
				continue
			}
			from += bytes.Index(b[from:end], value)
			w.item(p, from, from+len(value), false)
			found++
		}
	}
}
