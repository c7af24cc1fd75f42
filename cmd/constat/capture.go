package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/constat/constat/capture/live"
	"github.com/constat/constat/capture/live/gate"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/report"
)

// captureFlags are what the user said to constat capture.
type captureFlags struct {
	auditFlags
	listen, out, ui         string
	resume                  bool
	duration                time.Duration
	headless, plain         bool
	keepResponses, browser  bool
	pass, sealTo            []string
	hosts, roots, name, url string
	wireguard, endpoint     string
	quic                    string
}

func newCapture() *cobra.Command {
	var o captureFlags
	cmd := &cobra.Command{
		Use:   "capture",
		Short: "Record a phone's or a browser's traffic, as evidence, while it happens",
		Long: `Capture stands between a device and the servers it talks to. It reads what
passes, shows live what personal data leaves, and writes a log that constat
audit reads and a stranger can check (constat verify).

The device is told to use the proxy (HTTP and SOCKS5, one port) and to trust
this instrument's authority; http://constat.local, opened on the device through
the proxy or the tunnel, has the certificate and the steps. With --browser a throw-away
Chromium is started that is set up already. With --wireguard a phone needs no
proxy setting: its WireGuard app scans a code.

An app that does not accept the certificate is passed through unread from its
second connection on, and shown as what it is: opaque, with its sizes.

Everything is in the directory --out: readable by its owner only, contents
sealed with age. Ctrl-C ends the log in good order; a log that was interrupted
is continued with --out DIR --resume. What the device did is marked with a key (see the
live view) or by POST /moment (act=save-draft). A key is pressed somewhat before or
after what it marks, so audit takes it for right to some seconds only (--hand)
and leaves open what came first within them; first=key or first=tap says on which side
it lies. A program that does the act itself says so (by=program, within=50ms).`,
		Example: `  # a browser of its own, for a look
  constat capture --browser --out visit.log

  # a phone on this network, as a proxy on port 8080
  constat capture --listen 192.168.1.10:8080 --out phone.log --persona persona.toml --app com.example.video

  # a script
  constat capture --listen 127.0.0.1:8080 --out test.log --for 30s --headless --json

  constat audit phone.log --persona persona.toml --html report.html
  constat verify phone.log`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 { // --resume DIR
				if !o.resume || o.out != "" {
					return usage("capture has no argument %q: name the log's directory with --out", args[0])
				}
				o.out = args[0]
			}
			cmd.SilenceUsage = true
			return runCapture(cmd, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.listen, "listen", "l", "127.0.0.1:8080", "`address` the proxy listens on; beyond this machine only if you name one")
	f.StringVarP(&o.out, "out", "o", "", "`directory` the log is written to; it must be new or empty")
	f.BoolVar(&o.resume, "resume", false, "go on with the log in --out, which was interrupted")
	f.StringVar(&o.name, "name", "", "name of the case, in every signature; default: that of the directory")
	f.StringVar(&o.events.app, "app", "", "`package` name or bundle id of the app under test, which goes into the log as your statement: audit then looks into it; after commas, what captures call it besides (com.example.video,Video)")
	f.DurationVar(&o.duration, "for", 0, "end after this `time`; default: until Ctrl-C")
	f.StringVarP(&o.persona, "persona", "p", "", "TOML `file` with the subject's known values, for the live view")
	f.BoolVar(&o.headless, "headless", false, "no live view, only POST …/moment: for scripts")
	f.StringVar(&o.ui, "page", "127.0.0.1:0", "loopback `address` of the live page and of POST …/moment")
	f.StringVar(&o.lang, "lang", "en", "language of the live view: "+strings.Join(report.Languages(), " or "))
	f.StringVar(&o.wireguard, "wireguard", "", "also take a phone's traffic by WireGuard, on this `address` (192.168.1.10:51820); prints the code to scan")
	f.StringVar(&o.endpoint, "wireguard-endpoint", "", "`host:port` that the phone connects to, if it is another")
	f.StringVar(&o.quic, "quic", "refuse", "QUIC of a phone by WireGuard: refuse (clients fall back to what can be read) or pass (unread)")
	f.BoolVar(&o.browser, "browser", false, "start a throw-away Chromium that is set up already; the capture ends with it")
	f.StringVar(&o.url, "url", "", "`address` that the browser opens first")
	f.BoolVar(&o.json, "json", false, "events as JSON lines on standard output")
	f.BoolVar(&o.plain, "plain", false, "do not seal the contents (the log can then be read by whoever gets the directory)")
	f.StringSliceVar(&o.sealTo, "seal-to", nil, "age `recipients` the contents are sealed to, beside this instrument's own")
	f.BoolVar(&o.keepResponses, "keep-responses", false, "also keep what servers sent: it often holds other people's data")
	f.StringSliceVar(&o.pass, "pass", nil, "`hosts` to pass through unread (example.com, *.example.com)")
	f.StringVar(&o.hosts, "hosts", "", "`file` of addresses and names, in the form of /etc/hosts, asked before DNS")
	f.StringVar(&o.roots, "server-roots", "", "PEM `file` of authorities trusted for servers, beside the system's")
	return cmd
}

func runCapture(cmd *cobra.Command, o captureFlags) error {
	r := &recording{o: o, out: cmd.OutOrStdout()}
	if err := r.open(); err != nil {
		return err
	}
	ctx := cmd.Context()
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	return r.run(ctx)
}

// open makes everything ready: the port, the authority, the log.
func (r *recording) open() (err error) {
	o := &r.o
	if o.out == "" {
		return usage("capture needs --out: a new directory for the log, or with --resume that of an interrupted one")
	}
	if o.events.app != "" {
		if err := evidence.CheckApp(o.events.app); err != nil {
			return usage("--app: %v", err)
		}
	}
	if r.listener, err = net.Listen("tcp", o.listen); err != nil {
		return exit{exitFailure, fmt.Errorf("%w; name another address with --listen", err)}
	}
	defer func() {
		if err != nil {
			r.listener.Close()
		}
	}()
	home := r.home
	if home == "" {
		if home, err = homeDir(); err != nil {
			return exit{exitFailure, err}
		}
	}
	var made bool
	if r.authority, made, err = live.OpenAuthority(home); err != nil {
		return exit{exitFailure, err}
	}
	if made && !o.headless {
		r.tell("made a certificate authority in %s", home)
	}
	cfg := live.Config{Authority: r.authority, KeepResponses: o.keepResponses, Trusted: o.browser}
	if !o.headless {
		cfg.Watch = r.watch
	}
	if cfg.Pass, err = passList(o.pass); err != nil {
		return err
	}
	if o.hosts != "" {
		if cfg.Resolve, cfg.Local, err = readHosts(o.hosts); err != nil {
			return exit{exitFailure, err}
		}
	}
	if r.net != nil {
		cfg.Resolve, cfg.Local, cfg.Route, cfg.Roots = r.net.Resolve, r.net.Knows, r.net.Route, r.net.Roots()
	}
	if o.roots != "" {
		if cfg.Roots, err = readRoots(o.roots); err != nil {
			return exit{exitFailure, err}
		}
	}
	if r.beacon, err = live.NewBeacon(); err == nil {
		err = r.beacon.Admit(&cfg)
	}
	if err != nil {
		return exit{exitFailure, fmt.Errorf("the controls: %w", err)}
	}
	if err := r.openView(); err != nil {
		return err
	}
	sealer, err := r.sealer()
	if err != nil {
		return exit{exitFailure, err}
	}
	if o.quic != "refuse" && o.quic != "pass" {
		return usage("--quic %q: expected refuse or pass", o.quic)
	}
	var wg netip.AddrPort
	if o.wireguard != "" {
		if wg, err = netip.ParseAddrPort(o.wireguard); err != nil {
			return usage("--wireguard %q: expected an address and a port, as in 192.168.1.10:51820", o.wireguard)
		}
	}
	var l *evidence.Log
	if o.resume {
		l, err = evidence.Resume(o.out, sealer)
	} else {
		name := o.name
		if name == "" {
			name = caseName(o.out)
		}
		l, err = evidence.Create(o.out, evidence.Config{Name: name, Sealer: sealer, Begin: r.instrument()})
	}
	if err != nil {
		return exit{exitFailure, err}
	}
	r.log = evidence.NewWriter(l)
	if o.events.app != "" {
		if err := r.log.StateApp(o.events.app); err != nil {
			l.Close()
			return exit{exitFailure, err}
		}
	}
	cfg.Log = r.log
	r.engine = live.NewEngine(cfg)
	r.began = time.Now()
	if wg.IsValid() {
		if r.gate, err = live.OpenGate(r.engine, gate.Config{Listen: wg, Endpoint: o.endpoint, Dir: home}, r.setup(), o.quic == "refuse"); err != nil {
			r.engine.Close()
			l.Close()
			return exit{exitFailure, fmt.Errorf("WireGuard: %w", err)}
		}
	}
	return nil
}

// sealer says to whom the contents are sealed, nil with --plain.
func (r *recording) sealer() (evidence.Sealer, error) {
	if r.o.plain {
		return nil, nil
	}
	to, err := ownRecipient()
	if err != nil {
		return nil, err
	}
	for _, s := range r.o.sealTo {
		rs, err := age.ParseRecipients(strings.NewReader(s))
		if err != nil {
			return nil, fmt.Errorf("--seal-to %s: %w", s, err)
		}
		to.list = append(to.list, rs...)
		to.names = append(to.names, s)
	}
	return to, nil
}

// instrument is what the log's first entry says of us. Fields stand in the
// order of their names.
type instrument struct {
	Authority     string   `json:"authority"` // SHA-256 of its certificate
	Instrument    string   `json:"instrument"`
	KeepResponses bool     `json:"keep_responses"`
	Listen        string   `json:"listen"`
	Pass          []string `json:"pass"`
	Platform      string   `json:"platform"`
}

func (r *recording) instrument() instrument {
	return instrument{
		Authority: r.authority.Fingerprint(), Instrument: "constat " + version() + " " + runtime.Version(), KeepResponses: r.o.keepResponses,
		Listen: r.listener.Addr().String(), Pass: append([]string{}, r.o.pass...), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// caseName makes a name of a directory's.
func caseName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	name := strings.Map(func(c rune) rune {
		if c < 128 && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '_') {
			return c
		}
		return '-'
	}, filepath.Base(abs))
	name = strings.TrimLeft(name, ".")
	return name[:min(len(name), 80)]
}

// passList makes a test of host patterns.
func passList(patterns []string) (func(string) bool, error) {
	for _, p := range patterns {
		if strings.Contains(strings.TrimPrefix(p, "*."), "*") {
			return nil, usage("--pass %q: a star stands only for the beginning, as in *.example.com", p)
		}
	}
	return func(host string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			p = strings.ToLower(p)
			domain, wild := strings.CutPrefix(p, "*.")
			return host == domain && !wild || wild && strings.HasSuffix(host, "."+domain)
		})
	}, nil
}

// readHosts reads a file like /etc/hosts and returns a resolver that asks it
// before the system, and what tells whether it knows a host. "*.example.com"
// stands for every name below.
func readHosts(path string) (resolve func(context.Context, string) ([]netip.Addr, error), knows func(string) bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	known := map[string][]netip.Addr{}
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line, _, _ := strings.Cut(sc.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		a, err := netip.ParseAddr(fields[0])
		if err != nil {
			return nil, nil, fmt.Errorf("%s, line %d: %w; expected an address and names", path, n, err)
		}
		for _, host := range fields[1:] {
			host = strings.ToLower(host)
			known[host] = append(known[host], a)
		}
	}
	find := func(host string) []netip.Addr {
		for h := host; ; {
			if a := known[h]; a != nil {
				return a
			}
			_, rest, ok := strings.Cut(strings.TrimPrefix(h, "*."), ".")
			if !ok {
				return nil
			}
			h = "*." + rest
		}
	}
	return func(ctx context.Context, host string) ([]netip.Addr, error) {
		if a := find(host); a != nil {
			return a, nil
		}
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}, func(host string) bool { return find(host) != nil }, sc.Err()
}

// readRoots adds the authorities in a file to those of the system.
func readRoots(path string) (*x509.CertPool, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("%s has no certificate in PEM", path)
	}
	return pool, nil
}
