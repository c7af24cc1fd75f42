// Command measure runs a command and writes to a file, as JSON, how long it
// took, the processor time it used and its peak resident set. Standard input
// and output are the command's.
//
//	measure -out FILE -bytes 500000000 -- tshark -r capture.pcapng …
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	out := flag.String("out", "", "`FILE` for the figures")
	size := flag.Int64("bytes", 0, "size of the input in `bytes`, for MB/s")
	flag.Parse()
	if flag.NArg() == 0 || *out == "" {
		fmt.Fprintln(os.Stderr, "measure: usage: measure -out FILE -bytes N -- COMMAND ARGUMENT…")
		os.Exit(2)
	}
	cmd := exec.Command(flag.Arg(0), flag.Args()[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start).Seconds()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	state := cmd.ProcessState
	cpu := (state.UserTime() + state.SystemTime()).Seconds()
	// ru_maxrss is in units of 1024 bytes on Linux (getrusage(2)).
	rss := float64(state.SysUsage().(*syscall.Rusage).Maxrss) * 1024 / 1e6
	b, _ := json.Marshal(map[string]any{"wall_s": wall, "cpu_s": cpu, "peak_mb": rss, "mb_per_s": float64(*size) / 1e6 / wall, "exit": state.ExitCode()})
	if err := os.WriteFile(*out, append(b, '\n'), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	os.Exit(state.ExitCode())
}
