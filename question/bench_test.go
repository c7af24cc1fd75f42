package question

import (
	"os"
	"testing"

	"github.com/constat/constat/audit"
)

// BenchmarkStored asks 62 questions of the document that CONSTAT_AUDIT
// names (bench/questions writes one).
func BenchmarkStored(b *testing.B) {
	path := os.Getenv("CONSTAT_AUDIT")
	if path == "" {
		b.Skip("CONSTAT_AUDIT names no document")
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	var sets []*Set
	for _, name := range []string{"hong-2019", "masvs-privacy"} {
		s, err := Load(name)
		if err != nil {
			b.Fatal(err)
		}
		sets = append(sets, s)
	}
	for b.Loop() {
		d, err := audit.Read(f, info.Size(), path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Answer(b.Context(), sets, d, Case{Child: true, FirstParty: []string{"d0.example", "d1.example"}}); err != nil {
			b.Fatal(err)
		}
	}
}
