package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/report"
	"github.com/constat/constat/web"
)

// waitingFlows may wait for the live view; beyond them it skips some. The log
// has them all.
const waitingFlows = 1024

// errHeadless is shown instead of a live view.
var errHeadless = errors.New("this capture runs with --headless: it has no live view, but takes POST …/moment")

// openView begins the live audit and its page.
func (r *recording) openView() error {
	opt := audit.Options{Version: version()}
	if err := r.o.loadPersona(&opt); err != nil {
		return exit{exitFailure, err}
	}
	user, err := (&dataFlags{}).load()
	if err != nil {
		return exit{exitFailure, err}
	}
	if opt.Book, err = recipient.OpenWith(user); err != nil {
		return exit{exitFailure, err}
	}
	opt.App, opt.AppNames = r.o.events.names()
	if r.live, err = audit.NewLive(opt); err != nil {
		return exit{exitFailure, err}
	}
	r.flows = make(chan *flow.Flow, waitingFlows)
	go func() {
		for f := range r.flows {
			r.live.Add(f)
		}
	}()
	acts, keys := []string{}, ""
	for _, a := range evidence.Acts {
		acts, keys = append(acts, a.ID), keys+string(a.Key)
	}
	r.page, err = web.Serve(r.o.ui, web.Live{
		Page: func(b *bytes.Buffer) error {
			if r.o.headless {
				return errHeadless
			}
			return report.LivePage(b, r.live.View(time.Now()), r.progress(), acts, keys, r.o.lang)
		},
		Fragment: func(b *bytes.Buffer) error {
			if r.o.headless {
				return errHeadless
			}
			return report.LiveFragment(b, r.live.View(time.Now()), r.progress(), r.o.lang)
		},
		Mark: r.mark,
	})
	if err != nil {
		return exit{exitFailure, fmt.Errorf("the live page: %w; name another address with --page", err)}
	}
	return nil
}

// watch gives a flow to the live view, if it has time.
func (r *recording) watch(f *flow.Flow) {
	select {
	case r.flows <- f:
	default:
		r.skipped.Add(1)
	}
}

func (r *recording) progress() report.Progress {
	st := &r.engine.Stats
	r.mu.Lock()
	defer r.mu.Unlock()
	return report.Progress{
		Elapsed: time.Since(r.began), Listen: r.listener.Addr().String(), Log: r.log.Dir(), Entries: r.log.Durable(),
		Connections: st.Connections.Load(), Open: st.Open.Load(), Passed: st.Passed.Load(), Rejected: st.Rejected.Load(),
		Up: st.Up.Load(), OpaqueUp: st.OpaqueUp.Load(), Skipped: r.skipped.Load(), Acts: append([]report.Act(nil), r.acts...),
	}
}

// terminal shows the live view on standard error and takes keys from standard
// input, when both are a terminal.
func (r *recording) terminal(ctx context.Context, stop func()) {
	in, out := int(os.Stdin.Fd()), int(os.Stderr.Fd())
	if !term.IsTerminal(out) {
		return
	}
	if term.IsTerminal(in) {
		if old, err := term.MakeRaw(in); err == nil {
			defer term.Restore(in, old)
			go r.keys(stop)
		}
	}
	_, color := terminal(os.Stderr)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	drawn := 0
	for {
		width := 100
		if w, _, err := term.GetSize(out); err == nil && w > 20 {
			width = w
		}
		lines := report.LiveTerminal(r.live.View(time.Now()), r.progress(), report.Options{Lang: r.o.lang, Width: width - 1, Color: color})
		var b strings.Builder
		if drawn > 0 {
			fmt.Fprintf(&b, "\x1b[%dA", drawn)
		}
		for _, l := range lines {
			b.WriteString("\r\x1b[K" + l + "\r\n")
		}
		b.WriteString("\x1b[J")
		drawn = len(lines)
		os.Stderr.WriteString(b.String())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// keys marks what the subject does. Ctrl-C and q end the capture: in raw mode
// the terminal sends no signal.
func (r *recording) keys(stop func()) {
	b := make([]byte, 1)
	for {
		if n, err := os.Stdin.Read(b); n == 0 || err != nil {
			return
		}
		if b[0] == 3 || b[0] == 'q' {
			stop()
			return
		}
		for _, a := range evidence.Acts {
			if a.Key == b[0] {
				r.mark(evidence.Mark{Act: a.ID, By: "key"})
			}
		}
	}
}
