// Package list reads events that a person wrote down, as CSV or TOML:
//
//	time,kind,what,app,bound,note
//	2026-11-24T12:00:07+01:00,act,next,,500ms,
//	2026-11-24T12:00:20+01:00,state,swiped,com.example.video,,from recents
//
//	clock = "capture"      # whose: "device", "capture", or left out: unknown
//	bound = "1s"
//	[[event]]
//	time = 2026-11-24T12:00:07+01:00
//	what = "next"
//
// bound is how far off a time may be: of what a program wrote while it did it, 0s.
// Without it, an act or a state is a person's mark, made some time before or after
// (timeline.ByHand).
//
// Of the columns, time and what must be there. kind is act, state, access, watch,
// unwatch or gap; left out, it follows from what. A state is one of flow.States, or
// "screen-on", or a word of the phone's own log; an act can be any, but what is almost one of flow.Acts is taken for
// a slip of the pen. A row "watch,clipboard" says
// that from then on, to "unwatch,clipboard" or to the end of the list, every
// access to the clipboard is in it, as of who films a phone that shows a banner
// at each. Times are RFC 3339, seconds since 1970, or
// without a zone "2026-11-24 12:00:07". What a person wrote is taken at their
// word, so that a mistake is an error with its line and never left out. Lines whose
// times ascend are taken to have happened in that order, whatever their bounds; a
// list tells nothing after its last line, whatever that is.
package list

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// MaxSize bounds a list: what a person writes is small.
const MaxSize = 16 << 20

// Clocks by which a list may say it was written.
const (
	Device  = "device"
	Capture = "capture"
)

// Match reports whether head begins an event list.
func Match(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for l := range bytes.Lines(head) {
		l = bytes.TrimSpace(l)
		switch {
		case len(l) == 0 || l[0] == '#':
		case bytes.Equal(l, []byte("[[event]]")):
			return true
		case bytes.HasPrefix(l, []byte("time,")) || bytes.HasPrefix(l, []byte("time;")):
			return true
		case !bytes.Contains(l, []byte("=")):
			return false
		}
	}
	return false
}

// Read calls each with the events in r, in file order. clock is whose the list
// says it was written by.
func Read(r io.Reader, each func(flow.Event)) (notes *reading.Notes, clock string, err error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, "", err
	}
	if len(b) > MaxSize {
		return nil, "", fmt.Errorf("the list is larger than %d MB; keep what concerns the case", MaxSize>>20)
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	notes = &reading.Notes{}
	if bytes.Contains(b, []byte("[[event]]")) {
		clock, err = readTOML(b, notes, each)
	} else {
		err = readCSV(b, notes, each)
	}
	return notes, clock, err
}

// row is an event as it is written.
type row struct{ time, kind, what, app, bound, note string }

func readCSV(b []byte, notes *reading.Notes, each func(flow.Event)) error {
	in := csv.NewReader(bytes.NewReader(b))
	in.Comment, in.TrimLeadingSpace, in.FieldsPerRecord, in.ReuseRecord = '#', true, -1, true
	if first, _, _ := bytes.Cut(b, []byte("\n")); bytes.HasPrefix(first, []byte("time;")) {
		in.Comma = ';'
	}
	var columns []string
	for {
		f, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			var p *csv.ParseError
			if errors.As(err, &p) {
				return mistake(p.Line, "fields apart by commas", p.Err.Error(), "put a field with a comma or a quote into quotes")
			}
			return err
		}
		line, _ := in.FieldPos(0)
		if columns == nil {
			for _, name := range f {
				name = strings.ToLower(strings.TrimSpace(name))
				switch name {
				case "time", "kind", "what", "app", "bound", "note":
				default:
					return mistake(line, "the columns time, kind, what, app, bound, note", strconv.Quote(reading.Clip(name, 40)), "leave other columns out")
				}
				columns = append(columns, name)
			}
			continue
		}
		var x row
		for i, v := range f {
			if i >= len(columns) {
				return mistake(line, fmt.Sprintf("%d fields", len(columns)), strconv.Itoa(len(f)), "put a field with a comma into quotes")
			}
			v = strings.TrimSpace(v)
			*map[string]*string{"time": &x.time, "kind": &x.kind, "what": &x.what, "app": &x.app, "bound": &x.bound, "note": &x.note}[columns[i]] = v
		}
		if err := x.tell(line, notes, each); err != nil {
			return err
		}
	}
}

func readTOML(b []byte, notes *reading.Notes, each func(flow.Event)) (clock string, err error) {
	var doc struct {
		Clock string `toml:"clock"`
		Bound string `toml:"bound"`
		Event []struct {
			Time  any    `toml:"time"`
			Kind  string `toml:"kind"`
			What  string `toml:"what"`
			App   string `toml:"app"`
			Bound string `toml:"bound"`
			Note  string `toml:"note"`
		} `toml:"event"`
	}
	meta, err := toml.Decode(string(b), &doc)
	var p toml.ParseError
	if errors.As(err, &p) {
		return "", mistake(p.Position.Line, "TOML", p.Message, "see toml.io")
	}
	if err != nil {
		return "", err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return "", fmt.Errorf("unknown key %q; an event has time, kind, what, app, bound, note; the list clock, bound", extra[0].String())
	}
	switch doc.Clock {
	case "", Device, Capture:
	default:
		return "", fmt.Errorf("clock is %q; expected %q or %q", reading.Clip(doc.Clock, 40), Device, Capture)
	}
	if doc.Bound != "" {
		if bound, err := time.ParseDuration(doc.Bound); err != nil || bound < 0 {
			return "", fmt.Errorf(`bound is %q; expected a time such as "500ms"`, reading.Clip(doc.Bound, 40))
		}
	}
	lines := places(b)
	for i, e := range doc.Event {
		line := 0
		if i < len(lines) {
			line = lines[i]
		}
		x := row{kind: e.Kind, what: e.What, app: e.App, bound: cmp.Or(e.Bound, doc.Bound), note: e.Note}
		switch t := e.Time.(type) {
		case time.Time:
			// TOML's local date-times come in a zone of their own name.
			if name := t.Location().String(); name == "datetime-local" || name == "date-local" || name == "time-local" {
				x.time = t.Format("2006-01-02 15:04:05.999999999")
			} else {
				x.time = t.Format(time.RFC3339Nano)
			}
		case string:
			x.time = t
		case int64:
			x.time = strconv.FormatInt(t, 10)
		case float64:
			x.time = strconv.FormatFloat(t, 'f', 6, 64)
		}
		if err := x.tell(line, notes, each); err != nil {
			return "", err
		}
	}
	return doc.Clock, nil
}

// places are the lines on which events begin.
func places(b []byte) (lines []int) {
	n := 0
	for l := range bytes.Lines(b) {
		n++
		if bytes.Equal(bytes.TrimSpace(l), []byte("[[event]]")) {
			lines = append(lines, n)
		}
	}
	return lines
}

// tell checks a row and hands it on.
func (x *row) tell(line int, notes *reading.Notes, each func(flow.Event)) error {
	notes.Lines++
	at, zoned, ok := moment(x.time)
	if !ok || at.Year() < 1970 || at.Year() > 2200 {
		return mistake(line, "a time such as 2026-11-24T12:00:07+01:00", strconv.Quote(reading.Clip(x.time, 40)), "write it so, with the zone")
	}
	notes.Wall = notes.Wall || !zoned
	if !zoned && zonedBefore(notes) {
		return mistake(line, "a time with its zone, as on the lines before", x.time, "write all times alike")
	}
	if zoned {
		notes.Other(withZone)
	}
	if zoned && notes.Wall {
		return mistake(line, "a time without a zone, as on the lines before", x.time, "write all times alike")
	}
	if x.what == "" {
		return mistake(line, "what happened (next, save-draft, foreground …)", "nothing", "name it")
	}
	if x.kind == "" {
		x.kind = kindOf(x.what)
	}
	switch x.kind {
	case "act", "state", "access", "watch", "unwatch", "gap":
	default:
		return mistake(line, "a kind: act, state, access, watch, unwatch or gap", strconv.Quote(reading.Clip(x.kind, 40)), "correct it, or leave it out")
	}
	if err := x.spelled(line, notes); err != nil {
		return err
	}
	bound, by := time.Duration(0), ""
	switch {
	case x.bound != "":
		var err error
		if bound, err = time.ParseDuration(x.bound); err != nil || bound < 0 {
			return mistake(line, "a bound such as 500ms", strconv.Quote(reading.Clip(x.bound, 40)), "correct it, or leave it out")
		}
	case x.kind == "act" || x.kind == "state":
		by = flow.Person
	}
	each(flow.Event{Time: at, Bound: bound, By: by, Kind: x.kind, What: reading.Clip(x.what, 80), App: reading.Clip(x.app, 256)})
	return nil
}

// spelled checks the word for what happened: one that nothing knows would leave
// the moment unknown, and the answers that hang on it open.
func (x *row) spelled(line int, notes *reading.Notes) error {
	found := strconv.Quote(reading.Clip(x.what, 40))
	did := func(near string) error {
		return mistake(line, "what happened", found, fmt.Sprintf("did you mean %q? If not, take a word that is less like it", near))
	}
	switch x.kind {
	case "state":
		if slices.Contains(flow.States, x.what) || slices.Contains(logged, x.what) {
			return nil
		}
		if near := flow.Nearest(x.what, flow.States); near != "" {
			return mistake(line, "a state of an app", found, fmt.Sprintf("did you mean %q?", near))
		}
		return mistake(line, "a state: "+strings.Join(flow.States, ", ")+" or screen-on", found, "write one of these")
	case "access", "watch", "unwatch":
		if near := flow.Nearest(x.what, flow.Accesses); near != "" {
			return did(near)
		}
	case "act":
		near := flow.Nearest(x.what, flow.Acts)
		if near == "" { // of what stands without a kind too
			near = flow.Nearest(x.what, flow.States)
		}
		if near != "" {
			return did(near)
		}
		told := func(p reading.Problem) bool { return p.Found == reading.Clip(x.what, 80) }
		if !slices.Contains(flow.Acts, x.what) && !slices.ContainsFunc(notes.Problems, told) {
			notes.Note(int64(line), x.what, "an act that questions ask for ("+strings.Join(flow.Acts, ", ")+")", "it stands in the timeline as it is; correct it if one of these was meant")
		}
	}
	return nil
}

// logged are the words of phones' logs, which a list that a program made of one has.
var logged = []string{
	"screen-on", "resumed", "paused", "stopped", "destroyed", "started", "died", "killed", "uid-active", "uid-running", "uid-stopped",
}

// withZone counts times with a zone among Notes.Others.
const withZone = "with a zone"

func zonedBefore(n *reading.Notes) bool { return n.Others[withZone] > 0 }

// kindOf is the kind of what stands without one.
func kindOf(what string) string {
	switch what {
	case "screen-on":
		return "state"
	}
	if slices.Contains(flow.States, what) {
		return "state"
	}
	return "act"
}

// moment reads a time.
func moment(s string) (at time.Time, zoned, ok bool) {
	if t, err := time.Parse(time.RFC3339Nano, strings.Replace(s, " ", "T", 1)); err == nil {
		return t.UTC(), true, true
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, strings.Replace(s, "T", " ", 1)); err == nil {
			return t, false, true
		}
	}
	sec, frac, _ := strings.Cut(s, ".")
	if n, err := strconv.ParseInt(sec, 10, 64); err == nil && n > 1e8 && n < 1e11 && len(frac) <= 9 {
		ns, err := strconv.ParseUint("0"+(frac + "000000000")[:9], 10, 64)
		if err != nil {
			return at, false, false
		}
		return time.Unix(n, int64(ns)).UTC(), true, true
	}
	return at, false, false
}

// mistake is what is wrong with a line.
func mistake(line int, expected, found, remedy string) error {
	return fmt.Errorf("line %d: expected %s, found %s (%s)", line, expected, found, remedy)
}
