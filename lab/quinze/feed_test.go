package quinze

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

func captions(all []clipRow) (texts []string) {
	for _, c := range all {
		texts = append(texts, c.Caption)
	}
	return texts
}

// TestFeedWhileClipsArrive: who reads on page by page meets each clip that was
// there when she began exactly once, whatever is posted meanwhile.
func TestFeedWhileClipsArrive(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	old := captions(c.pages("/api/feed?limit=50", func() {}))
	if len(old) != 4 {
		t.Fatalf("a new service shows %q", old)
	}
	for i := range 13 {
		old = append([]string{c.posts(fmt.Sprint("old ", i)).Caption}, old...)
	}
	late := 0
	for limit := range 6 {
		late++
		c.posts(fmt.Sprint("late ", late))
		want := append([]string{fmt.Sprint("late ", late)}, old...)
		got := captions(guest(t, a).pages(fmt.Sprint("/api/feed?limit=", limit+1), func() {
			late++
			c.posts(fmt.Sprint("late ", late))
		}))
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d\n got %q\nwant %q", limit+1, got, want)
		}
		old = captions(c.pages("/api/feed?limit=50", func() {}))
	}
}

// TestFeedWhileClipsGo: the clip that a page ended with may be gone when the
// next is asked for.
func TestFeedWhileClipsGo(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	var mine []clipRow
	for i := range 6 {
		mine = append(mine, c.posts(fmt.Sprint(i)))
	}
	first := into[page](t, c.must(http.StatusOK, "GET", "/api/feed?limit=2", nil))
	if first.Next != mine[4].ID.String() {
		t.Fatalf("next is %s after %q", first.Next, captions(first.Clips))
	}
	c.must(http.StatusNoContent, "DELETE", clipPath(mine[4]), nil)
	c.must(http.StatusNoContent, "DELETE", clipPath(mine[2]), nil)
	second := into[page](t, c.must(http.StatusOK, "GET", "/api/feed?limit=2&before="+first.Next, nil))
	if got := captions(second.Clips); !slices.Equal(got, []string{"3", "1"}) {
		t.Errorf("the second page has %q", got)
	}
}

func TestPagesOfAProfile(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	// Neighbours on both sides, in the order of keys and in time.
	before, c, after := joins(t, a, "before"), joins(t, a, "zelie"), joins(t, a, "after")
	var want []string
	for i := range 7 {
		before.posts("before")
		want = append([]string{c.posts(fmt.Sprint(i)).Caption}, want...)
		after.posts("after")
	}
	for _, limit := range []int{1, 2, 3, 7, 8, 50} {
		got := captions(guest(t, a).pages(fmt.Sprint("/api/users/Zelie/clips?limit=", limit), func() { c.posts("late") }))
		for len(got) > len(want) && got[0] == "late" {
			got = got[1:]
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %q", limit, got)
		}
	}
	quiet := joins(t, a, "quiet")
	if got := quiet.pages("/api/users/quiet/clips?limit=5", func() {}); len(got) != 0 {
		t.Errorf("who posted nothing has %q", captions(got))
	}
	if b := quiet.must(http.StatusOK, "GET", "/api/users/quiet/clips", nil).body; !strings.Contains(string(b), `"clips":[]`) {
		t.Errorf("no clips are %s", b)
	}
	quiet.must(http.StatusNotFound, "GET", "/api/users/nobody/clips", nil)
}

// TestLimits: a page is never longer than 50, whatever is asked for.
func TestLimits(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	id, _ := a.find("zelie")
	err := a.db.Update(func(tx *bbolt.Tx) error {
		for range 60 {
			x := clip{ID: NewID(KindClip, now()), Author: id, Object: "gone", Caption: "many"}
			if err := put(tx, clips, x.ID.key(), x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[string]int{"": 5, "0": 5, "-1": 5, "51": 5, "1000000000000000000000": 5, "x": 5, "1": 1, "50": 50} {
		p := into[page](t, c.must(http.StatusOK, "GET", "/api/feed?limit="+limit, nil))
		if len(p.Clips) != want || p.Next != p.Clips[want-1].ID.String() {
			t.Errorf("limit %q: %d clips, next %q", limit, len(p.Clips), p.Next)
		}
	}
	if got := c.pages("/api/feed?limit=50", func() {}); len(got) != 64 {
		t.Errorf("%d clips", len(got))
	}
	for before, want := range map[string]int{"1": 0, "18446744073709551615": 50} {
		if p := into[page](t, c.must(http.StatusOK, "GET", "/api/feed?limit=50&before="+before, nil)); len(p.Clips) != want {
			t.Errorf("before %s: %d clips", before, len(p.Clips))
		}
	}
}

// find is a user by name, for the tests.
func (a *App) find(name string) (id ID, ok bool) {
	a.db.View(func(tx *bbolt.Tx) error { id, ok = userID(tx, name); return nil })
	return id, ok
}
