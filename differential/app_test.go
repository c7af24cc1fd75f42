package differential_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/differential"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/persona"
)

// app is an invented app, that does the same acts in every run: what it sends
// depends on the person and on chance, and the test knows what on which. It
// shares no code with what is tested.
type app struct {
	salted   bool // events carry HMAC-SHA-256(secret, e-mail)
	envelope bool // a message under AES-CTR with a new key each time: its length is that of the e-mail and a constant
	fixed    bool // a message under AES-ECB with one key: header, nonce, e-mail
	clear    bool // the e-mail, in base64
	upload   bool // a clip
	unsteady bool // flows are lost, repeated, moved
	more     bool // with the second person a field and a message more, and bytes with less disorder
	profile  bool // the path of a URL has the name before the @
}

// request is one message of the app.
type request struct {
	method, url, mime string
	body              []byte
}

// run is what the app sends for somebody; noise is another for each run.
func (a app) run(email string, second bool, noise *rand.Rand, at time.Time) []byte {
	var out []request
	json := func(path string, o map[string]any) {
		out = append(out, request{method: "POST", url: "https://log.quinze.example" + path, mime: "application/json", body: marshal(o)})
	}
	hexes := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(noise.Uint32())
		}
		return hex.EncodeToString(b)
	}
	session := hexes(16)
	out = append(out, request{method: "GET", url: "https://quinze.example/api/settings?cb=" + hexes(6)})
	for i, event := range []string{"launch", "feed", "watch", "watch", "record", "stop"} {
		o := map[string]any{
			"event": event, "seq": i, "t": at.UnixMilli() + int64(noise.IntN(90000)), "day": at.Format(time.DateOnly), "session": session,
			"nonce": hexes(12), "app": "quinze/2.4", "ratio": noise.Float64(), "trace": base64.StdEncoding.EncodeToString([]byte(hexes(9))),
			"net": []string{"wifi", "4g", "5g"}[noise.IntN(3)], "dwell_ms": noise.IntN(100000), "asset": "5f3759df5f3759df",
		}
		if a.salted {
			m := hmac.New(sha256.New, []byte("a secret that nobody knows"))
			m.Write([]byte(email))
			o["uid"] = hex.EncodeToString(m.Sum(nil))
		}
		json("/v1/events", o)
	}
	if a.clear {
		json("/v1/profile", map[string]any{"m": base64.StdEncoding.EncodeToString([]byte(email)), "n": hexes(8)})
	}
	if a.envelope {
		plain := marshal(map[string]any{"v": 3, "nonce": hexes(16), "who": email})
		key, iv := []byte(hexes(8)), []byte(hexes(8))
		block, err := aes.NewCipher(key)
		must(err)
		cipher.NewCTR(block, iv).XORKeyStream(plain, plain)
		out = append(out, request{method: "POST", url: "https://log.quinze.example/v2/report", mime: "application/octet-stream", body: append(iv, plain...)})
	}
	if a.fixed {
		plain := append([]byte(hexes(16)), fmt.Sprintf("%-48.48s", email)...) // 32 bytes of noise, then three blocks
		block, err := aes.NewCipher([]byte("one key for ever"))
		must(err)
		sealed := make([]byte, len(plain))
		for i := 0; i < len(plain); i += 16 {
			block.Encrypt(sealed[i:], plain[i:i+16])
		}
		out = append(out, request{method: "POST", url: "https://log.quinze.example/v3/seal", mime: "application/octet-stream", body: sealed})
	}
	if a.more {
		o := map[string]any{"n": hexes(8)}
		blob := make([]byte, 400)
		for i := range blob {
			if blob[i] = 0x80 | byte(noise.Uint32()); second && i%2 == 1 {
				blob[i] = 0x80
			}
		}
		sealed := request{method: "POST", url: "https://log.quinze.example/v4/blob", mime: "application/octet-stream", body: blob}
		out = append(out, sealed)
		if second {
			o["extra"] = hexes(8)
			sealed.body = append([]byte{}, blob...)
			sealed.body[7] ^= 0x55
			out = append(out, sealed)
		}
		json("/v1/more", o)
	}
	if a.profile {
		name, _, _ := strings.Cut(email, ".")
		out = append(out, request{method: "GET", url: "https://quinze.example/users/" + name + "/clips"})
	}
	if a.upload {
		clip := append([]byte("\x1aE\xdf\xa3"), bytes.Repeat([]byte{1, 9, 200, 31, 77, 128, 5, 66}, 100)...)
		out = append(out, request{method: "POST", url: "https://media.quinze.example/upload/" + hexes(10), mime: "video/webm", body: clip})
	}
	if a.unsteady {
		i := 1 + noise.IntN(6)
		switch noise.IntN(4) {
		case 0: // lost
			out = append(out[:i], out[i+1:]...)
		case 1: // sent again
			out = append(out, out[i])
		case 2: // moved
			out[i], out[i%6+1] = out[i%6+1], out[i]
		}
		out = append(out, request{method: "GET", url: fmt.Sprintf("https://cdn%d.example/%s.jpg", noise.IntN(9), hexes(8))})
	}
	return har(out, at, noise)
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	must(err)
	return b
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// har writes requests as a browser would.
func har(list []request, at time.Time, noise *rand.Rand) []byte {
	var entries []any
	for _, r := range list {
		at = at.Add(time.Duration(100+noise.IntN(900)) * time.Millisecond)
		headers := []any{
			map[string]string{"name": "User-Agent", "value": "Quinze/2.4 (Android 14)"},
			map[string]string{"name": "X-Request-Id", "value": fmt.Sprintf("%016x%016x", noise.Uint64(), noise.Uint64())},
		}
		req := map[string]any{
			"method": r.method, "url": r.url, "httpVersion": "h2", "cookies": []any{}, "headers": headers, "queryString": []any{}, "headersSize": -1, "bodySize": len(r.body),
		}
		if r.mime != "" {
			post := map[string]any{"mimeType": r.mime, "text": string(r.body)}
			if r.mime != "application/json" {
				post["text"], post["encoding"] = base64.StdEncoding.EncodeToString(r.body), "base64"
			}
			req["postData"] = post
		}
		entries = append(entries, map[string]any{
			"startedDateTime": at.UTC().Format(time.RFC3339Nano), "time": 3, "request": req, "cache": struct{}{},
			"response": map[string]any{"status": 204, "statusText": "", "httpVersion": "h2", "cookies": []any{}, "headers": []any{}, "content": map[string]any{"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": 0},
			"timings":  map[string]any{"send": 1, "wait": 1, "receive": 1},
		})
	}
	return marshal(map[string]any{"log": map[string]any{"version": "1.2", "creator": map[string]string{"name": "test", "version": "1"}, "entries": entries}})
}

// source is a capture file as a source.
type source struct{ *capture.Capture }

func (s source) Describe() audit.Input {
	sum, n := s.Sum()
	return audit.Input{Path: s.Path, SHA256: sum, Bytes: n, Format: s.Format}
}

// recording is a run's capture and the persona that it was made with.
type recording struct {
	har []byte
	who int
}

// experiment runs the app n[0] times with one e-mail address and n[1] times with
// another, in turn, a day apart.
func experiment(a app, seed uint64, n [2]int, emails [2]string) (list []recording) {
	noise := rand.New(rand.NewPCG(seed, 6))
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for i := range max(n[0], n[1]) {
		for who := range 2 {
			if i < n[who] {
				at = at.Add(26 * time.Hour)
				list = append(list, recording{a.run(emails[who], who == 1, noise, at), who})
			}
		}
	}
	return list
}

// personas are files of what differs and something that does not.
func personas(emails [2]string, more [2]string) (files [2]string) {
	for who := range files {
		files[who] = fmt.Sprintf("region = \"FR\"\n[[value]]\ntype = \"contact.email\"\nvalue = %q\n[[value]]\ntype = \"device.model\"\nvalue = \"Quinzaphone QZ-0815 Pro\"\n%s", emails[who], more[who])
	}
	return files
}

// compare reads the recordings as files; without personas when they are empty.
func compare(t testing.TB, list []recording, persons [2]string) (*differential.Document, error) {
	t.Helper()
	dir := t.TempDir()
	var runs []differential.Run
	for i, r := range list {
		path := filepath.Join(dir, fmt.Sprintf("run%d.har", i))
		must(os.WriteFile(path, r.har, 0o600))
		c, err := capture.Open(path, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		runs = append(runs, differential.Run{Capture: source{c}, Persona: r.who})
	}
	o := differential.Options{Version: "test"}
	for who, text := range persons {
		if text == "" {
			continue
		}
		p, err := persona.Parse(strings.NewReader(text), "persona.toml")
		if err != nil {
			t.Fatal(err)
		}
		o.Personas[who] = p
		o.Subjects[who] = differential.Persona{Path: fmt.Sprintf("p%d.toml", who+1), SHA256: strings.Repeat("0", 64)}
	}
	return differential.Compare(t.Context(), runs, o)
}

// compared is compare of a whole experiment.
func compared(t testing.TB, a app, seed uint64, n [2]int, emails [2]string) *differential.Document {
	t.Helper()
	doc, err := compare(t, experiment(a, seed, n, emails), personas(emails, [2]string{}))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// two are the e-mail addresses of two invented persons, of different lengths.
func two(seed uint64) [2]string {
	a, b := subject.New(seed).Get("e-mail"), subject.New(seed+1).Get("e-mail")
	for i := uint64(2); len(a) == len(b); i++ {
		b = subject.New(seed + i).Get("e-mail")
	}
	return [2]string{a, b}
}

// told writes the findings in a line each.
func told(d *differential.Document) string {
	var b strings.Builder
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "%s %s %s%s %v %v\n", f.Grade, f.Kind, f.Exchange[0].Host, f.Exchange[0].Path, f.Derivation, f.Reasons)
	}
	return b.String()
}
