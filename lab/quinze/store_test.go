package quinze

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"go.etcd.io/bbolt"
)

// TestManyAtOnce: people use the service while its database grows. Growing
// waits for who reads, so that reading in the middle of reading would wait for
// ever: this test would then not end.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	a := app(t, Config{})
	c := joins(t, a, "zelie")
	clip := c.posts("mine")
	cookies := c.cookies
	grown := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			x := &client{t: t, h: c.h, cookies: map[string]*http.Cookie{cookieName: cookies[cookieName]}}
			for {
				for _, path := range []string{"/api/users/zelie", "/api/users/zelie/clips", "/api/feed", "/api/search?q=zelie", "/api/me", "/api/me/export", clipPath(clip) + "/comments", clip.Video} {
					if got := x.ask("GET", path, nil); got.status != http.StatusOK {
						t.Errorf("%s: %d %s", path, got.status, got.body)
					}
				}
				select {
				case <-grown:
					return
				default:
				}
			}
		})
	}
	for i := range 64 {
		err := a.db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket(drafts).Put(fmt.Append(nil, "ballast", i), make([]byte, 1<<18))
		})
		if err != nil {
			t.Error(err)
		}
	}
	close(grown)
	wg.Wait()

	// Who presses a button twice, on two phones, has pressed it once.
	for range 8 {
		wg.Go(func() {
			x := &client{t: t, h: c.h, cookies: map[string]*http.Cookie{cookieName: cookies[cookieName]}}
			if got := x.ask("PUT", clipPath(clip)+"/like", nil); got.status != http.StatusNoContent {
				t.Errorf("%d %s", got.status, got.body)
			}
			x.ask("POST", "/api/clips", form{"object": "AAAAAAAAAAAAAAAAAAAAAAAAAA"})
			if got := x.ask("POST", clipPath(clip)+"/comments", form{"text": "x"}); got.status != http.StatusCreated {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	wg.Wait()
	if x := c.sees(clip); x.Likes != 1 || x.Comments != 8 {
		t.Errorf("%+v", x)
	}

	// A file is posted once, whoever is first.
	object := c.uploads("a file")
	var mu sync.Mutex
	posted := map[int]int{}
	for range 8 {
		wg.Go(func() {
			x := &client{t: t, h: c.h, cookies: map[string]*http.Cookie{cookieName: cookies[cookieName]}}
			got := x.ask("POST", "/api/clips", form{"object": object})
			mu.Lock()
			posted[got.status]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if posted[http.StatusCreated] != 1 || posted[http.StatusUnprocessableEntity] != 7 {
		t.Errorf("answers %v", posted)
	}
}
