package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// fortyValues is a persona of the size that the comparison with the peers uses.
func fortyValues() string {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("region = \"FR\"\n")
	value := func(typ, v string) { fmt.Fprintf(&b, "[[value]]\ntype = %q\nvalue = %q\n", typ, v) }
	for i := range 5 {
		value("contact.email", fmt.Sprintf("person%d.%x@example.org", i, r.Uint32()))
		value("contact.phone", fmt.Sprintf("+336%08d", r.IntN(1e8)))
		value("device.mac", fmt.Sprintf("3c:5a:b4:%02x:%02x:%02x", r.IntN(256), r.IntN(256), r.IntN(256)))
		value("device.ad_id", fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(65536), r.IntN(4096), r.IntN(4096), r.Uint64()>>16))
		value("device.android_id", fmt.Sprintf("%016x", r.Uint64()))
		value("contact.name", fmt.Sprintf("Camille Roussel%c", 'a'+i))
		value("location.precise", fmt.Sprintf("%.6f,%.6f", 40+10*r.Float64(), 1+9*r.Float64()))
		value("content.message", fmt.Sprintf("a planted sentence number %d", r.Uint32()))
	}
	return b.String()
}

// telemetry is a POST of n bytes of JSON as analytics SDKs send it. planted
// values stand in it if any.
func telemetry(r *rand.Rand, n int, planted ...string) *flow.Flow {
	var b []byte
	b = append(b, `{"sdk":"4.12.0","app":"com.example.video","batch":[`...)
	for i := 0; len(b) < n; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"event":"screen_view","ts":%d,"seq":%d,"props":{"screen":"home","from":"feed","duration":%.3f,"id":"%016x","flag":true,"label":"%x"}}`,
			1_700_000_000_000+r.IntN(1e9), i, r.Float64(), r.Uint64(), r.Uint32())
	}
	b = append(b, `],"x":"`...)
	b = append(b, strings.Join(planted, `","y":"`)...)
	b = append(b, `"}`...)
	return post("/v1/batch?app=1&v=2", asJSON, b)
}

func benchmarkScan(b *testing.B, planted ...string) {
	s := engine(b, fortyValues(), Options{}).NewScanner()
	r := rand.New(rand.NewPCG(5, 6))
	var flows []*flow.Flow
	size := 0
	for range 300 {
		f := telemetry(r, 3000, planted...)
		size += len(f.Request.Body.Data) + len(f.Request.URL)
		flows = append(flows, f)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	found := 0
	for b.Loop() {
		found = 0
		for _, f := range flows {
			found += len(s.Scan(f).Findings)
		}
	}
	b.ReportMetric(float64(found)/float64(len(flows)), "findings/flow")
}

// BenchmarkScan is one core on 300 POSTs of 3 kB with 40 known values, once
// without any of them in the traffic and once with three in each. The limit
// chased is 120 MB/s.
func BenchmarkScan(b *testing.B) {
	e := engine(b, fortyValues(), Options{})
	b.Run("nothing found", func(b *testing.B) { benchmarkScan(b) })
	b.Run("three found", func(b *testing.B) {
		benchmarkScan(b, e.values[0].Value, e.values[1].Value, e.values[3].Value)
	})
}

// BenchmarkSearch is the same without peeling: what detection itself costs.
func BenchmarkSearch(b *testing.B) {
	e := engine(b, fortyValues(), Options{})
	s := e.NewScanner()
	text := telemetry(rand.New(rand.NewPCG(7, 8)), 1<<20).Request.Body.Data
	b.Run("matcher", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			e.matcher.find(text, func(*pattern, int) {})
		}
		b.ReportMetric(float64(len(e.patterns)), "patterns")
	})
	b.Run("digests", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			s.part = &peel.Part{Data: text}
			digestTokens(text, s.onToken)
		}
		b.ReportMetric(float64(len(e.digests.by64)), "keys")
	})
}
