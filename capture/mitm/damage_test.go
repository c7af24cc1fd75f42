package mitm

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/flow"
)

// TestCut cuts a dump at every byte: the flows before the cut, one damage
// unless the cut is between flows, and its offset is that of the cut.
func TestCut(t *testing.T) {
	parts := []string{sample(0, 14), edit("request", request("content", []byte("payload"))), sample(21, -1)}
	dump := strings.Join(parts, "")
	for cut := range dump {
		whole, end := 0, 0
		for _, p := range parts {
			if end+len(p) > cut {
				break
			}
			whole, end = whole+1, end+len(p)
		}
		flows, damages := all(dump[:cut], Options{ResponseBodies: true})
		if len(flows) != whole && len(flows) != whole+1 {
			t.Fatalf("cut at %d: %d flows, want %d", cut, len(flows), whole)
		}
		if len(flows) == whole+1 { // its request was complete
			if last := flows[whole]; len(last.Notes) == 0 || last.Request.Method == "" {
				t.Fatalf("cut at %d: part of a flow without saying so", cut)
			}
		}
		if want := cut != end; want != (len(damages) == 1) || len(damages) > 1 {
			t.Fatalf("cut at %d: %d damages, want %v", cut, len(damages), want)
		}
		for _, d := range damages {
			if d.Offset != int64(cut) || d.Remedy == "" || d.Expected == "" || !errors.Is(d, io.ErrUnexpectedEOF) {
				t.Fatalf("cut at %d: %v at %d", cut, d, d.Offset)
			}
		}
	}
}

// TestChanged overwrites each byte in the middle flow of three: the first and
// the last are read whatever happens to it.
func TestChanged(t *testing.T) {
	first, middle, last := sample(8, -1), edit(), sample(20, -1)
	for i := range middle {
		for _, c := range []byte{0, '9', '}', ':'} {
			changed := []byte(first + middle + last)
			changed[len(first)+i] = c
			flows, damages := all(string(changed), Options{})
			if len(flows) == 0 || flows[0].Request.URL != "https://app.quinze.test:8443/v1/log?x=1" {
				t.Fatalf("byte %d to %q: the flow before is gone", i, c)
			}
			if len(flows) > 3 || len(damages) > 2 {
				t.Fatalf("byte %d to %q: %d flows, %d damages", i, c, len(flows), len(damages))
			}
			if got := flows[len(flows)-1]; len(flows) < 2 || got.Request.Method != "POST" {
				t.Fatalf("byte %d to %q: the flow after is gone: %v", i, c, damages)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	for name, c := range map[string]struct {
		dump    string
		flows   int
		offset  int64
		message string
	}{
		"not a dump":         {"hello", 0, 0, "a length and a colon"},
		"no dictionary":      {"5:hello,", 0, 2, "a length and a colon"},
		"too old":            {encode(dict{"version", list{0, 10}, "request", request()}, true) + sample(21, -1), 1, 0, "version 0.10"},
		"too old, once":      {strings.Repeat(encode(dict{"version", list{0, 9, 2}, "request", request()}, true), 5), 0, 0, "0.9"},
		"no version":         {encode(dict{"type", "http", "request", request()}, false), 0, 0, "a version"},
		"no request":         {edit("request", nil), 0, 0, "a request"},
		"value past its end": {"20:7:version;99999:#}   ", 0, 13, "inside the one around it"},
		"absurd length":      {"99999999999999:", 0, 12, ""},
		"text after":         {edit() + "\n", 1, int64(len(edit())), "a length"},
	} {
		flows, damages := all(c.dump, Options{})
		if len(flows) != c.flows || len(damages) != 1 {
			t.Errorf("%s: %d flows, damages %v", name, len(flows), damages)
			continue
		}
		if d := damages[0]; d.Offset != c.offset || !strings.Contains(d.Error(), c.message) || d.Remedy == "" {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// TestDamageInside locates damage inside a value that is read whole.
func TestDamageInside(t *testing.T) {
	dump := strings.Replace(edit(), "1:c;", "x:c;", 1)
	flows, damages := all(dump, Options{})
	if want := int64(strings.Index(dump, "x:c;")); len(flows) != 0 && len(flows[0].Notes) == 0 || len(damages) != 1 || damages[0].Offset != want {
		t.Errorf("%d flows, %v; want damage at %d", len(flows), damages, want)
	}
}

// TestReadError passes on what the source says.
func TestReadError(t *testing.T) {
	dump := sample(20, -1)
	broken := errors.New("disk on fire")
	var damage *flow.Damage
	n := 0
	for _, err := range Read(io.MultiReader(strings.NewReader(dump+dump[:40]), iotest.ErrReader(broken)), Options{}) {
		if err == nil {
			n++
		} else if !errors.As(err, &damage) || !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	}
	if n != 1 || damage == nil {
		t.Errorf("%d flows, damage %v", n, damage)
	}
}

// TestOneByte reads byte by byte what is else read in one piece.
func TestOneByte(t *testing.T) {
	dump := sample(0, 11) + edit() + sample(21, -1)
	n := 0
	for f, err := range Read(iotest.OneByteReader(strings.NewReader(dump)), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		at := f.Source
		if at.Length == 0 || dump[at.Offset] < '0' {
			t.Errorf("source %+v", at)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d flows", n)
	}
}

// TestStop stops when told to.
func TestStop(t *testing.T) {
	for range Read(strings.NewReader(sample(7, -1)+"x"+sample(20, -1)), Options{}) {
		break
	}
}

func FuzzRead(f *testing.F) {
	for _, v := range every() {
		f.Add([]byte(sample(v.major, v.minor)))
	}
	f.Add([]byte(edit("websocket", dict{"messages", messages()})))
	f.Add([]byte(edit("version", 7, "metadata", dict{"websocket", true}) + edit("version", 7, "type", "websocket", "metadata", dict{"websocket_handshake", "f"})))
	f.Add([]byte(encode(dict{"type", "dns", "version", 20, "request", dict{"questions", list{dict{"name", "a", "type", 1}}},
		"response", dict{"answers", list{dict{"data", []byte("\x01a\x00"), "type", 5}}}}, false)))
	f.Fuzz(func(t *testing.T, dump []byte) {
		index := 0
		for fl, err := range Read(bytes.NewReader(dump), Options{ResponseBodies: true}) {
			if err != nil {
				var d *flow.Damage
				if !errors.As(err, &d) || d.Offset < 0 || d.Offset > int64(len(dump)) || d.Remedy == "" {
					t.Fatalf("error %#v", err)
				}
				continue
			}
			if fl.Index != index {
				t.Fatalf("index %d, want %d", fl.Index, index)
			}
			index++
			fl.Host()
			if q := fl.Request; q != nil {
				check(t, dump, q.Body)
				if at := q.URLAt; at.Offset+at.Length > int64(len(dump)) {
					t.Fatalf("path at %+v", at)
				}
			}
			if fl.Response != nil {
				check(t, dump, fl.Response.Body)
			}
			for _, m := range fl.Messages {
				check(t, dump, m.Body)
			}
		}
	})
}

// check wants a kept body to be the bytes that its source leads to.
func check(t *testing.T, dump []byte, b flow.Body) {
	if at := b.Source; b.Kept && !bytes.Equal(b.Data, dump[at.Offset:at.Offset+at.Length]) {
		t.Fatalf("body %q at %+v", b.Data, at)
	}
}
