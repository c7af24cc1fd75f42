//go:build unix

package detect

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// BenchmarkMix is one core on the mix of bodies that bench/detect writes:
//
//	CONSTAT_MIX=mix.bin CONSTAT_PERSONA=persona.toml GOMAXPROCS=1 \
//		go test -run xxx -bench Mix -benchtime 1x ./detect
//
// Time is the processor time of the whole process, garbage collection included,
// so that what else the machine does matters little. Reading the file is not
// counted. bench/detect/run.sh does all of it.
func BenchmarkMix(b *testing.B) {
	path, file := os.Getenv("CONSTAT_MIX"), os.Getenv("CONSTAT_PERSONA")
	if path == "" {
		b.Skip("CONSTAT_MIX is not set")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	for _, tier := range []struct {
		name string
		fast bool
	}{{"fast", true}, {"deep", false}} {
		b.Run(tier.name, func(b *testing.B) {
			s := engine(b, string(text), Options{Limits: peel.Limits{Fast: tier.fast}}).NewScanner()
			for b.Loop() {
				f, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				var spent time.Duration
				var byKind [6]struct {
					spent time.Duration
					bytes int64
				}
				var total, decoded int64
				found, gaps := 0, 0
				in := bufio.NewReaderSize(f, 1<<20)
				var waiting [6][]*flow.Flow
				scan := func(kind int) {
					start := cpuTime()
					for _, x := range waiting[kind] {
						r := s.Scan(x)
						n := int64(len(x.Request.Body.Data))
						total += n
						byKind[kind].bytes += n
						for _, y := range r.Findings {
							if y.Grade == GradeA {
								found++
							}
						}
						for _, p := range r.Parts {
							decoded += p.Report.Expanded
							for _, g := range p.Report.Gaps {
								if g.Kind == "budget" {
									gaps++
								}
							}
						}
					}
					took := cpuTime() - start
					spent += took
					byKind[kind].spent += took
					waiting[kind] = waiting[kind][:0]
				}
				for {
					var head [5]byte
					if _, err := io.ReadFull(in, head[:]); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
					body := make([]byte, binary.LittleEndian.Uint32(head[1:]))
					if _, err := io.ReadFull(in, body); err != nil {
						b.Fatal(err)
					}
					kind := int(head[0])
					if waiting[kind] = append(waiting[kind], post("/v1/log", mixTypes[kind], body)); len(waiting[kind]) == 64 {
						scan(kind)
					}
				}
				for kind := range waiting {
					scan(kind)
				}
				f.Close()
				b.ReportMetric(float64(total)/1e6/spent.Seconds(), "MB/s")
				for i, k := range byKind {
					b.ReportMetric(float64(k.bytes)/1e6/k.spent.Seconds(), mixKinds[i]+"-MB/s")
				}
				b.ReportMetric(float64(found), "found")
				b.ReportMetric(float64(gaps), "budget-gaps")
				b.ReportMetric(float64(decoded)/float64(total), "x-decoded")
			}
		})
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// mixKinds are bench/detect's kinds of bodies, in order.
var mixKinds = []string{"json", "form", "protobuf", "base64", "gzip", "random"}

// mixTypes are the media types of bench/detect's kinds of bodies.
var mixTypes = []string{asJSON, asForm, "application/x-protobuf", asText, asRaw, asRaw}
