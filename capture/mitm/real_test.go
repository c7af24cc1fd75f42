package mitm

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// captures are other people's dumps, kept beside the checkout.
const captures = "../../../shared/captures"

func readFile(t *testing.T, path string) []*flow.Flow {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skip("no " + path)
	}
	if !Match(data[:min(len(data), 4096)]) {
		t.Errorf("%s: not matched", path)
	}
	flows, damages := all(string(data), Options{ResponseBodies: true})
	if len(damages) != 0 {
		t.Errorf("%s: %v", path, damages)
	}
	end := int64(0)
	for _, f := range flows {
		if f.Source.Offset != end {
			t.Errorf("%s: flow %d begins at %d, want %d", path, f.Index, f.Source.Offset, end)
		}
		end += f.Source.Length
		for _, b := range []flow.Body{f.Request.Body, response(f).Body} {
			if at := b.Source; b.Kept && string(data[at.Offset:at.Offset+at.Length]) != string(b.Data) {
				t.Errorf("%s: flow %d: body not at %+v", path, f.Index, at)
			}
		}
	}
	if end != int64(len(data)) {
		t.Errorf("%s: flows end at %d of %d", path, end, len(data))
	}
	return flows
}

func response(f *flow.Flow) *flow.Response {
	if f.Response == nil {
		return &flow.Response{}
	}
	return f.Response
}

func TestCaptures(t *testing.T) {
	for name, want := range map[string]struct {
		flows    int
		kind     flow.Kind
		protocol string
	}{
		"dumpfile-7.mitm":     {2, flow.HTTP, "HTTP/1.1"},
		"dumpfile-10.mitm":    {1, flow.HTTP, "HTTP/1.1"},
		"dumpfile-19.mitm":    {1, flow.HTTP, "HTTP/3"},
		"successful_log.mitm": {2, flow.HTTP, "HTTP/2"},
		"websocket.mitm":      {3, flow.WebSocket, "websocket"},
	} {
		flows := readFile(t, filepath.Join(captures, name))
		if len(flows) != want.flows || flows[0].Kind != want.kind || flows[0].Protocol != want.protocol {
			t.Errorf("%s: %d flows, first %+v", name, len(flows), flows[0])
		}
	}
}

// TestAgainstHAR compares dumps with the HAR that mitmproxy itself made of
// the same flows.
func TestAgainstHAR(t *testing.T) {
	for _, name := range []string{"successful_log", "websocket"} {
		flows := readFile(t, filepath.Join(captures, name+".mitm"))
		data, err := os.ReadFile(filepath.Join(captures, name+".har"))
		if err != nil {
			t.Skip(err)
		}
		type field struct{ Name, Value string }
		var har struct {
			Log struct {
				Entries []struct {
					ServerIPAddress string
					Request         struct {
						Method, URL string
						Headers     []field
						PostData    struct{ Text string }
					}
					Response struct {
						Status  int
						Headers []field
					}
					Timings  struct{ Connect, SSL, Wait float64 }
					Messages []struct {
						Type, Data string
					} `json:"_webSocketMessages"`
				}
			}
		}
		if err := json.Unmarshal(data, &har); err != nil {
			t.Fatal(err)
		}
		if len(har.Log.Entries) != len(flows) {
			t.Fatalf("%s: %d entries, %d flows", name, len(har.Log.Entries), len(flows))
		}
		for i, e := range har.Log.Entries {
			f := flows[i]
			same := func(fs []flow.Field, hs []field) bool {
				return slices.EqualFunc(fs, hs, func(a flow.Field, b field) bool { return a.Name == b.Name && a.Value == b.Value })
			}
			if f.Request.Method != e.Request.Method || f.Request.URL != e.Request.URL || !same(f.Request.Headers, e.Request.Headers) ||
				string(f.Request.Body.Data) != e.Request.PostData.Text {
				t.Errorf("%s %d: request %+v, HAR %+v", name, i, f.Request, e.Request)
			}
			if f.Response.Status != e.Response.Status || !same(f.Response.Headers, e.Response.Headers) {
				t.Errorf("%s %d: response %+v, HAR %+v", name, i, f.Response, e.Response)
			}
			if f.Server.Addr.Addr().String() != e.ServerIPAddress {
				t.Errorf("%s %d: server %v, HAR %s", name, i, f.Server, e.ServerIPAddress)
			}
			for _, d := range []struct {
				is   *flow.RTT
				want float64 // ms
			}{{f.Timing.TCP, e.Timings.Connect}, {f.Timing.TLS, e.Timings.SSL}, {f.Timing.FirstByte, e.Timings.Wait}} {
				if ms := float64(d.is.D) / 1e6; ms < d.want-.002 || ms > d.want+.002 {
					t.Errorf("%s %d: %s %v, HAR %v ms", name, i, d.is.Basis, d.is.D, d.want)
				}
			}
			if len(f.Messages) != len(e.Messages) {
				t.Fatalf("%s %d: %d messages, HAR %d", name, i, len(f.Messages), len(e.Messages))
			}
			for j, m := range e.Messages {
				if string(f.Messages[j].Body.Data) != m.Data || f.Messages[j].FromClient != (m.Type == "send") {
					t.Errorf("%s %d: message %+v, HAR %+v", name, i, f.Messages[j], m)
				}
			}
		}
	}
}

// oracle prints what mitmproxy's own reader makes of a dump.
const oracle = `
import sys, json, hashlib
from mitmproxy import io
for f in io.FlowReader(open(sys.argv[1], "rb")).stream():
    d = {"type": f.type, "server": list(f.server_conn.peername or [])[:2], "sni": f.server_conn.sni}
    if f.type == "http":
        q, r = f.request, f.response
        d.update(method=q.method, url=q.pretty_url, version=q.http_version, headers=[[k.decode(), v.decode()] for k, v in q.headers.fields],
            body=q.raw_content.hex(), start=q.timestamp_start, end=q.timestamp_end, status=r.status_code if r else 0,
            answer=r.raw_content.hex() if r and r.raw_content else "", messages=len(f.websocket.messages) if f.websocket else 0)
    print(json.dumps(d, default=bytes.decode))
`

// TestAgainstMitmproxy lets Debian's mitmproxy read the dumps of every version
// that it knows, and the recorded one, and compares.
func TestAgainstMitmproxy(t *testing.T) {
	const python = "/usr/bin/python3" // the one that Debian's package is for
	version, err := exec.Command(python, "-c", "from mitmproxy import version; print(version.FLOW_FORMAT_VERSION)").Output()
	if err != nil {
		t.Skip("no mitmproxy for ", python)
	}
	known := strings.TrimSpace(string(version))
	var dump strings.Builder
	for _, v := range every() {
		if v.minor >= 0 || v.major <= 17 {
			dump.WriteString(sample(v.major, v.minor))
		}
	}
	recorded, _ := os.ReadFile("../../testdata/quinze-mitmdump.mitm")
	dump.Write(recorded)
	path := filepath.Join(t.TempDir(), "every.mitm")
	if err := os.WriteFile(path, []byte(dump.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", oracle, path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("mitmproxy %s: %v after %s", known, err, out)
	}
	flows, damages := all(dump.String(), Options{ResponseBodies: true})
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(damages) != 0 || len(flows) != len(lines) {
		t.Fatalf("%d flows, mitmproxy %d; %v", len(flows), len(lines), damages)
	}
	for i, line := range lines {
		var want struct {
			Server       []any
			SNI          string
			Method, URL  string
			Version      string
			Headers      [][2]string
			Body, Answer string
			Start, End   float64
			Status       int
			Messages     int
		}
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		f := flows[i]
		if f.Request.Method != want.Method || f.Request.URL != want.URL || f.Request.Version != want.Version ||
			hex.EncodeToString(f.Request.Body.Data) != want.Body || len(f.Messages) != want.Messages {
			t.Errorf("flow %d: %+v, mitmproxy %s", i, f.Request, line)
		}
		for j, h := range want.Headers {
			if f.Request.Headers[j] != (flow.Field{Name: h[0], Value: h[1]}) {
				t.Errorf("flow %d: field %v, mitmproxy %v", i, f.Request.Headers[j], h)
			}
		}
		if r := response(f); r.Status != want.Status || hex.EncodeToString(r.Body.Data) != want.Answer {
			t.Errorf("flow %d: %+v, mitmproxy %s", i, r, line)
		}
		if len(want.Server) > 0 && f.Server.Addr.Addr().String() != want.Server[0] {
			t.Errorf("flow %d: server %v, mitmproxy %v", i, f.Server, want.Server)
		}
		if s := float64(f.Timing.Start.UnixNano()) / 1e9; s < want.Start-1e-6 || s > want.Start+1e-6 {
			t.Errorf("flow %d: starts %v, mitmproxy %v", i, s, want.Start)
		}
	}
}
