// Command detect writes the mix of bodies that the detector is measured with:
// as bodies one after the other, each after its kind (a byte) and its length
// (four bytes, little endian), for BenchmarkMix of package detect; or as a
// HAR; or as lines, for a plain search. See run.sh.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"flag"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	size := flag.Int64("size", 1<<30, "`bytes` of bodies")
	indicators := flag.String("indicators", "", "JSON `file` with the persona's values (bench/trackhar/generate writes one)")
	format := flag.String("format", "bodies", "bodies, har or lines")
	out := flag.String("out", "mix.bin", "`file` to write")
	flag.Parse()
	text, err := os.ReadFile(*indicators)
	if err != nil {
		log.Fatal(err)
	}
	var byType map[string][]string
	if err := json.Unmarshal(text, &byType); err != nil {
		log.Fatal(err)
	}
	var values []string
	for _, t := range slices.Sorted(maps.Keys(byType)) {
		values = append(values, byType[t]...)
	}
	f, err := os.Create(*out)
	if err != nil {
		log.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	write, ok := map[string]func(*bufio.Writer, int, []byte){"bodies": body, "har": entry, "lines": line}[*format]
	if !ok {
		log.Fatalf("-format %q: expected bodies, har or lines", *format)
	}
	if *format == "har" {
		w.WriteString(`{"log":{"version":"1.2","creator":{"name":"bench","version":"1"},"entries":[`)
	}
	m := newMix(1, values)
	bodies, n := 0, int64(0)
	for n < *size {
		kind, b := m.next()
		if *format == "har" && bodies > 0 {
			w.WriteByte(',')
		}
		write(w, kind, b)
		bodies++
		n += int64(len(b))
	}
	if *format == "har" {
		w.WriteString("]}}")
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
	log.Printf("%s: %d bodies, %d bytes, %d planted values", *out, bodies, n, m.planted)
}

func body(w *bufio.Writer, kind int, b []byte) {
	head := binary.LittleEndian.AppendUint32([]byte{byte(kind)}, uint32(len(b)))
	w.Write(head)
	w.Write(b)
}

func line(w *bufio.Writer, _ int, b []byte) {
	w.Write(b)
	w.WriteByte('\n')
}

// entry writes a body as a request of a HAR, bytes as the text that browsers
// make of them.
func entry(w *bufio.Writer, kind int, b []byte) {
	none := []int{}
	text, err := json.Marshal(map[string]any{
		"startedDateTime": "2026-01-05T08:00:00Z", "time": 0, "cache": struct{}{}, "timings": map[string]int{"send": 0, "wait": 0, "receive": 0},
		"request": map[string]any{
			"method": "POST", "url": "https://t.example/v1/log", "httpVersion": "HTTP/1.1", "cookies": none, "queryString": none, "headersSize": -1, "bodySize": len(b),
			"headers":  []any{map[string]string{"name": "Content-Type", "value": kinds[kind].media}},
			"postData": map[string]any{"mimeType": kinds[kind].media, "text": strings.ToValidUTF8(string(b), "\ufffd")},
		},
		"response": map[string]any{
			"status": 200, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": none, "headers": none, "redirectURL": "", "headersSize": -1, "bodySize": 0,
			"content": map[string]any{"size": 0, "mimeType": ""},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	w.Write(text)
}
