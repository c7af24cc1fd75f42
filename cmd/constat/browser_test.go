package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBrowser starts the throw-away browser on a page that sends something,
// and ends the capture.
func TestBrowser(t *testing.T) {
	if _, err := findBrowser(); err != nil {
		t.Skip(err)
	}
	sent := make(chan bool, 10)
	origin := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			sent <- true
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<script>fetch("/collect", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({email: "camille@example.test"})})</script>`)
	}))
	defer origin.Close()
	dir := t.TempDir()
	roots := filepath.Join(dir, "origin.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: origin.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	log := filepath.Join(dir, "visit")
	cmd := constatCommand(t, dir, "capture", "--listen", "127.0.0.1:0", "--out", log, "--server-roots", roots, "--browser", "--url", origin.URL, "--json")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-sent:
	case <-time.After(60 * time.Second):
		cmd.Process.Kill()
		t.Fatalf("the page sent nothing: %s", out.String())
	}
	time.Sleep(300 * time.Millisecond)
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "constat-browser-*")); len(left) > 0 {
		t.Errorf("the profile is still there: %v", left)
	}
	b, err := constatCommand(t, dir, "audit", log, "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Groups []struct{ Data_type, Grade string }
	}
	if err := json.Unmarshal(b, &doc); err != nil || len(doc.Groups) != 1 || doc.Groups[0].Data_type != "contact.email" {
		t.Errorf("%v %+v", err, doc)
	}
}

func constatCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path := filepath.Join(dir, "constat")
	if _, err := os.Stat(path); err != nil {
		if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "CONSTAT_HOME="+filepath.Join(dir, "home"))
	return cmd
}
