package quinze

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// life is what somebody does in the service, with a friend who does the same.
type life struct {
	a          *App
	her, other *client
	clip, his  clipRow
	phone      *client // another session of hers
}

func live(t *testing.T) *life {
	t.Helper()
	a := app(t, Config{})
	l := &life{a: a, her: guest(t, a), other: joins(t, a, "gaspard"), phone: guest(t, a)}
	l.her.must(http.StatusCreated, "POST", "/api/signup", form{
		"username": "Zelie", "email": "Zelie@courriel.example", "password": secret, "phone": "+33 6 39 98 00 01", "birthdate": "1990-01-02",
	})
	l.phone.must(http.StatusOK, "POST", "/api/signin", form{"login": "Zelie", "password": secret})
	l.clip, l.his = l.her.posts("her clip"), l.other.posts("his clip")
	for c, what := range map[*client]string{l.her: "her", l.other: "his"} {
		c.must(http.StatusCreated, "POST", "/api/drafts", form{"object": c.uploads(what + " draft file"), "caption": what + " draft"})
		for _, clip := range []clipRow{l.clip, l.his} {
			c.must(http.StatusNoContent, "PUT", clipPath(clip)+"/like", nil)
			c.comments(clip, what+" comment on "+clip.Caption)
		}
	}
	l.her.must(http.StatusNoContent, "PUT", "/api/users/gaspard/follow", nil)
	l.other.must(http.StatusNoContent, "PUT", "/api/users/zelie/follow", nil)
	l.her.must(http.StatusOK, "PATCH", "/api/me", form{"name": "Zélie", "bio": "her words"})
	return l
}

func TestExport(t *testing.T) {
	t.Parallel()
	l := live(t)
	x := l.her.must(http.StatusOK, "GET", "/api/me/export", nil)
	if d := x.head.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") {
		t.Errorf("it is %q", d)
	}
	out := into[struct {
		Account            account
		Clips, Drafts      []clip
		Likes              []ID
		Comments           []comment
		Follows, Followers []ID
	}](t, x)
	her, _ := l.a.find("zelie")
	other, _ := l.a.find("gaspard")
	if u := out.Account; u.ID != her || u.Username != "Zelie" || u.Email != "Zelie@courriel.example" || u.Phone != "+33 6 39 98 00 01" || u.Birthdate != "1990-01-02" ||
		u.Name != "Zélie" || u.Bio != "her words" || u.Created.IsZero() || strings.Contains(u.Password, "$") {
		t.Errorf("account %+v", u)
	}
	if len(out.Clips) != 1 || out.Clips[0].ID != l.clip.ID || out.Clips[0].Caption != "her clip" || !l.a.hasObject(out.Clips[0].Object) {
		t.Errorf("clips %+v", out.Clips)
	}
	if len(out.Drafts) != 1 || out.Drafts[0].Caption != "her draft" || !l.a.hasObject(out.Drafts[0].Object) {
		t.Errorf("drafts %+v", out.Drafts)
	}
	if slices.Sort(out.Likes); !slices.Equal(out.Likes, []ID{l.clip.ID, l.his.ID}) {
		t.Errorf("likes %v", out.Likes)
	}
	var texts []string
	for _, c := range out.Comments {
		texts = append(texts, c.Text)
	}
	if slices.Sort(texts); !slices.Equal(texts, []string{"her comment on her clip", "her comment on his clip"}) {
		t.Errorf("comments %q", texts)
	}
	if !slices.Equal(out.Follows, []ID{other}) || !slices.Equal(out.Followers, []ID{other}) {
		t.Errorf("follows %v, followers %v", out.Follows, out.Followers)
	}
	// Nothing that he wrote, and no secret of hers.
	for _, foreign := range []string{"his comment", "his draft", "gaspard", "argon2id$", l.her.cookies[cookieName].Value} {
		if bytes.Contains(x.body, []byte(foreign)) {
			t.Errorf("her export has %q", foreign)
		}
	}
	guest(t, l.a).must(http.StatusUnauthorized, "GET", "/api/me/export", nil)

	// Who did nothing gets lists with nothing in them.
	empty := into[map[string]json.RawMessage](t, joins(t, l.a, "quiet").must(http.StatusOK, "GET", "/api/me/export", nil))
	for _, list := range []string{"clips", "drafts", "likes", "comments", "follows", "followers"} {
		if string(empty[list]) != "[]" {
			t.Errorf("%s are %s", list, empty[list])
		}
	}
}

func TestRemoveAccount(t *testing.T) {
	t.Parallel()
	l := live(t)
	her, _ := l.a.find("zelie")
	uploaded := l.her.uploads("never posted")
	mine := []string{uploaded, strings.TrimPrefix(l.clip.Video, "/media/")}
	for _, d := range into[struct{ Drafts []clip }](t, l.her.must(http.StatusOK, "GET", "/api/me/export", nil)).Drafts {
		mine = append(mine, d.Object)
	}
	all := len(onDisk(t, l.a))

	for _, bad := range []any{form{"password": "wrong password"}, form{"password": ""}, form{}} {
		l.her.must(http.StatusForbidden, "DELETE", "/api/me", bad)
	}
	l.her.must(http.StatusBadRequest, "DELETE", "/api/me", nil)
	guest(t, l.a).must(http.StatusUnauthorized, "DELETE", "/api/me", form{"password": secret})
	if l.other.sees(l.clip) == nil {
		t.Fatal("a refused deletion was made")
	}

	cookie := l.her.cookies[cookieName]
	l.her.must(http.StatusNoContent, "DELETE", "/api/me", form{"password": secret})
	if len(l.her.cookies) != 0 {
		t.Errorf("the browser keeps %v", l.her.cookies)
	}
	l.her.cookies[cookieName] = cookie
	l.her.must(http.StatusUnauthorized, "GET", "/api/me", nil)
	l.phone.must(http.StatusUnauthorized, "GET", "/api/me", nil)
	for _, login := range []string{"Zelie", "zelie@courriel.example"} {
		guest(t, l.a).must(http.StatusUnauthorized, "POST", "/api/signin", form{"login": login, "password": secret})
	}

	// What others see has nothing of her.
	l.other.must(http.StatusNotFound, "GET", "/api/users/zelie", nil)
	l.other.must(http.StatusNotFound, "GET", "/api/users/zelie/clips", nil)
	l.other.must(http.StatusNotFound, "GET", clipPath(l.clip)+"/comments", nil)
	if l.other.sees(l.clip) != nil {
		t.Error("the feed shows her clip")
	}
	if x := l.other.sees(l.his); x == nil || x.Likes != 1 || !x.Liked || x.Comments != 1 || x.Author.Followers != 0 || x.Author.Following != 0 {
		t.Errorf("his clip: %+v", x)
	}
	if got := l.other.under(l.his); !slices.Equal(got, []string{"gaspard: his comment on his clip"}) {
		t.Errorf("under his clip: %q", got)
	}
	for _, q := range []string{"zelie", "her"} {
		if b := l.other.must(http.StatusOK, "GET", "/api/search?q="+q, nil).body; string(bytes.TrimSpace(b)) != `{"clips":[],"users":[]}` {
			t.Errorf("a search for %s finds %s", q, b)
		}
	}
	export := l.other.must(http.StatusOK, "GET", "/api/me/export", nil).body
	for _, trace := range []string{her.String(), l.clip.ID.String(), "her "} {
		if bytes.Contains(export, []byte(trace)) {
			t.Errorf("his export has %q: %s", trace, export)
		}
	}

	// What is stored has nothing of her either, in keys or in values.
	for name, trace := range map[string][]byte{
		"her id": her.key(), "her id in JSON": []byte(her.String()), "her clip": l.clip.ID.key(), "her name": []byte("Zelie"), "its key": []byte("zelie"), "her phone": []byte("39 98"),
		"her words": []byte("her "), "a file": []byte(uploaded),
	} {
		if b := holds(t, l.a, trace); len(b) != 0 {
			t.Errorf("%s stands in %q", name, b)
		}
	}
	for _, o := range mine {
		l.other.must(http.StatusNotFound, "GET", "/media/"+o, nil)
	}
	if left := len(onDisk(t, l.a)); left != all-len(mine) || len(mine) != 3 {
		t.Errorf("%d files of %d are left; %d were hers", left, all, len(mine))
	}

	// His things are as they were, and her name is free.
	if x := into[struct{ Clips, Drafts []clip }](t, l.other.must(http.StatusOK, "GET", "/api/me/export", nil)); len(x.Clips) != 1 || len(x.Drafts) != 1 || !l.a.hasObject(x.Drafts[0].Object) {
		t.Errorf("%+v", x)
	}
	l.other.must(http.StatusOK, "GET", l.his.Video, nil)
	again := joins(t, l.a, "Zelie")
	if id, _ := l.a.find("zelie"); id == her {
		t.Error("a new account has the old id")
	}
	if u := again.profile("zelie"); u.Clips != 0 || u.Followers != 0 || u.Following != 0 || u.Bio != "" {
		t.Errorf("a new account begins with %+v", u)
	}
}
