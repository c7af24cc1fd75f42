package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/recipient/probe"
)

// whereFlags are what the user said to constat where.
type whereFlags struct {
	host, from, access, on string
	rtt                    []time.Duration
	header, claim          []string
	data                   dataFlags
	probe                  bool
	handshakes             int
	port                   uint16
	json                   bool
}

func newWhere() *cobra.Command {
	var o whereFlags
	cmd := &cobra.Command{
		Use:   "where ADDRESS|HOST...",
		Short: "Say who is behind an address or a name, and where it can be",
		Long: `Where gives the answer that an audit gives of each server, for one address or
name, with every piece of evidence on a line of its own: who is behind it, whose
law reaches them, what registries, estimates and operators say of the place, and
what light allows.

Four things are kept apart. The edge is the machine that completed the handshake;
the answer may have been computed elsewhere; where data is stored cannot be
measured at all; whose law reaches the owner is no place. A database alone never
proves a place; a round trip can exclude one.

Nothing is sent anywhere, and a name is not looked up, unless you say --probe:
then this machine makes a few TLS handshakes with the server, one after another,
each of them told of. The operator can see that, and from where.

A round trip given with --rtt has to be one that only a holder of the server's key
can have answered: a TLS or QUIC handshake, not a ping.`,
		Example: `  # what do tables say, and what is it worth?
  constat where 8.130.1.1

  # can a server that answered in 12 ms from Paris be in China?
  constat where 47.254.128.1 --rtt 12ms --from Paris --claim CN

  # with what the operator says in a response
  constat where 104.16.132.229 --rtt 3ms --from "Paris ±25" --header 'CF-Ray: 8c1f2a3b4c5d6e7f-CDG'

  # measure it from here, at a glass fibre
  constat where example.com --probe --from "48.86,2.35 ±10" --access wired

  # for a program: one object a line
  constat where 47.246.42.152 203.0.113.9 --json | jq '.places'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("where needs an address or the name of a host")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.host, "host", "", "`name` that the address was spoken to by")
	f.DurationSliceVar(&o.rtt, "rtt", nil, "round `time` of a handshake, as in 12ms; repeat it for more than one")
	f.StringVar(&o.from, "from", "", "`place` that it was measured from: \"Paris\", \"48.86,2.35 ±25\" (km)")
	f.StringVar(&o.access, "access", "unknown", "how that place is connected: wired, cellular, satellite or unknown")
	f.StringArrayVar(&o.header, "header", nil, "`field` of a response, as in 'CF-Ray: …'")
	f.StringArrayVar(&o.claim, "claim", nil, "`country` to be judged, too, by its code")
	f.StringVar(&o.on, "on", "", "`day` of the measurement, for the age of tables; default: today")
	f.BoolVar(&o.probe, "probe", false, "make handshakes with the server; look the name up")
	f.IntVar(&o.handshakes, "handshakes", 3, fmt.Sprintf("`number` of handshakes of --probe, at most %d", probe.MaxHandshakes))
	f.Uint16Var(&o.port, "port", 443, "`port` of --probe")
	o.data.register(f)
	f.BoolVar(&o.json, "json", false, "write one JSON object a line")
	return cmd
}

func (o *whereFlags) run(ctx context.Context, stdout, stderr io.Writer, targets []string) error {
	q, err := o.question(len(targets))
	if err != nil {
		return err
	}
	user, err := o.data.load()
	if err != nil {
		return exit{exitFailure, err}
	}
	book, err := recipient.OpenWith(user)
	if err != nil {
		return exit{exitFailure, err}
	}
	for _, target := range targets {
		q := q
		q.Address, _ = netip.ParseAddr(strings.Trim(target, "[]"))
		if !q.Address.IsValid() {
			q.Host = target
		}
		if err := named(target, q); err != nil {
			return err
		}
		probes, err := o.measure(ctx, stderr, &q)
		if err != nil {
			return exit{exitFailure, err}
		}
		if err := o.write(stdout, found{book.Where(q), probes}); err != nil {
			return exit{exitFailure, err}
		}
	}
	return nil
}

// found is an answer, with the handshakes that were made for it.
type found struct {
	recipient.Whereabouts
	Probes []probe.Handshake `json:"probes,omitempty"`
}

// question is what was said of all targets.
func (o *whereFlags) question(targets int) (q recipient.Question, err error) {
	q = recipient.Question{Host: o.host, At: time.Now().UTC()}
	if targets > 1 && (len(o.rtt) > 0 || len(o.header) > 0 || o.host != "") {
		return q, usage("--rtt, --header and --host are of one server: give one address")
	}
	switch o.access {
	case "unknown", "wired", "cellular", "satellite":
	default:
		return q, usage("--access %q: expected wired, cellular, satellite or unknown", o.access)
	}
	if o.from != "" {
		v, err := recipient.ParseVantage(o.from)
		if err != nil {
			return q, exit{exitUsage, err}
		}
		v.Access = recipient.Access(o.access)
		q.From = &v
	}
	if o.on != "" {
		if q.At, err = time.Parse(time.DateOnly, o.on); err != nil {
			return q, usage("--on %q: expected a day, as in 2026-06-30", o.on)
		}
	}
	for _, d := range o.rtt {
		if d <= 0 {
			return q, usage("--rtt %s: expected a time, as in 12ms", d)
		}
		q.Timings = append(q.Timings, flow.Timing{TLS: &flow.RTT{D: d, Leg: flow.Direct, Basis: "as told"}})
	}
	for _, h := range o.header {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return q, usage("--header %q: expected a field, as in 'CF-Ray: 8c1f…-CDG'", h)
		}
		q.Header = append(q.Header, flow.Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	for _, c := range o.claim {
		if len(c) != 2 {
			return q, usage("--claim %q: expected the code of a country (ISO 3166-1), as in CN", c)
		}
		q.Claimed = append(q.Claimed, strings.ToUpper(c))
	}
	return q, nil
}

// named refuses what is neither an address nor a name.
func named(target string, q recipient.Question) error {
	if q.Address.IsValid() || len(target) <= 253 && strings.Contains(target, ".") && !strings.ContainsAny(target, "/:@ \t") {
		return nil
	}
	return usage("%q is neither an address nor the name of a host (a URL's host is what stands between // and /)", target)
}

// measure makes handshakes, if the user asked for them, and tells of each.
func (o *whereFlags) measure(ctx context.Context, log io.Writer, q *recipient.Question) ([]probe.Handshake, error) {
	if !o.probe {
		return nil, nil
	}
	if !q.Address.IsValid() {
		all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", q.Host)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.Host, err)
		}
		q.Address = all[0].Unmap()
		fmt.Fprintf(log, "%s  looked up %s: %s\n", time.Now().UTC().Format(time.RFC3339), q.Host, q.Address)
	}
	hs := probe.Run(ctx, netip.AddrPortFrom(q.Address, o.port), probe.Options{ServerName: q.Host, Handshakes: o.handshakes, Pause: time.Second})
	for _, h := range hs {
		what := h.Error
		if what == "" {
			what = fmt.Sprintf("connected in %s, key proved in %s, %s, %s", h.TCP.Round(10*time.Microsecond), h.TLS.Round(10*time.Microsecond), h.Version, cmp.Or(h.Subject, "no subject"))
		}
		fmt.Fprintf(log, "%s  handshake with %s: %s\n", h.Time.UTC().Format(time.RFC3339), h.Address, what)
	}
	q.Timings = append(q.Timings, probe.Timing(hs)...)
	return hs, nil
}

func (o *whereFlags) write(w io.Writer, f found) error {
	if o.json {
		return json.NewEncoder(w).Encode(f)
	}
	b := bufio.NewWriter(w)
	writeWhere(b, &f.Whereabouts)
	return b.Flush()
}

// writeWhere writes an answer for a person, a piece of evidence a line.
func writeWhere(w io.Writer, a *recipient.Whereabouts) {
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-14s%s\n", label, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(w, strings.TrimSpace(a.Host+"  "+a.Address))
	if a.Owner != "" && a.Owner != a.Host {
		line("owner", "%s", strings.Join(nonEmpty(a.Owner, a.Parent, a.Role), ", "))
	}
	for _, e := range a.Who {
		line("", "%s: %s (%s; strength %d of 5, 1 is best)", e.Says, e.Detail, strings.Join(nonEmpty(e.Source, e.Date), ", "), e.Strength)
	}
	if a.Operator != "" {
		line("operator", "%s, for %s", a.Operator, cmp.Or(a.Customer, "an unknown customer"))
	}
	if a.ASN != 0 {
		line("network", "AS%d %s", a.ASN, a.Holder)
	}
	for _, r := range a.Control {
		line("law reaches", "%s through the %s: %s", r.Country, r.Through, r.Who)
	}
	if a.Kind != "" && a.Kind != recipient.Public {
		line("address", "%s: no place on the Internet", a.Kind)
	}
	if a.Registered != "" {
		line("registered", "%s, which says who holds the block, never where the machine is", a.Registered)
	}
	for _, e := range a.Estimates {
		line("estimated", "%s by %s, content of %s", cmp.Or(e.Country, "nowhere"), e.Source, e.ContentDate.Format(time.DateOnly))
	}
	for _, r := range a.Regions {
		line("published", "%s region %s, %s", r.Provider, r.Region, strings.Join(nonEmpty(r.City, r.Country), ", "))
	}
	for _, s := range slices.Concat(a.Statements, a.Storage) {
		said := strings.Join(nonEmpty(s.Field+" "+s.Value, strings.Join(nonEmpty(s.Place, s.Country), ", ")), ": ")
		line("stated", "%s: %s%s", s.Layer, said, trap(s.Trap))
	}
	if a.RTT > 0 {
		line("measured", "%.1f ms%s", a.RTT, strings.Join(append([]string{""}, a.Within...), ", "))
	}
	for _, v := range a.Places {
		line(string(v.Layer), "%s: %s", v.Country, v.Verdict)
		for _, b := range v.Because {
			line("", "- %s", b)
		}
	}
	if n := len(a.Excluded); n > 0 {
		line("excluded", "%d countries by the round trip; %d are left: %s", n, len(a.Left), strings.Join(a.Left, " "))
	}
	for _, e := range a.Errors {
		line("contradiction", "%s", e)
	}
	if a.Established != "" {
		line("established", "%s: %s", a.Established, strings.Join(a.EstablishedBy, "; "))
	} else {
		line("established", "nothing")
	}
	for _, s := range a.Sources {
		line("source", "%s (%s), %s %s", s.Name, s.ContentDate, s.Licence, s.Link)
	}
	fmt.Fprintf(w, "  %s\n", a.Limit)
}

func trap(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
