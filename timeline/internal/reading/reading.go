// Package reading is what the readers of device logs have in common: lines of
// bounded length with their numbers, and the account of what was not read.
package reading

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// MaxLine is how much of a line is kept. Logcat cuts entries at 4 KiB.
const MaxLine = 16 << 10

// Notes is what a reader found beside events.
type Notes struct {
	Lines   int64            // with something in them
	Unknown int64            // of these, those that no rule reads
	Others  map[string]int64 // lines left aside by the name of what they are
	// Wall: the times are a wall clock's and say nothing of their zone; they
	// stand in events as if they were UTC. Yearless: nor do they say the year,
	// which stands as 2000.
	Wall, Yearless bool
	Problems       []Problem // the first lines that could not be read
}

// Problem is a line that could not be read.
type Problem struct {
	Line     int64
	Expected string
	Found    string
	Remedy   string
}

// Bounds on what hostile input can make Notes hold.
const (
	maxProblems = 8
	maxOthers   = 256
)

// Strange notes a line that no rule reads.
func (n *Notes) Strange(line int64, text, expected, remedy string) {
	n.Unknown++
	n.Note(line, text, expected, remedy)
}

// Note notes a line that was read, and may not mean what was meant.
func (n *Notes) Note(line int64, text, expected, remedy string) {
	if len(n.Problems) < maxProblems {
		n.Problems = append(n.Problems, Problem{line, expected, Clip(text, 80), remedy})
	}
}

// Other counts a line that is known and tells nothing that is wanted.
func (n *Notes) Other(name string) {
	if n.Others == nil {
		n.Others = map[string]int64{}
	}
	if _, ok := n.Others[name]; !ok && len(n.Others) >= maxOthers {
		name = "more"
	}
	n.Others[name]++
}

// Lines calls each with every line of r, in order, until it returns false. A
// line is valid during the call and holds MaxLine bytes at most. The error is
// the source's.
func Lines(r io.Reader, each func(number int64, text []byte) bool) error {
	in := bufio.NewReaderSize(r, MaxLine)
	for number := int64(1); ; number++ {
		text, err := in.ReadSlice('\n')
		more := err
		if more == bufio.ErrBufferFull {
			text = bytes.Clone(text)
			for more == bufio.ErrBufferFull { // the rest of a long line is passed over
				_, more = in.ReadSlice('\n')
			}
		}
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if text = bytes.TrimRight(text, "\r\n"); len(text) > 0 || more == nil {
			if !each(number, text) {
				return nil
			}
		}
		if more == io.EOF {
			return nil
		}
		if more != nil {
			return more
		}
	}
}

// Clip makes a text printable and leaves n bytes of it at most. It never shares
// memory with a line.
func Clip(s string, n int) string {
	s = s[:min(len(s), n)]
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f
	}
	if plain {
		return strings.Clone(s)
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
