package differential

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// reader takes runs apart into the table.
type reader struct {
	table    *table
	subjects *subjects
	scanner  *detect.Scanner
	walker   *peel.Walker
	redactor *audit.Redactor
	leaves   leaves

	// Of the run at hand:
	flows       int
	first, last time.Time
	foreign     int // values of the other persona

	gaps  map[string]int
	rows  []audit.ErrorRow
	lost  int // damage beyond the rows
	alone int // contents that cannot be compared, numbered
}

// maxErrors bounds the error rows of one comparison.
const maxErrors = 100

// read files one flow of a run.
func (r *reader) read(run int, f *flow.Flow) {
	if control(f) {
		return
	}
	r.flows++
	at := f.Timing.Start
	if !at.IsZero() {
		if r.first.IsZero() || at.Before(r.first) {
			r.first = at
		}
		if at.After(r.last) {
			r.last = at
		}
	}
	host := f.Host()
	c := class{kind: f.Kind, host: hostShape(host), shown: host}
	if f.Request != nil {
		c.method, c.path = f.Request.Method, segments(f.Request.URL)
	}
	if f.Unread != nil {
		c.part = "unread"
		r.size(run, c, "connection", f.Unread.Up)
		return
	}
	roots := peel.Roots(f)
	if len(roots) == 0 {
		return
	}
	findings := r.scanner.Scan(f).Findings
	r.carried(run, findings)
	found := byRoot(findings, len(roots))
	var u *unit
	for i, root := range roots {
		part := ""
		switch root.Name {
		case "message":
			part = "message"
		case "dns.question":
			part = "dns"
		}
		if u == nil || part != "" { // each message is a unit of its own
			r.end(u)
			c.part = part
			if u = r.table.begin(r.table.class(c, run), run); u == nil {
				return
			}
		}
		when := at
		if n, err := strconv.Atoi(root.Label); err == nil && part == "message" && n < len(f.Messages) && !f.Messages[n].Time.IsZero() {
			when = f.Messages[n].Time
		}
		switch {
		case derived(root):
		case root.Kept:
			r.root(u, root, when, found[i])
		case root.Size >= 0:
			r.unkept(u, rootName(root), root.Size)
		}
	}
	r.end(u)
}

func (r *reader) end(u *unit) {
	if u != nil {
		r.table.end(u)
	}
}

// carried counts the values of the other persona: with them in a run, the app
// was not as new as the experiment needs it, or the personas are exchanged.
func (r *reader) carried(run int, found []detect.Finding) {
	for _, f := range found {
		if f.PersonaValue >= 0 && f.Grade == detect.GradeA && r.subjects.whose[f.PersonaValue].persona == 1-r.table.side(int32(run)) {
			r.foreign++
		}
	}
}

// byRoot sorts findings by the root that they stand in.
func byRoot(all []detect.Finding, roots int) [][]detect.Finding {
	by := make([][]detect.Finding, roots)
	for _, f := range all {
		by[f.Root] = append(by[f.Root], f)
	}
	return by
}

// derived reports whether a header field only repeats what the rest of the
// request is: it changes with it.
func derived(root peel.Root) bool {
	if root.Name != "request.header" {
		return false
	}
	switch strings.ToLower(root.Label) {
	case "content-length", "content-type", "date", "host", "connection", "sec-websocket-key", "if-modified-since":
		return true
	}
	return false
}

// rootName is how a root stands in paths: a header field by its name, since
// no two mean the same.
func rootName(root peel.Root) string {
	if root.Name == "request.header" || root.Name == "request.trailer" {
		return root.Name + " " + strings.ToLower(root.Label)
	}
	return root.Name
}

// size files something of which only the size is known, as a unit.
func (r *reader) size(run int, c class, name string, size int64) {
	if size < 0 {
		return
	}
	if u := r.table.begin(r.table.class(c, run), run); u != nil {
		r.unkept(u, name, size)
		r.table.end(u)
	}
}

// unkept files bytes that left and are not there: their size can be compared,
// they themselves are equal to nothing.
func (r *reader) unkept(u *unit, name string, size int64) {
	r.alone++
	sum := sha256.Sum256(binary.AppendVarint([]byte("not kept "), int64(r.alone)))
	c := content{shape: shape{kind: shapeBytes, size: int(min(size, 1<<40)), blob: true}}
	r.table.add(u, []byte(name), field{named: true}, [16]byte(sum[:16]), c)
}

// damage files an error of a capture.
func (r *reader) damage(run int, err error) {
	if len(r.rows) >= maxErrors {
		r.lost++
		return
	}
	row := audit.ErrorRow{Input: run, Kind: "damage", Message: r.redactor.Text(err.Error()), Count: 1}
	if d, ok := err.(*flow.Damage); ok {
		row.Offset = d.Offset
	}
	r.rows = append(r.rows, row)
}

// gap counts what the peeler skipped.
func (r *reader) gap(g peel.Gap) {
	if r.gaps == nil {
		r.gaps = map[string]int{}
	}
	key := g.Kind + "\x00" + g.Step + ": " + g.Message
	if _, ok := r.gaps[key]; ok || len(r.gaps) < maxErrors {
		r.gaps[key]++
	}
}
