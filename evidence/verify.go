package evidence

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/constat/constat/flow"
)

//go:embed verify.sh
var verifyScript []byte

// Report is what checking a log found.
type Report struct {
	Name        string         `json:"name"`
	Key         string         `json:"key"` // of the signatures, as the first entry has it
	Entries     int64          `json:"entries"`
	Kinds       map[string]int `json:"kinds"`
	Signed      int64          `json:"signed"` // entries the last good checkpoint covers
	Root        Hash           `json:"root"`   // of all entries
	Checkpoints int            `json:"checkpoints"`
	Ended       bool           `json:"ended"`
	Sessions    int            `json:"sessions"`
	// Contents counts references to contents; Opened those whose bytes were
	// compared with the commitment, Unkept those that were committed to only.
	Contents int       `json:"contents"`
	Opened   int       `json:"opened"`
	Unkept   int       `json:"unkept"`
	Sealed   string    `json:"sealed,omitempty"` // why contents were not opened
	Problems []Problem `json:"problems"`
	Remarks  []Problem `json:"remarks"` // what is not wrong and still should be known
}

// Problem is something that does not check.
type Problem struct {
	File  string `json:"file"`
	Line  int64  `json:"line,omitempty"` // from 1
	Byte  int64  `json:"byte"`
	What  string `json:"what"`
	Entry string `json:"entry,omitempty"` // kind
}

// OK reports whether nothing was wrong.
func (r *Report) OK() bool { return len(r.Problems) == 0 }

// maxProblems bounds a report.
const maxProblems = 100

func (r *Report) problem(p Problem) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, p)
	}
}

// Verify checks the log in dir: chain, tree, every signature, and, as far as
// the vault can open them, the contents. Extra, if not nil, is shown every
// entry and may add to the report's problems. An error means that there was
// nothing to check.
func Verify(dir string, v *Vault, extra func(*Entry) []Problem) (*Report, error) {
	f, err := os.Open(filepath.Join(dir, logFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	points, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	r := &Report{Kinds: map[string]int{}, Sessions: 1, Problems: []Problem{}, Remarks: []Problem{}}
	c := checker{r: r, vault: v}
	var tail int64 = -1
	for e, err := range Entries(f) {
		if err != nil {
			var d *flow.Damage
			if !errors.As(err, &d) {
				return nil, err
			}
			tail = d.Offset
			r.problem(Problem{File: logFile, Line: d.Frame, Byte: d.Offset, What: "expected " + d.Expected + ", found " + d.Found})
			break
		}
		if e.Seq == 0 {
			if err := c.begin(e, points); err != nil {
				r.problem(Problem{File: logFile, Line: 1, What: err.Error()})
			}
		}
		c.entry(e)
		if extra != nil {
			for _, p := range extra(e) {
				p.Line, p.Byte, p.Entry = e.Seq+1, e.At, e.Kind
				r.problem(p)
			}
		}
	}
	c.end(tail)
	return r, nil
}

// checker holds what a pass over the log needs.
type checker struct {
	r      *Report
	vault  *Vault
	tree   tree
	points []checkpoint // ascending, not yet reached
	last   string       // kind
}

// begin reads the key and the checkpoints.
func (c *checker) begin(e *Entry, points []byte) error {
	var b Begin
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	c.r.Name, c.r.Key = b.Name, b.Key
	v, err := note.NewVerifier(b.Key)
	if err != nil {
		return fmt.Errorf("the key of the signatures: %w", err)
	}
	notes, rest := splitNotes(points)
	at, size := int64(0), int64(0)
	for i, n := range notes {
		p, err := parseCheckpoint(n, v)
		switch {
		case err != nil:
			c.r.problem(Problem{File: checkpointFile, Byte: at, What: fmt.Sprintf("checkpoint %d: %v", i+1, err)})
		case p.size < size:
			c.r.problem(Problem{File: checkpointFile, Byte: at, What: fmt.Sprintf("checkpoint %d is of %d entries, the one before of %d", i+1, p.size, size)})
		default:
			c.points = append(c.points, p)
			c.r.Checkpoints++
			size = p.size
		}
		at += int64(len(n)) + 1
	}
	if len(rest) > 0 {
		c.r.Remarks = append(c.r.Remarks, Problem{File: checkpointFile, Byte: at, What: fmt.Sprintf("%d bytes after the last whole checkpoint: the writer was interrupted", len(rest))})
	}
	return nil
}

func (c *checker) entry(e *Entry) {
	c.r.Entries++
	c.r.Kinds[e.Kind]++
	if c.last == KindEnd {
		c.r.problem(Problem{File: logFile, Line: e.Seq + 1, Byte: e.At, What: "an entry after the end", Entry: e.Kind})
	}
	c.last = e.Kind
	c.tree.add(e.Leaf)
	for len(c.points) > 0 && c.points[0].size <= c.tree.size {
		if p := c.points[0]; p.size == c.tree.size {
			if p.root != c.tree.root() {
				c.r.problem(Problem{File: checkpointFile, Line: e.Seq + 1, Byte: e.At, What: fmt.Sprintf("the checkpoint of %d entries signs another tree: lines up to here were replaced", p.size)})
			} else {
				c.r.Signed = p.size
			}
		}
		c.points = c.points[1:]
	}
	if e.Kind == KindRecovered {
		var r recovered
		if json.Unmarshal(e.Body, &r) == nil {
			c.r.Sessions = max(c.r.Sessions, r.Session)
			what := fmt.Sprintf("the capture was interrupted after %d entries and resumed", r.Kept)
			if r.Torn != nil {
				what += fmt.Sprintf("; %d bytes of an unfinished write are in %s", r.Torn.Bytes, r.Torn.File)
			}
			c.r.Remarks = append(c.r.Remarks, Problem{File: logFile, Line: e.Seq + 1, Byte: e.At, What: what, Entry: e.Kind})
		}
	}
	for _, ref := range Refs(e) {
		c.contents(e, ref)
	}
}

// contents compares bytes with their commitment.
func (c *checker) contents(e *Entry, ref Ref) {
	c.r.Contents++
	if ref.At < 0 {
		c.r.Unkept++
		return
	}
	if c.vault == nil || c.r.Sealed != "" {
		return
	}
	_, err := c.vault.Open(ref)
	switch {
	case errors.Is(err, ErrSealed):
		c.r.Sealed = err.Error()
	case err != nil:
		c.r.problem(Problem{File: fmt.Sprintf("session-%d.store", ref.Session), Line: e.Seq + 1, Byte: ref.At, What: err.Error(), Entry: e.Kind})
	default:
		c.r.Opened++
	}
}

func (c *checker) end(tail int64) {
	c.r.Root = c.tree.root()
	c.r.Ended = c.last == KindEnd
	for _, p := range c.points {
		c.r.problem(Problem{File: logFile, Line: c.r.Entries, What: fmt.Sprintf("%d entries were signed, %d are here: the end is missing", p.size, c.r.Entries)})
		break
	}
	switch {
	case c.r.Entries == 0 && tail < 0:
		c.r.problem(Problem{File: logFile, What: "the log is empty"})
	case c.r.Signed < c.r.Entries && c.r.Ended:
		c.r.problem(Problem{File: checkpointFile, Line: c.r.Signed + 1, What: fmt.Sprintf("the log was ended, but only %d of %d entries are signed", c.r.Signed, c.r.Entries)})
	case c.r.Signed < c.r.Entries:
		c.r.Remarks = append(c.r.Remarks, Problem{File: logFile, Line: c.r.Signed + 1, What: fmt.Sprintf("%d entries after the last checkpoint are chained but not signed", c.r.Entries-c.r.Signed)})
	}
	if !c.r.Ended {
		c.r.Remarks = append(c.r.Remarks, Problem{File: logFile, Line: c.r.Entries, What: "the log was not ended: it is being written, or its writer was interrupted"})
	}
}

// Refs lists the references to contents in an entry.
func Refs(e *Entry) []Ref {
	var b struct {
		Body    *Ref `json:"body"`
		Content *Ref `json:"content"`
		Head    *Ref `json:"head"`
		Trailer *Ref `json:"trailer"`
		Whole   *Ref `json:"whole"`
	}
	switch e.Kind {
	case KindRequest, KindResponse, KindMessages, KindDNS, KindWitness, KindControl, KindDevice, KindAction, KindNote:
	default:
		return nil
	}
	if json.Unmarshal(e.Body, &b) != nil {
		return nil
	}
	var refs []Ref
	for _, r := range []*Ref{b.Head, b.Body, b.Trailer, b.Content, b.Whole} {
		if r != nil {
			refs = append(refs, *r)
		}
	}
	return refs
}
