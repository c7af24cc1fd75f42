package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/timeline"
)

// stamped is a session of a minute whose app stamps its requests by a phone that
// is ahead, and whose server is behind by two seconds.
func stamped(begin time.Time, ahead time.Duration) closed {
	var flows closed
	for i := range 20 {
		at := begin.Add(time.Duration(i) * 3210 * time.Millisecond)
		f := &flow.Flow{Index: i, Kind: flow.HTTP, Protocol: "HTTP/1.1"}
		f.Timing.Start, f.Timing.Sent, f.Timing.Answered = at, at.Add(5*time.Millisecond), at.Add(45*time.Millisecond)
		f.Request = &flow.Request{
			Method: "GET", Host: "api.example", URL: fmt.Sprintf("https://api.example/?ts=%d&_rticket=%d", at.Add(ahead).Unix(), at.Add(ahead).UnixMilli()),
			Headers: []flow.Field{{Name: "X-Khronos", Value: fmt.Sprint(at.Add(ahead).Unix())}}, Body: flow.Body{Kept: true},
		}
		f.Response = &flow.Response{Status: 200, Headers: []flow.Field{{Name: "Date", Value: at.Add(20*time.Millisecond - 2*time.Second).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}}
		flows = append(flows, f)
	}
	return flows
}

// log is a phone's log by a clock that is ahead: ours is in front from second 10
// to second 30, and swiped away at 40.
func log(t *testing.T, begin time.Time, ahead time.Duration) Record {
	t.Helper()
	var b strings.Builder
	for _, l := range []struct {
		s    float64
		text string
	}{
		{0, "wm_set_resumed_activity: [0,com.example.home/.Home,resumeTopActivity]"}, {9.9, "wm_pause_activity: [0,1,com.example.home/.Home,a,b]"},
		{10, "wm_set_resumed_activity: [0,com.example.video/.Main,resumeTopActivity]"}, {10.4, "wm_stop_activity: [0,1,com.example.home/.Home]"},
		{30, "wm_pause_activity: [0,2,com.example.video/.Main,a,b]"}, {30.1, "wm_set_resumed_activity: [0,com.example.home/.Home,resumeTopActivity]"},
		{30.5, "wm_stop_activity: [0,2,com.example.video/.Main]"}, {40, "am_kill : [0,77,com.example.video,900,remove task]"},
		{50, "am_new_tag: [1]"}, {90, "am_low_memory: 4"},
	} {
		at := begin.Add(ahead + time.Duration(l.s*float64(time.Second)))
		fmt.Fprintf(&b, "%d.%03d  1  2 I %s\n", at.Unix(), at.Nanosecond()/1e6, l.text)
	}
	l, err := timeline.Read("phone.log", strings.NewReader(b.String()+"what is this\n"))
	if err != nil {
		t.Fatal(err)
	}
	return Record{Log: l, SHA256: strings.Repeat("ab", 32)}
}

// A phone that is an hour off tells what its app did, at the capture's time and
// with an error, because the app stamps its requests by the same clock.
func TestClocks(t *testing.T) {
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 11, 28, 10, 0, 0, 123e6, time.UTC)
	for _, c := range []struct {
		name    string
		flows   closed
		records []Record
		bound   time.Duration
		how     string
		states  string // of the flows at 3.2, 16, 35 and 58 s
	}{
		{"stamped", stamped(begin, 3661500*time.Millisecond), []Record{log(t, begin, 3661500*time.Millisecond)}, 0, ClockEstimated, "unknown foreground background swiped"},
		{"by another clock", stamped(begin, 5*time.Second), []Record{log(t, begin, 3661500*time.Millisecond)}, 0, ClockEstimated, "unknown unknown unknown unknown"}, // the stamps place it an hour later
		{"declared", nil, []Record{log(t, begin, 400*time.Millisecond)}, time.Second, ClockDeclared, "unknown foreground background swiped"},
		{"unknown", nil, []Record{log(t, begin, 400*time.Millisecond)}, 0, ClockUnknown, "unknown unknown unknown unknown"},
	} {
		if c.flows == nil {
			c.flows = stamped(begin, 0)
			for _, f := range c.flows {
				f.Request.Headers, f.Request.URL = nil, "https://api.example/"
			}
		}
		doc, err := Conduct(t.Context(), []Capture{c.flows}, Options{Book: book, Records: c.records, App: "com.example.video", ClockBound: c.bound})
		if err != nil {
			t.Fatal(err)
		}
		row := doc.Clocks[0]
		if row.How != c.how || row.Format != "logcat" || row.Of.String() != "phone.log" || row.Others != 2 || row.Unknown != 1 || row.SHA256 == "" {
			t.Errorf("%s: %+v", c.name, row)
		}
		if c.name == "stamped" && (math.Abs(row.Offset-3661.5) > row.Bound || row.Bound > 1.2 || row.Bound <= 0 || len(row.Basis) != 3) {
			t.Errorf("%s: %+v", c.name, row)
		}
		last := doc.Clocks[len(doc.Clocks)-1]
		if last.Of.String() != "server api.example" || math.Abs(last.Offset+2) > last.Bound || last.Bound > 0.2 {
			t.Errorf("%s: %+v", c.name, last)
		}
		// The states, from the events that the document lists.
		var states []string
		for _, s := range []float64{3.2, 16, 35, 58} {
			state := "unknown"
			for _, e := range doc.Timeline {
				if e.Offset <= s {
					state = e.What.String()
				}
				if c.how == ClockEstimated && (e.Bound == 0 || e.Source.String() != "logcat phone.log") {
					t.Errorf("%s: %+v", c.name, e)
				}
			}
			states = append(states, state)
		}
		if got := strings.Join(states, " "); got != c.states {
			t.Errorf("%s: %s, want %s\n%+v", c.name, got, c.states, doc.Timeline)
		}
		if told := fmt.Sprint(doc.Limits); strings.Contains(told, "clock-unknown") != (c.how == ClockUnknown) {
			t.Errorf("%s: limits %v", c.name, doc.Limits)
		}
		if s := fmt.Sprint(doc.Errors); !strings.Contains(s, "line 11") {
			t.Errorf("%s: the strange line is not told: %s", c.name, s)
		}
		doc.Inputs[0].SHA256 = strings.Repeat("0", 64)
		valid(t, doc)
		doc.Transfers.Close()
	}
}

// valid checks a document against its schema.
func valid(t *testing.T, doc *Document) {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(SchemaID, schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(v); err != nil {
		t.Errorf("%v", err)
	}
}

// However many stamps there are, few are kept, from the whole of the capture.
func TestSample(t *testing.T) {
	var s sample
	begin := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for i := range 100_000 {
		s.add(timeline.Pair{At: begin.Add(time.Duration(i) * time.Second)})
	}
	n := len(s.pairs)
	if n < maxSample/2 || n > maxSample || s.pairs[0].At != begin || s.pairs[n-1].At.Sub(begin) < 99_000*time.Second {
		t.Errorf("%d pairs, the last at %s", n, s.pairs[n-1].At.Sub(begin))
	}
}

// A record that ended before the capture began tells nothing of the app's state
// in it, and one of another year tells nothing at all.
func TestRecordsOutside(t *testing.T) {
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		at      []time.Duration // swiped, consent-refuse
		outside bool
		state   string
		act     string
	}{
		"in it":              {[]time.Duration{2 * time.Second, 3 * time.Second}, false, "swiped", "consent-refuse"},
		"begins before":      {[]time.Duration{-time.Hour, 3 * time.Second}, false, "swiped", "consent-refuse"},
		"ended an hour ago":  {[]time.Duration{-2 * time.Hour, -time.Hour}, false, "unknown", "consent-refuse"},
		"ended a year ago":   {[]time.Duration{-365 * 24 * time.Hour, -364 * 24 * time.Hour}, true, "unknown", ""},
		"begins a day later": {[]time.Duration{25 * time.Hour, 26 * time.Hour}, true, "unknown", ""},
	} {
		text := "time,what\n"
		for i, what := range []string{"swiped", "consent-refuse"} {
			text += begin.Add(c.at[i]).Format(time.RFC3339) + "," + what + "\n"
		}
		l, err := timeline.Read("list.csv", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := Conduct(t.Context(), []Capture{stamped(begin, 0)}, Options{Book: book, Records: []Record{{Log: l, ClockBound: time.Second}}})
		if err != nil {
			t.Fatal(err)
		}
		if doc.Clocks[0].Outside != c.outside || strings.Contains(fmt.Sprint(doc.Limits), "events-outside") != c.outside {
			t.Errorf("%s: %+v", name, doc.Clocks[0])
		}
		state, act := "unknown", "" // state: as the list ends, if that is in the capture
		for _, e := range doc.Timeline {
			if e.Kind == "act" {
				act = e.What.String()
			} else if act == "" || e.Offset < 0 {
				state = e.What.String()
			}
		}
		if state != c.state || act != c.act {
			t.Errorf("%s: %s after %q, want %s after %q", name, state, act, c.state, c.act)
		}
		doc.Inputs[0].SHA256 = strings.Repeat("0", 64)
		valid(t, doc)
		doc.Transfers.Close()
	}
}

// A list says for which time it has every access: to its end, to where it says that
// it stops, or to a hole in it.
func TestAccessLogs(t *testing.T) {
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for rows, want := range map[string]string{
		"1,watch,clipboard;2,access,clipboard;9,act,next":                      "clipboard 1 to 9",
		"1,watch,clipboard;4,unwatch,clipboard;9,act,next":                     "clipboard 1 to 4",
		"1,watch,clipboard;4,gap,away;6,access,clipboard;9,act,next":           "clipboard 1 to 4",
		"1,watch,clipboard;4,gap,away;6,watch,clipboard;9,act,next":            "clipboard 1 to 4, clipboard 6 to 9",
		"1,watch,clipboard;2,watch,camera;5,unwatch,camera;9,access,clipboard": "camera 2 to 5, clipboard 1 to 9",
		"2,access,clipboard;9,act,next":                                        "",
	} {
		text := "time,kind,what,bound\n"
		for row := range strings.SplitSeq(rows, ";") {
			second, rest, _ := strings.Cut(row, ",")
			text += begin.Format("2006-01-02T15:04:0") + second + "Z," + rest + ",0s\n"
		}
		l, err := timeline.Read("list.csv", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		l.Clock = timeline.CaptureClock
		doc, err := Conduct(t.Context(), []Capture{stamped(begin, 0)}, Options{Book: book, Records: []Record{{Log: l}}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range doc.AccessLogs {
			got = append(got, fmt.Sprintf("%s %.0f to %.0f", w.What.String(), w.From, w.Until))
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s: %q, want %q", rows, s, want)
		}
		doc.Transfers.Close()
	}
}

// Whose an access is, is open where several apps are told of and none was chosen; what
// a person called an act in their own words is masked in every row.
func TestAccessesOfSeveralApps(t *testing.T) {
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	const text = "time,kind,what,app,bound\n" +
		"2026-11-28T10:00:01Z,act,Jean Dupont,,0s\n" +
		"2026-11-28T10:00:02Z,access,clipboard,com.example.video,0s\n" +
		"2026-11-28T10:00:03Z,access,clipboard,com.example.other,0s\n"
	for app, want := range map[string]string{"": "open open", "com.example.video": "own other"} {
		l, err := timeline.Read("list.csv", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		l.Clock = timeline.CaptureClock
		doc, err := Conduct(t.Context(), []Capture{stamped(begin, 0)}, Options{Book: book, App: app, Records: []Record{{Log: l}}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range doc.Accesses {
			got = append(got, map[bool]string{true: "open", false: map[bool]string{true: "other", false: "own"}[a.OtherApp]}[a.AppOpen])
			if a.Act != "J••• ••••••" {
				t.Errorf("after %q", a.Act)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("of %q: %s, want %s", app, s, want)
		}
		doc.Transfers.Close()
	}
}
