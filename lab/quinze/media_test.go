package quinze

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onDisk lists the files that a service keeps.
func onDisk(t *testing.T, a *App) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(a.cfg.Dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestUploadsAreTheirSenders: somebody who has the name of a file (each clip
// shows its own) can neither post it, keep it as a draft nor remove it.
func TestUploadsAreTheirSenders(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c, other := joins(t, a, "zelie"), joins(t, a, "gaspard")
	posted := strings.TrimPrefix(c.posts("mine").Video, "/media/")
	kept := c.uploads("not posted yet")
	for name, object := range map[string]string{"posted": posted, "not posted": kept} {
		for who, thief := range map[string]*client{"another user": other, "a guest": guest(t, a)} {
			if who == "another user" {
				if x := into[trouble](t, thief.must(http.StatusUnprocessableEntity, "POST", "/api/clips", form{"object": object})); x.Field != "object" {
					t.Errorf("%s: %+v", name, x)
				}
			}
			thief.must(http.StatusUnprocessableEntity, "POST", "/api/drafts", form{"object": object})
			if x := into[trouble](t, thief.must(http.StatusForbidden, "DELETE", "/upload/"+object, nil)); x.Error != "not-yours" {
				t.Errorf("%s, %s: %+v", name, who, x)
			}
		}
		if !a.hasObject(object) {
			t.Fatalf("%s: it is gone", name)
		}
	}
	// Nor can she take it herself from under her clip, or post it twice, so that
	// deleting one would empty the other.
	c.must(http.StatusConflict, "DELETE", "/upload/"+posted, nil)
	c.must(http.StatusUnprocessableEntity, "POST", "/api/clips", form{"object": posted})
	c.must(http.StatusOK, "GET", "/media/"+posted, nil)
	// The first clips are their makers'.
	first := c.pages("/api/feed?limit=50", func() {})
	seeded := strings.TrimPrefix(first[len(first)-1].Video, "/media/")
	c.must(http.StatusForbidden, "DELETE", "/upload/"+seeded, nil)
	c.must(http.StatusOK, "GET", "/media/"+seeded, nil)
}

// TestUploadsOfGuests: who sent a file without an account has it by its name,
// and can post it after signing up. From then on it is hers alone.
func TestUploadsOfGuests(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := guest(t, a)
	object := c.uploads("before signing up")
	c.must(http.StatusUnauthorized, "POST", "/api/clips", form{"object": object})
	c.must(http.StatusCreated, "POST", "/api/signup", form{"username": "zelie", "email": "zelie@courriel.example", "password": secret})
	c.must(http.StatusCreated, "POST", "/api/drafts", form{"object": object})
	guest(t, a).must(http.StatusForbidden, "DELETE", "/upload/"+object, nil)
	c.must(http.StatusCreated, "POST", "/api/clips", form{"object": object})
}

// TestDiscard: what is discarded leaves the disk. The server never removes a
// file by itself: it stays for as long as no client asks.
func TestDiscard(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	before := len(onDisk(t, a))
	for _, c := range []*client{joins(t, a, "zelie"), guest(t, a)} {
		object, stays := c.uploads("thrown away"), c.uploads("forgotten")
		if b, err := os.ReadFile(a.object(object)); err != nil || string(b) != "thrown away" {
			t.Fatalf("%q, %v", b, err)
		}
		c.must(http.StatusNoContent, "DELETE", "/upload/"+object, nil)
		if _, err := os.Stat(a.object(object)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is there: %v", err)
		}
		c.must(http.StatusNotFound, "GET", "/media/"+object, nil)
		c.must(http.StatusNotFound, "DELETE", "/upload/"+object, nil)
		c.must(http.StatusUnprocessableEntity, "POST", "/api/drafts", form{"object": object})
		if b := holds(t, a, []byte(object)); len(b) != 0 {
			t.Errorf("the name stands in %q", b)
		}
		c.must(http.StatusOK, "GET", "/media/"+stays, nil)
	}
	if n := len(onDisk(t, a)) - before; n != 2 {
		t.Errorf("%d files stay, not 2", n)
	}
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	object := c.uploads("a draft")
	id := into[struct{ ID ID }](t, c.must(http.StatusCreated, "POST", "/api/drafts", form{"object": object, "caption": "not for you"})).ID
	if id>>8&15 != ID(KindClip) {
		t.Errorf("id %s", id)
	}
	// Nobody sees it: not as a clip, in no count and no search.
	if u := guest(t, a).profile("zelie"); u.Clips != 0 {
		t.Errorf("%+v", u)
	}
	for _, path := range []string{"/api/feed?limit=50", "/api/search?q=not", "/api/users/zelie/clips"} {
		if b := guest(t, a).must(http.StatusOK, "GET", path, nil).body; bytes.Contains(b, []byte("not for you")) || bytes.Contains(b, []byte(object)) {
			t.Errorf("%s shows a draft: %s", path, b)
		}
	}
	c.must(http.StatusNotFound, "PUT", "/api/clips/"+id.String()+"/like", nil)
	c.must(http.StatusUnprocessableEntity, "POST", "/api/drafts", form{"object": object, "caption": strings.Repeat("é", 301)})
	// A guest's draft is stored too: the client sends it, the server stores it.
	g := guest(t, a)
	g.must(http.StatusCreated, "POST", "/api/drafts", form{"object": g.uploads("a guest's")})
}

func TestPlay(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	object := c.uploads("0123456789")
	get := func(head ...string) answer { return guest(t, a).ask("GET", "/media/"+object, nil, head...) }
	for want, got := range map[string]answer{"0123456789": get(), "234": get("Range", "bytes=2-4"), "89": get("Range", "bytes=-2"), "9": get("Range", "bytes=9-99")} {
		if status := map[bool]int{true: 200, false: 206}[len(want) == 10]; string(got.body) != want || got.status != status {
			t.Errorf("%d %q, want %d %q", got.status, got.body, status, want)
		}
	}
	for _, bad := range []string{"bytes=10-", "bytes=5-2", "bytes=x", "bytes=-", "lines=1-2", "bytes=99999999999999999999-"} {
		if x := get("Range", bad); x.status != http.StatusRequestedRangeNotSatisfiable {
			t.Errorf("%s: %d %q", bad, x.status, x.body)
		}
	}
	// More ranges than the file has bytes are not multiplied.
	if x := get("Range", "bytes="+strings.Repeat("0-,", 5000)+"0-"); x.status != http.StatusOK || len(x.body) != 10 {
		t.Errorf("5001 ranges: %d, %d bytes", x.status, len(x.body))
	}
	if x := get("Range", "bytes=0-0,9-9"); x.status != http.StatusPartialContent || !strings.HasPrefix(x.head.Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("two ranges: %d %v", x.status, x.head)
	}
	modified := get().head.Get("Last-Modified")
	if x := get("If-Modified-Since", modified); x.status != http.StatusNotModified || len(x.body) != 0 {
		t.Errorf("not modified: %d %q", x.status, x.body)
	}
	if x := guest(t, a).ask("HEAD", "/media/"+object, nil); x.status != http.StatusOK || len(x.body) != 0 || x.head.Get("Content-Length") != "10" {
		t.Errorf("HEAD: %d %q %v", x.status, x.body, x.head)
	}
}

// TestMediaIsNoPage: anything can be uploaded; only what looks like media is
// served as itself.
func TestMediaIsNoPage(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := guest(t, a)
	for file, want := range map[string]string{
		string(SampleClip()):                               "video/webm",
		"\xff\xd8\xff\xe0\x00\x10JFIF":                     "image/jpeg",
		"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom": "video/mp4",
		"<!doctype html><script>alert(1)</script>":         "application/octet-stream",
		"<?xml version=\"1.0\"?><svg onload=\"x\"/>":       "application/octet-stream",
		"<svg xmlns=\"http://www.w3.org/2000/svg\">":       "application/octet-stream",
		"plain": "application/octet-stream",
		"":      "application/octet-stream",
	} {
		x := c.must(http.StatusOK, "GET", "/media/"+c.uploads(file), nil, "Accept", "text/html")
		if got := x.head.Get("Content-Type"); got != want || x.head.Get("X-Content-Type-Options") != "nosniff" || string(x.body) != file {
			t.Errorf("%.30q: %s, %d bytes", file, got, len(x.body))
		}
	}
}

// TestNamesOfMedia: no name reaches a file that is no upload.
func TestNamesOfMedia(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	object := c.uploads("a file")
	if err := os.WriteFile(a.object("NOTANUPLOAD"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	database, err := os.Stat(filepath.Join(a.cfg.Dir, "quinze.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"..%2fquinze.db", "%2e%2e%2fquinze.db", "..%5cquinze.db", "%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd", "NOTANUPLOAD", strings.ToLower(object),
		object + "%00", object + "%2f", object + ".webm", "%0a" + object, object + "%0a", object[:25], "%ff", strings.Repeat("A", 5000), "..%2fobjects%2f" + object,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			if x := c.ask(method, "/media/"+name, nil); x.status != http.StatusNotFound || bytes.Contains(x.body, []byte("a file")) {
				t.Errorf("%s %.60s: %d %.60q", method, name, x.status, x.body)
			}
		}
		c.must(http.StatusNotFound, "DELETE", "/upload/"+name, nil)
	}
	for _, name := range []string{"../quinze.db", "/etc/passwd", "", object + "\x00", "../objects/" + object, strings.Repeat("A", 50000)} {
		for _, path := range []string{"/api/clips", "/api/drafts"} {
			c.must(http.StatusUnprocessableEntity, "POST", path, form{"object": name})
		}
	}
	if now, err := os.Stat(filepath.Join(a.cfg.Dir, "quinze.db")); err != nil || !os.SameFile(now, database) || !a.hasObject(object) {
		t.Errorf("a file that no name should reach has changed: %v", err)
	}
}

// zeros is a file that has no end; what is in it does not matter.
type zeros struct{ read int }

func (z *zeros) Read(p []byte) (int, error) { z.read += len(p); return len(p), nil }

func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	// What bounds other requests does not bound clips.
	large := strings.Repeat("0123456789abcdef", 1<<17)
	if x := guest(t, a).must(http.StatusOK, "GET", "/media/"+guest(t, a).uploads(large), nil); string(x.body) != large {
		t.Errorf("of 2 MB there are %d", len(x.body))
	}
	before := onDisk(t, a)
	endless := &zeros{}
	if x := into[trouble](t, guest(t, a).must(http.StatusRequestEntityTooLarge, "POST", "/upload", endless)); x.Error != "too-large" {
		t.Errorf("%+v", x)
	}
	if endless.read > maxUpload+1<<20 {
		t.Errorf("%d bytes were read of a file that may have %d", endless.read, maxUpload)
	}
	// A sender who goes away leaves nothing either.
	if x := guest(t, a).ask("POST", "/upload", io.MultiReader(strings.NewReader("half"), broken{})); x.status < 400 {
		t.Errorf("half a file was taken: %d %s", x.status, x.body)
	}
	if after := onDisk(t, a); len(after) != len(before) {
		t.Errorf("%d files, %d before", len(after), len(before))
	}
}

// broken is a connection that ended.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
