package quinze

import (
	"encoding/json"
	"strings"

	"go.etcd.io/bbolt"
)

// deleteClip removes a clip with its likes and comments.
func deleteClip(tx *bbolt.Tx, c clip) error {
	for _, b := range [][]byte{likes, comments} {
		if err := clear(tx, b, c.ID); err != nil {
			return err
		}
	}
	if err := setPair(tx, byAuthor, c.Author, c.ID, false); err != nil {
		return err
	}
	if err := tx.Bucket(files).Delete([]byte(c.Object)); err != nil {
		return err
	}
	return tx.Bucket(clips).Delete(c.ID.key())
}

// deleteUser removes an account with all that it made, also on other people's
// clips and what she uploaded for nothing, and returns the files that are
// nobody's now.
func deleteUser(tx *bbolt.Tx, u *account) (objects []string, err error) {
	for _, id := range pairsOf(tx, byAuthor, u.ID) {
		c, err := get[clip](tx, clips, id.key())
		if err != nil {
			return nil, err
		}
		objects = append(objects, c.Object)
		if err := deleteClip(tx, c); err != nil {
			return nil, err
		}
	}
	for _, x := range pairsOf(tx, follows, u.ID) {
		if err := setPair(tx, followers, x, u.ID, false); err != nil {
			return nil, err
		}
	}
	for _, x := range pairsOf(tx, followers, u.ID) {
		if err := setPair(tx, follows, x, u.ID, false); err != nil {
			return nil, err
		}
	}
	for _, b := range [][]byte{follows, followers, drafts} {
		if err := clear(tx, b, u.ID); err != nil {
			return nil, err
		}
	}
	for bucket, mine := range map[string]func(k, v []byte) bool{
		string(likes):    func(k, _ []byte) bool { return idOf(k[8:]) == u.ID },
		string(comments): func(_, v []byte) bool { var c comment; return json.Unmarshal(v, &c) == nil && c.Author == u.ID },
		string(sessions): func(_, v []byte) bool { var s session; return json.Unmarshal(v, &s) == nil && s.User == u.ID },
		string(files): func(k, v []byte) bool {
			var f file
			if json.Unmarshal(v, &f) != nil || f.Owner != u.ID {
				return false
			}
			objects = append(objects, string(k))
			return true
		},
	} {
		if err := deleteWhere(tx.Bucket([]byte(bucket)), mine); err != nil {
			return nil, err
		}
	}
	if err := tx.Bucket(names).Delete([]byte(strings.ToLower(u.Username))); err != nil {
		return nil, err
	}
	if err := tx.Bucket(emails).Delete([]byte(strings.ToLower(u.Email))); err != nil {
		return nil, err
	}
	return objects, tx.Bucket(users).Delete(u.ID.key())
}

func deleteWhere(b *bbolt.Bucket, mine func(k, v []byte) bool) error {
	var keys [][]byte
	b.ForEach(func(k, v []byte) error {
		if mine(k, v) {
			keys = append(keys, append([]byte(nil), k...))
		}
		return nil
	})
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// pairsOf are the second identifiers of pairs.
func pairsOf(tx *bbolt.Tx, bucket []byte, id ID) []ID {
	ids := []ID{}
	under(tx, bucket, id, 0, func(x ID, _ []byte) bool { ids = append(ids, x); return true })
	return ids
}

// likedBy are the clips that a user likes.
func likedBy(tx *bbolt.Tx, id ID) []ID {
	ids := []ID{}
	tx.Bucket(likes).ForEach(func(k, _ []byte) error {
		if idOf(k[8:]) == id {
			ids = append(ids, idOf(k[:8]))
		}
		return nil
	})
	return ids
}

// commentsBy are the comments that a user wrote.
func commentsBy(tx *bbolt.Tx, id ID) []comment {
	rows := []comment{}
	tx.Bucket(comments).ForEach(func(_, v []byte) error {
		var c comment
		if json.Unmarshal(v, &c) == nil && c.Author == id {
			rows = append(rows, c)
		}
		return nil
	})
	return rows
}
