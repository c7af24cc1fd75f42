package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestKill kills captures under load, at random moments, and looks for every
// flow that was acknowledged.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	constat := filepath.Join(dir, "constat")
	if out, err := exec.Command("go", "build", "-o", constat, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	env := append(os.Environ(), "CONSTAT_HOME="+filepath.Join(dir, "home"))
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") }))
	defer origin.Close()
	kills := 20
	if testing.Short() {
		kills = 8
	}
	run := func(args ...string) (string, string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, constat, args...)
		cmd.Env = env
		// One that hangs says where.
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
		cmd.WaitDelay = 10 * time.Second
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		return out.String(), errs.String(), err
	}
	torn, acknowledged := 0, int64(0)
	for i := range kills {
		log := filepath.Join(dir, fmt.Sprintf("log-%d", i))
		acked := killed(t, constat, env, log, origin.URL)
		acknowledged += acked.Flows
		out, errs, err := run("verify", log, "--json")
		var v struct {
			Entries int64
			Kinds   map[string]int64
		}
		if json.Unmarshal([]byte(out), &v) != nil {
			t.Fatalf("kill %d: %v %s %s", i, err, out, errs)
		}
		if v.Entries < acked.Entries || v.Kinds["flow.response"]+v.Kinds["gap"]+v.Kinds["flow.messages"] < acked.Flows {
			t.Errorf("kill %d: %d entries and %v in the log, %+v acknowledged", i, v.Entries, v.Kinds, acked)
		}
		if err != nil {
			if !strings.Contains(out, "interrupted") {
				t.Errorf("kill %d: a tail that is not named: %s", i, out)
			}
			torn++
		}
		out, errs, err = run("audit", log, "--json")
		passed := strings.Count(strings.ReplaceAll(out, " ", ""), `"outcome":"passed"`)
		// The two trials come first, and may have been under way until then.
		if err != nil && !strings.Contains(errs, "everything before it is in the report") || passed != 2 && acked.Flows >= 2 {
			t.Errorf("kill %d: audit: %v, %d trials passed, %+v acknowledged: %.10000s", i, err, passed, acked, errs)
		}
		if i%5 == 0 {
			if out, errs, err := run("capture", "--listen", "127.0.0.1:0", "--out", log, "--resume", "--for", "200ms", "--headless"); err != nil {
				t.Fatalf("kill %d: resume: %v %s %s", i, err, out, errs)
			}
			if out, _, err := run("verify", log); err != nil || !strings.Contains(out, "interrupted") || !strings.Contains(out, "the log was ended") {
				t.Errorf("kill %d: after resuming: %v %s", i, err, out)
			}
		}
	}
	if acknowledged == 0 {
		t.Error("nothing was acknowledged: nothing was tested")
	}
	t.Logf("%d flows acknowledged over %d kills, %d torn tails", acknowledged, kills, torn)
}

// killed runs a capture under load and kills it; it returns what was
// acknowledged last.
func killed(t *testing.T, constat string, env []string, log, origin string) (last event) {
	t.Helper()
	cmd := exec.Command(constat, "capture", "--listen", "127.0.0.1:0", "--out", log, "--headless", "--json")
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("no line: %v", cmd.Wait())
	}
	var first event
	if err := json.Unmarshal(lines.Bytes(), &first); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	proxy := &url.URL{Scheme: "http", Host: first.Listen}
	for range 4 {
		wg.Go(func() {
			tr := &http.Transport{Proxy: http.ProxyURL(proxy)}
			defer tr.CloseIdleConnections()
			c := &http.Client{Transport: tr, Timeout: 5 * time.Second}
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if res, err := c.Post(origin, "text/plain", strings.NewReader(strings.Repeat("x", n%3000))); err == nil {
					res.Body.Close()
				}
			}
		})
	}
	time.AfterFunc(150*time.Millisecond+time.Duration(rand.IntN(500))*time.Millisecond, func() { cmd.Process.Kill() })
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "durable" {
			last = e
		}
	}
	close(stop)
	cmd.Wait()
	wg.Wait()
	return last
}
