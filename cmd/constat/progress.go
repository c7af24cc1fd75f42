package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/constat/constat/capture"
)

// progress is one line on standard error for work that takes over a second.
type progress struct {
	quit chan struct{}
	done sync.WaitGroup
}

// startProgress begins watching the captures.
func startProgress(captures []*capture.Capture, quiet bool) *progress {
	return watch(quiet, func(elapsed time.Duration) string { return progressLine(captures, elapsed) })
}

// watch shows a line while work goes on. It stays silent when standard error
// is not a terminal, and for the first second.
func watch(quiet bool, line func(elapsed time.Duration) string) *progress {
	p := &progress{quit: make(chan struct{})}
	if quiet || !term.IsTerminal(int(os.Stderr.Fd())) {
		return p
	}
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		began, shown := time.Now(), false
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-p.quit:
				if shown {
					fmt.Fprint(os.Stderr, "\r\x1b[K")
				}
				return
			case now := <-tick.C:
				if now.Sub(began) < time.Second {
					continue
				}
				shown = true
				fmt.Fprint(os.Stderr, "\r\x1b[K"+line(now.Sub(began)))
			}
		}
	}()
	return p
}

// stop clears the line and waits for the last one to be written.
func (p *progress) stop() {
	close(p.quit)
	p.done.Wait()
}

func progressLine(captures []*capture.Capture, elapsed time.Duration) string {
	var read, total int64
	known := true
	for _, c := range captures {
		r, t := c.Progress()
		read += r
		if t < 0 {
			known = false
		}
		total += t
	}
	mb := float64(read) / 1e6
	rate := mb / elapsed.Seconds()
	if !known || total == 0 {
		return fmt.Sprintf("reading  %.0f MB  %.0f MB/s", mb, rate)
	}
	const width = 30
	share := min(1, float64(read)/float64(total))
	full := int(share * width)
	left := time.Duration(float64(elapsed) * (1 - share) / max(share, 1e-6)).Round(time.Second)
	return fmt.Sprintf("reading  [%s%s] %3.0f %%  %.0f MB/s  %s left",
		strings.Repeat("=", full), strings.Repeat(" ", width-full), share*100, rate, left)
}

// terminal says how wide w is and whether to colour, following NO_COLOR
// (no-color.org), COLUMNS and TERM.
func terminal(w io.Writer) (width int, color bool) {
	width = 100
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		width = n
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return width, false
	}
	if os.Getenv("COLUMNS") == "" {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			width = n
		}
	}
	return width, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
