package main

import (
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/question"
	"github.com/constat/constat/report"
)

//go:embed teach.*.txt
var lessons embed.FS

// teach writes how a question is written: what there is to use, an example
// that runs, and how answers come about.
func teach(out io.Writer, lang string) error {
	b, err := lessons.ReadFile("teach." + lang + ".txt")
	if err != nil {
		return err
	}
	var tables strings.Builder
	for _, table := range question.Tables() {
		fmt.Fprintf(&tables, "\n  %s\n", strings.ToUpper(table))
		for _, v := range question.Variables(table) {
			fmt.Fprintf(&tables, "    %-19s %-13s %s\n", v.Name, v.Type(), v.Means)
		}
	}
	phrases := report.In(lang)
	var codes, ids strings.Builder
	for _, code := range question.Codes {
		fmt.Fprintf(&codes, "  %-17s %s\n", code, phrases.Lacking(code))
	}
	for _, t := range datatype.All() {
		fmt.Fprintf(&ids, "  %-27s %s\n", t.ID, phrases.Type(string(t.ID)))
	}
	blanks := []string{
		"{{EXAMPLE}}", strings.TrimSpace(string(question.Example)), "{{VARIABLES}}", strings.Trim(tables.String(), "\n"),
		"{{CODES}}", strings.TrimRight(codes.String(), "\n"), "{{TYPES}}", strings.TrimRight(ids.String(), "\n"),
	}
	for _, n := range question.Needs() {
		blanks = append(blanks, "{{"+n.Kind+"}}", broken(n.Words))
	}
	_, err = strings.NewReplacer(blanks...).WriteString(out, string(b))
	return err
}

// broken lists words in lines as the lesson has them.
func broken(words []string) string {
	const indent, width = 17, 84
	var b strings.Builder
	column := indent
	for i, w := range words {
		if i > 0 {
			b.WriteByte(',')
			if column += 1; column+1+len(w) >= width {
				b.WriteString("\n" + strings.Repeat(" ", indent))
				column = indent
			} else {
				b.WriteByte(' ')
				column++
			}
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String()
}
