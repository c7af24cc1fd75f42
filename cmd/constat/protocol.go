package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/protocol"
	"github.com/constat/constat/question"
	"github.com/constat/constat/report"
)

// protocolFlags are what the user said to constat protocol.
type protocolFlags struct {
	protocol.Options
	script, questions, caseFile, persona string
	app, listen, out, page               string
	html, walk                           string
	json                                 bool
}

func newProtocol() *cobra.Command {
	var o protocolFlags
	cmd := &cobra.Command{
		Use:   "protocol",
		Short: "Say what to do with a phone so that the questions can be answered, or walk through it",
		Long: `Protocol prints the minimum experiment: a list that can be followed on paper,
with what to plant, what to tap, how long to wait, the commands for the
computer, what can go wrong, and which questions can be answered by it, which by
half, and which from no handset at all.

With --walk DIR it goes through the list with you. It marks each act in the
capture at that instant, counts the waits down, and takes notes. Give it the
address that constat capture printed (--page), or let it run the capture itself
(--out LOG). What was done is kept in DIR: the same command goes on where it
stopped, and DIR/events.toml is for constat audit --events.

Acts that end what an accusation is about (consent, save, post) are marked before
the tap, others after: so what leaves in between never accuses wrongly. Each
step says which.

While it walks: Enter: done, s: skip, b: back, n: note, q: stop; a text may
follow the letter. Enter does not end a wait, s does; notes are in the
capture's log, sealed. When the input is no terminal it reads the same, a line
each; --json tells each event as a line of JSON.`,
		Example: `  # on paper, for an Android phone, in 20 minutes or a day and a night
  constat protocol --html protocol.html
  constat protocol --length full --persona persona.toml --lang fr --html protocole.html

  # with the values to plant on it: keep it as private as the persona
  constat protocol --device iphone --persona persona.toml --reveal --html iphone.html

  # with you, step by step, in a capture that runs in another window
  constat capture --listen 192.168.1.10:8080 --out phone.log --persona persona.toml
  constat protocol --walk run1 --page http://127.0.0.1:35211/6f0c…/ --persona persona.toml

  # the same, capture included; and then
  constat protocol --walk run1 --out phone.log --listen 192.168.1.10:8080 --persona persona.toml
  constat audit phone.log --persona persona.toml --events run1/events.toml --questions hong-2019`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("protocol has no argument %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			return runProtocol(cmd, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.Device, "device", "d", "android", strings.Join(protocol.Devices, ", "))
	f.StringVar(&o.Length, "length", "quick", "quick, or full with a night and a day of rest: "+strings.Join(protocol.Lengths, ", "))
	f.StringVar(&o.questions, "questions", "hong-2019", "the question `set` to answer: "+strings.Join(question.Names(), ", ")+", or a file")
	f.StringVar(&o.caseFile, "case", "", "TOML `file` with the facts of the case, as for constat audit")
	f.StringVarP(&o.persona, "persona", "p", "", "TOML `file` of the persona that is planted")
	f.BoolVar(&o.Reveal, "reveal", false, "show the persona's values in the list of what to plant")
	f.StringVar(&o.script, "script", protocol.Minimum, "another protocol: a TOML `file` like protocol/data/minimum.toml")
	f.StringVar(&o.app, "app", "", "`package` name or bundle id of the app under test")
	f.StringVar(&o.html, "html", "", "write the list to this `file`, as a page to print")
	f.StringVar(&o.walk, "walk", "", "go through it step by step; what is done is kept in this `directory`")
	f.StringVar(&o.page, "page", "", "mark the acts in the capture whose live page has this `address`")
	f.StringVarP(&o.out, "out", "o", "", "capture too, into this new `directory`")
	f.StringVarP(&o.listen, "listen", "l", "192.168.1.10:8080", "`address` of this computer that the device reaches, for the proxy of the capture")
	f.BoolVar(&o.json, "json", false, "as JSON; with --walk an event a line")
	f.StringVar(&o.Lang, "lang", "en", "language: "+strings.Join(report.Languages(), " or "))
	return cmd
}

func runProtocol(cmd *cobra.Command, o protocolFlags) error {
	p, err := o.load()
	if err != nil {
		return err
	}
	if o.walk != "" {
		return o.follow(cmd, p)
	}
	if o.page != "" || o.out != "" {
		return usage("--page and --out are for --walk DIR")
	}
	sheet := protocol.NewSheet(p, o.Options)
	out := cmd.OutOrStdout()
	switch {
	case o.html != "":
		if err := writePrivate(o.html, sheet.HTML); err != nil {
			return exit{exitFailure, err}
		}
		return nil
	case o.json:
		return o.sheetJSON(out, sheet)
	}
	width, _ := terminal(out)
	return sheet.Write(out, width)
}

// load reads what the flags name and checks them.
func (o *protocolFlags) load() (*protocol.Protocol, error) {
	if err := checkLang(o.Lang); err != nil {
		return nil, err
	}
	for _, x := range []struct {
		flag, value string
		known       []string
	}{{"device", o.Device, protocol.Devices}, {"length", o.Length, protocol.Lengths}} {
		if !slices.Contains(x.known, x.value) {
			return nil, usage("--%s %q: expected %s", x.flag, x.value, strings.Join(x.known, " or "))
		}
	}
	p, err := protocol.Load(o.script)
	if err != nil {
		return nil, exit{exitFailure, err}
	}
	if o.Set, err = question.Load(o.questions); err != nil {
		return nil, exit{exitFailure, err}
	}
	if o.caseFile != "" {
		b, err := os.ReadFile(o.caseFile)
		if err != nil {
			return nil, exit{exitFailure, err}
		}
		c, err := question.ParseCase(b, o.caseFile)
		if err != nil {
			return nil, exit{exitFailure, err}
		}
		o.Case = *c
	}
	if o.persona != "" {
		b, err := os.ReadFile(o.persona)
		if err != nil {
			return nil, exit{exitFailure, err}
		}
		if o.Persona, err = persona.Parse(bytes.NewReader(b), o.persona); err != nil {
			return nil, exit{exitFailure, err}
		}
		for i, j := range detect.Judge(o.Persona) {
			if j.Use != persona.Nowhere {
				o.Planted = append(o.Planted, string(o.Persona.Values[i].Type))
			}
		}
	} else if o.Reveal {
		return nil, usage("--reveal shows the values of a persona: name its file with --persona")
	}
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return quoted(s)
	}
	o.Names = map[string]string{
		"log": or(o.out, "phone.log"), "persona": or(o.persona, "persona.toml"), "app": or(o.app, "com.example.app"),
		"how": "--listen " + quoted(o.listen), "events": "events.csv --clock-bound events.csv=2s", "written": "", "case": or(o.caseFile, "case.toml"),
	}
	if o.walk != "" {
		o.Names["events"] = quoted(eventsOf(o.walk))
	}
	switch o.Device { // what it writes down itself
	case "android":
		o.Names["written"] = " --events phone-events.log --app " + o.Names["app"]
	case "iphone":
		o.Names["written"] = " --events app-privacy-report.ndjson --app " + o.Names["app"]
	case "browser":
		o.Names["how"] = "--browser"
	}
	return p, nil
}

// quoted is a word as a shell takes it.
func quoted(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,=-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// sheetJSON is the list for programs.
func (o *protocolFlags) sheetJSON(out io.Writer, s *protocol.Sheet) error {
	type step struct {
		ID        string   `json:"id"`
		Title     string   `json:"title"`
		Do        string   `json:"do"`
		Part      string   `json:"part,omitempty"`
		Commands  []string `json:"commands,omitempty"`
		Act       string   `json:"act,omitempty"`
		Mark      string   `json:"mark,omitempty"`
		State     []string `json:"state,omitempty"`
		Wait      float64  `json:"wait_s,omitempty"`
		Questions []string `json:"questions,omitempty"`
	}
	doc := struct {
		Protocol string            `json:"protocol"`
		Device   string            `json:"device"`
		Length   string            `json:"length"`
		Waits    float64           `json:"waits_s"`
		Set      string            `json:"set"`
		Steps    []step            `json:"steps"`
		Answers  []protocol.Answer `json:"answers"`
	}{s.ID, s.Device, s.Length, s.Waits(s.Length).Seconds(), s.Set.ID, nil, s.Answers}
	for _, x := range s.Steps {
		v := step{x.ID, x.Title.In(o.Lang), x.Do.In(o.Lang), x.Part, nil, x.Act, x.Mark, x.State, x.Wait.Of(o.Length).Seconds(), protocol.Serves(s.Set, x)}
		for _, c := range x.Commands {
			v.Commands = append(v.Commands, s.Command(x, c))
		}
		doc.Steps = append(doc.Steps, v)
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}
