package quinze

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// app opens a service of its own for a test.
func app(t testing.TB, c Config) *App {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	a, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	a.db.NoSync = true // no test pulls the plug
	t.Cleanup(func() { a.Close() })
	return a
}

// client is somebody who uses the service, with what a browser keeps.
type client struct {
	t       testing.TB
	h       http.Handler
	name    string
	cookies map[string]*http.Cookie
}

func guest(t testing.TB, a *App) *client {
	return &client{t: t, h: a.Handler(), cookies: map[string]*http.Cookie{}}
}

const secret = "correct horse battery"

// joins signs somebody up; her password is secret.
func joins(t testing.TB, a *App, name string) *client {
	t.Helper()
	c := guest(t, a)
	c.name = name
	c.must(http.StatusCreated, "POST", "/api/signup", form{"username": name, "email": name + "@courriel.example", "password": secret})
	return c
}

// form is a JSON object.
type form = map[string]any

// answer is what the service said.
type answer struct {
	status int
	head   http.Header
	body   []byte
}

// into decodes an answer.
func into[T any](t testing.TB, a answer) (v T) {
	t.Helper()
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%v: %.300q", err, a.body)
	}
	return v
}

// trouble is an answer that says what is wrong.
type trouble struct{ Error, Field, Message string }

// ask sends a request: in is nil, a reader, bytes, a string, or what becomes JSON.
func (c *client) ask(method, path string, in any, head ...string) answer {
	c.t.Helper()
	var body io.Reader
	switch in := in.(type) {
	case nil:
	case io.Reader:
		body = in
	case []byte:
		body = bytes.NewReader(in)
	case string:
		body = strings.NewReader(in)
	default:
		b, err := json.Marshal(in)
		if err != nil {
			c.t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	r := httptest.NewRequest(method, path, body)
	for _, x := range c.cookies {
		r.AddCookie(x)
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	res := w.Result()
	for _, x := range res.Cookies() {
		if c.cookies[x.Name] = x; x.Value == "" {
			delete(c.cookies, x.Name)
		}
	}
	return answer{res.StatusCode, res.Header, w.Body.Bytes()}
}

// must is ask, when only one status will do.
func (c *client) must(status int, method, path string, in any, head ...string) answer {
	c.t.Helper()
	a := c.ask(method, path, in, head...)
	if a.status != status {
		c.t.Fatalf("%s %s: %d, want %d: %.300s", method, path, a.status, status, a.body)
	}
	return a
}

// uploads sends a file and returns its name.
func (c *client) uploads(file string) string {
	c.t.Helper()
	return into[struct{ Object string }](c.t, c.must(http.StatusCreated, "POST", "/upload", file)).Object
}

// posts publishes a clip.
func (c *client) posts(caption string) clipRow {
	c.t.Helper()
	in := form{"object": c.uploads("clip " + caption), "caption": caption, "duration": 14.5}
	return into[struct{ Clip clipRow }](c.t, c.must(http.StatusCreated, "POST", "/api/clips", in)).Clip
}

// comments writes under a clip.
func (c *client) comments(on clipRow, text string) commentRow {
	c.t.Helper()
	return into[commentRow](c.t, c.must(http.StatusCreated, "POST", clipPath(on)+"/comments", form{"text": text}))
}

// under lists the texts of a clip's comments.
func (c *client) under(on clipRow) (texts []string) {
	c.t.Helper()
	for _, x := range into[struct{ Comments []commentRow }](c.t, c.must(http.StatusOK, "GET", clipPath(on)+"/comments", nil)).Comments {
		texts = append(texts, x.Author.Username+": "+x.Text)
	}
	return texts
}

// pages reads a list of clips page by page to its end; between does something
// after each page.
func (c *client) pages(path string, between func()) (all []clipRow) {
	c.t.Helper()
	for next := ""; ; {
		p := into[page](c.t, c.must(http.StatusOK, "GET", path+next, nil))
		all = append(all, p.Clips...)
		if p.Next == "" {
			return all
		}
		if len(p.Clips) == 0 || len(all) > 500 {
			c.t.Fatalf("%s: no end after %d clips", path, len(all))
		}
		between()
		next = "&before=" + p.Next
	}
}

// sees is a clip as the first page of the feed shows it, nil if it does not.
func (c *client) sees(x clipRow) *clipRow {
	c.t.Helper()
	for _, y := range c.pages("/api/feed?limit=50", func() {}) {
		if y.ID == x.ID {
			return &y
		}
	}
	return nil
}

// profile is a user as a client sees her.
func (c *client) profile(name string) userRow {
	c.t.Helper()
	return into[struct{ User userRow }](c.t, c.must(http.StatusOK, "GET", "/api/users/"+name, nil)).User
}

func clipPath(x clipRow) string { return "/api/clips/" + x.ID.String() }

// holds looks for bytes in everything that a service keeps on disk but its
// media: the buckets that have them, in a key or in a value.
func holds(t testing.TB, a *App, what []byte) (buckets []string) {
	t.Helper()
	err := a.db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				if bytes.Contains(k, what) || bytes.Contains(v, what) {
					buckets = append(buckets, string(name))
				}
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return buckets
}
