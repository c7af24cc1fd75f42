package main

import (
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/constat/constat/question"
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
	_, err = strings.NewReplacer("{{EXAMPLE}}", strings.TrimSpace(string(question.Example)), "{{VARIABLES}}", strings.Trim(tables.String(), "\n")).WriteString(out, string(b))
	return err
}
