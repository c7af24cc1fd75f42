package quinze

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// The buckets of the database. Pairs of identifiers are 16-byte keys with an
// empty value.
var (
	users     = []byte("users")     // user: account
	names     = []byte("names")     // lower-case user name: user
	emails    = []byte("emails")    // lower-case address: user
	sessions  = []byte("sessions")  // SHA-256 of the token: session
	clips     = []byte("clips")     // clip: clip
	byAuthor  = []byte("by_author") // user, clip
	likes     = []byte("likes")     // clip, user
	comments  = []byte("comments")  // clip, comment: comment
	follows   = []byte("follows")   // who, whom
	followers = []byte("followers") // whom, who
	drafts    = []byte("drafts")    // user, clip: draft, of clients that upload them
	files     = []byte("files")     // name of an upload: file
)

// account is a user as stored. JSON names are those of the export.
type account struct {
	ID        ID        `json:"id"`
	Username  string    `json:"username"`
	Email     string    `json:"email"`
	Phone     string    `json:"phone,omitempty"`
	Birthdate string    `json:"birthdate,omitempty"`
	Name      string    `json:"name"`
	Bio       string    `json:"bio"`
	Password  string    `json:"password"` // Argon2id, PHC string
	Created   time.Time `json:"created"`
}

type session struct {
	User    ID
	Expires time.Time
}

type clip struct {
	ID       ID        `json:"id"`
	Author   ID        `json:"author"`
	Caption  string    `json:"caption"`
	Object   string    `json:"object"`
	Duration float64   `json:"duration"`
	Created  time.Time `json:"created"`
}

type comment struct {
	ID      ID        `json:"id"`
	Author  ID        `json:"author"`
	Text    string    `json:"text"`
	Created time.Time `json:"created"`
}

// file is what is known of an upload.
type file struct {
	Owner  ID   // 0: a guest
	Posted bool // it is of a clip
}

// errNone says that something is not there.
var errNone = errors.New("not found")

func openStore(dir string) (*bbolt.DB, error) {
	if err := os.MkdirAll(filepath.Join(dir, "objects"), 0o700); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(filepath.Join(dir, "quinze.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, b := range [][]byte{users, names, emails, sessions, clips, byAuthor, likes, comments, follows, followers, drafts, files} {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		return nil
	})
	return db, err
}

// get reads a JSON value.
func get[T any](tx *bbolt.Tx, bucket, key []byte) (v T, err error) {
	b := tx.Bucket(bucket).Get(key)
	if b == nil {
		return v, errNone
	}
	return v, json.Unmarshal(b, &v)
}

// put writes a JSON value.
func put(tx *bbolt.Tx, bucket, key []byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put(key, b)
}

func pair(a, b ID) []byte { return append(a.key(), b.key()...) }

// under visits the keys that begin with an identifier, and gives the second of
// each pair, the youngest first, from before on (0: from the youngest), until
// visit says false.
func under(tx *bbolt.Tx, bucket []byte, id, before ID, visit func(second ID, value []byte) bool) {
	c := tx.Bucket(bucket).Cursor()
	prefix := id.key()
	k, v := seekBefore(c, append(bytes.Clone(prefix), bound(before)...))
	for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
		if !visit(idOf(k[8:]), v) {
			return
		}
	}
}

// bound is the key that all keys before an identifier are less than; those of
// 0 are before nothing.
func bound(before ID) []byte {
	if before == 0 {
		return bytes.Repeat([]byte{0xff}, 9)
	}
	return before.key()
}

// seekBefore finds the last key that is less than limit.
func seekBefore(c *bbolt.Cursor, limit []byte) (k, v []byte) {
	if k, _ = c.Seek(limit); k == nil {
		return c.Last()
	}
	return c.Prev()
}

func count(tx *bbolt.Tx, bucket []byte, id ID) (n int) {
	under(tx, bucket, id, 0, func(ID, []byte) bool { n++; return true })
	return n
}

func has(tx *bbolt.Tx, bucket []byte, a, b ID) bool { return tx.Bucket(bucket).Get(pair(a, b)) != nil }

// clear removes every pair that begins with an identifier.
func clear(tx *bbolt.Tx, bucket []byte, id ID) error {
	var keys [][]byte
	under(tx, bucket, id, 0, func(second ID, _ []byte) bool { keys = append(keys, pair(id, second)); return true })
	for _, k := range keys {
		if err := tx.Bucket(bucket).Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// userID finds a user by name or address.
func userID(tx *bbolt.Tx, login string) (ID, bool) {
	key := []byte(strings.ToLower(strings.TrimSpace(login)))
	b := tx.Bucket(names).Get(key)
	if b == nil {
		b = tx.Bucket(emails).Get(key)
	}
	if b == nil {
		return 0, false
	}
	return idOf(b), true
}

func sessionKey(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
