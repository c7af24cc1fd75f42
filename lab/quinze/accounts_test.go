package quinze

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := guest(t, a)
	c.must(http.StatusUnauthorized, "GET", "/api/me", nil)
	in := form{"username": "Zelie_ab12", "email": " zelie@courriel.example ", "password": secret, "phone": "+33 6 39 98 00 01", "birthdate": "1990-01-02"}
	u := into[struct{ User userRow }](t, c.must(http.StatusCreated, "POST", "/api/signup", in)).User
	if u.Username != "Zelie_ab12" || u.ID>>8&15 != ID(KindUser) {
		t.Errorf("%+v", u)
	}
	if me := into[struct{ User userRow }](t, c.must(http.StatusOK, "GET", "/api/me", nil)).User; me != u {
		t.Errorf("signed up as %+v, is %+v", u, me)
	}
	// What only she may see stands in no answer about her.
	for _, private := range []string{"courriel", "39 98", "1990", "argon"} {
		if b := guest(t, a).must(http.StatusOK, "GET", "/api/users/zelie_ab12", nil).body; bytes.Contains(b, []byte(private)) {
			t.Errorf("everybody sees %q: %s", private, b)
		}
	}
	for field, in := range map[string]form{
		"username": {"username": "zELIE_AB12", "email": "other@courriel.example", "password": secret},
		"email":    {"username": "other", "email": "Zelie@Courriel.example", "password": secret},
	} {
		if x := into[trouble](t, guest(t, a).must(http.StatusConflict, "POST", "/api/signup", in)); x.Error != "taken" || x.Field != field {
			t.Errorf("another with her %s: %+v", field, x)
		}
	}
	// One who was refused for her address has not taken the name.
	joins(t, a, "other")
}

func TestSignUpRefuses(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := guest(t, a)
	for name, bad := range map[string]struct{ field, value string }{
		"a short name":                  {"username", "ab"},
		"a long name":                   {"username", strings.Repeat("a", 25)},
		"a name with a space":           {"username", "zelie b"},
		"a path":                        {"username", "../zelie"},
		"letters that others look like": {"username", "zéliе"},
		"a name with a line":            {"username", "zelie\n"},
		"no address":                    {"email", "zelie"},
		"a name in it":                  {"email", "Zélie <zelie@courriel.example>"},
		"two addresses":                 {"email", "a@courriel.example, b@courriel.example"},
		"a space in it":                 {"email", "ze lie@courriel.example"},
		"a long address":                {"email", strings.Repeat("a", 40000) + "@courriel.example"},
		"a short password":              {"password", "123456789"},
		"a long password":               {"password", strings.Repeat("p", 201)},
		"nine letters of many bytes":    {"password", "ééééééééé"},
	} {
		in := form{"username": "zelie", "email": "zelie@courriel.example", "password": secret}
		in[bad.field] = bad.value
		if x := into[trouble](t, c.must(http.StatusUnprocessableEntity, "POST", "/api/signup", in)); x.Error != "invalid" || x.Field != bad.field || x.Message == "" {
			t.Errorf("%s: %+v", name, x)
		}
		if len(c.cookies) != 0 {
			t.Fatalf("%s: signed in", name)
		}
	}
	c.must(http.StatusNotFound, "GET", "/api/users/zelie", nil)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	joins(t, a, "Zelie")
	for _, login := range []string{"Zelie", "zelie", " ZELIE ", "zelie@courriel.example", "Zelie@Courriel.Example"} {
		c := guest(t, a)
		if u := into[struct{ User userRow }](t, c.must(http.StatusOK, "POST", "/api/signin", form{"login": login, "password": secret})).User; u.Username != "Zelie" {
			t.Errorf("%q: %+v", login, u)
		}
		c.must(http.StatusOK, "GET", "/api/me", nil)
	}
	// Who guesses does not learn which names there are.
	var said []byte
	for _, in := range []form{
		{"login": "zelie", "password": secret + "!"}, {"login": "zelie", "password": strings.ToUpper(secret)}, {"login": "zelie", "password": ""}, {"login": "zelie"},
		{"login": "nobody", "password": secret}, {"login": "", "password": ""}, {"login": "atelier.marges", "password": ""},
	} {
		c := guest(t, a)
		x := c.must(http.StatusUnauthorized, "POST", "/api/signin", in)
		if said == nil {
			said = x.body
		}
		if !bytes.Equal(x.body, said) || len(c.cookies) != 0 {
			t.Errorf("%v: %s, cookies %v; before: %s", in, x.body, c.cookies, said)
		}
	}
}

// TestPasswordsAreHashed reads the database as a thief would.
func TestPasswordsAreHashed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := app(t, Config{Dir: dir})
	c := joins(t, a, "zelie")
	joins(t, a, "gaspard") // with the same password
	c.must(http.StatusOK, "POST", "/api/signin", form{"login": "zelie", "password": secret})
	token := c.cookies[cookieName].Value
	var stored [2]account
	a.db.View(func(tx *bbolt.Tx) error {
		for i, name := range []string{"zelie", "gaspard"} {
			id, _ := userID(tx, name)
			stored[i], _ = get[account](tx, users, id.key())
		}
		return nil
	})
	a.Close()
	b, err := os.ReadFile(filepath.Join(dir, "quinze.db"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("zelie@courriel.example")) {
		t.Fatal("the database is not in this file")
	}
	sum := sha256.Sum256([]byte(secret))
	for name, what := range map[string]string{
		"the password": secret, "the password in base64": base64.RawStdEncoding.EncodeToString([]byte(secret)),
		"the password in hex": hex.EncodeToString([]byte(secret)), "a hash without salt": string(sum[:]), "one in hex": hex.EncodeToString(sum[:]),
		"one in base64": base64.RawStdEncoding.EncodeToString(sum[:]), "the token of a session": token,
	} {
		if bytes.Contains(b, []byte(what)) {
			t.Errorf("the file has %s", name)
		}
	}
	for _, u := range stored {
		if !strings.HasPrefix(u.Password, "$argon2id$v=19$m=19456,t=2,p=1$") || !passwordIs(u.Password, secret) || passwordIs(u.Password, secret+" ") {
			t.Errorf("%s: %q", u.Username, u.Password)
		}
	}
	if stored[0].Password == stored[1].Password {
		t.Error("the same password is stored the same")
	}
	for _, bad := range []string{"", "plain", "$argon2id$v=19$m=1,t=1,p=1$!$!", "$$$$$"} {
		if passwordIs(bad, "plain") || passwordIs(bad, secret) {
			t.Errorf("%q lets somebody in", bad)
		}
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	web, other := joins(t, a, "zelie"), guest(t, a)
	other.must(http.StatusOK, "POST", "/api/signin", form{"login": "zelie", "password": secret})
	cookie, token := web.cookies[cookieName], other.cookies[cookieName].Value
	if token == cookie.Value {
		t.Fatal("two sessions have one token")
	}

	web.must(http.StatusNoContent, "POST", "/api/signout", nil)
	if len(web.cookies) != 0 {
		t.Errorf("the browser keeps %v", web.cookies)
	}
	web.cookies[cookieName] = cookie
	web.must(http.StatusUnauthorized, "GET", "/api/me", nil)
	other.must(http.StatusOK, "GET", "/api/me", nil)

	// An app shows its token in a header.
	phone, bearer := guest(t, a), []string{"Authorization", "Bearer " + token}
	phone.must(http.StatusOK, "GET", "/api/me", nil, bearer...)
	phone.must(http.StatusNoContent, "POST", "/api/signout", nil, bearer...)
	phone.must(http.StatusUnauthorized, "GET", "/api/me", nil, bearer...)
	other.must(http.StatusUnauthorized, "GET", "/api/me", nil)
	phone.must(http.StatusNoContent, "POST", "/api/signout", nil)
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	cookie := c.cookies[cookieName]
	if left := time.Until(cookie.Expires); left < 29*24*time.Hour || left > 31*24*time.Hour {
		t.Errorf("the cookie lasts %v", left)
	}
	err := a.db.Update(func(tx *bbolt.Tx) error {
		s, err := get[session](tx, sessions, sessionKey(cookie.Value))
		if err != nil {
			return err
		}
		s.Expires = time.Now().Add(-time.Second)
		return put(tx, sessions, sessionKey(cookie.Value), s)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.must(http.StatusUnauthorized, "GET", "/api/me", nil)
	c.must(http.StatusUnauthorized, "POST", "/api/clips", form{})
	for _, bad := range []string{"", "x", strings.Repeat("A", 26), strings.ToLower(cookie.Value), strings.Repeat("A", 100000)} {
		guest(t, a).must(http.StatusUnauthorized, "GET", "/api/me", nil, "Authorization", "Bearer "+bad)
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{"", "quinze.example"} {
		c := joins(t, app(t, Config{Domain: domain}), "zelie")
		c.must(http.StatusNoContent, "POST", "/api/consent", form{"choice": "refused"})
		in, choice := c.cookies[cookieName], c.cookies["quinze_consent"]
		// A page's script reads the choice, and never the session.
		if !in.HttpOnly || in.SameSite != http.SameSiteLaxMode || in.Path != "/" || in.Domain != domain || in.Secure != (domain != "") {
			t.Errorf("%q: session %s", domain, in.Raw)
		}
		if choice.HttpOnly || choice.Value != "refused" || choice.Domain != domain {
			t.Errorf("%q: consent %s", domain, choice.Raw)
		}
	}
}

func TestConsent(t *testing.T) {
	t.Parallel()
	c := guest(t, app(t, Config{}))
	for _, bad := range []any{form{"choice": "yes"}, form{"choice": ""}, form{}, form{"choice": "accepted; Domain=evil.example"}} {
		if x := into[trouble](t, c.must(http.StatusUnprocessableEntity, "POST", "/api/consent", bad)); x.Field != "choice" || len(c.cookies) != 0 {
			t.Errorf("%v: %+v, %v", bad, x, c.cookies)
		}
	}
	for _, choice := range []string{"refused", "accepted"} {
		c.must(http.StatusNoContent, "POST", "/api/consent", form{"choice": choice})
		if got := c.cookies["quinze_consent"]; got == nil || got.Value != choice {
			t.Errorf("%s: %v", choice, got)
		}
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	c.must(http.StatusOK, "PATCH", "/api/me", form{"name": strings.Repeat("é", 60), "bio": strings.Repeat("中", 300)})
	if u := guest(t, a).profile("zelie"); u.Name != strings.Repeat("é", 60) || u.Bio != strings.Repeat("中", 300) || u.Username != "zelie" {
		t.Errorf("%+v", u)
	}
	for _, bad := range []form{{"name": strings.Repeat("é", 61), "bio": ""}, {"name": "", "bio": strings.Repeat("a", 301)}} {
		c.must(http.StatusUnprocessableEntity, "PATCH", "/api/me", bad)
	}
	if u := c.profile("zelie"); len(u.Name) != 120 {
		t.Errorf("a refused change was made: %+v", u)
	}
	// What is not said stays.
	c.must(http.StatusOK, "PATCH", "/api/me", form{"bio": "only this"})
	if u := c.profile("zelie"); len(u.Name) != 120 || u.Bio != "only this" {
		t.Errorf("%+v", u)
	}
	// What is no part of the form does not change.
	c.must(http.StatusOK, "PATCH", "/api/me", form{"name": "Z", "bio": "", "username": "root", "email": "x@y.example", "password": "0123456789", "id": "1"})
	if u := c.profile("zelie"); u.Name != "Z" || u.Bio != "" {
		t.Errorf("%+v", u)
	}
	c.must(http.StatusNotFound, "GET", "/api/users/root", nil)
	c.must(http.StatusOK, "POST", "/api/signin", form{"login": "zelie", "password": secret})
	guest(t, a).must(http.StatusUnauthorized, "PATCH", "/api/me", form{"name": "x", "bio": ""})
}
