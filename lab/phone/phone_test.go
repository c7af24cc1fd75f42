package phone_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/constat/constat/lab/internet"
	"github.com/constat/constat/lab/phone"
	"github.com/constat/constat/lab/quinze"
	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/lab/truth"
)

// tunnel is a proxy that reads nothing: it connects to the lab's hosts.
func tunnel(t *testing.T, n *internet.Net) *url.URL {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		at, err := n.Resolve(r.Context(), host)
		if r.Method != http.MethodConnect || err != nil {
			http.Error(w, "not in the lab", http.StatusBadGateway)
			return
		}
		far, err := net.Dial("tcp", n.Route(netip.AddrPortFrom(at[0], 443)).String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		near, rest, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(near, "HTTP/1.1 200 Connected\r\n\r\n")
		go func() { io.Copy(far, rest); far.Close() }()
		io.Copy(near, far)
		near.Close()
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// run is a phone's script, played against the service.
type run struct {
	dir     string // of the service
	posters int    // files of the service before
	items   []truth.Item
	log     []logged
}

// logged is a message to the app's own log, as the log's server saw it.
type logged struct {
	at     time.Time
	device string // the phone's own time
	body   string
}

func play(t *testing.T, name string, pace time.Duration) *run {
	t.Helper()
	s, err := scenario.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{dir: t.TempDir()}
	app, err := quinze.Open(quinze.Config{Dir: r.dir, Switches: s.Switch, Domain: phone.Home, Media: "https://" + phone.Uploads})
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	var mu sync.Mutex
	n, err := internet.Open(map[string]http.Handler{
		phone.Home: app.Handler(), phone.Uploads: app.Media(),
		phone.Log: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			b, _ := io.ReadAll(q.Body)
			mu.Lock()
			defer mu.Unlock()
			r.log = append(r.log, logged{time.Now(), q.Header.Get("X-Device-Time"), string(b)})
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	r.posters = len(files(t, r.dir))
	sent := filepath.Join(t.TempDir(), "truth.jsonl")
	out, err := os.Create(sent)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := phone.New(phone.Config{
		Subject: subject.New(19), Scenario: s, Truth: truth.NewWriter(out), Proxy: tunnel(t, n), Roots: n.Roots(),
		Clip: quinze.SampleClip(), Pace: pace,
	})
	if err := p.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.items, err = truth.Load(sent); err != nil || len(r.items) == 0 {
		t.Fatalf("the phone says that it sent nothing: %v", err)
	}
	return r
}

// TestUploads: a clip that is thrown away, a draft, an account, a clip that is
// posted. What stays on the server is what the scenario is about.
func TestUploads(t *testing.T) {
	t.Parallel()
	for name, stay := range map[string]int{
		"benign": 1, // what was posted
		"C02":    1, // what left on Next was removed on Discard
		"C03":    2, // and here it was not
		"C01":    2, // the draft
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := play(t, name, time.Millisecond)
			kept := files(t, r.dir)
			if len(kept)-r.posters != stay {
				t.Errorf("%d files stay, want %d", len(kept)-r.posters, stay)
			}
			same := 0
			for _, f := range kept {
				if b, err := os.ReadFile(f); err == nil && bytes.Equal(b, quinze.SampleClip()) {
					same++
				}
			}
			if same != stay+1 { // it is one of the first clips, too
				t.Errorf("%d of them are the phone's clip", same-1)
			}
		})
	}
}

// why is the items that one switch made the phone send.
func (r *run) why(name string) (items []truth.Item) {
	for _, i := range r.items {
		if i.Why == name {
			items = append(items, i)
		}
	}
	return items
}

// TestOffline: what is made while there is no network leaves later, whole, and
// the truth file says both moments.
func TestOffline(t *testing.T) {
	t.Parallel()
	const pace = 50 * time.Millisecond
	at := play(t, "E04", pace).why("hardware_ids")
	late := play(t, "E04-offline", pace)
	items := late.why("hardware_ids")
	if len(items) == 0 || len(items) != len(at) || len(late.log) != 1 {
		t.Fatalf("%d items at once, %d later in %d messages", len(at), len(items), len(late.log))
	}
	for i := range items {
		if items[i].Value != at[i].Value || !at[i].Made.IsZero() {
			t.Errorf("%+v\n%+v", items[i], at[i])
		}
		if wait := items[i].Time.Sub(items[i].Made); wait < 2*pace || wait > time.Minute {
			t.Errorf("made %v, sent %v", items[i].Made, items[i].Time)
		}
		if late.log[0].at.Before(items[i].Time) {
			t.Errorf("it arrived at %v, before it was sent: %v", late.log[0].at, items[i].Time)
		}
	}
}

// TestSkew: a phone's clock can be wrong. The truth file goes by the lab's.
func TestSkew(t *testing.T) {
	t.Parallel()
	r := play(t, "B05-skew", time.Millisecond)
	if len(r.log) < 2 {
		t.Fatalf("%d messages", len(r.log))
	}
	for _, m := range r.log {
		ms, err := strconv.ParseInt(m.device, 10, 64)
		if ahead := time.UnixMilli(ms).Sub(m.at); err != nil || ahead < 80*time.Second || ahead > 91*time.Second {
			t.Errorf("the phone's clock says %q at %v", m.device, m.at)
		}
	}
	for _, i := range r.items {
		if time.Until(i.Time).Abs() > 70*time.Second {
			t.Errorf("sent at %v, by the lab's clock", i.Time)
		}
	}
}

// TestRefusedPermission: what the person does not let the app read does not
// leave, not even as an empty message.
func TestRefusedPermission(t *testing.T) {
	t.Parallel()
	if r := play(t, "E05", time.Millisecond); len(r.why("address_book")) != 6 || len(r.log) != 1 {
		t.Fatalf("allowed: %d items, %d messages", len(r.why("address_book")), len(r.log))
	}
	if r := play(t, "E05-refused", time.Millisecond); len(r.why("address_book")) != 0 || len(r.log) != 0 {
		t.Errorf("refused: %d items, %d messages: %v", len(r.why("address_book")), len(r.log), r.log)
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "objects", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
