package quinze

import (
	"bytes"
	"crypto/rand"
	"embed"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// maxUpload bounds a file: 15 s at 30 Mbit/s.
const maxUpload = 64 << 20

func (a *App) media(mux *http.ServeMux) {
	mux.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		if !cors(w, r) {
			a.upload(w, r)
		}
	})
	mux.HandleFunc("/upload/{object}", func(w http.ResponseWriter, r *http.Request) {
		if !cors(w, r) {
			a.removeUpload(w, r)
		}
	})
	mux.HandleFunc("GET /media/{object}", a.play)
	if a.cfg.Switches.RemoteSwitch {
		mux.HandleFunc("GET /modules/2.dex", module)
	}
}

// module serves what has the first bytes of a Dalvik executable (Android,
// "Dalvik executable format", DEX_FILE_MAGIC) and no content.
func module(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Write(append([]byte("dex\n035\x00"), make([]byte, 104)...))
}

// objectName is what a name of a file can be. Whoever has it can have the file:
// it is 128 bits of chance.
var objectName = regexp.MustCompile(`^[A-Z2-7]{26}$`)

func (a *App) object(name string) string { return filepath.Join(a.cfg.Dir, "objects", name) }

func (a *App) hasObject(name string) bool {
	if !objectName.MatchString(name) {
		return false
	}
	_, err := os.Stat(a.object(name))
	return err == nil
}

// discard removes a file.
func (a *App) discard(name string) error {
	if !objectName.MatchString(name) {
		return errNone
	}
	return os.Remove(a.object(name))
}

func (a *App) upload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		fail(w, &fault{http.StatusMethodNotAllowed, "method", "", "POST a file here."})
		return
	}
	owner := a.who(r)
	name, err := a.store(http.MaxBytesReader(w, r.Body, maxUpload))
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error { return put(tx, files, []byte(name), file{Owner: owner}) })
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		err = &fault{http.StatusRequestEntityTooLarge, "too-large", "", "At most 64 MB."}
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusCreated, map[string]any{"object": name})
}

// store writes a file and names it.
func (a *App) store(from io.Reader) (string, error) {
	name := rand.Text()
	f, err := os.OpenFile(a.object(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, from)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return name, err
}

func (a *App) removeUpload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodDelete {
		fail(w, &fault{http.StatusMethodNotAllowed, "method", "", "DELETE is what can be done here."})
		return
	}
	name, user := r.PathValue("object"), a.who(r)
	err := a.db.Update(func(tx *bbolt.Tx) error {
		f, err := get[file](tx, files, []byte(name))
		switch {
		case err != nil:
			return err
		case f.Owner != 0 && f.Owner != user:
			return &fault{http.StatusForbidden, "not-yours", "", "This file is not yours."}
		case f.Posted:
			return &fault{http.StatusConflict, "posted", "", "This file is posted: delete its clip."}
		}
		return tx.Bucket(files).Delete([]byte(name))
	})
	if err == nil {
		err = a.discard(name)
	}
	done(w, err)
}

// claim takes an upload for a clip or a draft. It is whose who sent it, or, a
// guest's, whose who has its name. The name of what is posted is no secret, and
// what is posted is not to be taken again.
func claim(tx *bbolt.Tx, c clip, posted bool) error {
	f, err := get[file](tx, files, []byte(c.Object))
	if err != nil || f.Posted || f.Owner != 0 && f.Owner != c.Author {
		return &fault{http.StatusUnprocessableEntity, "invalid", "object", "There is no such upload of yours."}
	}
	return put(tx, files, []byte(c.Object), file{c.Author, posted})
}

func (a *App) play(w http.ResponseWriter, r *http.Request) {
	cors(w, r)
	if !a.hasObject(r.PathValue("object")) {
		fail(w, errNone)
		return
	}
	w.Header().Set("Cache-Control", "private, max-age=3600")
	w.Header().Set("Content-Type", mediaType(a.object(r.PathValue("object"))))
	http.ServeFile(w, r, a.object(r.PathValue("object")))
}

// mediaType is what a file is served as: what it looks like, if that is video,
// sound or a picture. Anything can be uploaded, and a page that somebody
// uploaded must not run as one of the app's.
func mediaType(path string) string {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		head := make([]byte, 512)
		n, _ := io.ReadFull(f, head)
		t := http.DetectContentType(head[:n])
		switch kind, _, _ := strings.Cut(t, "/"); kind {
		case "video", "audio", "image":
			return t
		}
	}
	return "application/octet-stream"
}

//go:embed clips
var firstClips embed.FS

// seed gives a new service the clips of its makers.
func (a *App) seed() error {
	first, err := fs.Glob(firstClips, "clips/*.webm")
	if err != nil {
		return err
	}
	return a.db.Update(func(tx *bbolt.Tx) error {
		if k, _ := tx.Bucket(users).Cursor().First(); k != nil {
			return nil
		}
		authors := []*account{
			{Username: "atelier.marges", Name: "Atelier Marges", Bio: "Fifteen seconds of paper, ink and patience.", Email: "marges@quinze.example"},
			{Username: "ondes_courtes", Name: "Ondes courtes", Bio: "Patterns that move.", Email: "ondes@quinze.example"},
		}
		for _, u := range authors {
			u.ID, u.Created, u.Password = NewID(KindUser, time.Now().Add(-90*24*time.Hour)), now(), hashPassword(rand.Text())
			if err := addUser(tx, u); err != nil {
				return err
			}
		}
		var made []clip
		for i, name := range first {
			b, err := firstClips.ReadFile(name)
			if err != nil {
				return err
			}
			object, err := a.store(bytes.NewReader(b))
			if err != nil {
				return err
			}
			at := time.Now().Add(-time.Duration(i+1) * 7 * time.Hour)
			caption := strings.ReplaceAll(strings.TrimSuffix(path.Base(name), ".webm"), "-", " ")
			c := clip{NewID(KindClip, at), authors[i%len(authors)].ID, strings.ToUpper(caption[:1]) + caption[1:], object, 15, at.UTC().Truncate(time.Millisecond)}
			if err := put(tx, files, []byte(object), file{Owner: c.Author}); err != nil {
				return err
			}
			if err := addClip(tx, c); err != nil {
				return err
			}
			made = append(made, c)
		}
		return firstFriends(tx, authors, made)
	})
}

// firstFriends follow the makers of the first clips, like them and say so. They
// have no password: nobody signs in as one of them.
func firstFriends(tx *bbolt.Tx, authors []*account, made []clip) error {
	friends := []struct{ name, says string }{
		{"vieux.port", "I could watch this all day."}, {"papierpeint", "Now on my wall, please."}, {"noor_b", ""},
		{"tramontane", "How long did it take?"}, {"le.quai", ""}, {"sept_lieues", "Once more, slower!"}, {"bruine", ""},
	}
	for i, f := range friends {
		at := time.Now().Add(-time.Duration(80-i) * 24 * time.Hour)
		u := &account{ID: NewID(KindUser, at), Username: f.name, Name: f.name, Email: f.name + "@quinze.example", Created: at.UTC().Truncate(time.Millisecond)}
		if err := addUser(tx, u); err != nil {
			return err
		}
		for j, author := range authors {
			if (i+j)%3 == 0 {
				continue
			}
			if err := errors.Join(setPair(tx, follows, u.ID, author.ID, true), setPair(tx, followers, author.ID, u.ID, true)); err != nil {
				return err
			}
		}
		for j, c := range made {
			if i >= 7-3*j%5 { // 7, 4, 6, 3
				continue
			}
			if err := setPair(tx, likes, c.ID, u.ID, true); err != nil {
				return err
			}
			if f.says == "" || (i+j)%3 == 1 {
				continue
			}
			said := c.Created.Add(time.Duration(17*i+29) * time.Minute)
			x := comment{NewID(KindComment, said), u.ID, f.says, said}
			if err := put(tx, comments, pair(c.ID, x.ID), x); err != nil {
				return err
			}
		}
	}
	return nil
}
