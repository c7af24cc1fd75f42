package hooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

type object = map[string]any

// call writes a record as PiRogue does.
func call(name, local string, ms int, classes ...string) object {
	data := object{"socket_fd": 80, "socket_type": "tcp", "pid": 7, "thread_id": 9, "socket_event_type": name,
		"dest_ip": "198.51.100.7", "dest_port": 443, "local_ip": local, "local_port": 41522}
	if classes != nil {
		var stack []object
		for i, c := range classes {
			stack = append(stack, object{"class": c, "file": "F.java", "line": i, "method": "m", "is_native": false, "str": c + ".m(F.java)"})
		}
		data["stack"] = stack
	}
	return object{"type": "socket_trace_log", "dump": "socket_trace.json", "data_type": "json", "timestamp": 1795858801000 + ms, "data": data, "pid": 7, "process": "test.quinze.app"}
}

// trace writes a log as json.dump(…, indent=2) does.
func trace(records ...object) string {
	b, err := json.MarshalIndent(records, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(b)
}

func read(t testing.TB, r io.Reader) (flows []*flow.Flow, damages []*flow.Damage) {
	t.Helper()
	for f, err := range Read(r, Options{}) {
		var d *flow.Damage
		switch {
		case errors.As(err, &d):
			damages = append(damages, d)
		case err != nil || f.Index != len(flows):
			t.Fatalf("%v, %+v", err, f)
		default:
			flows = append(flows, f)
		}
	}
	return flows, damages
}

func TestRead(t *testing.T) {
	text := trace(
		call("connect", "192.0.2.10", 0, "test.sdk.Net", "java.lang.Thread"),
		call("write", "::ffff:192.0.2.10", 5, "test.sdk.Net"),
		call("read", "192.0.2.10", 9),
		call("write", "192.0.2.11", 9),
		call("connect", "192.0.2.10", 20, "android.os.Handler"),
	)
	flows, damages := read(t, strings.NewReader(text))
	if len(flows) != 3 || len(damages) != 0 {
		t.Fatal(flows, damages)
	}
	f := flows[0]
	if f.Kind != flow.Opaque || f.Protocol != "tcp" || f.App.ID != "test.quinze.app" || f.App.Source != "frida socket trace" || f.Host() != "198.51.100.7" || *f.Unread != (flow.Unread{Up: -1, Down: -1, Reason: Reason}) {
		t.Errorf("%+v", f)
	}
	if n := strings.Join(f.Notes, "; "); n != "1 calls that send, 1 that receive; pid 7; called from test.sdk.Net" || f.Timing.End.Sub(f.Timing.Start).Milliseconds() != 9 {
		t.Error(n, f.Timing)
	}
	if n := strings.Join(flows[1].Notes, "; "); !strings.Contains(n, "native threads") {
		t.Error(n)
	}
	if n := strings.Join(flows[2].Notes, "; "); !strings.Contains(n, "platform only") {
		t.Error(n)
	}
	if at := f.Source; !json.Valid([]byte(strings.Trim(text[at.Offset:at.Offset+at.Length], " ,\n"))) {
		t.Errorf("%q", text[at.Offset:at.Offset+at.Length])
	}
}

// One record a line says the same.
func TestLines(t *testing.T) {
	var b strings.Builder
	for i := range 3 {
		line, _ := json.Marshal(call("write", fmt.Sprint("192.0.2.", i), 0))
		b.Write(line)
		b.WriteByte('\n')
	}
	if flows, damages := read(t, strings.NewReader(b.String())); len(flows) != 3 || len(damages) != 0 || !Match([]byte(b.String())) {
		t.Error(flows, damages)
	}
	if flows, damages := read(t, strings.NewReader(b.String()[:b.Len()-30])); len(flows) != 2 || len(damages) != 1 {
		t.Error(flows, damages)
	}
}

func TestSide(t *testing.T) {
	for name, want := range map[string]string{"send": "up", "sendmsg": "up", "writev": "up", "recvfrom": "down", "readv": "down", "connect": "none"} {
		side, ok := (&Operation{Call: name}).Side()
		got := "none"
		if ok {
			got = [2]string{stream.Up: "up", stream.Down: "down"}[side]
		}
		if got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestDamage(t *testing.T) {
	good := call("write", "192.0.2.10", 0)
	with := func(edit func(record, data object)) string {
		x := call("write", "192.0.2.10", 0)
		edit(x, x["data"].(object))
		return trace(good, x, call("write", "192.0.2.12", 0))
	}
	for _, tt := range []struct{ name, text, found string }{
		{"no data", with(func(x, _ object) { delete(x, "data") }), "without data"},
		{"no call", with(func(_, d object) { delete(d, "socket_event_type") }), "without a call"},
		{"no address", with(func(_, d object) { d["dest_ip"] = "host" }), `"host" port 443`},
		{"no port", with(func(_, d object) { d["local_port"] = 70000 }), "port 70000"},
		{"no number", with(func(_, d object) { d["local_ip"] = 7 }), `""`},
	} {
		flows, damages := read(t, strings.NewReader(tt.text))
		if len(flows) != 2 || len(damages) != 1 || !strings.Contains(damages[0].Found, tt.found) || damages[0].Offset == 0 {
			t.Errorf("%s: %d flows, %v", tt.name, len(flows), damages)
		}
	}
	whole := trace(good, call("write", "192.0.2.12", 0))
	for n, want := range map[int]int{len(whole) - 1: 2, len(whole) - 40: 1, 1: 0, 0: 0} {
		flows, damages := read(t, strings.NewReader(whole[:n]))
		if len(flows) != want || len(damages) != min(n, 1) {
			t.Errorf("%d of %d bytes: %d flows, %v", n, len(whole), len(flows), damages)
		}
	}
	long := call("write", strings.Repeat("x", 2*maxRecord), 0)
	flows, damages := read(t, strings.NewReader(trace(good, long)))
	if len(flows) != 1 || len(damages) == 0 || !strings.Contains(damages[0].Found, "a record of more than") {
		t.Errorf("%d flows, %v", len(flows), damages)
	}
	flows, damages = read(t, io.MultiReader(strings.NewReader(whole[:len(whole)-3]), iotest.ErrReader(errors.New("unplugged"))))
	if len(flows) != 1 || len(damages) == 0 || damages[0].Found != "unplugged" {
		t.Errorf("%d flows, %v", len(flows), damages)
	}
	var many []object
	for range 100 {
		many = append(many, object{"type": "socket_trace_log"})
	}
	if flows, damages = read(t, strings.NewReader(trace(append(many, good)...))); len(flows) != 1 || len(damages) != maxDamage+1 {
		t.Errorf("%d flows, %d damages", len(flows), len(damages))
	}
}

func TestMatch(t *testing.T) {
	for _, s := range []string{trace(call("write", "192.0.2.10", 0)), `{"type":"socket_trace_log"`} {
		if !Match([]byte(s)) {
			t.Errorf("not matched: %s", s)
		}
	}
	for _, s := range []string{"", "[", "[]", `[{"status":`, `{"log":{"text":"\"socket_trace_log\""}}`} {
		if Match([]byte(s)) {
			t.Errorf("matched: %s", s)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(trace(call("write", "192.0.2.10", 0, "a.B"), call("connect", "::ffff:192.0.2.10", 0))))
	f.Add([]byte(`{"type":"socket_trace_log","data":{}}` + "\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		flows, _ := read(t, bytes.NewReader(data))
		for _, f := range flows {
			if f.Unread == nil || !f.Server.Addr.IsValid() || f.Source.Length == 0 || f.Source.Offset+f.Source.Length > int64(len(data)) {
				t.Fatalf("%+v", f)
			}
			f.Host()
		}
	})
}

// BenchmarkRead reads 5,000 calls with stacks.
func BenchmarkRead(b *testing.B) {
	var list []object
	for i := range 5000 {
		list = append(list, call("write", fmt.Sprintf("192.0.2.%d", i%200), i, "test.sdk.Net", "test.sdk.Queue", "java.lang.Thread"))
	}
	data := []byte(trace(list...))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range Read(bytes.NewReader(data), Options{}) {
			n++
		}
		if n != 200 {
			b.Fatal(n)
		}
	}
}
