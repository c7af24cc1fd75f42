package invent

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// width is where comments are broken, in characters.
const width = 78

// Write writes the draft as a persona file, with what to do as comments.
func (d *Draft) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	text := load(d.Lang).Text
	comment(b, text["head"])
	if d.Seeded != "" {
		b.WriteString("#\n")
		comment(b, fmt.Sprintf(text["seeded"], d.Seeded))
	}
	if d.Region != "" {
		fmt.Fprintf(b, "\nregion = %s\n", strconv.Quote(d.Region))
	}
	said := map[string]bool{"": true}
	for i, it := range d.Items {
		if it.Read && (i == 0 || !d.Items[i-1].Read) {
			b.WriteString("\n\n")
			comment(b, text["read"])
		}
		b.WriteByte('\n')
		for _, text := range append([]string{it.Where}, it.Remarks...) {
			if !said[text] {
				said[text] = true
				comment(b, text)
			}
		}
		mark := ""
		if it.Value == "" {
			mark = "# "
		}
		fmt.Fprintf(b, "%s[[value]]\n%stype  = %s\n%svalue = %s\n%slabel = %s\n", mark, mark, strconv.Quote(string(it.Type)),
			mark, strconv.Quote(it.Value), mark, strconv.Quote(it.Label))
	}
	return b.Flush()
}

// comment writes text as comment lines; a line break in it is one.
func comment(b *bufio.Writer, text string) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		n := 0
		for _, word := range strings.Fields(line) {
			l := utf8.RuneCountInString(word)
			switch {
			case n == 0:
				b.WriteByte('#')
				n = 1
			case n+1+l > width:
				b.WriteString("\n#")
				n = 1
			}
			b.WriteString(" " + word)
			n += 1 + l
		}
		if n == 0 {
			b.WriteByte('#')
		}
		b.WriteByte('\n')
	}
}
