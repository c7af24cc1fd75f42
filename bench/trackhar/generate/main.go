// Command generate writes a synthetic HAR of any size, the persona whose
// values are planted in it, and the truth: which value went out in which
// entry, and in what form. The same flags always give the same bytes.
//
//	generate -size 64MB -posts 20000 -out big.har -persona persona.toml \
//	         -indicators indicators.json -truth truth.jsonl
//
// The capture looks like one from Chrome's developer tools: POSTs of nested
// JSON, forms, JSON in JSON, and gzip'd and base64'd fields, mostly noise (ids,
// times, tokens). It is written as a stream, so "-size 5GB -out -" needs no
// more memory than one entry.
//
// It shares no code with the packages that undo its encodings.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	size := flag.String("size", "64MB", "`bytes` of the HAR (kB, MB and GB are powers of 1000)")
	posts := flag.Int("posts", 0, "`number` of entries (default: one per 3,200 bytes)")
	seed := flag.Uint64("seed", 1, "seed of everything random")
	out := flag.String("out", "-", "HAR `file` (- for standard output)")
	personaFile := flag.String("persona", "", "persona TOML `file`")
	indicatorsFile := flag.String("indicators", "", "TrackHAR indicatorValues JSON `file`")
	truthFile := flag.String("truth", "", "truth JSON Lines `file`")
	flag.Parse()
	if err := run(*size, *posts, *seed, *out, *personaFile, *indicatorsFile, *truthFile); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(sizeText string, posts int, seed uint64, out, personaFile, indicatorsFile, truthFile string) error {
	size, err := parseSize(sizeText)
	if err != nil {
		return err
	}
	if posts == 0 {
		posts = max(1, int(size/3200))
	}
	if personaFile != "" {
		if err := os.WriteFile(personaFile, personaTOML(), 0o600); err != nil {
			return err
		}
	}
	if indicatorsFile != "" {
		b, err := json.MarshalIndent(indicatorValues(), "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(indicatorsFile, append(b, '\n'), 0o600); err != nil {
			return err
		}
	}
	truth := func(Plant) error { return nil }
	if truthFile != "" {
		f, err := os.Create(truthFile)
		if err != nil {
			return err
		}
		defer f.Close()
		w := bufio.NewWriter(f)
		defer w.Flush()
		rows := json.NewEncoder(w)
		truth = func(p Plant) error { return rows.Encode(p) }
	}
	var w io.Writer = os.Stdout
	if out != "-" {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		defer f.Close()
		w = f
	}
	return writeHAR(w, size, posts, seed, truth)
}

// parseSize reads "64MB", "5GB", "800kB" or a plain number of bytes.
func parseSize(s string) (int64, error) {
	for _, unit := range []struct {
		suffix string
		bytes  int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"", 1}} {
		number, ok := strings.CutSuffix(s, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n <= 0 || n > 1<<50/unit.bytes {
			break
		}
		return n * unit.bytes, nil
	}
	return 0, errors.New("-size " + s + ": want a number of bytes, kB, MB or GB, such as 64MB")
}
