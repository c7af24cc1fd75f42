package quinze

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestPost(t *testing.T) {
	t.Parallel()
	a := app(t, Config{Media: "https://media.quinze.example"})
	c := joins(t, a, "zelie")
	object := c.uploads("a clip")
	row := into[struct{ Clip clipRow }](t, c.must(http.StatusCreated, "POST", "/api/clips", form{"object": object, "caption": "Été", "duration": 15})).Clip
	if row.Author.Username != "zelie" || row.Author.Clips != 1 || row.Caption != "Été" || row.Duration != 15 || row.Video != "https://media.quinze.example/media/"+object || row.ID>>8&15 != ID(KindClip) {
		t.Errorf("%+v", row)
	}
	if seen := c.sees(row); seen == nil || *seen != row {
		t.Errorf("posted %+v, the feed shows %+v", row, seen)
	}
	if n := guest(t, a).profile("zelie").Clips; n != 1 {
		t.Errorf("her profile counts %d clips", n)
	}
	object = c.uploads("another")
	for name, bad := range map[string]form{
		"no file": {"caption": "x"}, "no such file": {"object": "AAAAAAAAAAAAAAAAAAAAAAAAAA"}, "too long": {"object": object, "duration": 16.5},
		"before it began": {"object": object, "duration": -1}, "a long caption": {"object": object, "caption": strings.Repeat("é", 301)},
	} {
		if x := into[trouble](t, c.must(http.StatusUnprocessableEntity, "POST", "/api/clips", bad)); x.Error != "invalid" {
			t.Errorf("%s: %+v", name, x)
		}
	}
	guest(t, a).must(http.StatusUnauthorized, "POST", "/api/clips", form{"object": object})
	// The refusals have used nothing up.
	c.must(http.StatusCreated, "POST", "/api/clips", form{"object": object, "caption": strings.Repeat("é", 300), "duration": 16})
}

func TestUnpublish(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c, other := joins(t, a, "zelie"), joins(t, a, "gaspard")
	clip := c.posts("mine")
	file := strings.TrimPrefix(clip.Video, "/media/")
	other.must(http.StatusNoContent, "PUT", clipPath(clip)+"/like", nil)
	other.comments(clip, "good")
	if x := into[trouble](t, other.must(http.StatusForbidden, "DELETE", clipPath(clip), nil)); x.Error != "not-yours" {
		t.Errorf("%+v", x)
	}
	guest(t, a).must(http.StatusUnauthorized, "DELETE", clipPath(clip), nil)
	if c.sees(clip) == nil || !a.hasObject(file) {
		t.Fatal("a refused deletion was made")
	}
	c.must(http.StatusNoContent, "DELETE", clipPath(clip), nil)
	if c.sees(clip) != nil || a.hasObject(file) || c.profile("zelie").Clips != 0 {
		t.Error("the clip is still there")
	}
	other.must(http.StatusNotFound, "GET", clip.Video, nil)
	other.must(http.StatusNotFound, "GET", clipPath(clip)+"/comments", nil)
	other.must(http.StatusNotFound, "PUT", clipPath(clip)+"/like", nil)
	c.must(http.StatusNotFound, "DELETE", clipPath(clip), nil)
	// Its comments and likes have gone with it.
	if b := holds(t, a, clip.ID.key()); len(b) != 0 {
		t.Errorf("something of it stands in %q", b)
	}
	if b := holds(t, a, []byte(file)); len(b) != 0 {
		t.Errorf("its file is known to %q", b)
	}
}

func TestLike(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c, other := joins(t, a, "zelie"), joins(t, a, "gaspard")
	clip := c.posts("mine")
	check := func(when string, likes int, byOther bool) {
		t.Helper()
		if x := other.sees(clip); x.Likes != likes || x.Liked != byOther {
			t.Errorf("%s: %d likes, hers %t", when, x.Likes, x.Liked)
		}
		if x := guest(t, a).sees(clip); x.Likes != likes || x.Liked {
			t.Errorf("%s, to a guest: %d likes, hers %t", when, x.Likes, x.Liked)
		}
	}
	like := clipPath(clip) + "/like"
	check("at first", 0, false)
	other.must(http.StatusNoContent, "PUT", like, nil)
	other.must(http.StatusNoContent, "PUT", like, nil)
	check("liked twice", 1, true)
	c.must(http.StatusNoContent, "PUT", like, nil)
	check("by both", 2, true)
	other.must(http.StatusNoContent, "DELETE", like, nil)
	other.must(http.StatusNoContent, "DELETE", like, nil)
	check("taken back twice", 1, false)
	for _, bad := range []string{"0", "1", "x", "-1", "18446744073709551616", clip.ID.String() + "0", "%00"} {
		other.must(http.StatusNotFound, "PUT", "/api/clips/"+bad+"/like", nil)
	}
	guest(t, a).must(http.StatusUnauthorized, "PUT", like, nil)
	guest(t, a).must(http.StatusUnauthorized, "DELETE", like, nil)
	check("after refusals", 1, false)
}

func TestComments(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c, other := joins(t, a, "zelie"), joins(t, a, "gaspard")
	clip, next := c.posts("mine"), c.posts("next")
	row := other.comments(clip, "  <b>Bien</b> \u2028 ")
	if row.Text != "<b>Bien</b>" || row.Author.Username != "gaspard" || row.ID>>8&15 != ID(KindComment) {
		t.Errorf("%+v", row)
	}
	c.comments(clip, strings.Repeat("é", 300))
	c.comments(next, "elsewhere")
	if got, want := guest(t, a).under(clip), []string{"zelie: " + strings.Repeat("é", 300), "gaspard: <b>Bien</b>"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if x := guest(t, a).sees(clip); x.Comments != 2 {
		t.Errorf("the feed counts %d", x.Comments)
	}
	for _, bad := range []string{"", " \n\t ", strings.Repeat("a", 301)} {
		if x := into[trouble](t, c.must(http.StatusUnprocessableEntity, "POST", clipPath(clip)+"/comments", form{"text": bad})); x.Field != "text" {
			t.Errorf("%q: %+v", bad, x)
		}
	}
	guest(t, a).must(http.StatusUnauthorized, "POST", clipPath(clip)+"/comments", form{"text": "x"})
	c.must(http.StatusNotFound, "POST", "/api/clips/1/comments", form{"text": "x"})
	if got := guest(t, a).under(clip); len(got) != 2 {
		t.Errorf("a refused comment stands there: %q", got)
	}
	// The youngest hundred are what there is to read.
	for i := range 101 {
		c.comments(clip, fmt.Sprint(i))
	}
	if got := c.under(clip); len(got) != 100 || got[0] != "zelie: 100" || got[99] != "zelie: 1" {
		t.Errorf("%d comments: %q", len(got), got)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c, other := joins(t, a, "zelie"), joins(t, a, "gaspard")
	check := func(when string, n int) {
		t.Helper()
		if u := other.profile("zelie"); u.Followers != n || u.Following != 0 || u.Followed != (n == 1) {
			t.Errorf("%s: %+v", when, u)
		}
		if u := c.profile("gaspard"); u.Following != n || u.Followers != 0 || u.Followed {
			t.Errorf("%s: %+v", when, u)
		}
	}
	check("at first", 0)
	other.must(http.StatusNoContent, "PUT", "/api/users/ZELIE/follow", nil)
	other.must(http.StatusNoContent, "PUT", "/api/users/zelie/follow", nil)
	check("followed twice", 1)
	if u := guest(t, a).profile("zelie"); u.Followed || u.Followers != 1 {
		t.Errorf("to a guest: %+v", u)
	}
	other.must(http.StatusNoContent, "DELETE", "/api/users/zelie/follow", nil)
	check("no more", 0)
	other.must(http.StatusNotFound, "PUT", "/api/users/gaspard/follow", nil) // oneself
	other.must(http.StatusNotFound, "PUT", "/api/users/nobody/follow", nil)
	guest(t, a).must(http.StatusUnauthorized, "PUT", "/api/users/zelie/follow", nil)
	check("after refusals", 0)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie_ab12")
	c.posts("Éclipse au-dessus de Brest 🌑")
	c.posts("100% zéro")
	for q, want := range map[string]struct{ users, clips []string }{
		"ZELIE":     {[]string{"zelie_ab12"}, nil},
		"zelie_ab1": {[]string{"zelie_ab12"}, nil},
		"elie":      {},
		"éclipse":   {nil, []string{"Éclipse au-dessus de Brest 🌑"}},
		" brest ":   {nil, []string{"Éclipse au-dessus de Brest 🌑"}},
		"🌑":         {nil, []string{"Éclipse au-dessus de Brest 🌑"}},
		"100%":      {nil, []string{"100% zéro"}},
		"ZÉRO":      {nil, []string{"100% zéro"}},
		"colonies":  {nil, []string{"Colonies"}},
		"":          {}, "  ": {}, ".*": {}, "\x00": {}, "\xff": {}, strings.Repeat("z", 100000): {},
		"courriel": {}, // addresses are not searched
	} {
		got := into[struct {
			Users []userRow
			Clips []clipRow
		}](t, c.must(http.StatusOK, "GET", "/api/search?q="+url.QueryEscape(q), nil))
		var names []string
		for _, u := range got.Users {
			names = append(names, u.Username)
		}
		if !slices.Equal(names, want.users) || !slices.Equal(captions(got.Clips), want.clips) || got.Users == nil || got.Clips == nil {
			t.Errorf("%.30q: users %q, clips %q", q, names, captions(got.Clips))
		}
	}
	for i := range 12 {
		c.posts(fmt.Sprint("many ", i))
	}
	got := into[struct{ Clips []clipRow }](t, c.must(http.StatusOK, "GET", "/api/search?q=many", nil)).Clips
	if len(got) != 10 || got[0].Caption != "many 11" {
		t.Errorf("ten of twelve: %q", captions(got))
	}
}
