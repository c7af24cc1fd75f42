// Command constat settles, by measurement, what personal data an app sends
// away: what leaves, in what form, to whom, where on Earth and when.
//
// See constat --help, and the README for a tour.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes, the same for every sub-command.
const (
	exitDone     = 0 // the work is done, whatever it found
	exitFailure  = 1 // it could not be done, or an input could not be read
	exitUsage    = 2 // the command was not understood
	exitFindings = 3 // findings above --fail-on
	exitVerify   = 4 // verification failed
	exitCoverage = 5 // coverage too low to conclude
)

// exit is an error that carries its exit code.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string { return e.err.Error() }
func (e exit) Unwrap() error { return e.err }

// usage marks an error as the caller's.
func usage(format string, args ...any) error { return exit{exitUsage, fmt.Errorf(format, args...)} }

func main() {
	tune()
	os.Exit(run())
}

// tune trades memory for fewer collections: an audit's live data is a few
// tens of megabytes, and the bench's 64 MB HAR takes 0.66 s so, 0.76 s with
// the defaults. The limit keeps a long audit under 300 MB (bench/memory). Both
// give way to the environment's GOGC and GOMEMLIMIT.
func tune() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(220 << 20)
	}
}

// run is main with a result, for the transcript tests.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var e exit
	if errors.As(err, &e) {
		fmt.Fprintf(os.Stderr, "constat: %v\n", e.err)
		if e.code == exitUsage {
			fmt.Fprintf(os.Stderr, "See '%s --help'.\n", cmd.CommandPath())
		}
		return e.code
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "constat: interrupted")
		return 130
	}
	fmt.Fprintf(os.Stderr, "constat: %v\n", err)
	if cmd == root || !cmd.SilenceUsage { // cobra's own complaints come before RunE
		fmt.Fprintf(os.Stderr, "See '%s --help'.\n", cmd.CommandPath())
		return exitUsage
	}
	return exitFailure
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "constat",
		Short: "Measure what personal data an app sends away",
		Long: `constat settles, by measurement, what personal data an app sends away:
what leaves, in what form, to whom, where on Earth, and when.

It records the traffic of a phone or a browser as evidence, or reads captures
that other tools made: packet captures (pcap, pcapng, of tcpdump, Wireshark or
PCAPdroid), HAR files of browsers and proxies, mitmproxy flow dumps, net-logs of
Chromium; and, of contacts without contents, Apple's App Privacy Report,
PCAPdroid's CSV and PiRogue's socket traces. It needs no network of its own and
sends nothing anywhere.`,
		Example: `  constat audit capture.har --persona persona.toml
  constat audit capture.har --persona persona.toml --html report.html
  constat audit dump.mitm --json | jq .headline
  constat capture --browser --out visit.log
  constat verify visit.log`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true, // a mistake in one flag needs no page of help: the error ends with where it is
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exit{exitUsage, err} })
	root.AddCommand(newAudit(), newAsk(), newFlows(), newDiff(), newCapture(), newVerify(), newLab(), newPersona(), newProtocol(), newWhere(), newData(), newSchema(), newMan())
	return root
}

// version is what the build recorded, or "devel".
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
