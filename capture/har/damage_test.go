package har

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var whole = archive("WebInspector",
	`{"_initiator":{"type":"other","stack":[[1,2],{"a":"}"}]},"request":{"method":"POST","url":"https://a.example/1?x=\u00e9","headers":[{"name":"A","value":"b\\"}],"postData":{"text":"{\"k\":\"v\"}"}},"response":{"status":200,"content":{"text":"<\"\\\\\">","size":4}},"startedDateTime":"2026-01-02T03:04:05Z","timings":{"send":1.5,"wait":-1}}`,
	` {"startedDateTime":"2026-01-02T03:04:06Z","request":{"method":"GET","url":"https://b.example/"},"response":null,"_webSocketMessages":[{"type":"send","opcode":2,"data":"AAE=","time":1.5}]} `,
	`{"pageref":"p","request":{"method":"GET","url":"https://c.example/"},"cache":{}}`)

// Cutting a HAR anywhere loses nothing before the cut and is said once.
func TestTruncation(t *testing.T) {
	complete, _ := all(t, []byte(whole), Options{})
	if len(complete) != 3 {
		t.Fatal(len(complete), " flows")
	}
	for cut := range len(whole) {
		flows, damages := all(t, []byte(whole[:cut]), Options{ResponseBodies: cut%2 == 0})
		want := 0
		for _, f := range complete {
			if f.Source.Offset+f.Source.Length <= int64(cut) {
				want++
			}
		}
		if len(flows) < want || len(flows) > want+1 {
			t.Errorf("cut at %d: %d flows, want %d and perhaps the damaged one", cut, len(flows), want)
		}
		for i, f := range flows {
			if f.Request.URL != complete[i].Request.URL {
				t.Errorf("cut at %d: flow %d is %s", cut, i, f.Request.URL)
			}
			if i >= want && !noted(f, "damaged entry") {
				t.Errorf("cut at %d: partial flow without a note", cut)
			}
		}
		if len(damages) != 1 {
			t.Errorf("cut at %d: %d damages", cut, len(damages))
			continue
		}
		d := damages[0]
		if d.Offset != int64(cut) || !errors.Is(d, io.ErrUnexpectedEOF) || d.Expected == "" || d.Remedy == "" {
			t.Errorf("cut at %d: %v", cut, d)
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader(whole[:len(whole)-20]), iotest.ErrReader(broken))
	var flows, damages int
	for _, err := range Read(r, Options{}) {
		if err == nil {
			flows++
		} else if damages++; !errors.Is(err, broken) || !strings.Contains(err.Error(), "disk on fire") {
			t.Error(err)
		}
	}
	if flows < 2 || damages != 1 {
		t.Errorf("%d flows, %d damages", flows, damages)
	}
}

func TestDamage(t *testing.T) {
	good := `{"startedDateTime":"2026-01-02T03:04:05Z","request":{"url":"https://h/"}}`
	deep := strings.Repeat(`[`, 10_000)
	for _, tt := range []struct {
		name, text     string
		flows, damages int
		at             string // text before which the first damage stands
		says           string
	}{
		{"empty", ``, 0, 1, "", "the end of the file"},
		{"other JSON", `{"a":1}`, 0, 1, "", "log.entries"},
		{"App Privacy Report", `{"type":"access"}` + "\n" + `{"type":"access"}`, 0, 1, "", "not a HAR"},
		{"no entries", `{"log":{"version":"1.2"}}`, 0, 1, "", "log.entries"},
		{"empty entries", `{"log":{"entries":[]}}`, 0, 0, "", ""},
		{"null entries", `{"log":{"entries":null}}`, 0, 0, "", ""},
		{"text after it", archive("x", good) + "\n{}", 1, 1, "\n{}", "the end of the file after the HAR"},
		{"missing comma in an entry", archive("x", good, `{"pageref":"p" "request":{}}`, good), 2, 1, `"request":{}}`, "',' or '}'"},
		{"bytes overwritten", archive("x", good, strings.Replace(good, `"request":{`, `"request"XXXX`, 1), good), 2, 1, "XXXX", "':'"},
		{"wrong bracket where nothing is kept", archive("x", good, `{"cache":{"a":[}},"request":{"url":"https://lost/"}}`, good), 2, 1, `}},"request":{"url":"https://lost/`, "other kind of bracket"},
		{"after the request", archive("x", `{"request":{"url":"https://h/"},"time":?}`, good), 2, 1, "?}", "a JSON value"},
		{"between entries", `{"log":{"entries":[` + good + `#` + good + `]}}`, 2, 1, "#", "',' or ']'"},
		{"no request", archive("x", good, `{}`, `null`, `{"request":{}}`, good), 2, 3, "", "an entry with a request"},
		{"nested too deep where nothing is kept", archive("x", good, `{"cache":`+deep, good), 2, 1, "", "levels of nesting"},
		{"nested too deep on the top", `{"a":` + deep, 0, 1, "", "levels of nesting"},
		{"damage everywhere", archive("x", strings.Repeat(`{"pageref":?},`, 1000)+good), 0, maxDamage, "?", "a JSON value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			flows, damages := all(t, []byte(tt.text), Options{})
			if len(flows) != tt.flows || len(damages) != tt.damages {
				t.Fatalf("%d flows, damages %v; want %d and %d", len(flows), damages, tt.flows, tt.damages)
			}
			if tt.damages == 0 {
				return
			}
			if !strings.Contains(damages[0].Error(), tt.says) {
				t.Errorf("%v, want %q", damages[0], tt.says)
			}
			if i := strings.Index(tt.text, tt.at); tt.at != "" && damages[0].Offset != int64(i)+int64(strings.Index(tt.at, strings.TrimSpace(tt.at))) {
				t.Errorf("at %d, want %d: %v", damages[0].Offset, i, damages[0])
			}
		})
	}
}

// An entry cannot make the reader hold more than MaxEntry.
func TestEntryLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MB through the reader")
	}
	big := strings.Repeat("x", MaxEntry+1)
	f := one(t, archive("x", `{"request":{"method":"POST","url":"https://h/","bodySize":70000000,"postData":{"text":"`+big+`"}}}`), Options{})
	if b := f.Request.Body; b.Kept || len(b.Data) > 0 || b.Size != 70000000 || !noted(f, "entry holds over 64 MiB") {
		t.Errorf("kept %v, size %d, notes %q", b.Kept, b.Size, f.Notes)
	}
	message := `{"type":"send","opcode":1,"data":"` + strings.Repeat("y", 1<<20) + `"},`
	f = one(t, archive("x", `{"request":{"url":"wss://h/"},"_webSocketMessages":[`+strings.Repeat(message, 70)+`]}`), Options{})
	last := f.Messages[len(f.Messages)-1]
	if len(f.Messages) != 70 || last.Body.Kept || last.Body.Size < 1<<20 || !noted(f, noteLimit) {
		t.Errorf("%d messages, last %v of %d, notes %q", len(f.Messages), last.Body.Kept, last.Body.Size, f.Notes)
	}
	f = one(t, archive("x", `{"request":{"url":"wss://h/"},"_webSocketMessages":[`+strings.Repeat(`{"type":"send","data":"z"},`, 400_000)+`]}`), Options{})
	last = f.Messages[len(f.Messages)-1]
	if n := len(f.Messages); n > MaxEntry/192+1 || last.Body.Kept || last.Body.Size != int64(400_000-n+1) || !noted(f, "5") {
		t.Errorf("%d messages, last %v of %d, notes %q", n, last.Body.Kept, last.Body.Size, f.Notes)
	}
}

func TestStop(t *testing.T) {
	for _, text := range []string{whole, whole[:len(whole)/2], archive("x", `{}`, `{}`)} {
		n := 0
		for range Read(strings.NewReader(text), Options{}) {
			n++
			break
		}
		if n != 1 {
			t.Error(n)
		}
	}
}
