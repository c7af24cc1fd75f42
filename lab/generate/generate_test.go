package generate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/lab/truth"
)

const trial = 300 // flows

func made(t *testing.T, seed uint64) string {
	t.Helper()
	dir := t.TempDir()
	if err := Generate(seed, trial, Mix, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSameSeedSameBytes(t *testing.T) {
	a, b, other := made(t, 7), made(t, 7), made(t, 8)
	for _, name := range []string{HAR, Mitm, Pcapng, Persona, Truth} {
		if !bytes.Equal(read(t, a, name), read(t, b, name)) {
			t.Errorf("%s: the same seed gives other bytes", name)
		}
		if bytes.Equal(read(t, a, name), read(t, other, name)) {
			t.Errorf("%s: another seed gives the same bytes", name)
		}
	}
}

// TestLongerBeginsTheSame: flows do not depend on how many follow.
func TestLongerBeginsTheSame(t *testing.T) {
	short := t.TempDir()
	if err := Generate(7, trial/2, Mix, short); err != nil {
		t.Fatal(err)
	}
	long := made(t, 7)
	for _, name := range []string{Mitm, Pcapng, Truth} {
		if !bytes.HasPrefix(read(t, long, name), read(t, short, name)) {
			t.Errorf("%s: %d flows are not the first of %d", name, trial/2, trial)
		}
	}
}

func TestNoFlows(t *testing.T) {
	dir := t.TempDir()
	if err := Generate(1, 0, Mix, dir); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(read(t, dir, HAR)) {
		t.Error("the HAR is no JSON")
	}
	if err := Generate(1, -1, Mix, dir); err == nil {
		t.Error("no error for -1 flows")
	}
}

func TestTruth(t *testing.T) {
	const seed = 7
	items, err := truth.Load(filepath.Join(made(t, seed), Truth))
	if err != nil {
		t.Fatal(err)
	}
	hers := subject.New(seed)
	carriersMet, depths, beyond, decoys, twins := map[string]int{}, map[int]int{}, map[string]int{}, 0, 0
	for i, it := range items {
		if it.Seq != i+1 || it.Flow == "" || it.Host == "" || it.Time.IsZero() || it.Form == "" || it.Value == "" {
			t.Fatalf("item %d is not whole: %+v", i, it)
		}
		if it.Decoy {
			decoys++
			if it.Why == "" {
				twins++
			}
			if it.Subject >= 0 {
				t.Errorf("item %d is a decoy of hers", i)
			}
			for _, v := range hers.Values {
				if sorted(v.Value) == sorted(it.Value) {
					t.Errorf("item %d is a decoy with her %s in it", i, v.Label)
				}
			}
			continue
		}
		v := hers.Values[it.Subject]
		if v.Type != it.DataType || sorted(v.Value) != sorted(it.Value) {
			t.Errorf("item %d is not her %s", i, v.Label)
		}
		carriersMet[it.Carrier]++
		depths[it.Depth()]++
		beyond[it.Beyond]++
	}
	if len(carriersMet) != len(carriers) {
		t.Errorf("%d of %d carriers: %v", len(carriersMet), len(carriers), carriersMet)
	}
	for d := range 5 {
		if depths[d] < 10 {
			t.Errorf("depth %d has %d values", d, depths[d])
		}
	}
	if decoys < len(items)/5 || twins < len(items)/10 || beyond["unknown salt"] == 0 || beyond["too short to recognise"] == 0 {
		t.Errorf("%d items, %d decoys, %d of them twins; beyond: %v", len(items), decoys, twins, beyond)
	}
}

// TestClearValuesStandThere looks for values of depth 0 in the bytes of the
// message that the truth says they are in.
func TestClearValuesStandThere(t *testing.T) {
	m := newMaker(7, Mix)
	n := 0
	for i := range trial {
		e := m.exchange(i)
		for _, it := range e.items {
			if it.Depth() > 0 || strings.ContainsAny(it.Value, " \"'&<>#!@+,;/%:") || !line([]byte(it.Value)) {
				continue
			}
			all := wire(e.target, e.headers, e.body)
			for _, msg := range e.messages {
				all = append(all, msg.data...)
			}
			if n++; !bytes.Contains(all, []byte(it.Value)) {
				t.Errorf("flow %d, %s: no %s", i, it.Carrier, it.DataType)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d values looked for", n)
	}
}

// count is how many times other people's programs see a request.
func count(t *testing.T, program string, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skip(program + " is not here")
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// requests are "METHOD host" of every flow as the HAR has them, and with
// bodies their hash too.
func requests(t *testing.T, dir string, bodies bool) []string {
	t.Helper()
	var har struct {
		Log struct {
			Entries []struct {
				Request struct {
					Method  string
					Headers []struct{ Name, Value string }
					Post    struct{ Text, Encoding string } `json:"postData"`
				}
			}
		}
	}
	if err := json.Unmarshal(read(t, dir, HAR), &har); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range har.Log.Entries {
		one := e.Request.Method + " " + e.Request.Headers[0].Value
		if bodies {
			body := []byte(e.Request.Post.Text)
			if e.Request.Post.Encoding == "base64" {
				var err error
				if body, err = base64.StdEncoding.DecodeString(e.Request.Post.Text); err != nil {
					t.Fatal(err)
				}
			}
			one += fmt.Sprintf(" %x", sha256.Sum256(body))
		}
		all = append(all, one)
	}
	if len(all) != trial {
		t.Fatalf("the HAR has %d entries", len(all))
	}
	return all
}

func TestTshark(t *testing.T) {
	dir := made(t, 11)
	pcap := filepath.Join(dir, Pcapng)
	got := count(t, "tshark", "-r", pcap, "-Y", "http.request", "-T", "fields", "-e", "http.request.method", "-e", "http.host", "-E", "separator= ")
	if want := requests(t, dir, false); !slices.Equal(got, want) {
		t.Errorf("tshark sees %d requests, not these %d", len(got), len(want))
	}
	sent := 0
	m := newMaker(11, Mix)
	for i := range trial {
		sent += len(m.exchange(i).messages)
	}
	if got := count(t, "tshark", "-r", pcap, "-Y", "websocket.opcode == 1 || websocket.opcode == 2", "-T", "fields", "-e", "websocket.opcode"); len(strings.FieldsFunc(strings.Join(got, ","), func(r rune) bool { return r == ',' })) != sent {
		t.Errorf("tshark sees %d packets with WebSocket messages, %d messages were sent", len(got), sent)
	}
	bad := count(t, "tshark", "-r", pcap, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y",
		"ip.checksum.status == 0 || tcp.checksum.status == 0 || tcp.analysis.flags || _ws.malformed")
	if len(bad) != 1 || bad[0] != "" {
		t.Errorf("tshark complains of %d packets, the first: %s", len(bad), bad[0])
	}
}

func TestMitmdump(t *testing.T) {
	dir := made(t, 11)
	script := filepath.Join(dir, "list.py")
	if err := os.WriteFile(script, []byte(`
import hashlib, sys
def request(flow):
    q = flow.request
    sys.stdout.write('> %s %s %s\n' % (q.method, q.headers['Host'], hashlib.sha256(q.raw_content).hexdigest()))
`), 0o644); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range count(t, "mitmdump", "-q", "-nr", filepath.Join(dir, Mitm), "-s", script) {
		if r, ok := strings.CutPrefix(l, "> "); ok {
			got = append(got, r)
		}
	}
	if want := requests(t, dir, true); !slices.Equal(got, want) {
		t.Errorf("mitmdump sees %d requests, not these %d", len(got), len(want))
	}
}
