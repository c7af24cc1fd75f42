// Command detect measures the detector on one core, in both tiers, on the mix
// of bodies of the field notes. See run.sh.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/persona"
)

func main() {
	log.SetFlags(0)
	size := flag.Int64("size", 1<<30, "`bytes` of bodies")
	tier := flag.String("tier", "deep", "deep or fast")
	personaFile := flag.String("persona", "", "persona `file` (bench/trackhar/generate writes one)")
	only := flag.String("only", "", "only bodies of this `kind`")
	write := flag.String("write", "", "write the bodies into a `file` instead")
	har := flag.String("har", "", "write the bodies as a HAR `file` instead")
	profile := flag.String("cpuprofile", "", "write a profile into a `file`")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(100)

	text, err := os.ReadFile(*personaFile)
	if err != nil {
		log.Fatal(err)
	}
	p, err := persona.Parse(bytes.NewReader(text), *personaFile)
	if err != nil {
		log.Fatal(err)
	}
	var values []string
	for _, v := range p.Values {
		if v.Weak() == "" {
			values = append(values, v.Value)
		}
	}
	m := newMix(1, values)
	switch {
	case *write != "":
		each(m, *size, *only, create(*write, func(w *bufio.Writer, _ int, b []byte) { w.Write(b); w.WriteByte('\n') }))
		return
	case *har != "":
		writeHAR(m, *size, *only, *har)
		return
	}
	e, err := detect.New(p, detect.Options{Limits: peel.Limits{Fast: *tier == "fast"}})
	if err != nil {
		log.Fatal(err)
	}
	s := e.NewScanner()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	var spent, spentOf [16]time.Duration
	var bytesOf [16]int64
	var total int64
	found, bodies, expanded, gaps := 0, 0, int64(0), 0
	why := map[string]int{} // of gaps
	each(m, *size, *only, func(kind int, b []byte) {
		f := &flow.Flow{Request: &flow.Request{Method: "POST", URL: "https://t.example/v1/log", Headers: []flow.Field{{Name: "Content-Type", Value: kinds[kind].media}}}}
		f.Request.Body = flow.Body{Data: b, Kept: true, Size: int64(len(b))}
		start := time.Now()
		r := s.Scan(f)
		d := time.Since(start)
		spent[0] += d
		spentOf[kind] += d
		bytesOf[kind] += int64(len(b))
		total += int64(len(b))
		bodies++
		for _, x := range r.Findings {
			if x.Grade == detect.GradeA {
				found++
			}
		}
		for _, part := range r.Parts {
			expanded += part.Report.Expanded
			gaps += len(part.Report.Gaps)
			for _, g := range part.Report.Gaps {
				why[g.Kind+": "+g.Step+": "+g.Message]++
			}
		}
	})
	var use syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	rate := func(n int64, d time.Duration) float64 { return float64(n) / 1e6 / d.Seconds() }
	fmt.Printf("%s\t%.1f MB/s\t%d bodies, %.0f MB, %d of %d planted values found, decoded %.1fx, %d gaps, %d MB resident at most\n",
		*tier, rate(total, spent[0]), bodies, float64(total)/1e6, found, m.planted, float64(expanded)/float64(total), gaps, use.Maxrss>>10)
	for k := range kinds {
		if bytesOf[k] > 0 {
			fmt.Printf("\t%s\t%.1f MB/s of %.0f MB\n", kinds[k].name, rate(bytesOf[k], spentOf[k]), float64(bytesOf[k])/1e6)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(why)) {
		fmt.Printf("\tgap\t%d times %s\n", why[w], w)
	}
}

// each makes bodies until there are so many bytes.
func each(m *mix, size int64, only string, do func(kind int, b []byte)) {
	for n := int64(0); n < size; {
		kind, b := m.next()
		if only == "" || kinds[kind].name == only {
			n += int64(len(b))
			do(kind, b)
		}
	}
}

func create(path string, do func(w *bufio.Writer, kind int, b []byte)) func(kind int, b []byte) {
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return func(kind int, b []byte) {
		do(w, kind, b)
		if err := w.Flush(); err != nil {
			log.Fatal(err)
		}
	}
}

// writeHAR writes the bodies as requests of a HAR, binary ones as the text
// that browsers make of them.
func writeHAR(m *mix, size int64, only, path string) {
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	w.WriteString(`{"log":{"version":"1.2","creator":{"name":"bench","version":"1"},"entries":[`)
	n := 0
	each(m, size, only, func(kind int, b []byte) {
		if n > 0 {
			w.WriteByte(',')
		}
		n++
		var entry struct {
			StartedDateTime string         `json:"startedDateTime"`
			Time            int            `json:"time"`
			Request         map[string]any `json:"request"`
			Response        map[string]any `json:"response"`
			Cache           struct{}       `json:"cache"`
			Timings         map[string]int `json:"timings"`
		}
		entry.StartedDateTime = "2026-01-05T08:00:00Z"
		entry.Request = map[string]any{"method": "POST", "url": "https://t.example/v1/log", "httpVersion": "HTTP/1.1", "cookies": []int{},
			"headers": []any{map[string]string{"name": "Content-Type", "value": kinds[kind].media}}, "queryString": []int{}, "headersSize": -1, "bodySize": len(b),
			"postData": map[string]any{"mimeType": kinds[kind].media, "text": strings.ToValidUTF8(string(b), "\ufffd")}}
		entry.Response = map[string]any{"status": 200, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": []int{}, "headers": []int{}, "content": map[string]any{"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": 0}
		entry.Timings = map[string]int{"send": 0, "wait": 0, "receive": 0}
		line, err := json.Marshal(entry)
		if err != nil {
			log.Fatal(err)
		}
		w.Write(line)
	})
	w.WriteString("]}}")
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
}
