package quinze

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"
)

func (a *App) social(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/feed", a.feed)
	mux.HandleFunc("GET /api/search", a.search)
	mux.HandleFunc("GET /api/users/{name}", a.profile)
	mux.HandleFunc("GET /api/users/{name}/clips", a.profileClips)
	mux.HandleFunc("PUT /api/users/{name}/follow", a.follow)
	mux.HandleFunc("DELETE /api/users/{name}/follow", a.follow)
	mux.HandleFunc("POST /api/clips", a.publish)
	mux.HandleFunc("DELETE /api/clips/{id}", a.unpublish)
	mux.HandleFunc("PUT /api/clips/{id}/like", a.like)
	mux.HandleFunc("DELETE /api/clips/{id}/like", a.like)
	mux.HandleFunc("GET /api/clips/{id}/comments", a.comments)
	mux.HandleFunc("POST /api/clips/{id}/comments", a.addComment)
	mux.HandleFunc("POST /api/drafts", a.draft)
}

// userRow is a user as others see her.
type userRow struct {
	ID        ID     `json:"id"`
	Username  string `json:"username"`
	Name      string `json:"name"`
	Bio       string `json:"bio"`
	Followers int    `json:"followers"`
	Following int    `json:"following"`
	Clips     int    `json:"clips"`
	Followed  bool   `json:"followed"`
}

// clipRow is a clip as one viewer sees it.
type clipRow struct {
	ID       ID        `json:"id"`
	Author   userRow   `json:"author"`
	Caption  string    `json:"caption"`
	Created  time.Time `json:"created"`
	Duration float64   `json:"duration"`
	Likes    int       `json:"likes"`
	Comments int       `json:"comments"`
	Liked    bool      `json:"liked"`
	Video    string    `json:"video"`
	Poster   string    `json:"poster"`
}

type commentRow struct {
	ID      ID        `json:"id"`
	Author  userRow   `json:"author"`
	Text    string    `json:"text"`
	Created time.Time `json:"created"`
}

func (a *App) user(id, viewer ID) (row userRow) {
	a.db.View(func(tx *bbolt.Tx) error { row = userRowOf(tx, id, viewer); return nil })
	return row
}

func userRowOf(tx *bbolt.Tx, id, viewer ID) userRow {
	u, err := get[account](tx, users, id.key())
	if err != nil {
		return userRow{ID: id}
	}
	return userRow{
		ID: id, Username: u.Username, Name: u.Name, Bio: u.Bio, Followers: count(tx, followers, id), Following: count(tx, follows, id),
		Clips: count(tx, byAuthor, id), Followed: has(tx, follows, viewer, id),
	}
}

func (a *App) clipRowOf(tx *bbolt.Tx, c clip, viewer ID) clipRow {
	return clipRow{
		ID: c.ID, Author: userRowOf(tx, c.Author, viewer), Caption: c.Caption, Created: c.Created, Duration: c.Duration,
		Likes: count(tx, likes, c.ID), Comments: count(tx, comments, c.ID), Liked: has(tx, likes, c.ID, viewer),
		Video: a.cfg.Media + "/media/" + c.Object,
	}
}

// page is a stretch of clips with the key of the next one.
type page struct {
	Clips []clipRow `json:"clips"`
	Next  string    `json:"next"`
}

// paging reads where a page begins and how long it is.
func paging(r *http.Request) (before ID, limit int) {
	before.UnmarshalText([]byte(r.FormValue("before")))
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit < 1 || limit > 50 {
		limit = 5
	}
	return before, limit
}

func (a *App) feed(w http.ResponseWriter, r *http.Request) {
	before, limit := paging(r)
	viewer := a.who(r)
	p := page{Clips: []clipRow{}}
	a.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(clips).Cursor()
		k, v := seekBefore(c, bound(before))
		for ; k != nil; k, v = c.Prev() {
			if len(p.Clips) == limit {
				p.Next = p.Clips[limit-1].ID.String()
				break
			}
			var x clip
			if json.Unmarshal(v, &x) == nil {
				p.Clips = append(p.Clips, a.clipRowOf(tx, x, viewer))
			}
		}
		return nil
	})
	reply(w, http.StatusOK, p)
}

func (a *App) profileClips(w http.ResponseWriter, r *http.Request) {
	before, limit := paging(r)
	viewer := a.who(r)
	p := page{Clips: []clipRow{}}
	err := a.db.View(func(tx *bbolt.Tx) error {
		id, ok := userID(tx, r.PathValue("name"))
		if !ok {
			return errNone
		}
		under(tx, byAuthor, id, before, func(c ID, _ []byte) bool {
			if len(p.Clips) == limit {
				p.Next = p.Clips[limit-1].ID.String()
				return false
			}
			if x, err := get[clip](tx, clips, c.key()); err == nil {
				p.Clips = append(p.Clips, a.clipRowOf(tx, x, viewer))
			}
			return true
		})
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, p)
}

func (a *App) profile(w http.ResponseWriter, r *http.Request) {
	var row userRow
	viewer := a.who(r) // a transaction of its own: one in another can wait for ever
	err := a.db.View(func(tx *bbolt.Tx) error {
		id, ok := userID(tx, r.PathValue("name"))
		if !ok {
			return errNone
		}
		row = userRowOf(tx, id, viewer)
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"user": row})
}

// search finds the names that begin with the words, and the captions that have
// them.
func (a *App) search(w http.ResponseWriter, r *http.Request) {
	q := strings.ToLower(strings.TrimSpace(r.FormValue("q")))
	viewer := a.who(r)
	people, found := []userRow{}, []clipRow{}
	a.db.View(func(tx *bbolt.Tx) error {
		if q == "" {
			return nil
		}
		c := tx.Bucket(names).Cursor()
		for k, v := c.Seek([]byte(q)); k != nil && bytes.HasPrefix(k, []byte(q)) && len(people) < 10; k, v = c.Next() {
			people = append(people, userRowOf(tx, idOf(v), viewer))
		}
		cc := tx.Bucket(clips).Cursor()
		for k, v := cc.Last(); k != nil && len(found) < 10; k, v = cc.Prev() {
			var x clip
			if json.Unmarshal(v, &x) == nil && strings.Contains(strings.ToLower(x.Caption), q) {
				found = append(found, a.clipRowOf(tx, x, viewer))
			}
		}
		return nil
	})
	reply(w, http.StatusOK, map[string]any{"users": people, "clips": found})
}

func (a *App) follow(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error {
			whom, ok := userID(tx, r.PathValue("name"))
			if !ok || whom == id {
				return errNone
			}
			if err := setPair(tx, follows, id, whom, r.Method == http.MethodPut); err != nil {
				return err
			}
			return setPair(tx, followers, whom, id, r.Method == http.MethodPut)
		})
	}
	done(w, err)
}

func setPair(tx *bbolt.Tx, bucket []byte, x, y ID, on bool) error {
	if on {
		return tx.Bucket(bucket).Put(pair(x, y), []byte{1})
	}
	return tx.Bucket(bucket).Delete(pair(x, y))
}

// clipOf is the clip that a request's path names.
func clipOf(tx *bbolt.Tx, r *http.Request) (clip, error) {
	var id ID
	if err := id.UnmarshalText([]byte(r.PathValue("id"))); err != nil {
		return clip{}, errNone
	}
	return get[clip](tx, clips, id.key())
}

func (a *App) like(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error {
			c, err := clipOf(tx, r)
			if err != nil {
				return err
			}
			return setPair(tx, likes, c.ID, id, r.Method == http.MethodPut)
		})
	}
	done(w, err)
}

func (a *App) comments(w http.ResponseWriter, r *http.Request) {
	rows := []commentRow{}
	err := a.db.View(func(tx *bbolt.Tx) error {
		c, err := clipOf(tx, r)
		if err != nil {
			return err
		}
		under(tx, comments, c.ID, 0, func(_ ID, v []byte) bool {
			var x comment
			if json.Unmarshal(v, &x) == nil {
				rows = append(rows, commentRow{x.ID, userRowOf(tx, x.Author, 0), x.Text, x.Created})
			}
			return len(rows) < 100
		})
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"comments": rows})
}

func (a *App) addComment(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	if err != nil {
		fail(w, err)
		return
	}
	in, err := read[struct{ Text string }](r)
	if n := utf8.RuneCountInString(strings.TrimSpace(in.Text)); err == nil && (n == 0 || n > 300) {
		err = &fault{http.StatusUnprocessableEntity, "invalid", "text", "1 to 300 characters."}
	}
	x := comment{NewID(KindComment, time.Now()), id, strings.TrimSpace(in.Text), now()}
	var row commentRow
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error {
			c, err := clipOf(tx, r)
			if err != nil {
				return err
			}
			row = commentRow{x.ID, userRowOf(tx, id, id), x.Text, x.Created}
			return put(tx, comments, pair(c.ID, x.ID), x)
		})
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusCreated, row)
}

// newClip reads a clip or a draft that is to be stored.
func newClip(r *http.Request, id ID) (clip, error) {
	in, err := read[struct {
		Object, Caption string
		Duration        float64
	}](r)
	if err != nil {
		return clip{}, err
	}
	if utf8.RuneCountInString(in.Caption) > 300 || in.Duration < 0 || in.Duration > 16 {
		return clip{}, &fault{http.StatusUnprocessableEntity, "invalid", "caption", "At most 300 characters and 15 seconds."}
	}
	return clip{NewID(KindClip, time.Now()), id, in.Caption, in.Object, in.Duration, now()}, nil
}

func (a *App) publish(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	var c clip
	if err == nil {
		c, err = newClip(r, id)
	}
	var row clipRow
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error {
			if err := addClip(tx, c); err != nil {
				return err
			}
			row = a.clipRowOf(tx, c, id)
			return nil
		})
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusCreated, map[string]any{"clip": row})
}

func addClip(tx *bbolt.Tx, c clip) error {
	if err := claim(tx, c, true); err != nil {
		return err
	}
	if err := setPair(tx, byAuthor, c.Author, c.ID, true); err != nil {
		return err
	}
	return put(tx, clips, c.ID.key(), c)
}

// draft takes a draft of a client that uploads them.
func (a *App) draft(w http.ResponseWriter, r *http.Request) {
	c, err := newClip(r, a.who(r))
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error {
			if err := claim(tx, c, false); err != nil {
				return err
			}
			return put(tx, drafts, pair(c.Author, c.ID), c)
		})
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusCreated, map[string]any{"id": c.ID})
}

func (a *App) unpublish(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	object := ""
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error {
			c, err := clipOf(tx, r)
			if err != nil {
				return err
			}
			if c.Author != id {
				return &fault{http.StatusForbidden, "not-yours", "", "This clip is not yours."}
			}
			object = c.Object
			return deleteClip(tx, c)
		})
	}
	if err == nil {
		a.discard(object)
	}
	done(w, err)
}
