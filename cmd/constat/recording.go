package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture/live"
	"github.com/constat/constat/capture/live/gate"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/lab/internet"
	"github.com/constat/constat/report"
	"github.com/constat/constat/web"
)

// recording is a capture under way.
type recording struct {
	o         captureFlags
	authority *live.Authority
	beacon    *live.Beacon
	beats     chan struct{} // closed when the capture shows no more that it works
	log       *evidence.Writer
	engine    *live.Engine
	listener  net.Listener
	gate      *gate.Gate // nil without WireGuard
	page      *web.Server
	browser   chan struct{} // closed when the browser is gone; nil without one
	device    chan struct{} // closed when no device is watched any more
	ready     chan struct{} // closed when the capture takes what comes; nil: nobody waits
	began     time.Time
	out       io.Writer

	// Of the lab: the internet to use instead of the real one, where the
	// authority is kept, and what happens on the device, with which the capture
	// ends.
	net         *internet.Net
	home        string
	play        func(context.Context) error
	browserArgs []string
	pulse       time.Duration // how often the capture shows that it works; 0: as always

	live    *audit.Live
	flows   chan *flow.Flow // on their way to the live view
	skipped atomic.Int64

	mu   sync.Mutex
	acts []report.Act
}

// event is a line of --json.
type event struct {
	Event   string `json:"event"`
	Listen  string `json:"listen,omitempty"`
	Page    string `json:"page,omitempty"`
	Log     string `json:"log,omitempty"`
	Entries int64  `json:"entries,omitempty"` // on disk
	Flows   int64  `json:"flows,omitempty"`
	Act     string `json:"act,omitempty"`
}

func (r *recording) say(e event) {
	if r.o.json {
		r.mu.Lock()
		defer r.mu.Unlock()
		json.NewEncoder(r.out).Encode(e)
	}
}

// tell talks to a person.
func (r *recording) tell(format string, args ...any) {
	if !r.o.json && !r.o.quiet {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	}
}

// run captures until ctx is done, and ends the log.
func (r *recording) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	proxy := &live.Proxy{Engine: r.engine, Pages: r.setup()}
	served := make(chan error, 1)
	go func() { served <- proxy.Serve(r.listener) }()
	err := r.start(ctx, stop)
	played := make(chan error, 1)
	if err == nil && r.play != nil {
		go func() {
			played <- r.play(ctx)
			stop()
		}()
	}
	if err == nil {
		r.wait(ctx)
	}
	if err == nil && r.play != nil {
		err = <-played
	}
	stop()
	if r.beats != nil {
		<-r.beats
	}
	if r.browser != nil {
		<-r.browser
	}
	if r.device != nil {
		<-r.device
	}
	return errors.Join(err, r.end(served))
}

// setup is what a device opens to be set up. Programs on this machine may also
// mark acts there.
func (r *recording) setup() http.Handler {
	return web.Setup{PEM: r.authority.PEM(), Fingerprint: r.authority.Fingerprint(), Listen: r.listener.Addr().String(), Mark: r.mark}
}

// start does what comes before the device: the controls, the views, the
// browser.
func (r *recording) start(ctx context.Context, stop func()) error {
	if err := live.Trial(ctx, r.log, r.beacon, r.reach(), r.authority); err != nil && ctx.Err() == nil {
		return exit{exitFailure, fmt.Errorf("the instrument did not pass its own control: %w", err)}
	}
	r.say(event{Event: "listening", Listen: r.listener.Addr().String(), Page: r.page.URL(), Log: r.log.Dir()})
	r.tell("proxy (HTTP and SOCKS5)  %s\nset-up page, through it  http://%s\nlive page                %s\nlog                      %s", r.listener.Addr(), live.SetupHost, r.page.URL(), r.log.Dir())
	if r.ready != nil {
		close(r.ready)
	}
	if r.gate != nil {
		code, err := r.gate.QR()
		if err != nil {
			return exit{exitFailure, err}
		}
		r.tell("WireGuard                %s (UDP); scan this with the WireGuard app,\nthen open http://%s on the phone:\n\n%s", r.gate.Addr(), gate.Address, code)
	}
	r.beats = make(chan struct{})
	go func() {
		defer close(r.beats)
		live.Beat(ctx, r.log, r.beacon, r.reach(), r.authority, cmp.Or(r.pulse, live.Pulse))
	}()
	r.device = make(chan struct{})
	go func() {
		defer close(r.device)
		r.watchDevice(ctx)
	}()
	if r.o.browser {
		if err := r.startBrowser(ctx, stop); err != nil {
			return exit{exitFailure, err}
		}
	}
	if !r.o.headless && !r.o.json {
		go r.terminal(ctx, stop)
	}
	return nil
}

// reach is the proxy's address from this machine.
func (r *recording) reach() string {
	a := r.listener.Addr().(*net.TCPAddr)
	if a.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", a.Port)
	}
	return a.String()
}

// wait returns when the capture is over, and acknowledges what is on disk.
func (r *recording) wait(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	said := int64(0)
	var flows, upTo int64 // what was there at the last tick, in entries up to
	for r.engine.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if n := r.log.Durable(); r.o.json && n >= upTo && upTo > said {
				said = upTo
				r.say(event{Event: "durable", Entries: upTo, Flows: flows})
			}
			flows = r.engine.Stats.Flows.Load()
			upTo, _ = r.log.Head()
		}
	}
}

// end closes everything in order: no new connections, the open ones logged,
// the log ended.
func (r *recording) end(served <-chan error) error {
	r.listener.Close()
	<-served
	if r.gate != nil {
		r.gate.Close()
	}
	err := r.engine.Close()
	r.page.Close()
	r.beacon.Close()
	close(r.flows)
	st := &r.engine.Stats
	if err == nil {
		err = r.log.End(ended{
			Connections: st.Connections.Load(), Down: st.Down.Load(), Flows: st.Flows.Load(), OpaqueDown: st.OpaqueDown.Load(), OpaqueUp: st.OpaqueUp.Load(),
			Passed: st.Passed.Load(), Rejected: st.Rejected.Load(), Up: st.Up.Load(),
		})
	} else {
		err = errors.Join(err, r.log.Close())
	}
	if err != nil {
		return exit{exitFailure, fmt.Errorf("the log was not ended: %w; go on with --out %s --resume", err, r.log.Dir())}
	}
	dir := r.log.Dir()
	r.say(event{Event: "ended", Log: dir, Entries: r.log.Durable(), Flows: st.Flows.Load()})
	persona := ""
	if r.o.persona != "" {
		persona = " --persona " + r.o.persona
	}
	r.tell("\n%d exchanges on %d connections, %d of them passed unread. The log is sealed: %s\n\n  constat audit %s%s\n  constat verify %s\n\nIf a device trusts this instrument's certificate, remove it there now\n(http://%s has the steps while a capture runs).", st.Flows.Load(), st.Connections.Load(), st.Passed.Load(), dir, dir, persona, dir, live.SetupHost)
	return nil
}

// ended is what the log's last entry says.
type ended struct {
	Connections int64 `json:"connections"`
	Down        int64 `json:"down"`
	Flows       int64 `json:"flows"`
	OpaqueDown  int64 `json:"opaque_down"`
	OpaqueUp    int64 `json:"opaque_up"`
	Passed      int64 `json:"passed"`
	Rejected    int64 `json:"rejected"`
	Up          int64 `json:"up"`
}

// mark records an act of the subject.
func (r *recording) mark(m evidence.Mark) error {
	if _, err := r.log.Action(m); err != nil {
		return err
	}
	r.mu.Lock()
	r.acts = append([]report.Act{{ID: m.Act, Time: time.Now(), Note: m.Note}}, r.acts...)
	r.acts = r.acts[:min(len(r.acts), 20)]
	r.mu.Unlock()
	r.say(event{Event: "moment", Act: m.Act})
	return nil
}
