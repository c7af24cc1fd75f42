// Package appreport reads Apple's App Privacy Report, the file that iOS and
// iPadOS give out under Settings, Privacy & Security, App Privacy Report
// ("App_Privacy_Report_v4_2026-11-23T10_00_00.ndjson").
//
// The device writes it about the last seven days, one JSON object a line, of
// two sorts:
//
//   - a contact (networkActivity): an app reached a domain, so many times
//     between a first and a last moment. It becomes a flow of kind Opaque. When
//     between the two, how much was sent, and what, the report does not say.
//   - an access: an app used the camera, the microphone, the location, the
//     contacts, the photos. It becomes a flow.Event of kind "access".
//
// It is the device's own word, so it is good evidence that an app could have
// had something and whom it then spoke to. It is no evidence of content. What
// a system picker showed ("out of process") the app did not see but for what
// the user chose.
//
// The betas of iOS 15 named some members otherwise; all spellings are read.
// iOS 18 added some that Apple does not document (accessCount,
// domainClassification, contextVerificationType): they are told as they are.
//
// Sources: Apple, "Inspecting app activity data" (Network documentation); a
// whole report of iOS 18 (2024-10) and rows of iOS 15 and its betas in public
// repositories; the shapes of reports of 2021 to 2026, read 2026-11.
package appreport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
)

// Options say whom to tell.
type Options struct {
	// Wrote is called once with the name of what wrote the report.
	Wrote func(creator string)
	// Access is called for each access, in file order. Event.What is the
	// category ("camera"); Event.Detail is "begin" or "end" of an interval, and
	// "out of process" of what a system picker did for the app.
	Access func(flow.Event)
	// Whole is called at the end of a report that could be read whole, with the
	// time for which it has every access of these categories.
	Whole func(categories []string, from, until time.Time)
}

// Source is what App.Source says of these flows.
const Source = "app privacy report"

// Reason is why nothing of a contact could be read.
const Reason = "metadata only: App Privacy Report tells contacts, not contents"

// Limits on what hostile input can cost.
const (
	maxLine   = 1 << 20 // bytes of a row; real ones have about 400
	maxText   = 256     // bytes of a member that is kept
	maxDamage = 64      // rows that are reported one by one
	maxKinds  = 16      // kinds of rows that nobody knows, told apart
)

// Match reports whether head begins an App Privacy Report.
func Match(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for l := range bytes.Lines(head) {
		has := func(member string) bool { return bytes.Contains(l, []byte(`"`+member+`"`)) }
		switch l = bytes.TrimSpace(l); {
		case !bytes.HasPrefix(l, []byte("{")) || has("log") || has("constants"):
		case has("accessor") && has("identifierType"), has("domain") && has("firstTimeStamp"):
			return true
		}
	}
	return false
}

// row is any row in any of its spellings.
type row struct {
	Type string `json:"type"` // "networkActivity" or "access"; betas had none

	Domain        string      `json:"domain"`
	First         string      `json:"firstTimeStamp"`
	Time          string      `json:"timeStamp"`
	Context       string      `json:"context"`
	DomainType    json.Number `json:"domainType"`
	InitiatedType string      `json:"initiatedType"`
	Hits          json.Number `json:"hits"`
	DomainOwner   string      `json:"domainOwner"`
	BundleID      string      `json:"bundleID"`
	BundleName    string      `json:"hasApp.bundleName"`       // first beta
	UserID        json.Number `json:"effectiveUserId"`         // first beta
	Class         json.Number `json:"domainClassification"`    // iOS 18: 2 of addresses, 1 of names
	Verified      json.Number `json:"contextVerificationType"` // iOS 18

	Accessor     named       `json:"accessor"`
	Broadcaster  named       `json:"broadcaster"` // of a screen recording: who shows the screen
	Identifier   string      `json:"identifier"`  // the same for the two ends of an interval
	Count        json.Number `json:"accessCount"` // iOS 18
	Category     string      `json:"category"`
	Kind         string      `json:"kind"` // "event", "intervalBegin", "intervalEnd"
	OutOfProcess bool        `json:"outOfProcess"`
	Stream       string      `json:"stream"`     // first beta
	Service      string      `json:"tccService"` // first beta
	EarlyTime    string      `json:"timestamp"`  // betas, of an access
	Marker       string      `json:"_marker"`    // betas: "<metadata>", "<end-of-section>"
}

type named struct {
	Identifier string `json:"identifier"`
}

// Read yields a flow for each contact in r, in file order, and hands each
// access to Options.Access. A row that cannot be read is a *flow.Damage, and
// reading goes on with the next.
func Read(r io.Reader, opt Options) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		rd := reader{opt: opt, unknown: map[string]int64{}}
		in := line.NewReader(r, maxLine)
		for {
			l, err := in.Read()
			if err == nil && len(bytes.TrimSpace(l.Text)) == 0 {
				continue
			}
			if err == nil {
				f, d := rd.row(l)
				if f != nil && !yield(f, nil) {
					return
				}
				if d != nil && !rd.report(d, yield) {
					return
				}
				continue
			}
			if err != io.EOF {
				d := &flow.Damage{Offset: l.Offset, Expected: "more of the report", Found: err.Error(), Remedy: "copy the file again; everything before this place was read", Err: err}
				rd.damages++
				if !yield(nil, d) {
					return
				}
			}
			break
		}
		rd.whole()
		for _, d := range rd.rest() {
			if !yield(nil, d) {
				return
			}
		}
	}
}

// reader is the reading of one report.
type reader struct {
	opt     Options
	index   int
	named   bool
	damages int64
	first   time.Time // that it tells of
	last    time.Time
	unknown map[string]int64 // rows by a kind that nobody knows
}

func (rd *reader) report(d *flow.Damage, yield func(*flow.Flow, error) bool) bool {
	if rd.damages++; rd.damages > maxDamage {
		return true
	}
	return yield(nil, d)
}

// rest are what was counted and not reported one by one.
func (rd *reader) rest() (list []*flow.Damage) {
	if n := rd.damages - maxDamage; n > 0 {
		list = append(list, &flow.Damage{Missing: true, Expected: "rows that can be read", Found: fmt.Sprintf("%d more that cannot", n), Remedy: "export the report again"})
	}
	for _, kind := range slices.Sorted(maps.Keys(rd.unknown)) {
		list = append(list, &flow.Damage{
			Missing: true, Expected: "contacts and accesses", Found: fmt.Sprintf("%d rows of type %q", rd.unknown[kind], kind),
			Remedy: "what they tell is not read; tell the authors of constat of this type",
		})
	}
	return list
}

// row reads a row: a flow, or damage, or neither if it was an access.
func (rd *reader) row(l line.Line) (*flow.Flow, *flow.Damage) {
	damage := func(found string, err error) *flow.Damage {
		d := &flow.Damage{Offset: l.Offset, Expected: "a row of the report: a JSON object on a line", Found: found, Remedy: "the row is left out; export the report again", Err: err}
		if l.Cut {
			d.Remedy = "the file was cut short there; copy or export it again"
		}
		return d
	}
	if l.Long {
		return nil, damage(fmt.Sprintf("a line of %d bytes", l.Length), nil)
	}
	var x row
	err := json.Unmarshal(l.Text, &x)
	var mistyped *json.UnmarshalTypeError
	if err != nil && (!errors.As(err, &mistyped) || mistyped.Field == "") {
		return nil, damage(err.Error(), err)
	}
	if !rd.named && rd.opt.Wrote != nil {
		rd.named = true
		rd.opt.Wrote("iOS App Privacy Report")
	}
	switch {
	case x.Type == "" && x.Marker != "": // between the sections of a beta's report
		return nil, nil
	case x.Type == "networkActivity" || x.Type == "" && x.Domain != "":
		if x.Domain == "" {
			return nil, damage("a contact without a domain", err)
		}
		f, bad := rd.contact(&x)
		f.Source = flow.Provenance{Offset: l.Offset, Length: l.Length}
		if mistyped != nil {
			f.Notes = append(f.Notes, "member "+mistyped.Field+" of the row is not what it should be")
		}
		f.Index = rd.index
		rd.index++
		if bad != "" {
			return f, damage("a contact whose time cannot be read: "+bad, nil)
		}
		return f, nil
	case x.Type == "access" || x.Type == "" && x.Accessor.Identifier != "":
		if bad := rd.access(&x); bad != "" {
			return nil, damage(bad, err)
		}
		return nil, nil
	}
	kind := line.Clip(x.Type, maxText)
	if _, ok := rd.unknown[kind]; !ok && len(rd.unknown) >= maxKinds {
		kind = "and others"
	}
	rd.unknown[kind]++
	return nil, nil
}

// contact makes a flow. bad is a time that is none.
func (rd *reader) contact(x *row) (f *flow.Flow, bad string) {
	f = &flow.Flow{
		Kind: flow.Opaque, Protocol: "unknown", Server: flow.Endpoint{Name: line.Clip(x.Domain, maxText)},
		Unread: &flow.Unread{Up: -1, Down: -1, Reason: Reason},
	}
	if app := first(x.BundleID, x.BundleName); app != "" {
		f.App = &flow.App{ID: line.Clip(app, maxText), Source: Source}
	}
	f.Timing.Start, bad = moment(x.First)
	end, badEnd := moment(x.Time)
	f.Timing.End, bad = end, first(bad, badEnd)
	for _, at := range []time.Time{f.Timing.Start, end} {
		if !at.IsZero() {
			rd.span(at)
		}
	}
	if f.Timing.Start.IsZero() {
		f.Timing.Start = end
	}
	note := func(format, value string) {
		if value != "" {
			f.Notes = append(f.Notes, fmt.Sprintf(format, line.Clip(value, maxText)))
		}
	}
	switch n, err := strconv.ParseInt(x.Hits.String(), 10, 64); {
	case err != nil:
		note("hits: %s", x.Hits.String())
	case n == 1:
		note("%s", "1 hit")
	default:
		note("%s hits between the first and the last, whose times are not told", strconv.FormatInt(n, 10))
	}
	note("domain owner by the report: %s", x.DomainOwner)
	note("domain type %s", x.DomainType.String())
	note("context: %s", x.Context)
	note("initiated: %s", x.InitiatedType)
	note("user id %s", x.UserID.String())
	note("domain classification %s", x.Class.String())
	if x.Verified.String() != "0" {
		note("context verification type %s", x.Verified.String())
	}
	return f, bad
}

// access hands on an access. bad says what it lacks.
func (rd *reader) access(x *row) (bad string) {
	what := x.category()
	if what == "" {
		return "an access that does not say to what"
	}
	at, badTime := moment(first(x.Time, x.EarlyTime))
	if at.IsZero() {
		return "an access whose time cannot be read: " + badTime
	}
	rd.span(at)
	how := []string{}
	switch x.Kind {
	case "intervalBegin":
		how = append(how, "begin")
	case "intervalEnd":
		how = append(how, "end")
	case "", "event":
	default:
		how = append(how, line.Clip(x.Kind, maxText))
	}
	if x.OutOfProcess {
		how = append(how, "out of process")
	}
	var details []string
	detail := func(format, value string) {
		if value != "" {
			details = append(details, fmt.Sprintf(format, line.Clip(value, maxText)))
		}
	}
	detail("interval %s", x.Identifier) // intervals of one app overlap
	if x.Count.String() != "0" {
		detail("count %s", x.Count.String())
	}
	detail("screen shown by %s", x.Broadcaster.Identifier)
	if rd.opt.Access != nil {
		rd.opt.Access(flow.Event{
			Time: at, Bound: time.Millisecond, Kind: "access", What: what, App: line.Clip(x.Accessor.Identifier, maxText),
			Detail: strings.Join(append(how, details...), ", "),
		})
	}
	return ""
}

// span notes a time that the report tells of.
func (rd *reader) span(at time.Time) {
	if rd.first.IsZero() || at.Before(rd.first) {
		rd.first = at
	}
	if at.After(rd.last) {
		rd.last = at
	}
}

// recorded are the categories whose every access a report has, in Apple's words
// ("Inspecting app activity data", read 2026-11: the clipboard is none of them).
var recorded = []string{"camera", "contacts", "location", "mediaLibrary", "microphone", "photos"}

// kept is for how long a device keeps what it reports, and some hours: times
// further apart are those of several reports, with gaps between them.
const kept = 7*24*time.Hour + 12*time.Hour

// whole tells for which time all accesses are in the report.
func (rd *reader) whole() {
	if rd.opt.Whole != nil && rd.damages == 0 && len(rd.unknown) == 0 && rd.last.Sub(rd.first) <= kept && rd.last.After(rd.first) {
		rd.opt.Whole(slices.Clone(recorded), rd.first, rd.last)
	}
}

// services are the categories of later versions by the names of the first
// beta (the keys of Apple's consent database).
var services = map[string]string{
	"AddressBook": "contacts", "Photos": "photos", "PhotosAdd": "photos", "Camera": "camera", "Microphone": "microphone", "MediaLibrary": "mediaLibrary",
}

// category is what was accessed, in the words of the later versions.
func (x *row) category() string {
	if x.Category != "" {
		return line.Clip(x.Category, maxText)
	}
	if s, ok := strings.CutPrefix(x.Service, "kTCCService"); ok && s != "" {
		if c := services[s]; c != "" {
			return c
		}
		return line.Clip(strings.ToLower(s[:1])+s[1:], maxText)
	}
	stream, _ := strings.CutPrefix(x.Stream, "com.apple.privacy.accounting.stream.")
	return line.Clip(stream, maxText)
}

// moment parses a time; bad is what cannot be parsed.
func moment(s string) (t time.Time, bad string) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, strconv.Quote(line.Clip(s, maxText))
	}
	return t.UTC(), ""
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
