package question

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// source finds where in a file something stands.
type source struct {
	path, text string
	from       int // of the question at hand
}

// after moves on to the next question, which has an id.
func (s *source) after(id string) {
	next := regexp.MustCompile(`(?m)^\s*id\s*=\s*["']` + regexp.QuoteMeta(escape(id)) + `["']`)
	from := min(s.from+1, len(s.text))
	if m := next.FindStringIndex(s.text[from:]); m != nil {
		s.from = from + m[1] - len(escape(id)) - 2
		return
	}
	for _, quote := range []string{`"`, `'`} {
		if i := strings.Index(s.text[from:], quote+id+quote); i >= 0 {
			s.from = from + i
			return
		}
	}
}

// position is the line and column (from 1) of the first what from the question
// at hand on.
func (s *source) position(what string) (line, column int) {
	i := strings.Index(s.text[s.from:], what)
	if i < 0 {
		i = strings.Index(s.text[s.from:], escape(what)) // between double quotes
	}
	if i < 0 || what == "" {
		i = 0
	}
	before := s.text[:s.from+i]
	line = strings.Count(before, "\n") + 1
	return line, len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
}

func (s *source) errorf(what, format string, args ...any) error {
	line, column := s.position(what)
	return fmt.Errorf("%s:%d:%d: %s", s.path, line, column, fmt.Sprintf(format, args...))
}

// inside is an error at a line (from 1) and column (from 0) of an expression.
func (s *source) inside(expr string, line, column int, message string) error {
	l, c := s.position(expr)
	lines := strings.Split(expr, "\n")
	if line < 1 || line > len(lines) {
		return fmt.Errorf("%s:%d:%d: %s", s.path, l, c, message)
	}
	before := []rune(lines[line-1])
	before = before[:min(max(column, 0), len(before))]
	in := fmt.Sprintf("column %d of the expression", len(before)+1)
	if !strings.Contains(s.text[s.from:], expr) { // its quotes are escaped
		before = []rune(escape(string(before)))
		if line > 1 { // so are its ends of lines
			return fmt.Errorf("%s:%d:%d: line %d, %s: %s", s.path, l, c, line, in, message)
		}
	}
	if line > 1 {
		return fmt.Errorf("%s:%d:%d: line %d, %s: %s", s.path, l+line-1, len(before)+1, line, in, message)
	}
	return fmt.Errorf("%s:%d:%d: %s: %s", s.path, l, c+len(before), in, message)
}

// escape writes an expression as it stands between double quotes.
func escape(expr string) string { return escapes.Replace(expr) }

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`)

// spot is where a key stands, and what is written behind it.
type spot struct {
	line, column, depth int
	value               string
}

// keys finds where a key stands: on lines of the table that it is of, or inside
// values there; first where it is the deepest.
func (s *source) keys(path toml.Key) (list []spot) {
	name := path[len(path)-1]
	word := regexp.MustCompile(`(?:^|[\s{,.])["']?(` + regexp.QuoteMeta(name) + `)["']?\s*[=.]\s*`)
	var table []string
	for n, text := range strings.Split(s.text, "\n") {
		if m := header.FindStringSubmatch(text); m != nil {
			table = strings.Split(strings.ReplaceAll(m[1], " ", ""), ".")
			if slices.Equal(table, path) {
				list = append(list, spot{n + 1, strings.Index(text, "[") + 1, len(table), "{"})
			}
			continue
		}
		if len(table) >= len(path) || !slices.Equal(table, path[:len(table)]) {
			continue
		}
		for _, m := range word.FindAllStringSubmatchIndex(text, -1) {
			list = append(list, spot{n + 1, len([]rune(text[:m[2]])) + 1, len(table), text[m[1]:]})
		}
	}
	slices.SortStableFunc(list, func(a, b spot) int { return b.depth - a.depth })
	return list
}

var header = regexp.MustCompile(`^\s*\[\[?([^\]\[{"']+)\]\]?\s*(?:#.*)?$`)

// unknown is the error of a key that nothing reads.
func (s *source) unknown(path toml.Key, remedy string) error {
	list := s.keys(path)
	if list == nil {
		return s.errorf(path[len(path)-1], "there is no %q%s", path, remedy)
	}
	return fmt.Errorf("%s:%d:%d: there is no %q%s", s.path, list[0].line, list[0].column, path, remedy)
}

// located is an error of the TOML parser with its place.
func (s *source) located(err error) error {
	var p toml.ParseError
	if errors.As(err, &p) {
		return fmt.Errorf("%s:%d:%d: %s", s.path, p.Position.Line, max(p.Position.Col, 1), p.Message)
	}
	m := mismatch.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	message := fmt.Sprintf("%s: expected %s, found %s", m[1], kinds.Replace(m[3]), kinds.Replace(m[2]))
	for _, x := range s.keys(strings.Split(m[1], ".")) {
		if begins := map[string]string{"string": `"'`, "int64": "+-0123456789", "float64": "+-0123456789", "bool": "tf", "slice": "[", "map": "{"}[m[2]]; begins == "" || x.value != "" && strings.Contains(begins, x.value[:1]) {
			return fmt.Errorf("%s:%d:%d: %s", s.path, x.line, x.column, message)
		}
	}
	return fmt.Errorf("%s: %s", s.path, message)
}

var (
	mismatch = regexp.MustCompile(`^toml: .*\(last key "(.+)"\): incompatible types: TOML value has type (.+); destination has type (.+)$`)
	kinds    = strings.NewReplacer("string", "a text in quotes", "integer", "a whole number", "int64", "a whole number", "float64", "a decimal", "float", "a decimal",
		"boolean", "true or false", "bool", "true or false", "slice", "a list in [ ]", "map", "a table")
)
