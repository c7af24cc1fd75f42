package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/lab/internet"
	"github.com/constat/constat/lab/phone"
	"github.com/constat/constat/lab/quinze"
	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/subject"
	labtruth "github.com/constat/constat/lab/truth"
)

// labRun is one run of the lab: its directory has everything that was used and
// that came out.
type labRun struct {
	dir      string
	scenario *scenario.Scenario
	subject  *subject.Subject
	net      *internet.Net
	app      *quinze.App
	unmarked bool                    // nobody says what the person and the app do
	pulse    time.Duration           // of the capture, see recording
	heard    func(kind, what string) // hears it, whether it is marked or not

	// by marks an act in the app's stead, as a person would; nil: the app does, at
	// once.
	by func(act string, mark func(evidence.Mark) error)
}

// The files of a run.
func (l *labRun) capture() string  { return filepath.Join(l.dir, "capture") }
func (l *labRun) persona() string  { return filepath.Join(l.dir, "persona.toml") }
func (l *labRun) places() string   { return filepath.Join(l.dir, "places.toml") }
func (l *labRun) truth() string    { return filepath.Join(l.dir, "truth.jsonl") }
func (l *labRun) casefile() string { return filepath.Join(l.dir, "case.toml") }

// openLab makes a run's directory and brings the lab's internet up.
func openLab(dir, name string, seed uint64) (l *labRun, err error) {
	l = &labRun{dir: dir, subject: subject.New(seed)}
	if l.scenario, err = scenario.Load(name); err != nil {
		return nil, exit{exitUsage, err}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for path, text := range map[string][]byte{l.persona(): l.subject.Persona(), l.places(): internet.Places(time.Now()), l.casefile(): []byte(labCase)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, err
		}
	}
	l.app, err = quinze.Open(quinze.Config{
		Dir: filepath.Join(dir, "app"), Switches: l.scenario.Switch, Domain: phone.Home,
		Media: "https://" + phone.Uploads, Log: "https://" + phone.Log, Ads: "https://" + phone.Ads, Stats: "https://" + phone.Stats,
	})
	if err != nil {
		return nil, err
	}
	hosts := map[string]http.Handler{phone.Home: l.app.Handler(), phone.Uploads: l.app.Media()}
	for _, h := range []string{phone.Log, phone.LogSG, phone.LogCN, phone.Crash, phone.Stats, phone.Ads, phone.Broker, phone.OtherApp} {
		hosts[h] = quinze.Sink()
	}
	if l.net, err = internet.Open(hosts); err != nil {
		l.app.Close()
	}
	return l, err
}

func (l *labRun) close() {
	l.net.Close()
	l.app.Close()
}

// recording is a capture in the lab: of its internet, with an authority of its
// own that is thrown away with the run, unsealed since nobody's life is in it.
func (l *labRun) recording() *recording {
	return &recording{
		net: l.net, pulse: l.pulse, home: filepath.Join(l.dir, "authority"), out: os.Stdout,
		o: captureFlags{
			auditFlags: auditFlags{persona: l.persona(), data: dataFlags{none: true}, quiet: true, lang: "en"},
			listen:     "127.0.0.1:0", out: l.capture(), ui: "127.0.0.1:0", name: "lab-" + l.scenario.Name,
			headless: true, plain: true, quic: "refuse",
		},
	}
}

// record captures the headless phone while it plays its script.
func (l *labRun) record(ctx context.Context, pace time.Duration) (err error) {
	r := l.recording()
	if err := r.open(); err != nil {
		return err
	}
	out, err := os.OpenFile(l.truth(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(r.authority.PEM())
	c := phone.Config{
		Subject: l.subject, Scenario: l.scenario, Truth: labtruth.NewWriter(out), Clip: quinze.SampleClip(), Pace: pace,
		Proxy: &url.URL{Scheme: "http", Host: r.reach()}, Roots: pool,
	}
	happened := func(kind, what string) {
		if l.heard != nil {
			l.heard(kind, what)
		}
		switch {
		case l.unmarked:
		case kind == "act" && l.by != nil:
			l.by(what, r.mark)
		case kind == "act":
			r.mark(evidence.Mark{Act: what, By: "lab"})
		default:
			r.log.Append(evidence.KindDevice, deviceState{App: "quinze", Device: time.Now().UTC().Format(time.RFC3339Nano), Event: what, Kind: strings.TrimPrefix(kind, "state")})
		}
	}
	c.Act = func(what string) { happened("act", what) }
	c.State = func(what string) { happened("state", what) }
	c.Access = happened
	r.play = phone.New(c).Play
	return r.run(ctx)
}

// labCase are the parameters of the questions for the lab's app.
const labCase = `# The case of the lab's app, for constat audit --case.
first_party        = ["quinze.example", "quinze-data.example"]
named_sdks         = ["secousse.example", "compteur.example"]
promised_countries = ["FR", "IE"]
far_countries      = ["CN"]
idle_seconds       = 1 # the lab plays a day in seconds
after_seconds      = 0
`

// auditFlags are how a run is audited.
func (l *labRun) auditFlags() auditFlags {
	return auditFlags{persona: l.persona(), recipients: []string{l.places()}, questions: []string{"hong-2019"}, caseFile: l.casefile(), from: "Paris", access: "wired", lang: "en", data: dataFlags{none: true}, quiet: true}
}

// newDir is the directory of a run: the one asked for, which must not be there
// yet, or one in the system's place for such.
func newDir(asked string) (string, error) {
	if asked == "" {
		return os.MkdirTemp("", "constat-lab-*")
	}
	if err := os.Mkdir(asked, 0o700); err != nil {
		return "", fmt.Errorf("%w; name a directory that is not there yet", err)
	}
	return asked, nil
}
