package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/flow"
)

// flowsFlags are what the user said to constat flows.
type flowsFlags struct {
	secrets      secretFlags
	identity     string
	json, reveal bool
	responses    bool
	quiet        bool
}

func newFlows() *cobra.Command {
	var o flowsFlags
	cmd := &cobra.Command{
		Use:   "flows CAPTURE...",
		Short: "List the exchanges in captures",
		Long: `Flows lists what a capture holds, one line for each exchange in the order they
ended: requests and responses, WebSocket and other messages, DNS look-ups, and
connections of which only sizes and times are known, with the reason.

With --json each line is an object: addresses, names, times and round trips,
TLS, header fields, bodies by size and SHA-256, and where in the capture it
stands. Values that may identify somebody are masked; --reveal shows them.
Bodies are never printed.`,
		Example: `  # what is in it, and what could not be read?
  constat flows app.pcapng --keylog sslkeys.log

  # for a program: requests and the hashes of what was sent and answered
  constat flows app.pcapng --keylog sslkeys.log --json --responses --reveal

  # who was contacted, and how much went out unread
  constat flows app.pcapng --json | jq -r 'select(.unread) | [.host, .unread.up, .unread.reason] | @tsv'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("flows needs a capture file (- for standard input)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return o.run(cmd.OutOrStdout(), args)
		},
	}
	f := cmd.Flags()
	o.secrets.register(f)
	f.StringVarP(&o.identity, "identity", "i", "", "age identity `file` that opens the contents of a log; default: constat's own")
	f.BoolVar(&o.json, "json", false, "write one JSON object a line")
	f.BoolVar(&o.responses, "responses", false, "also hash what servers sent")
	f.BoolVar(&o.reveal, "reveal", false, "show URLs, header values and names asked for as they are")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress on standard error")
	return cmd
}

func (o *flowsFlags) run(stdout io.Writer, paths []string) error {
	ids, err := identities(o.identity)
	if err != nil {
		return exit{exitFailure, err}
	}
	secrets, err := o.secrets.load()
	if err != nil {
		return exit{exitFailure, err}
	}
	var captures []*capture.Capture
	for _, path := range paths {
		c, err := capture.Open(path, capture.Options{Identities: ids, Secrets: secrets, ResponseBodies: o.responses, Unhashed: true})
		if err != nil {
			return exit{exitFailure, err}
		}
		defer c.Close()
		captures = append(captures, c)
	}
	bar := startProgress(captures, o.quiet)
	damaged, err := o.list(stdout, captures)
	bar.stop()
	if err != nil {
		return exit{exitFailure, err}
	}
	if damaged != nil {
		return exit{exitFailure, fmt.Errorf("%w; everything that could be read is listed", damaged)}
	}
	return nil
}

// flowBatch is how many flows are written by one goroutine at a time.
const flowBatch = 64

// list reads captures on this goroutine and has others write what they hold,
// in order.
func (o *flowsFlags) list(stdout io.Writer, captures []*capture.Capture) (damaged, err error) {
	type batch struct {
		flows   []*flow.Flow
		capture int
		text    bytes.Buffer
		err     error
		done    chan struct{}
	}
	work, order := make(chan *batch), make(chan *batch, 2*runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			l := newFlowLister(o)
			for b := range work {
				b.err = l.write(&b.text, b.capture, b.flows)
				b.flows = nil
				close(b.done)
			}
		})
	}
	written := make(chan error, 1)
	go func() {
		var err error
		for b := range order {
			<-b.done
			if err == nil {
				err = b.err
			}
			if err == nil {
				_, err = stdout.Write(b.text.Bytes())
			}
		}
		written <- err
	}()
	for i, c := range captures {
		b := &batch{capture: i, done: make(chan struct{})}
		send := func() {
			order <- b
			work <- b
			b = &batch{capture: i, done: make(chan struct{})}
		}
		for f, err := range c.Flows() {
			if err != nil {
				d := (*flow.Damage)(nil)
				if errors.As(err, &d) && d.Missing {
					fmt.Fprintln(os.Stderr, "constat:", err)
				} else {
					damaged = errors.Join(damaged, err)
				}
				continue
			}
			if b.flows = append(b.flows, f); len(b.flows) == flowBatch {
				send()
			}
		}
		send()
	}
	close(work)
	close(order)
	workers.Wait()
	return damaged, <-written
}

// flowLister writes flows.
type flowLister struct {
	o      *flowsFlags
	redact *audit.Redactor
}

func newFlowLister(o *flowsFlags) *flowLister {
	return &flowLister{o: o, redact: audit.NewRedactor(nil)}
}

// write appends a line for each flow.
func (l *flowLister) write(out *bytes.Buffer, capture int, flows []*flow.Flow) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, f := range flows {
		x := l.row(f)
		x.Capture = capture
		if !l.o.json {
			x.line(out)
		} else if err := enc.Encode(x); err != nil {
			return err
		}
	}
	return nil
}

// line is the row for people.
func (x *flowRow) line(out *bytes.Buffer) {
	at := x.Start
	if t, err := time.Parse(time.RFC3339Nano, x.Start); err == nil {
		at = t.UTC().Format("15:04:05.000")
	}
	var what string
	switch {
	case x.Request != nil:
		what = x.Request.Method + " " + x.Request.URL
		if x.Response != nil {
			what += fmt.Sprintf(" → %d", x.Response.Status)
		}
		if n := x.Request.Body.Size; n > 0 {
			what += fmt.Sprintf(", %d bytes sent", n)
		}
	case x.Lookup != nil:
		for _, q := range x.Lookup.Questions {
			what += q.Type + " " + q.Name + " "
		}
		what += x.Lookup.Code
	case x.Unread != nil:
		what = fmt.Sprintf("%s: %s bytes up, %s down, %s", x.Host, orUnknown(x.Unread.Up), orUnknown(x.Unread.Down), x.Unread.Reason)
	default:
		what = x.Host
	}
	if n := len(x.Messages); n > 0 {
		what += fmt.Sprintf(", %d messages", n)
	}
	fmt.Fprintf(out, "%s  %-9s %s\n", at, x.Protocol, what)
}

// orUnknown is a number of bytes, which may not be known.
func orUnknown(n int64) string {
	if n < 0 {
		return "?"
	}
	return strconv.FormatInt(n, 10)
}

// Rows of constat flows --json.
type (
	flowRow struct {
		Capture  int         `json:"capture"`
		Index    int         `json:"index"`
		Kind     flow.Kind   `json:"kind"`
		Protocol string      `json:"protocol"`
		Start    string      `json:"start,omitempty"` // RFC 3339
		End      string      `json:"end,omitempty"`
		Client   string      `json:"client,omitempty"`
		Server   string      `json:"server,omitempty"`
		Host     string      `json:"host,omitempty"`
		Stream   *uint64     `json:"stream,omitempty"` // of HTTP/2 and HTTP/3
		App      *appRow     `json:"app,omitempty"`
		TLS      *tlsRow     `json:"tls,omitempty"`
		RTT      []rttRow    `json:"rtt,omitempty"`
		Request  *messageRow `json:"request,omitempty"`
		Response *messageRow `json:"response,omitempty"`
		Messages []socketRow `json:"messages,omitempty"`
		Lookup   *lookupRow  `json:"lookup,omitempty"`
		Unread   *unreadRow  `json:"unread,omitempty"`
		Notes    []string    `json:"notes,omitempty"`
		Frame    int64       `json:"frame,omitempty"`
		Offset   int64       `json:"offset,omitempty"`
	}
	appRow struct {
		ID     string `json:"id"`
		Source string `json:"source"` // who says so
	}
	lookupRow struct {
		Questions []questionRow `json:"questions"`
		Answers   []answerRow   `json:"answers"`
		Code      string        `json:"code,omitempty"` // "" if there was no answer
	}
	questionRow struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	answerRow struct {
		Name string `json:"name"`
		Type string `json:"type"`
		Data string `json:"data"`
		TTL  uint32 `json:"ttl"`
	}
	tlsRow struct {
		Version      string   `json:"version,omitempty"`
		Cipher       string   `json:"cipher,omitempty"`
		SNI          string   `json:"sni,omitempty"`
		ALPN         string   `json:"alpn,omitempty"`
		JA3          string   `json:"ja3,omitempty"`
		JA4          string   `json:"ja4,omitempty"`
		ECH          string   `json:"ech,omitempty"`
		Resumed      bool     `json:"resumed,omitempty"`
		Certificates []string `json:"certificates_sha256,omitempty"`
	}
	rttRow struct {
		Of    string  `json:"of"` // "tcp", "tls", "connect", "first_byte"
		MS    float64 `json:"ms"`
		Leg   string  `json:"leg"`
		Basis string  `json:"basis"`
	}
	messageRow struct {
		Method  string      `json:"method,omitempty"`
		URL     string      `json:"url,omitempty"`
		Status  int         `json:"status,omitempty"`
		Version string      `json:"version,omitempty"`
		Headers [][2]string `json:"headers"`
		Trailer [][2]string `json:"trailer,omitempty"`
		Body    bodyRow     `json:"body"`
	}
	bodyRow struct {
		Size   int64  `json:"size"`             // on the wire, -1 unknown
		Kept   bool   `json:"kept"`             // false: the bytes are not in the capture, or were not asked for
		SHA256 string `json:"sha256,omitempty"` // of all of it, "" if it was not kept whole
	}
	socketRow struct {
		Time string  `json:"time"`
		From string  `json:"from"`           // "client" or "server"
		Name string  `json:"name,omitempty"` // what it is to its protocol: "mqtt topic"
		Text bool    `json:"text,omitempty"`
		Body bodyRow `json:"body"`
	}
	unreadRow struct {
		Up      int64   `json:"up"` // bytes, -1 unknown
		Down    int64   `json:"down"`
		Reason  string  `json:"reason"`
		Records int     `json:"records,omitempty"`
		Sizes   []int32 `json:"sizes,omitempty"`
		Entropy float64 `json:"entropy_bits_per_byte,omitempty"`
		Upload  int64   `json:"longest_upload,omitempty"`
		UploadS float64 `json:"longest_upload_s,omitempty"`
		Media   bool    `json:"looks_like_media,omitempty"`
	}
)

func (l *flowLister) row(f *flow.Flow) *flowRow {
	x := &flowRow{
		Index: f.Index, Kind: f.Kind, Protocol: f.Protocol, Start: stamp(f.Timing.Start), End: stamp(f.Timing.End),
		Host: f.Host(), Stream: f.Stream, Notes: f.Notes, Frame: f.Source.Frame, Offset: f.Source.Offset,
	}
	if f.App != nil {
		x.App = &appRow{f.App.ID, f.App.Source}
	}
	if l := f.Lookup; l != nil {
		x.Lookup = &lookupRow{Answers: []answerRow{}, Code: l.Code}
		for _, q := range l.Questions {
			x.Lookup.Questions = append(x.Lookup.Questions, questionRow(q))
		}
		for _, a := range l.Answers {
			x.Lookup.Answers = append(x.Lookup.Answers, answerRow(a))
		}
	}
	if f.Client.Addr.IsValid() {
		x.Client = f.Client.Addr.String()
	}
	if f.Server.Addr.IsValid() {
		x.Server = f.Server.Addr.String()
	}
	if t := f.TLS; t != nil {
		x.TLS = &tlsRow{Version: t.Version, Cipher: t.Cipher, SNI: t.SNI, ALPN: t.ALPN, JA3: t.JA3, JA4: t.JA4, ECH: t.ECH, Resumed: t.Resumed}
		for _, der := range t.Certificates {
			x.TLS.Certificates = append(x.TLS.Certificates, sumOf(der))
		}
	}
	for _, r := range []struct {
		of  string
		rtt *flow.RTT
	}{{"tcp", f.Timing.TCP}, {"tls", f.Timing.TLS}, {"connect", f.Timing.Connect}, {"first_byte", f.Timing.FirstByte}} {
		if r.rtt != nil {
			x.RTT = append(x.RTT, rttRow{r.of, float64(r.rtt.D.Microseconds()) / 1000, string(r.rtt.Leg), r.rtt.Basis})
		}
	}
	if r := f.Request; r != nil {
		x.Request = &messageRow{Method: r.Method, URL: r.URL, Version: r.Version, Headers: l.fields(r.Headers), Trailer: l.fields(r.Trailer), Body: bodyOf(&r.Body)}
		if !l.o.reveal {
			x.Request.URL = l.redact.URL(r.URL).String()
		}
	}
	if r := f.Response; r != nil {
		x.Response = &messageRow{Status: r.Status, Version: r.Version, Headers: l.fields(r.Headers), Trailer: l.fields(r.Trailer), Body: bodyOf(&r.Body)}
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		from := "server"
		if m.FromClient {
			from = "client"
		}
		x.Messages = append(x.Messages, socketRow{stamp(m.Time), from, m.Name, m.Text, bodyOf(&m.Body)})
	}
	if u := f.Unread; u != nil {
		x.Unread = &unreadRow{Up: u.Up, Down: u.Down, Reason: u.Reason}
		if s := u.Shape; s != nil {
			x.Unread.Records, x.Unread.Sizes, x.Unread.Entropy = s.Records, s.Sizes, s.Entropy
			x.Unread.Upload, x.Unread.UploadS = s.Upload, s.UploadTime.Seconds()
			_, x.Unread.Media = s.Media()
		}
	}
	return x
}

// fields are header fields; values are masked unless they are to be revealed.
func (l *flowLister) fields(fs []flow.Field) [][2]string {
	out := make([][2]string, 0, len(fs))
	for _, f := range fs {
		v := f.Value
		if !l.o.reveal && !tellsNothing[strings.ToLower(f.Name)] {
			v = fmt.Sprintf("(%d bytes)", len(v))
		}
		out = append(out, [2]string{f.Name, v})
	}
	return out
}

// tellsNothing are header fields whose values are the same for everybody.
var tellsNothing = map[string]bool{
	":method": true, ":scheme": true, ":status": true, "content-type": true, "content-length": true, "content-encoding": true,
	"transfer-encoding": true, "accept-encoding": true, "connection": true, "host": true, "upgrade": true, "server": true,
}

func bodyOf(b *flow.Body) bodyRow {
	x := bodyRow{Size: b.Size, Kept: b.Kept}
	if b.Kept && b.Cut == 0 {
		x.SHA256 = sumOf(b.Data)
	}
	return x
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
