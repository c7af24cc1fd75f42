// Command compare runs TrackHAR and constat on the same capture, in turn and
// N times, checks what each found against the truth, and prints both. It
// exits with 1 when constat is less than -ratio times as fast or does not
// find strictly more. bench/trackhar/run.sh prepares what it needs.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

func main() {
	var c comparison
	flag.StringVar(&c.har, "har", "", "capture `file`")
	flag.StringVar(&c.truth, "truth", "", "truth JSON Lines `file`")
	flag.StringVar(&c.persona, "persona", "", "persona TOML `file`")
	flag.StringVar(&c.indicators, "indicators", "", "indicatorValues JSON `file`")
	flag.StringVar(&c.constat, "constat", "", "constat `binary`; without it only TrackHAR runs")
	flag.StringVar(&c.script, "script", "", "trackhar.mjs, in a directory where it finds trackhar")
	flag.IntVar(&c.runs, "runs", 3, "runs of each")
	flag.Float64Var(&c.ratio, "ratio", 20, "how many times faster constat must be")
	flag.Parse()
	ok, err := c.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

type comparison struct {
	har, truth, persona, indicators, constat, script string

	runs  int
	ratio float64
}

// cost is what one run took.
type cost struct {
	wall time.Duration
	rss  int64 // peak resident set, bytes
}

func (c *comparison) run() (ok bool, err error) {
	info, err := os.Stat(c.har)
	if err != nil {
		return false, err
	}
	truth, err := readTruth(c.truth)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "constat-bench")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)

	var peers, ours []cost
	var peerFound, ourFound found
	for i := range c.runs {
		fmt.Fprintf(os.Stderr, "run %d of %d: TrackHAR …\n", i+1, c.runs)
		cost, hits, err := c.runTrackHAR(dir + "/trackhar.json")
		if err != nil {
			return false, err
		}
		peers, peerFound = append(peers, cost), truth.checkTrackHAR(hits)
		if c.constat == "" {
			continue
		}
		fmt.Fprintf(os.Stderr, "run %d of %d: constat …\n", i+1, c.runs)
		cost, err = c.runConstat(dir + "/constat.json")
		if err != nil {
			return false, err
		}
		ours = append(ours, cost)
	}
	if c.constat != "" {
		if ourFound, err = truth.checkConstat(dir + "/constat.json"); err != nil {
			return false, err
		}
	}

	fmt.Printf("%s: %.1f MB, %d values planted in %d entries\n\n", c.har, float64(info.Size())/1e6, len(truth.rows), truth.entries)
	fmt.Printf("%-10s %8s %8s %10s %9s %9s %10s\n", "", "s", "MB/s", "peak MB", "found", "of", "unplanted")
	printCost("TrackHAR", info.Size(), peers, peerFound, len(truth.rows))
	if c.constat == "" {
		truth.printRecall(peerFound, nil)
		return true, nil
	}
	printCost("constat", info.Size(), ours, ourFound, len(truth.rows))
	truth.printRecall(peerFound, ourFound.rows)

	ratio := median(peers).wall.Seconds() / median(ours).wall.Seconds()
	missed := 0
	for row := range peerFound.rows {
		if !ourFound.rows[row] {
			missed++
		}
	}
	fast := ratio >= c.ratio
	more := missed == 0 && len(ourFound.rows) > len(peerFound.rows)
	fmt.Printf("\n%.1f times as fast (want %.0f): %s\n", ratio, c.ratio, verdict(fast))
	fmt.Printf("finds %d more, misses %d that TrackHAR finds (want strictly more): %s\n",
		len(ourFound.rows)-len(peerFound.rows), missed, verdict(more))
	return fast && more, nil
}

func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "NOT MET"
}

// printCost prints the median run; found and unplanted are equal in all.
func printCost(name string, size int64, runs []cost, f found, of int) {
	m := median(runs)
	fmt.Printf("%-10s %8.2f %8.1f %10.0f %9d %9d %10d   (runs:", name,
		m.wall.Seconds(), float64(size)/1e6/m.wall.Seconds(), float64(m.rss)/1e6, len(f.rows), of, f.unplanted)
	for _, r := range runs {
		fmt.Printf(" %.2f s", r.wall.Seconds())
	}
	fmt.Println(")")
}

func median(runs []cost) cost {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b cost) int { return int(a.wall - b.wall) })
	return sorted[len(sorted)/2]
}

// runTrackHAR takes the script's own clock, which leaves out what is node's.
func (c *comparison) runTrackHAR(result string) (cost, []peerEntry, error) {
	cmd := exec.Command("node", "--max-old-space-size=8192", c.script, c.har, c.indicators, result)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return cost{}, nil, fmt.Errorf("node %s: %w", c.script, err)
	}
	b, err := os.ReadFile(result)
	if err != nil {
		return cost{}, nil, err
	}
	var r struct {
		Parse   float64     `json:"parse_s"`
		Process float64     `json:"process_s"`
		MaxRSS  int64       `json:"max_rss_bytes"`
		Found   []peerEntry `json:"found"`
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return cost{}, nil, fmt.Errorf("%s: %w", result, err)
	}
	return cost{time.Duration((r.Parse + r.Process) * float64(time.Second)), r.MaxRSS}, r.Found, nil
}

// runConstat times the whole process, from its start to the last byte of the
// ledger on disk.
func (c *comparison) runConstat(result string) (cost, error) {
	out, err := os.Create(result)
	if err != nil {
		return cost{}, err
	}
	defer out.Close()
	cmd := exec.Command(c.constat, "audit", c.har, "--persona", c.persona, "--json")
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s audit: %w", c.constat, err)
	}
	wall := time.Since(start)
	// ru_maxrss is in units of 1024 bytes on Linux (getrusage(2)).
	rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024
	return cost{wall, rss}, nil
}
