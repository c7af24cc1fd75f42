package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/pflag"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/timeline"
)

// eventFlags are what the user said of records of events beside the captures.
type eventFlags struct {
	files  []string
	app    string
	zone   string
	year   int
	bound  time.Duration
	bounds map[string]time.Duration // of one file each
	hand   string
}

// clockBounds reads --clock-bound: "2s", or "events.csv=2s" for one file.
type clockBounds struct{ *eventFlags }

func (b clockBounds) String() string { return "" }
func (b clockBounds) Type() string   { return "duration" }

func (b clockBounds) Set(s string) error {
	of, bound := "", s
	if i := strings.LastIndex(s, "="); i >= 0 {
		of, bound = s[:i], s[i+1:]
	}
	d, err := time.ParseDuration(bound)
	if err != nil || d < 0 {
		return fmt.Errorf("expected a time such as 2s, or a file of --events and a time: events.csv=2s")
	}
	if of == "" {
		b.bound = d
		return nil
	}
	if b.bounds == nil {
		b.bounds = map[string]time.Duration{}
	}
	b.bounds[of] = d
	return nil
}

func (e *eventFlags) register(f *pflag.FlagSet) {
	f.StringArrayVar(&e.files, "events", nil, "`file` of what the phone or a person wrote down: logcat -b events, dumpsys usagestats or appops, App Privacy Report, a capture's log, or a list (CSV: time,kind,what,app)")
	f.StringVar(&e.app, "app", "", "`package` name or bundle id of the app that is looked into, whose states and traffic count; after commas, what captures call it besides (com.example.video,Video)")
	f.StringVar(&e.zone, "events-zone", "", "the `zone` of the phone's clock, Europe/Paris or +01:00, where events tell none")
	f.IntVar(&e.year, "events-year", 0, "the `year`, where events tell none; default: the nearest to the captures")
	f.Var(clockBounds{e}, "clock-bound", "how far the clock of events may be off, when nothing in them or in the traffic tells: 2s for all, events.csv=2s for one file; without it they are then not used")
	f.StringVar(&e.hand, "hand", "", fmt.Sprintf("how far what a person did may lie from the key that marks it, `time` such as 500ms (default %s); whether something left before or after is open within it", timeline.Hand))
}

// names are those of the app that is looked into.
func (e *eventFlags) names() (app string, more []string) {
	names := strings.Split(e.app, ",")
	return names[0], names[1:]
}

// stated takes the app from what the captures' operators said when they recorded,
// if nobody says now.
func stated(opt *audit.Options, captures []*capture.Capture) error {
	if opt.App != "" {
		return nil
	}
	var by *capture.Capture
	for _, c := range captures {
		names, at := c.StatedApp()
		if names == "" {
			continue
		}
		if by != nil {
			if before, _ := by.StatedApp(); before != names {
				return usage("%s was recorded of %s, %s of %s: say which app is looked into with --app", by.Path, before, c.Path, names)
			}
			continue
		}
		by = c
		e := eventFlags{app: names}
		opt.App, opt.AppNames = e.names()
		opt.AppSaid = at
	}
	return nil
}

// load reads the files for an audit.
func (e *eventFlags) load(opt *audit.Options, co capture.Options) error {
	if names := strings.Split(e.app, ","); e.app != "" && !strings.ContainsFunc(names[0], unicode.IsLetter) {
		return usage("--app %q: expected a package name or a bundle id, as in com.example.video", e.app)
	}
	opt.App, opt.AppNames = e.names()
	opt.Year, opt.ClockBound = e.year, e.bound
	if e.hand != "" {
		d, err := time.ParseDuration(e.hand)
		if err != nil || d < 0 || d > time.Hour {
			return usage("--hand %q: expected a time from 0s to 1h, such as 500ms", e.hand)
		}
		opt.Hand = &d
	}
	switch {
	case e.year != 0 && (e.year < 1970 || e.year > 2200):
		return usage("--events-year %d: expected a year such as 2026", e.year)
	}
	if e.zone != "" {
		zone, err := timeline.Zone(e.zone)
		if err != nil {
			return usage("--events-zone: %v", err)
		}
		opt.Zone = zone
	}
	for of := range e.bounds {
		if !slices.Contains(e.files, of) {
			return usage("--clock-bound %s=…: it is no file of --events", of)
		}
	}
	for _, path := range e.files {
		rec, err := readRecord(path, co)
		if err != nil {
			return exit{exitFailure, err}
		}
		if rec.Zoneless && opt.Zone == nil {
			return exit{exitUsage, fmt.Errorf("%s: its times say no zone; name the phone's, for instance --events-zone Europe/Paris or --events-zone +01:00", path)}
		}
		rec.ClockBound = e.bounds[path]
		opt.Records = append(opt.Records, rec)
	}
	return nil
}

// readRecord reads a file of events, or what a capture tells beside its traffic.
func readRecord(path string, co capture.Options) (audit.Record, error) {
	info, err := os.Stat(path)
	if err != nil {
		return audit.Record{}, err
	}
	if info.IsDir() {
		return witnessed(path, co)
	}
	f, err := os.Open(path)
	if err != nil {
		return audit.Record{}, err
	}
	defer f.Close()
	h := sha256.New()
	log, err := timeline.Read(path, io.TeeReader(f, h))
	if errors.Is(err, timeline.ErrFormat) {
		if rec, other := witnessed(path, co); other == nil {
			return rec, nil
		}
	}
	if err != nil {
		return audit.Record{}, err
	}
	if _, err := io.Copy(h, f); err != nil {
		return audit.Record{}, err
	}
	return audit.Record{Log: log, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

// witnessed are the events in a capture, whose traffic is another matter.
func witnessed(path string, co capture.Options) (audit.Record, error) {
	c, err := capture.Open(path, co)
	if err != nil {
		return audit.Record{}, err
	}
	defer c.Close()
	log := &timeline.Log{Name: path, Format: "capture"}
	if c.Format == "appreport" {
		log.Clock = timeline.DeviceClock
	}
	for _, err := range c.Flows() {
		if err != nil && len(log.Problems) < 8 {
			log.Problems = append(log.Problems, err.Error())
		}
	}
	log.Events = append(c.Events(), c.Accesses()...)
	if len(log.Events) == 0 {
		return audit.Record{}, fmt.Errorf("%s: it tells of no events: no moment was marked in it, and no access", path)
	}
	for i := range log.Events {
		log.Events[i].Source = "capture " + path
	}
	sum, _ := c.Sum()
	return audit.Record{Log: log, SHA256: sum}, nil
}
