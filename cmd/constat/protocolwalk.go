package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/protocol"
)

// eventsOf is where a walk puts its list of events.
func eventsOf(dir string) string { return filepath.Join(dir, protocol.EventsFile) }

// follow walks through a protocol with the user.
func (o *protocolFlags) follow(cmd *cobra.Command, p *protocol.Protocol) error {
	switch {
	case o.html != "":
		return usage("--html and --walk do different things: print first, then walk")
	case o.page == "" && o.out == "":
		return usage("--walk marks acts in a capture: give the address of its live page (--page), or let it capture (--out LOG)")
	case o.page != "" && o.out != "":
		return usage("--page is of a capture that runs, --out of one to start: give one of them")
	}
	var marker *pageMarker
	if o.page != "" {
		var err error
		if marker, err = newPageMarker(o.page); err != nil {
			return err
		}
	}
	record, own, err := o.record(p)
	if err != nil {
		return err
	}
	stdout := &locked{w: cmd.OutOrStdout()}
	width, _ := terminal(cmd.OutOrStdout())
	keyboard := term.IsTerminal(int(os.Stdin.Fd()))
	ours := &companion{o: o, out: stdout}
	w := &protocol.Walk{
		Protocol: own, Record: record, Lines: lines(os.Stdin), Script: !keyboard, Now: time.Now, After: time.After,
		Begin: func(ctx context.Context) (func(evidence.Mark) error, error) {
			if marker != nil {
				return marker.mark, nil
			}
			return ours.begin(ctx)
		},
		End: ours.end,
	}
	if o.json {
		w.Tell = protocol.TellJSON(stdout, o.Options)
	} else {
		file, _ := cmd.OutOrStdout().(*os.File)
		w.Tell = protocol.TellText(stdout, o.Options, width, keyboard && file != nil && term.IsTerminal(int(file.Fd())))
		again := ""
		if len(record.Marks) > 0 || record.Next != own.Steps[0].ID {
			again = record.Next
		}
		protocol.Greet(stdout, own, o.Options, o.walk, again, width)
	}
	err = w.Run(cmd.Context())
	if len(record.Marks) > 0 {
		o.farewell(stdout, record, width)
	}
	if err != nil && cmd.Context().Err() == nil {
		return exit{exitFailure, err}
	}
	return err
}

// farewell says what can be answered now.
func (o *protocolFlags) farewell(out io.Writer, r *protocol.Record, width int) {
	g := r.Grounds()
	g.Case, g.Planted = o.Case, o.Planted
	answers := protocol.Answers(o.Set, g)
	if !o.json {
		protocol.Farewell(out, r, answers, o.Options, width)
		return
	}
	lasted := map[string]float64{}
	for state, d := range r.Lasted() {
		lasted[state] = d.Seconds()
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.Encode(struct {
		Event   string             `json:"event"`
		Set     string             `json:"set"`
		States  map[string]float64 `json:"states_s"` // for how long the app was in each
		Answers []protocol.Answer  `json:"answers"`
	}{"answers", o.Set.ID, lasted, answers})
}

// record opens the record in the walk's directory, or begins one there.
func (o *protocolFlags) record(p *protocol.Protocol) (*protocol.Record, *protocol.Protocol, error) {
	save := func(name string, content []byte) error {
		return writePrivate(filepath.Join(o.walk, name), func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
	}
	path := filepath.Join(o.walk, protocol.ProgressFile)
	b, err := os.ReadFile(path)
	if err == nil {
		r, own, err := protocol.ReadRecord(b, func(id, device, length string) (*protocol.Protocol, error) {
			if id != p.ID || device != o.Device || length != o.Length {
				return nil, fmt.Errorf("it is of protocol %.40q for %.40q, %.40q; give the same --script, --device and --length, or a new directory", id, device, length)
			}
			return p.For(device, length), nil
		}, save)
		if err == nil && r.Next == "" {
			err = errors.New("that walk is done; name a new directory for another")
		}
		if err != nil {
			return nil, nil, exit{exitFailure, fmt.Errorf("%s: %w", path, err)}
		}
		return r, own, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, nil, exit{exitFailure, err}
	}
	if err := os.MkdirAll(o.walk, 0o700); err != nil {
		return nil, nil, exit{exitFailure, err}
	}
	own := p.For(o.Device, o.Length)
	if len(own.Steps) == 0 {
		return nil, nil, exit{exitFailure, fmt.Errorf("the protocol %s has no step for %s, %s", p.ID, o.Device, o.Length)}
	}
	return protocol.NewRecord(own, o.Device, o.Length, o.app, save), own, nil
}

// lines are those of a reader, until its end.
func lines(r io.Reader) <-chan string {
	c := make(chan string)
	go func() {
		defer close(c)
		s := bufio.NewScanner(r)
		for s.Scan() {
			c <- s.Text()
		}
	}()
	return c
}

// locked is a writer that several may write lines to.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// companion is the capture that a walk runs itself.
type companion struct {
	o    *protocolFlags
	out  io.Writer
	stop context.CancelFunc
	over chan error
}

// begin starts it, and returns when it takes marks. It outlives an interrupt of
// the walk, which still has something to say to it.
func (c *companion) begin(ctx context.Context) (func(evidence.Mark) error, error) {
	o := captureFlags{listen: c.o.listen, out: c.o.out, ui: "127.0.0.1:0", headless: true, quic: "refuse", browser: c.o.Device == "browser"}
	o.json, o.lang, o.persona, o.events.app = c.o.json, c.o.Lang, c.o.persona, c.o.app
	r := &recording{o: o, out: c.out, ready: make(chan struct{})}
	if err := r.open(); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop, c.over = stop, make(chan error, 1)
	go func() { c.over <- r.run(running) }()
	select {
	case <-r.ready:
	case err := <-c.over:
		stop()
		c.stop = nil
		if err == nil {
			err = errors.New("the capture ended before it began")
		}
		return nil, err
	}
	marker, err := newPageMarker(r.page.URL())
	if err != nil {
		return nil, errors.Join(err, c.end())
	}
	return marker.mark, nil
}

// end ends the capture in good order, if there is one of ours.
func (c *companion) end() error {
	if c.stop == nil {
		return nil
	}
	c.stop()
	c.stop = nil
	return <-c.over
}

// pageMarker marks acts at a capture's page.
type pageMarker struct {
	url    string
	client *http.Client
}

// newPageMarker checks the address of a capture's page. It must be of this
// machine: the walk's times are by its clock, and nothing of a walk goes elsewhere.
func newPageMarker(page string) (*pageMarker, error) {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, usage("--page %q: expected the address that constat capture printed, as in http://127.0.0.1:35211/6f0c…/", page)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usage("--page %q: the capture must run on this machine (127.0.0.1), so that both go by one clock", page)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/moment"
	return &pageMarker{u.String(), &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (m *pageMarker) mark(x evidence.Mark) error {
	form := url.Values{"act": {x.Act}}
	if x.Note != "" {
		form.Set("note", x.Note)
	}
	if x.First != "" {
		form.Set("first", x.First)
	}
	res, err := m.client.PostForm(m.url, form)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the address, whose token is a secret
	}
	if err != nil {
		return fmt.Errorf("no capture answers at --page: %w", err)
	}
	defer res.Body.Close()
	why, _ := io.ReadAll(io.LimitReader(res.Body, 500))
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the capture answers %s: %s", res.Status, bytes.TrimSpace(why))
	}
	return nil
}
