// Command peak runs a command and prints, to standard error, how long it took
// and its peak resident set. It exits with 1 when that is above -limit.
//
//	peak -limit 300 -bytes 5000000000 -- constat audit big.har --json
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	limit := flag.Int64("limit", 300, "highest peak resident set allowed, in `MB` (1,000,000 bytes)")
	size := flag.Int64("bytes", 0, "size of the input in `bytes`, for MB/s")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "peak: no command; usage: peak -limit MB -- COMMAND ARGUMENT…")
		os.Exit(2)
	}
	cmd := exec.Command(flag.Arg(0), flag.Args()[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "peak: %s: %v\n", flag.Arg(0), err)
		os.Exit(1)
	}
	wall := time.Since(start)
	// ru_maxrss is in units of 1024 bytes on Linux (getrusage(2)).
	rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024
	fmt.Fprintf(os.Stderr, "%.1f MB in %.1f s (%.1f MB/s), peak resident set %.1f MB (limit %d)\n",
		float64(*size)/1e6, wall.Seconds(), float64(*size)/1e6/wall.Seconds(), float64(rss)/1e6, *limit)
	if rss > *limit*1e6 {
		os.Exit(1)
	}
}
