package main

import (
	"os"
	"path/filepath"
	"testing"
)

const rows = `{"entry":0,"value":3,"text":"Ab@example.org","surface":"Ab@example.org"}
{"entry":0,"value":4,"text":"490154203237518","surface":"490154203237518"}
{"entry":7,"value":3,"text":"Ab@example.org","surface":"QWJAZXhhbXBsZS5vcmc="}
`

func testTruth(t *testing.T) *truth {
	t.Helper()
	name := filepath.Join(t.TempDir(), "truth.jsonl")
	if err := os.WriteFile(name, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	truth, err := readTruth(name)
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

func TestCheckTrackHAR(t *testing.T) {
	type hit = struct{ By, Value string }
	got := testTruth(t).checkTrackHAR([]peerEntry{
		{0, []hit{{"indicators", "ab%40example.org"}, {"indicators", "208150987654326"}, {"x/y", "en"}}},
		{7, []hit{{"x/y", "QWJAZXhhbXBsZS5vcmc="}}},
	})
	if !got.rows[0] || got.rows[1] || !got.rows[2] || got.unplanted != 1 {
		t.Errorf("%+v, want rows 0 and 2 and one unplanted", got)
	}
}

func TestCheckConstat(t *testing.T) {
	name := filepath.Join(t.TempDir(), "audit.json")
	ledger := `{"schema":"s","inputs":[{"flows":8}],"transfers":[
	 {"id":"t1","persona_value":3,"flow":{"id":"f0"}},
	 {"id":"t2","persona_value":null,"flow":{"id":"f0"}},
	 {"id":"t3","persona_value":4,"flow":{"id":"f7"}}],"coverage":[]}`
	if err := os.WriteFile(name, []byte(ledger), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := testTruth(t).checkConstat(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.rows) != 1 || !got.rows[0] || got.unplanted != 1 {
		t.Errorf("%+v, want row 0 and one unplanted", got)
	}
}
