package timeline

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/appops"
	"github.com/constat/constat/timeline/internal/reading"
	"github.com/constat/constat/timeline/list"
	"github.com/constat/constat/timeline/logcat"
	"github.com/constat/constat/timeline/usagestats"
)

// Log is what one file says that happened.
type Log struct {
	Name   string // of the file
	Format string // "logcat", "usagestats", "appops", "list"
	// Clock is whose times they are: DeviceClock, CaptureClock, or "" if the
	// file does not say.
	Clock  string
	Events []flow.Event

	Lines, Unknown int64            // lines with something in them; of these, those that no rule reads
	Others         map[string]int64 // lines that are known and left aside, by what they are
	Problems       []string         // the first lines that could not be read, each with what was expected and the remedy
	Dropped        int64            // events beyond what is kept

	// Zoneless: the times say no zone; Yearless: nor a year. Settle mends both,
	// and must be called before the times are used.
	Zoneless, Yearless bool
	// Steps is how often the clock was set back while the log was written.
	Steps int
}

// The clocks that times are by.
const (
	DeviceClock  = "device"
	CaptureClock = "capture"
)

// Bounds on what is kept of one file.
const (
	maxEvents = 1 << 20 // acts, states, accesses, gaps
	maxOther  = 100_000 // of kind "other"
)

// format is a kind of file.
type format struct {
	name  string
	match func(head []byte) bool
	read  func(r io.Reader, each func(flow.Event)) (notes *reading.Notes, clock string, err error)
}

// byDevice is a reader of what a device wrote.
func byDevice(read func(io.Reader, func(flow.Event)) (*reading.Notes, error)) func(io.Reader, func(flow.Event)) (*reading.Notes, string, error) {
	return func(r io.Reader, each func(flow.Event)) (*reading.Notes, string, error) {
		notes, err := read(r, each)
		return notes, DeviceClock, err
	}
}

// formats are asked in this order.
var formats = []format{
	{"list", list.Match, list.Read},
	{"usagestats", usagestats.Match, byDevice(usagestats.Read)},
	{"appops", appops.Match, byDevice(appops.Read)},
	{"logcat", logcat.Match, byDevice(logcat.Read)},
}

// ErrFormat is wrapped by Read's error for a file that is none of its formats.
var ErrFormat = errors.New("no record of events that can be read")

// headSize is how much of the beginning formats are told by. The header of a
// dump may be long.
const headSize = 64 << 10

// Read reads a file of events, whichever of the formats it has.
func Read(name string, r io.Reader) (*Log, error) {
	in := bufio.NewReaderSize(r, headSize)
	head, err := in.Peek(headSize)
	if len(head) == 0 && err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, f := range formats {
		if f.match(head) {
			return f.log(name, in)
		}
	}
	first, _, _ := strings.Cut(strings.TrimLeft(string(head), "\r\n \t\ufeff"), "\n")
	found := "it begins with " + fmt.Sprintf("%q", reading.Clip(first, 60))
	if len(head) == 0 {
		found = "it is empty"
	}
	return nil, fmt.Errorf("%s: line 1: %w: expected logcat (with its times: adb logcat -b events -v epoch,uid), dumpsys usagestats, dumpsys appops, or a list (CSV: time,kind,what,app); %s", name, ErrFormat, found)
}

func (f *format) log(name string, r io.Reader) (*Log, error) {
	l := &Log{Name: name, Format: f.name}
	others, segment, full := 0, "", false
	notes, clock, err := f.read(r, func(e flow.Event) {
		if e.Kind == "other" {
			others++
		}
		if others > maxOther && e.Kind == "other" || len(l.Events)-min(others, maxOther) >= maxEvents {
			if l.Dropped++; e.Kind != "other" && !full {
				// From here on, nothing is known.
				full = true
				l.Events = append(l.Events, flow.Event{Time: e.Time, Kind: "gap", What: "full", Source: f.name + " " + name + segment})
			}
			return
		}
		e.Source = f.name + " " + name + segment
		l.Events = append(l.Events, e)
		if e.Kind == "gap" && e.What == "clock" {
			// Before and after, two clocks are at work.
			l.Steps++
			segment = fmt.Sprintf(", after step %d of its clock", l.Steps)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	l.Clock, l.Lines, l.Unknown, l.Others, l.Zoneless, l.Yearless = clock, notes.Lines, notes.Unknown, notes.Others, notes.Wall, notes.Yearless
	for _, p := range notes.Problems {
		l.Problems = append(l.Problems, fmt.Sprintf("%s: line %d: expected %s, found %q (%s)", name, p.Line, p.Expected, p.Found, p.Remedy))
	}
	if len(l.Events) == 0 && l.Unknown > 0 {
		return nil, errors.New(l.Problems[0])
	}
	return l, nil
}

// Settle gives times their zone and year, where the file does not tell them:
// the year asked for, or else the one in which each event is nearest to near.
func (l *Log) Settle(zone *time.Location, year int, near time.Time) error {
	if l.Zoneless && zone == nil {
		return fmt.Errorf("%s: its times say no zone; name the phone's, for instance --events-zone Europe/Paris or --events-zone +01:00", l.Name)
	}
	if l.Yearless && year == 0 && near.IsZero() {
		return fmt.Errorf("%s: its times say no year, and the capture has no times to tell it; name it: --events-year 2026", l.Name)
	}
	if zone == nil {
		zone = time.UTC
	}
	kept := l.Events[:0]
	for _, e := range l.Events {
		t := e.Time.UTC()
		in := func(y int) time.Time {
			if !l.Zoneless {
				return time.Date(y, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
			}
			return time.Date(y, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
		}
		switch {
		case !l.Yearless:
			e.Time = in(t.Year())
		case year != 0:
			e.Time = in(year)
		default:
			e.Time = in(near.UTC().Year())
			for _, y := range []int{near.UTC().Year() - 1, near.UTC().Year() + 1} {
				if other := in(y); other.Sub(near).Abs() < e.Time.Sub(near).Abs() {
					e.Time = other
				}
			}
		}
		e.Time = e.Time.UTC()
		kept = append(kept, e)
	}
	l.Events, l.Zoneless, l.Yearless = kept, false, false
	return nil
}

// Zone reads the name of a zone ("Europe/Paris") or an offset ("+01:00").
func Zone(s string) (*time.Location, error) {
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, s); err == nil {
			_, offset := t.Zone()
			return time.FixedZone(s, offset), nil
		}
	}
	if s == "" || s == "Local" {
		return nil, fmt.Errorf("%q is no zone; expected a name such as Europe/Paris or an offset such as +01:00", s)
	}
	zone, err := time.LoadLocation(s)
	if err != nil {
		return nil, fmt.Errorf("%q is no zone that this machine knows; give an offset such as +01:00 (%w)", s, err)
	}
	return zone, nil
}
