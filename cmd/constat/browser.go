package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// browsers are the names of Chromium and its kin, on Unix and elsewhere.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "brave-browser", "microsoft-edge"}

// findBrowser is the first of them that there is.
func findBrowser() (string, error) {
	for _, name := range browsers {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	for _, p := range []string{
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
		filepath.Join(os.Getenv("ProgramFiles"), `Google\Chrome\Application\chrome.exe`),
	} {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", errors.New("--browser needs Chromium or Chrome, and there is none (Debian: apt-get install chromium)")
}

// startBrowser starts a browser with a profile of its own, which goes through
// the proxy and trusts its authority's key; nothing else on the machine does.
// When the browser is closed the capture ends, and the profile is removed.
func (r *recording) startBrowser(ctx context.Context, stop func()) error {
	path, err := findBrowser()
	if err != nil {
		return err
	}
	profile, err := os.MkdirTemp("", "constat-browser-*")
	if err != nil {
		return err
	}
	spki := r.authority.SPKI()
	url := r.o.url
	if url == "" {
		url = "about:blank"
	}
	args := []string{
		"--user-data-dir=" + profile, "--proxy-server=http://" + r.reach(), "--proxy-bypass-list=<-loopback>",
		"--ignore-certificate-errors-spki-list=" + base64.StdEncoding.EncodeToString(spki[:]),
		// The browser's own errands are not the site's.
		"--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-domain-reliability", "--metrics-recording-only", "--disable-quic",
		"--disable-features=OptimizationHints,MediaRouter,Translate", "--password-store=basic", "--use-mock-keychain",
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" && runtime.GOOS == "linux" {
		args = append(args, "--headless=new", "--disable-gpu")
	}
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium refuses to run as root with it
	}
	args = append(args, r.browserArgs...)
	cmd := exec.CommandContext(ctx, path, append(args, url)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	dieWithUs(cmd)
	if err := cmd.Start(); err != nil {
		os.RemoveAll(profile)
		return fmt.Errorf("%s: %w", path, err)
	}
	r.browser = make(chan struct{})
	go func() {
		defer close(r.browser)
		cmd.Wait()
		stop()
		// Its helpers may still be writing, and make the folder anew.
		for range 50 {
			err := os.RemoveAll(profile)
			time.Sleep(100 * time.Millisecond)
			if _, gone := os.Lstat(profile); err == nil && os.IsNotExist(gone) {
				return
			}
		}
	}()
	return nil
}
