package evidence

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/gowebpki/jcs"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/constat/constat/flow"
)

type x25519 struct{ *age.X25519Identity }

func (x x25519) Recipients() []age.Recipient { return []age.Recipient{x.Recipient()} }
func (x x25519) Names() []string             { return []string{x.Recipient().String()} }

func newIdentity(t testing.TB) x25519 {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return x25519{id}
}

func create(t testing.TB, s Sealer) *Log {
	t.Helper()
	l, err := Create(filepath.Join(t.TempDir(), "log"), Config{Name: "a-case.1", Sealer: s, Begin: map[string]any{"instrument": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// fill writes n entries with contents, in parallel.
func fill(t testing.TB, l *Log, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range n / 4 {
				ref, err := l.Seal([]byte(fmt.Sprintf("contents %d/%d \u2028 <&> é", g, i)))
				if err != nil {
					t.Error(err)
					return
				}
				_, err = l.Append(KindDevice, map[string]any{"content": ref, "text": "\u2028\u2029\\u2028 <script>&\x01é\"\n"})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func verify(t testing.TB, dir string, ids ...age.Identity) *Report {
	t.Helper()
	v := OpenVault(dir, ids...)
	defer v.Close()
	r, err := Verify(dir, v, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLog(t *testing.T) {
	id := newIdentity(t)
	l := create(t, id)
	fill(t, l, 100)
	if err := l.End(struct{}{}); err != nil {
		t.Fatal(err)
	}
	r := verify(t, l.Dir(), id)
	if !r.OK() || r.Entries != 102 || r.Signed != 102 || !r.Ended || r.Opened != 100 || len(r.Remarks) != 0 {
		t.Errorf("%+v", r)
	}
	// Without the identity everything but the contents can be checked.
	if r := verify(t, l.Dir()); !r.OK() || r.Signed != 102 || r.Opened != 0 || !strings.Contains(r.Sealed, "identity") {
		t.Errorf("%+v", r)
	}
	if r := verify(t, l.Dir(), newIdentity(t)); !r.OK() || r.Opened != 0 || r.Sealed == "" {
		t.Errorf("another identity: %+v", r)
	}
	if _, err := Resume(l.Dir(), id); err == nil || !strings.Contains(err.Error(), "ended") {
		t.Errorf("an ended log resumed: %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(l.Dir(), "session-1.store")); bytes.Contains(b, []byte("contents")) {
		t.Error("the store holds clear text")
	}
	for _, f := range []string{logFile, checkpointFile, "session-1.store", "session-1.age"} {
		if info, err := os.Stat(filepath.Join(l.Dir(), f)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, error %v", f, info.Mode(), err)
		}
	}
}

// TestCanonical compares every line with what another library makes of it.
func TestCanonical(t *testing.T) {
	l := create(t, nil)
	fill(t, l, 8)
	l.Append(KindNote, request{Notes: []string{"\u2028", `\u2029 "`, "\b\f\t\x7f\x1f"}, Head: &Ref{}})
	l.End(struct{}{})
	b, _ := os.ReadFile(filepath.Join(l.Dir(), logFile))
	for line := range bytes.Lines(b) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		want, err := jcs.Transform(line)
		if err != nil || !bytes.Equal(line, want) {
			t.Errorf("%s\nis canonically\n%s (%v)", line, want, err)
		}
	}
	// And the types whose order is ours to keep.
	for _, v := range []any{Connection{}, closed{}, Gap{}, request{}, response{}, messages{}, lookup{}, certificate{}, begin{}, recovered{Torn: &torn{}}, Ref{}} {
		b, err := canonical(v)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := jcs.Transform(b); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%T: %s\nis canonically\n%s (%v)", v, b, want, err)
		}
	}
}

// TestTree compares roots with x/mod's tree, over every size to 200.
func TestTree(t *testing.T) {
	var ours tree
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return
	})
	for n := int64(0); n < 200; n++ {
		if want, err := tlog.TreeHash(n, reader); err != nil || n > 0 && Hash(want) != ours.root() {
			t.Fatalf("size %d: %x, want %x (%v)", n, ours.root(), want, err)
		}
		line := fmt.Appendf(nil, "line %d", n)
		h, err := tlog.StoredHashes(n, line, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, h...)
		ours.add(leafHash(line))
	}
}

// TestResume cuts a log at every kind of place and writes on.
func TestResume(t *testing.T) {
	id := newIdentity(t)
	l := create(t, id)
	fill(t, l, 40)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(filepath.Join(l.Dir(), logFile))
	points, _ := os.ReadFile(filepath.Join(l.Dir(), checkpointFile))
	for _, tail := range []string{"", "{", `{"body":{},"kind":"x"}` + "\n", string(whole[len(whole)-200:])} {
		dir := t.TempDir()
		copyDir(t, l.Dir(), dir)
		os.WriteFile(filepath.Join(dir, logFile), append(bytes.Clone(whole), tail...), 0o600)
		os.WriteFile(filepath.Join(dir, checkpointFile), append(bytes.Clone(points), "constat/a-case.1\n9"...), 0o600)
		again, err := Resume(dir, id)
		if err != nil {
			t.Fatalf("tail %q: %v", tail, err)
		}
		if _, err := Resume(dir, id); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("two writers: %v", err)
		}
		fill(t, again, 8)
		if err := again.End(struct{}{}); err != nil {
			t.Fatal(err)
		}
		r := verify(t, dir, id)
		if !r.OK() || r.Entries != 41+1+8+1 || r.Opened != 48 || r.Sessions != 2 || len(r.Remarks) != 1 {
			t.Errorf("tail %q: %+v", tail, r)
		}
		side, err := os.ReadFile(filepath.Join(dir, "torn-2.bin"))
		if tail != "" && string(side) != tail || tail == "" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("tail %q: side file %q, %v", tail, side, err)
		}
	}
	// Cut before the last signature: somebody did that.
	dir := t.TempDir()
	copyDir(t, l.Dir(), dir)
	os.WriteFile(filepath.Join(dir, logFile), whole[:len(whole)-300], 0o600)
	if _, err := Resume(dir, id); err == nil || !strings.Contains(err.Error(), "were signed") {
		t.Errorf("a shortened log resumed: %v", err)
	}
	if r := verify(t, dir, id); r.OK() {
		t.Error("a shortened log verified")
	}
}

func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestEveryByteCounts flips bytes of every file and expects to be told.
func TestEveryByteCounts(t *testing.T) {
	id := newIdentity(t)
	l := create(t, id)
	fill(t, l, 40)
	time.Sleep(1100 * time.Millisecond) // a checkpoint in the middle
	fill(t, l, 40)
	if err := l.End(struct{}{}); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{logFile, checkpointFile, "session-1.store", "session-1.age"} {
		path := filepath.Join(l.Dir(), name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			bad := bytes.Clone(good)
			i := rnd.IntN(len(bad))
			bad[i] ^= 1 << rnd.IntN(8)
			os.WriteFile(path, bad, 0o600)
			r := verify(t, l.Dir(), id)
			if r.OK() && r.Sealed == "" {
				t.Errorf("%s, byte %d: %q for %q is not noticed", name, i, bad[i], good[i])
			}
		}
		os.WriteFile(path, good, 0o600)
	}
	// Lines taken out, swapped, doubled.
	path := filepath.Join(l.Dir(), logFile)
	good, _ := os.ReadFile(path)
	lines := bytes.SplitAfter(good, []byte("\n"))
	lines = lines[:len(lines)-1]
	n := len(lines)
	for name, mangled := range map[string][][]byte{
		"dropped": append(append([][]byte{}, lines[:n/2]...), lines[n/2+1:]...),
		"swapped": append(append(append([][]byte{}, lines[:n/2]...), lines[n/2+1], lines[n/2]), lines[n/2+2:]...),
		"doubled": append(append([][]byte{}, lines[:n/2]...), lines[n/2-1:]...),
		"cut":     lines[:n-1],
		"empty":   nil,
	} {
		os.WriteFile(path, bytes.Join(mangled, nil), 0o600)
		if r := verify(t, l.Dir(), id); r.OK() {
			t.Errorf("%s: not noticed", name)
		}
	}
}

// TestRewritten has somebody write a log anew, who can do all but sign: lines
// changed, the chain computed again, the old checkpoints kept.
func TestRewritten(t *testing.T) {
	l := create(t, nil)
	fill(t, l, 8)
	if err := l.End(struct{}{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(l.Dir(), logFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(change func(*Entry)) {
		var out []byte
		prev := origin("a-case.1")
		for e, err := range Entries(bytes.NewReader(good)) {
			if err != nil {
				t.Fatal(err)
			}
			change(e)
			line := appendLine(nil, e.Body, e.Kind, e.Mono, prev, e.Seq, e.Wall)
			prev = leafHash(line)
			out = append(append(out, line...), '\n')
		}
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(func(*Entry) {})
	if again, _ := os.ReadFile(path); !bytes.Equal(again, good) {
		t.Fatal("the same lines are not written the same")
	}
	for name, change := range map[string]func(*Entry){
		"the clock": func(e *Entry) { e.Wall = e.Wall.Add(-time.Hour) },
		"one line": func(e *Entry) {
			if e.Seq == 5 {
				e.Kind = KindNote
			}
		},
		"the last line": func(e *Entry) {
			if e.Kind == KindEnd {
				e.Mono++
			}
		},
	} {
		rewrite(change)
		if now, _ := os.ReadFile(path); bytes.Equal(now, good) {
			t.Fatalf("%s: nothing was changed", name)
		}
		r := verify(t, l.Dir())
		if len(r.Problems) == 0 || r.Signed != 0 || !strings.Contains(r.Problems[0].What, "signs another tree") {
			t.Errorf("%s: %+v", name, r)
		}
		for _, p := range r.Problems {
			if p.File != checkpointFile { // the chain itself is whole
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

// TestKeys compares with crypto/hkdf.
func TestKeys(t *testing.T) {
	secret := []byte("thirty-two bytes of a known value")
	d := newDeriver(secret)
	for _, n := range []int64{0, 7, 1 << 40} {
		got := d.key(n)
		want, _ := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("constat body %d", n), 32)
		if !bytes.Equal(got[:], want) {
			t.Errorf("%d: %x, want %x", n, got, want)
		}
	}
}

func TestDisclosure(t *testing.T) {
	l := create(t, nil)
	data := []byte(`{"mail":"camille@example.test","tel":"+33 6 12 34 56 78","note":"nothing"}`)
	ref, err := l.Seal(data)
	if err != nil {
		t.Fatal(err)
	}
	l.Append(KindDevice, map[string]any{"content": ref})
	l.End(struct{}{})
	v := OpenVault(l.Dir())
	defer v.Close()
	d, err := v.Disclose(ref, func(from, to int) bool { return from < 32 })
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(d)
	var back Disclosure
	if err := json.Unmarshal(b, &back); err != nil || back.Root() != ref.Root {
		t.Errorf("root %v, want %v (%v)", back.Root(), ref.Root, err)
	}
	var shown []byte
	for _, c := range back.Chunks {
		shown = append(shown, c.Data...)
	}
	if string(shown) != string(data[:32]) {
		t.Errorf("shown %q", shown)
	}
	back.Chunks[1].Data[3] ^= 1
	if back.Root() == ref.Root {
		t.Error("a changed chunk has the same root")
	}
}

// TestShell runs the script that needs none of our code.
func TestShell(t *testing.T) {
	for _, need := range []string{"sh", "openssl", "sha256sum", "xxd", "awk"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skip(err)
		}
	}
	id := newIdentity(t)
	l := create(t, id)
	fill(t, l, 40)
	if err := l.End(struct{}{}); err != nil {
		t.Fatal(err)
	}
	run := func() (string, error) {
		out, err := exec.Command("sh", filepath.Join(l.Dir(), verifyFile)).CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil || !strings.HasPrefix(out, "OK: 42 lines") {
		t.Fatalf("%v: %s", err, out)
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{logFile, checkpointFile} {
		path := filepath.Join(l.Dir(), name)
		good, _ := os.ReadFile(path)
		for range 6 {
			bad := bytes.Clone(good)
			i := rnd.IntN(len(bad))
			if name == checkpointFile {
				i = len(bad) - 3 - rnd.IntN(80) // the last one's signature
			}
			bad[i] ^= 1 << rnd.IntN(7)
			os.WriteFile(path, bad, 0o600)
			out, err := run()
			ours := verify(t, l.Dir(), id)
			if (err == nil) != ours.OK() {
				t.Errorf("%s, byte %d, %q for %q: the script says %v %s, we say %v", name, i, bad[i], good[i], err, out, ours.Problems)
			}
		}
		os.WriteFile(path, good, 0o600)
	}
}

func TestFlows(t *testing.T) {
	id := newIdentity(t)
	l := create(t, id)
	w := NewWriter(l)
	now := time.Now()
	conn, err := w.Connection(Connection{Client: "127.0.0.1:5000", Host: "api.example.test", Mode: Intercepted, RTTTCP: 3e6, RTTTLS: 9e6, Server: "192.0.2.7:443", SNI: "api.example.test", Start: w.Mono(now), ALPN: "h2", Version: "TLS 1.3"}, [][]byte{{1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	whole := l.Commit()
	whole.Write([]byte("hello and more"))
	f := &flow.Flow{
		Kind: flow.HTTP, Protocol: "HTTP/2",
		Timing: flow.Timing{Start: now, Sent: now.Add(time.Millisecond), Answered: now.Add(5 * time.Millisecond), End: now.Add(6 * time.Millisecond), FirstByte: &flow.RTT{D: 4 * time.Millisecond}},
		Request: &flow.Request{Method: "POST", URL: "https://api.example.test/a b?c=d", Host: "api.example.test", Version: "HTTP/2",
			Headers: []flow.Field{{Name: ":path", Value: "/a"}, {Name: "X-Mixed", Value: "v: w"}, {Name: "empty", Value: ""}},
			Body:    flow.Body{Kept: true, Data: []byte("hello"), Size: 14}, Trailer: []flow.Field{{Name: "t", Value: "1"}}},
		Response: &flow.Response{Status: 204, Version: "HTTP/2", Headers: []flow.Field{{Name: "set-cookie", Value: "id=1"}}, Body: flow.Body{Size: 99}},
	}
	req, err := w.Request(conn, f, whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Response(conn, req, f, nil); err != nil {
		t.Fatal(err)
	}
	ws := &flow.Flow{Kind: flow.WebSocket, Protocol: "websocket", Timing: flow.Timing{Start: now}, Messages: []flow.Message{
		{Time: now.Add(time.Second), FromClient: true, Name: "mqtt topic", Text: true, Body: flow.Body{Kept: true, Size: 2, Data: []byte("hi")}},
		{Time: now.Add(2 * time.Second), Body: flow.Body{Size: 70}},
	}}
	if err := w.Messages(conn, req, ws, "ws.example.test"); err != nil {
		t.Fatal(err)
	}
	dns := &flow.Flow{Kind: flow.DNS, Timing: flow.Timing{Start: now}, Lookup: &flow.Lookup{Questions: []flow.Question{{Name: "a.test", Type: "A"}}, Code: "NOERROR"}}
	if err := w.Lookup(dns); err != nil {
		t.Fatal(err)
	}
	w.Closed(conn, 300, 200, "")
	passed, _ := w.Connection(Connection{Client: "127.0.0.1:5001", Host: "pinned.test", Mode: Passed, Reason: "certificate rejected", Server: "192.0.2.8:443", Start: w.Mono(now)}, nil)
	w.Closed(passed, 1000, 2000, "")
	w.Gap(Gap{Kind: "datagrams", Host: "quic.test", Up: 1200, Reason: "QUIC refused"})
	w.Gap(Gap{Kind: "unreachable", Host: "nobody.test", Reason: "no such host"}) // nothing left
	w.Gap(Gap{Kind: "refused", Host: "busy.test", Reason: "too many"})
	lost, _ := w.Connection(Connection{Client: "127.0.0.1:5002", Host: "open.test", Mode: Intercepted, Server: "192.0.2.9:443", Start: w.Mono(now)}, nil)
	w.Request(lost, f, nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	v := OpenVault(l.Dir(), id)
	defer v.Close()
	var got []*flow.Flow
	for f, err := range Flows(open(t, l), v, ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	if len(got) != 7 {
		t.Fatalf("%d flows", len(got))
	}
	a := got[0]
	if a.Request.URL != f.Request.URL || fmt.Sprint(a.Request.Headers) != fmt.Sprint(f.Request.Headers) || string(a.Request.Body.Data) != "hello" || a.Request.Body.Size != 14 || a.Request.Body.Cut != 9 || fmt.Sprint(a.Request.Trailer) != fmt.Sprint(f.Request.Trailer) {
		t.Errorf("request %+v", a.Request)
	}
	if a.Response.Status != 204 || a.Response.Body.Size != 99 || a.Response.Body.Kept || flow.Header(a.Response.Headers, "Set-Cookie") != "id=1" {
		t.Errorf("response %+v", a.Response)
	}
	if a.Timing.TCP.D != 3*time.Millisecond || a.Timing.TLS.Leg != flow.Outer || a.Timing.FirstByte.D != 4*time.Millisecond || !a.Timing.Sent.Equal(f.Timing.Sent.Round(0)) && a.Timing.Sent.Sub(f.Timing.Sent).Abs() > time.Millisecond {
		t.Errorf("timing %+v", a.Timing)
	}
	if c := a.TLS.Certificates; len(c) != 1 || string(c[0]) != "\x01\x02\x03" {
		t.Errorf("certificates %v", c)
	}
	if m := got[1].Messages; got[1].Host() != "ws.example.test" || len(m) != 2 || string(m[0].Body.Data) != "hi" || !m[0].Text || m[0].Name != "mqtt topic" || m[1].Name != "" || m[1].Body.Size != 70 || m[1].Body.Kept || got[1].Timing.TCP != nil {
		t.Errorf("messages %+v", got[1])
	}
	if got[2].Kind != flow.DNS || got[2].Lookup.Questions[0].Name != "a.test" {
		t.Errorf("lookup %+v", got[2])
	}
	if u := got[3].Unread; got[3].Host() != "pinned.test" || *u != (flow.Unread{Up: 1000, Down: 2000, Reason: "certificate rejected"}) {
		t.Errorf("passed %+v", got[3])
	}
	if u := got[4].Unread; got[4].Host() != "quic.test" || u.Up != 1200 {
		t.Errorf("gap %+v", got[4])
	}
	if got[5].Request == nil || fmt.Sprint(got[5].Notes) != "[no response]" {
		t.Errorf("unanswered %+v", got[5])
	}
	if u := got[6].Unread; got[6].Host() != "open.test" || u.Up != -1 || !strings.Contains(u.Reason, "interrupted") {
		t.Errorf("open %+v", got[6])
	}

	// Without the identity: one damage, and what the lines say in the clear.
	sealed := OpenVault(l.Dir())
	defer sealed.Close()
	damages, flows := 0, 0
	for f, err := range Flows(open(t, l), sealed, ReadOptions{}) {
		if err != nil {
			damages++
			if !errors.Is(err, ErrSealed) {
				t.Error(err)
			}
		} else if flows++; f.Unread == nil {
			t.Errorf("%+v", f)
		}
	}
	if damages != 1 || flows != 7 {
		t.Errorf("sealed: %d damages, %d flows", damages, flows)
	}
}

func open(t *testing.T, l *Log) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(l.Dir(), logFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
