package har

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/flow"
)

// shared opens a capture kept beside the project, skipping without it.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../shared/captures", name))
	if err != nil {
		t.Skip("no shared captures: ", err)
	}
	return data
}

// all collects what Read yields. Small input is read a second time a byte at
// a time, so that the window slides under everything: nothing may change.
func all(t testing.TB, data []byte, opt Options) (flows []*flow.Flow, damages []*flow.Damage) {
	t.Helper()
	flows, damages = collect(t, bytes.NewReader(data), opt)
	if len(data) < 16<<10 {
		f, d := collect(t, iotest.OneByteReader(bytes.NewReader(data)), opt)
		if !reflect.DeepEqual(f, flows) || !reflect.DeepEqual(d, damages) {
			t.Errorf("byte by byte: %d flows, %v; at once: %d flows, %v", len(f), d, len(flows), damages)
		}
	}
	return flows, damages
}

func collect(t testing.TB, r io.Reader, opt Options) (flows []*flow.Flow, damages []*flow.Damage) {
	t.Helper()
	for f, err := range Read(r, opt) {
		var d *flow.Damage
		switch {
		case err == nil && f != nil:
			if f.Index != len(flows) {
				t.Errorf("flow %d has index %d", len(flows), f.Index)
			}
			flows = append(flows, f)
		case errors.As(err, &d) && f == nil:
			damages = append(damages, d)
		default:
			t.Fatalf("Read yielded %v and %v", f, err)
		}
	}
	return flows, damages
}

func TestRealCaptures(t *testing.T) {
	for _, tt := range []struct {
		file, creator string
		flows         int
		protocols     []string
	}{
		{"chrome.har", "WebInspector 537.36", 3, []string{"HTTP/2", "", "HTTP/3"}},
		{"charles.har", "Charles Proxy 4.6.3", 1, []string{"HTTP/1.1"}},
		{"postdata.har", "WebInspector 537.36", 1, []string{"HTTP/2"}},
		{"successful_log.har", "mitmproxy 1.2.3", 2, []string{"HTTP/2", "HTTP/2"}},
		{"websocket.har", "mitmproxy 1.2.3", 3, []string{"websocket", "websocket", "websocket"}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			data := shared(t, tt.file)
			var creator string
			flows, damages := all(t, data, Options{Wrote: func(s string) { creator = s }})
			if len(flows) != tt.flows || len(damages) != 0 || creator != tt.creator {
				t.Fatalf("%d flows, damages %v, creator %q", len(flows), damages, creator)
			}
			for i, f := range flows {
				if f.Protocol != tt.protocols[i] {
					t.Errorf("flow %d: protocol %q, want %q", i, f.Protocol, tt.protocols[i])
				}
				if f.Timing.Start.IsZero() || f.Host() == "" {
					t.Errorf("flow %d: start %v, host %q", i, f.Timing.Start, f.Host())
				}
				at := f.Request.URLAt
				if got := string(data[at.Offset : at.Offset+at.Length]); got != f.Request.URL {
					t.Errorf("flow %d: URLAt holds %q, want %q", i, got, f.Request.URL)
				}
				if s := f.Source; data[s.Offset] != '{' || data[s.Offset+s.Length-1] != '}' {
					t.Errorf("flow %d: source %+v is not an object", i, s)
				}
			}
		})
	}
}
