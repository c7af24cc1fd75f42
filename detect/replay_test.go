package detect

import (
	"encoding/base64"
	"hash/maphash"
	"testing"

	"github.com/constat/constat/peel"
)

// TestReplay: what steps do not lead to a second time is no proof.
func TestReplay(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	body := []byte(`{"x":"` + base64.StdEncoding.EncodeToString([]byte("camille.roussel@example.org")) + `"}`)
	f := post("/p", asJSON, body)
	got := s.Scan(f).Findings
	if len(got) != 1 || got[0].Grade != GradeA {
		t.Fatalf("%+v", got)
	}
	root := peel.Root{Name: "request.body", Kept: true, Data: body, MediaType: asJSON}
	leaf := &peel.Part{Parent: &peel.Part{Name: "request.body"}, Step: "json", Name: "$.x", Verbatim: true}
	made := &peel.Part{Parent: leaf, Step: "base64"}
	for _, c := range []struct {
		proof proof
		grade string
	}{
		{proof{}, GradeA},               // the root itself
		{proof{s.way(made), 1}, GradeB}, // other bytes
		{proof{s.way(&peel.Part{Parent: leaf, Step: "hex"}), 1}, GradeB}, // another way
		{proof{s.way(made), maphash.String(s.seed, "camille.roussel@example.org")}, GradeA},
	} {
		found := []Finding{{Grade: GradeA, proof: c.proof}}
		s.replay(root, found)
		if found[0].Grade != c.grade {
			t.Errorf("%+v: %s", c.proof, found[0].Grade)
		}
	}
}
