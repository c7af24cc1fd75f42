package appreport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/constat/constat/flow"
)

// Rows in the shapes of iOS 15.2 and later, and of the betas before it; what
// they tell is made up.
const (
	contact  = `{"domain":"API.Quinze.test","firstTimeStamp":"2026-11-23T10:00:01.900+01:00","context":"quinze.test","timeStamp":"2026-11-23T10:07:40.115+01:00","domainType":2,"initiatedType":"NonAppInitiated","hits":1,"type":"networkActivity","domainOwner":"","bundleID":"test.quinze.app"}`
	begin    = `{"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"microphone","identifier":"U","kind":"intervalBegin","timeStamp":"2026-11-23T09:00:00Z","type":"access"}`
	end      = `{"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"microphone","identifier":"U","kind":"intervalEnd","timeStamp":"2026-11-23T09:00:15Z","type":"access"}`
	picked   = `{"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"photos","identifier":"V","kind":"event","outOfProcess":true,"timeStamp":"2026-11-23T09:00:16Z","type":"access"}`
	beta1    = `{"stream":"com.apple.privacy.accounting.stream.tcc","accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"tccService":"kTCCServiceAddressBook","identifier":"W","kind":"event","timestamp":"2021-06-08T18:48:49.573-05:00","version":3}`
	beta1b   = `{"stream":"com.apple.privacy.accounting.stream.location","accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"identifier":"X","kind":"intervalBegin","timestamp":"2021-06-08T18:48:49.573-05:00","version":3}`
	beta1c   = `{"stream":"com.apple.privacy.accounting.stream.tcc","accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"tccService":"kTCCServiceReminders","identifier":"W","kind":"event","timestamp":"2021-06-08T18:48:49.573-05:00","version":3}`
	beta2    = `{"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"camera","identifier":"Y","kind":"event","timestamp":"2021-06-21T18:48:49.573-05:00"}`
	betaHost = `{"domain":"old.test","effectiveUserId":501,"domainType":1,"timeStamp":"2021-06-08T18:48:49.573-05:00","hasApp.bundleName":"test.quinze.app","context":"","hits":3,"domainOwner":"Old Ltd","initiatedType":"AppInitiated","firstTimeStamp":"2021-06-08T18:40:00Z"}`
)

// Rows in the shape of iOS 18, of a screen recording, and what stands between the
// sections of a beta's report.
const (
	contact18 = `{"timeStamp":"2026-11-23T10:07:40.115+01:00","initiatedType":"AppInitiated","context":"quinze.test","domain":"192.0.2.7","contextVerificationType":1,"type":"networkActivity","domainType":2,"firstTimeStamp":"2026-11-23T10:00:01.900+01:00","bundleID":"A1B2C3D4E5.test.quinze.app","domainOwner":"","hits":5,"domainClassification":2}`
	begin18   = `{"accessCount":0,"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"location","identifier":"U","kind":"intervalBegin","timeStamp":"2026-11-23T09:00:00Z","type":"access"}`
	count18   = `{"accessCount":4,"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"category":"location","identifier":"V","kind":"intervalEnd","timeStamp":"2026-11-23T09:00:00Z","type":"access"}`
	recording = `{"accessor":{"identifier":"test.quinze.app","identifierType":"bundleID"},"broadcaster":{"identifier":"com.apple.springboard","identifierType":"bundleID"},"category":"screenRecording","identifier":"W","kind":"intervalBegin","timeStamp":"2026-11-23T09:00:00Z","type":"access"}`
	marker    = `{"version":3,"recordType":"access","exportTimestamp":"2021-06-25T09:51:51.222-05:00","_marker":"<metadata>"}`
)

// What later versions added is told as it is.
func TestLater(t *testing.T) {
	x := read(t, strings.NewReader(strings.Join([]string{marker, contact18, begin18, count18, recording, `{"_marker": "<end-of-section>"}`}, "\n")))
	if len(x.flows) != 1 || len(x.damages) != 0 {
		t.Fatalf("%+v", x)
	}
	if f := x.flows[0]; f.App.ID != "A1B2C3D4E5.test.quinze.app" || !strings.HasSuffix(strings.Join(f.Notes, "; "), "; domain classification 2; context verification type 1") {
		t.Errorf("%s: %q", f.App.ID, f.Notes)
	}
	var got []string
	for _, e := range x.events {
		got = append(got, e.What+": "+e.Detail)
	}
	if s := strings.Join(got, "; "); s != "location: begin, interval U; location: end, interval V, count 4; screenRecording: begin, interval W, screen shown by com.apple.springboard" {
		t.Error(s)
	}
}

type told struct {
	flows   []*flow.Flow
	events  []flow.Event
	damages []*flow.Damage
	wrote   []string
}

func read(t testing.TB, r io.Reader) (x told) {
	t.Helper()
	opt := Options{Access: func(e flow.Event) { x.events = append(x.events, e) }, Wrote: func(s string) { x.wrote = append(x.wrote, s) }}
	for f, err := range Read(r, opt) {
		var d *flow.Damage
		switch {
		case errors.As(err, &d):
			x.damages = append(x.damages, d)
		case err != nil || f.Index != len(x.flows):
			t.Fatalf("%v, %+v", err, f)
		default:
			x.flows = append(x.flows, f)
		}
	}
	return x
}

func TestContact(t *testing.T) {
	text := begin + "\r\n" + contact + "\n" + betaHost
	x := read(t, strings.NewReader(text))
	if len(x.flows) != 2 || len(x.damages) != 0 || fmt.Sprint(x.wrote) != "[iOS App Privacy Report]" {
		t.Fatalf("%+v", x)
	}
	f := x.flows[0]
	if f.Kind != flow.Opaque || f.Host() != "api.quinze.test" || f.App.ID != "test.quinze.app" || f.App.Source != "app privacy report" {
		t.Errorf("%+v", f)
	}
	if *f.Unread != (flow.Unread{Up: -1, Down: -1, Reason: "metadata only: App Privacy Report tells contacts, not contents"}) {
		t.Errorf("%+v", f.Unread)
	}
	if !f.Timing.Start.Equal(time.Date(2026, 11, 23, 9, 0, 1, 9e8, time.UTC)) || f.Timing.End.Sub(f.Timing.Start) != 7*time.Minute+38215*time.Millisecond {
		t.Errorf("%+v", f.Timing)
	}
	if got := strings.Join(f.Notes, "; "); got != "1 hit; domain type 2; context: quinze.test; initiated: NonAppInitiated" {
		t.Error(got)
	}
	if at := f.Source; text[at.Offset:at.Offset+at.Length] != contact+"\n" {
		t.Errorf("%+v", at)
	}
	f = x.flows[1]
	if f.Host() != "old.test" || f.App.ID != "test.quinze.app" || !strings.Contains(fmt.Sprint(f.Notes), "Old Ltd") || !strings.Contains(fmt.Sprint(f.Notes), "user id 501") {
		t.Errorf("%+v", f)
	}
}

func TestAccess(t *testing.T) {
	x := read(t, strings.NewReader(strings.Join([]string{begin, end, picked, beta1, beta1b, beta1c, beta2}, "\n\n")))
	if len(x.flows) != 0 || len(x.damages) != 0 {
		t.Fatalf("%+v", x)
	}
	var got []string
	for _, e := range x.events {
		if e.Kind != "access" || e.App != "test.quinze.app" || e.Time.IsZero() {
			t.Errorf("%+v", e)
		}
		got = append(got, strings.TrimSpace(e.What+" "+e.Detail))
	}
	if s := strings.Join(got, "; "); s != "microphone begin, interval U; microphone end, interval U; photos out of process, interval V; contacts interval W; location begin, interval X; reminders interval W; camera interval Y" {
		t.Error(s)
	}
	if d := x.events[1].Time.Sub(x.events[0].Time); d != 15*time.Second {
		t.Error(d)
	}
}

// Damage of a row costs that row.
func TestDamage(t *testing.T) {
	for _, tt := range []struct {
		name, row     string
		flows         int
		found, remedy string
	}{
		{"no JSON", `{"domain":`, 0, "unexpected end of JSON input", "the row is left out"},
		{"something else", `[1]`, 0, "cannot unmarshal array", "the row is left out"},
		{"no domain", `{"type":"networkActivity","hits":1}`, 0, "without a domain", "the row is left out"},
		{"no time", `{"type":"networkActivity","domain":"x.test","timeStamp":"yesterday"}`, 1, `time cannot be read: ""`, ""},
		{"access to nothing", `{"type":"access","timeStamp":"2026-11-23T09:00:00Z"}`, 0, "does not say to what", ""},
		{"access never", `{"type":"access","category":"camera","timeStamp":"no"}`, 0, `time cannot be read: "no"`, ""},
		{"long", `{"domain":"` + strings.Repeat("x", maxLine) + `"}`, 0, "a line of 1048590 bytes", ""},
		{"mistyped", `{"type":"networkActivity","domain":"x.test","firstTimeStamp":"2026-11-23T09:00:00Z","timeStamp":"2026-11-23T09:00:00Z","hits":{}}`, 1, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := read(t, strings.NewReader(contact+"\n"+tt.row+"\n"+contact))
			if len(x.flows) != 2+tt.flows {
				t.Fatalf("%d flows, %v", len(x.flows), x.damages)
			}
			if tt.found == "" {
				if len(x.damages) > 0 {
					t.Fatal(x.damages)
				}
				return
			}
			if len(x.damages) != 1 || x.damages[0].Offset != int64(len(contact)+1) || !strings.Contains(x.damages[0].Found, tt.found) || !strings.Contains(x.damages[0].Remedy, tt.remedy) {
				t.Errorf("%+v", x.damages)
			}
		})
	}
	x := read(t, strings.NewReader(contact+"\n"+contact[:40]))
	if len(x.flows) != 1 || len(x.damages) != 1 || !strings.Contains(x.damages[0].Remedy, "cut short") {
		t.Errorf("%+v", x.damages)
	}
	x = read(t, io.MultiReader(strings.NewReader(contact+"\n"), iotest.ErrReader(errors.New("unplugged"))))
	if len(x.flows) != 1 || len(x.damages) != 1 || x.damages[0].Found != "unplugged" {
		t.Errorf("%+v", x.damages)
	}
	x = read(t, strings.NewReader(strings.Repeat("{\n", 1000)+contact+"\n"+`{"type":"dream"}`))
	if n := len(x.damages); len(x.flows) != 1 || n != maxDamage+2 || !strings.Contains(x.damages[n-2].Found, "936 more") || !strings.Contains(x.damages[n-1].Found, `1 rows of type "dream"`) {
		t.Errorf("%d %v", n, x.damages[n-2:])
	}
}

func TestMatch(t *testing.T) {
	for _, s := range []string{contact, begin, picked, beta1, beta2, betaHost, "\ufeff" + contact, "{broken\n" + contact} {
		if !Match([]byte(s)) {
			t.Errorf("not matched: %s", s)
		}
	}
	for _, s := range []string{"", "{", `{"log":{"entries":[{"text":"\"accessor\" \"identifierType\""}]}}`, `{"constants":{}}`, `{"domain":"x"}`, "IPProto,SrcIP"} {
		if Match([]byte(s)) {
			t.Errorf("matched: %s", s)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{contact, begin, picked, beta1, beta1b, beta2, betaHost, `{"type":"x"}`, contact[:50]} {
		f.Add([]byte(s + "\n" + contact))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		x := read(t, bytes.NewReader(data))
		var at int64
		for _, f := range x.flows {
			if f.Server.Name == "" || len(f.Server.Name) > maxText || f.Unread == nil || f.Source.Offset < at || f.Source.Offset+f.Source.Length > int64(len(data)) {
				t.Fatalf("%+v", f)
			}
			at = f.Source.Offset + f.Source.Length
			f.Host()
		}
		for _, e := range x.events {
			if e.Kind != "access" || e.What == "" || e.Time.IsZero() {
				t.Fatalf("%+v", e)
			}
		}
	})
}

// BenchmarkRead reads 20,000 rows of which every second is a contact.
func BenchmarkRead(b *testing.B) {
	data := bytes.Repeat([]byte(begin+"\n"+contact+"\n"), 10_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range Read(bytes.NewReader(data), Options{}) {
			n++
		}
		if n != 10_000 {
			b.Fatal(n)
		}
	}
}

// TestWhole: only of a report that was read whole, and that can be one, is it
// said that every access is in it.
func TestWhole(t *testing.T) {
	for name, rows := range map[string]struct {
		text []string
		want string
	}{
		"whole":           {[]string{contact, begin, end, picked}, "camera contacts location mediaLibrary microphone photos 09:00:00 09:07:40"},
		"a row is broken": {[]string{contact, begin, "{", picked}, ""},
		"a new sort":      {[]string{contact, begin, `{"type":"novel"}`}, ""},
		"of two years":    {[]string{begin, beta1}, ""},
		"one moment":      {[]string{begin}, ""},
	} {
		got := ""
		opt := Options{Whole: func(of []string, from, until time.Time) {
			got = strings.Join(of, " ") + from.UTC().Format(" 15:04:05") + until.UTC().Format(" 15:04:05")
		}}
		for range Read(strings.NewReader(strings.Join(rows.text, "\n")), opt) {
		}
		if got != rows.want {
			t.Errorf("%s: %q, want %q", name, got, rows.want)
		}
	}
}
