package evidence

import (
	"crypto/sha256"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/constat/constat/flow"
)

var record = flag.Bool("record", false, "write the test vectors anew")

// The vectors are two small logs as FORMAT.md describes them, one sealed for
// testdata/identity.txt and one in the clear, that were written once. They must
// check for ever: a log is kept for years.
func TestVectors(t *testing.T) {
	f, err := os.Open("testdata/identity.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		t.Fatal(err)
	}
	if *record {
		writeVector(t, "testdata/sealed", x25519{ids[0].(*age.X25519Identity)})
		writeVector(t, "testdata/plain", nil)
	}
	for dir, want := range map[string]struct {
		root string
		ids  []age.Identity
	}{
		"testdata/sealed": {"d03973e4fbb38cd6ce16634fdb4800e72adea07a02e5beb69cce986b0e6bc119", ids},
		"testdata/plain":  {"ef8a35920a4c89bb18ba300ae05ef5036d0396401e3a966efa4acc3977d526c3", nil},
	} {
		r := verify(t, dir, want.ids...)
		if !r.OK() || r.Root.String() != want.root || r.Entries != 10 || r.Signed != 10 || !r.Ended || r.Opened != 5 || r.Unkept != 1 {
			t.Errorf("%s: %+v", dir, r)
		}
		v := OpenVault(dir, want.ids...)
		in, err := os.Open(filepath.Join(dir, logFile))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for f, err := range Flows(in, v, ReadOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; f.Request != nil && (string(f.Request.Body.Data) != `{"mail":"camille@example.test"}` || f.Timing.TCP.D != 3*time.Millisecond) {
				t.Errorf("%s: %+v", dir, f.Request)
			}
		}
		if n != 2 {
			t.Errorf("%s: %d flows", dir, n)
		}
		in.Close()
		v.Close()
		if out, err := exec.Command("sh", verifyFile, dir).CombinedOutput(); err != nil {
			if _, missing := exec.LookPath("xxd"); missing == nil {
				t.Errorf("%s: %v %s", dir, err, out)
			}
		}
	}
}

func writeVector(t *testing.T, dir string, s Sealer) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	l, err := Create(dir, Config{Name: "vector", Sealer: s, Begin: map[string]string{"instrument": "constat test vector"}})
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(l)
	now := time.Now()
	conn, _ := w.Connection(Connection{
		Client: "192.0.2.1:50000", Host: "api.example.test", Mode: Intercepted, RTTTCP: 3e6, RTTTLS: 8e6, Server: "198.51.100.7:443",
		SNI: "api.example.test", Start: w.Mono(now), Version: "TLS 1.3", ALPN: "h2",
	}, [][]byte{[]byte("not a certificate, but hashed like one")})
	body := `{"mail":"camille@example.test"}`
	whole := l.Commit()
	whole.Write([]byte("a response that is not kept"))
	f := &flow.Flow{
		Kind: flow.HTTP, Protocol: "HTTP/2", Timing: flow.Timing{Start: now, Sent: now.Add(1e6), Answered: now.Add(5e6), End: now.Add(6e6)},
		Request: &flow.Request{Method: "POST", URL: "https://api.example.test/v1/collect", Host: "api.example.test", Version: "HTTP/2",
			Headers: []flow.Field{{Name: "content-type", Value: "application/json"}}, Body: flow.Body{Kept: true, Data: []byte(body), Size: int64(len(body))}},
		Response: &flow.Response{Status: 200, Version: "HTTP/2", Headers: []flow.Field{{Name: "set-cookie", Value: "id=7"}}, Body: flow.Body{Size: 27}},
	}
	req, _ := w.Request(conn, f, nil)
	w.Response(conn, req, f, whole)
	w.Action(Mark{Act: "post", By: "key", Note: "the draft was not posted"})
	w.Gap(Gap{Kind: "rejected", Host: "pinned.example.test", Reason: "the client rejected the certificate: tls: unknown certificate authority"})
	w.Closed(conn, 900, 300, "")
	ref, _ := l.Seal([]byte("a sentence in a note"))
	w.Append(KindNote, map[string]any{"content": ref, "sha256": Hash(sha256.Sum256([]byte("x")))})
	if err := l.End(struct{}{}); err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, verifyFile)) // it stands in this folder already
}
