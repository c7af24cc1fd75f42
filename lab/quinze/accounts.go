package quinze

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"
	"golang.org/x/crypto/argon2"
)

func (a *App) accounts(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/signup", a.signUp)
	mux.HandleFunc("POST /api/signin", a.signIn)
	mux.HandleFunc("POST /api/signout", a.signOut)
	mux.HandleFunc("POST /api/consent", a.consent)
	mux.HandleFunc("GET /api/me", a.me)
	mux.HandleFunc("PATCH /api/me", a.edit)
	mux.HandleFunc("GET /api/me/export", a.export)
	mux.HandleFunc("DELETE /api/me", a.remove)
}

const (
	cookieName = "quinze_session"
	lasts      = 30 * 24 * time.Hour
)

var userName = regexp.MustCompile(`^[A-Za-z0-9._]{3,24}$`)

func (a *App) signUp(w http.ResponseWriter, r *http.Request) {
	in, err := read[struct{ Username, Email, Phone, Birthdate, Password string }](r)
	if err == nil {
		err = checkSignUp(in.Username, in.Email, in.Password)
	}
	if err != nil {
		fail(w, err)
		return
	}
	u := &account{
		ID: NewID(KindUser, time.Now()), Username: in.Username, Email: strings.TrimSpace(in.Email), Phone: in.Phone, Birthdate: in.Birthdate,
		Name: in.Username, Password: hashPassword(in.Password), Created: now(),
	}
	err = a.db.Update(func(tx *bbolt.Tx) error { return addUser(tx, u) })
	if err == nil {
		err = a.open(w, u.ID)
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusCreated, map[string]any{"user": a.user(u.ID, u.ID)})
}

func checkSignUp(name, email, password string) error {
	bad := func(field, message string) error {
		return &fault{http.StatusUnprocessableEntity, "invalid", field, message}
	}
	if !userName.MatchString(name) {
		return bad("username", "3 to 24 letters, digits, dots or underscores.")
	}
	if at, err := mail.ParseAddress(email); err != nil || at.Address != strings.TrimSpace(email) {
		return bad("email", "This is not an e-mail address.")
	}
	if n := utf8.RuneCountInString(password); n < 10 || n > 200 {
		return bad("password", "At least 10 characters.")
	}
	return nil
}

func addUser(tx *bbolt.Tx, u *account) error {
	for field, k := range map[string]struct {
		bucket []byte
		key    string
	}{"username": {names, u.Username}, "email": {emails, u.Email}} {
		key := []byte(strings.ToLower(k.key))
		if tx.Bucket(k.bucket).Get(key) != nil {
			return &fault{http.StatusConflict, "taken", field, "Somebody has this one already."}
		}
		if err := tx.Bucket(k.bucket).Put(key, u.ID.key()); err != nil {
			return err
		}
	}
	return put(tx, users, u.ID.key(), u)
}

// The parameters of Argon2id (RFC 9106; OWASP's first choice of 2025).
const (
	argonTime, argonMemory, argonThreads = 2, 19 << 10, 1
)

func hashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	sum := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, 32)
	raw := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", argonMemory, argonTime, argonThreads, raw(salt), raw(sum))
}

func passwordIs(stored, password string) bool {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	return err1 == nil && err2 == nil && subtle.ConstantTimeCompare(sum, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, 32)) == 1
}

// nobody has the password of no account: sign-in takes as long for a name that
// does not exist.
var nobody = hashPassword(rand.Text())

func (a *App) signIn(w http.ResponseWriter, r *http.Request) {
	in, err := read[struct{ Login, Password string }](r)
	if err != nil {
		fail(w, err)
		return
	}
	u := account{Password: nobody}
	a.db.View(func(tx *bbolt.Tx) error {
		if id, ok := userID(tx, in.Login); ok {
			u, err = get[account](tx, users, id.key())
		}
		return nil
	})
	if !passwordIs(u.Password, in.Password) || u.ID == 0 || err != nil {
		fail(w, &fault{http.StatusUnauthorized, "wrong", "password", "The name or the password is wrong."})
		return
	}
	if err := a.open(w, u.ID); err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"user": a.user(u.ID, u.ID)})
}

// open begins a session. Only a hash of its token is stored.
func (a *App) open(w http.ResponseWriter, user ID) error {
	token := rand.Text()
	expires := time.Now().Add(lasts)
	err := a.db.Update(func(tx *bbolt.Tx) error {
		return put(tx, sessions, sessionKey(token), session{user, expires})
	})
	if err == nil {
		http.SetCookie(w, a.cookie(cookieName, token, expires, true))
	}
	return err
}

func (a *App) cookie(name, value string, expires time.Time, hidden bool) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", Domain: a.cfg.Domain, Expires: expires,
		HttpOnly: hidden, Secure: a.cfg.Domain != "", SameSite: http.SameSiteLaxMode,
	}
}

// who is the user of a request, 0 for a guest.
func (a *App) who(r *http.Request) ID {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		c, err := r.Cookie(cookieName)
		if err != nil {
			return 0
		}
		token = c.Value
	}
	var s session
	a.db.View(func(tx *bbolt.Tx) (err error) {
		s, err = get[session](tx, sessions, sessionKey(token))
		return err
	})
	if time.Now().After(s.Expires) {
		return 0
	}
	return s.User
}

// signedIn is the user, or the error that there is none.
func (a *App) signedIn(r *http.Request) (ID, error) {
	if id := a.who(r); id != 0 {
		return id, nil
	}
	return 0, &fault{http.StatusUnauthorized, "sign-in", "", "Sign in first."}
}

func (a *App) signOut(w http.ResponseWriter, r *http.Request) {
	var err error
	if c, e := r.Cookie(cookieName); e == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(sessions).Delete(sessionKey(c.Value)) })
	}
	http.SetCookie(w, a.cookie(cookieName, "", time.Unix(0, 0), true))
	done(w, err)
}

func (a *App) consent(w http.ResponseWriter, r *http.Request) {
	in, err := read[struct{ Choice string }](r)
	if err == nil && in.Choice != "accepted" && in.Choice != "refused" {
		err = &fault{http.StatusUnprocessableEntity, "invalid", "choice", "accepted or refused"}
	}
	if err == nil {
		http.SetCookie(w, a.cookie("quinze_consent", in.Choice, time.Now().Add(6*30*24*time.Hour), false))
	}
	done(w, err)
}

func (a *App) me(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"user": a.user(id, id)})
}

func (a *App) edit(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	if err != nil {
		fail(w, err)
		return
	}
	in, err := read[struct{ Name, Bio string }](r)
	if err == nil && (utf8.RuneCountInString(in.Name) > 60 || utf8.RuneCountInString(in.Bio) > 300) {
		err = &fault{http.StatusUnprocessableEntity, "invalid", "bio", "At most 60 characters of name and 300 of text."}
	}
	if err == nil {
		err = a.db.Update(func(tx *bbolt.Tx) error {
			u, err := get[account](tx, users, id.key())
			if err != nil {
				return err
			}
			u.Name, u.Bio = in.Name, in.Bio
			return put(tx, users, id.key(), u)
		})
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"user": a.user(id, id)})
}

// export gives a person all that is stored of her (GDPR, articles 15 and 20).
func (a *App) export(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	if err != nil {
		fail(w, err)
		return
	}
	out := map[string]any{"exported": now()}
	err = a.db.View(func(tx *bbolt.Tx) error {
		u, err := get[account](tx, users, id.key())
		u.Password = "(stored as Argon2id)"
		mine, kept := []clip{}, []clip{}
		under(tx, byAuthor, id, 0, func(c ID, _ []byte) bool {
			if x, err := get[clip](tx, clips, c.key()); err == nil {
				mine = append(mine, x)
			}
			return true
		})
		under(tx, drafts, id, 0, func(d ID, _ []byte) bool {
			if x, err := get[clip](tx, drafts, pair(id, d)); err == nil {
				kept = append(kept, x)
			}
			return true
		})
		out["account"], out["clips"], out["drafts"] = u, mine, kept
		out["likes"], out["comments"] = likedBy(tx, id), commentsBy(tx, id)
		out["follows"] = pairsOf(tx, follows, id)
		out["followers"] = pairsOf(tx, followers, id)
		return err
	})
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="quinze-export.json"`)
	reply(w, http.StatusOK, out)
}

// remove deletes an account and everything of it.
func (a *App) remove(w http.ResponseWriter, r *http.Request) {
	id, err := a.signedIn(r)
	if err != nil {
		fail(w, err)
		return
	}
	in, err := read[struct{ Password string }](r)
	if err != nil {
		fail(w, err)
		return
	}
	var objects []string
	err = a.db.Update(func(tx *bbolt.Tx) error {
		u, err := get[account](tx, users, id.key())
		if err != nil {
			return err
		}
		if !passwordIs(u.Password, in.Password) {
			return &fault{http.StatusForbidden, "wrong", "password", "The password is wrong."}
		}
		objects, err = deleteUser(tx, &u)
		return err
	})
	if err == nil {
		for _, o := range objects {
			a.discard(o)
		}
		http.SetCookie(w, a.cookie(cookieName, "", time.Unix(0, 0), true))
	}
	done(w, err)
}
