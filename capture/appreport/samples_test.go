package appreport

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Real reports, which are other people's and not in this repository, lie in the
// directory appreport of the one that CONSTAT_SAMPLES names. Their rows are
// counted here by their members alone.
func TestSamples(t *testing.T) {
	dir := os.Getenv("CONSTAT_SAMPLES")
	if dir == "" {
		t.Skip("CONSTAT_SAMPLES names no directory of real reports")
	}
	files, err := filepath.Glob(filepath.Join(dir, "appreport", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %d files", err, len(files))
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		contacts, accesses, markers := 0, 0, 0
		members := map[string]bool{}
		for l := range bytes.Lines(b) {
			var row map[string]any
			if json.Unmarshal(l, &row) != nil {
				continue
			}
			for m := range row {
				members[m] = true
			}
			switch {
			case row["_marker"] != nil:
				markers++
			case row["domain"] != nil:
				contacts++
			case row["accessor"] != nil:
				accesses++
			}
		}
		for f := range reflect.TypeFor[row]().NumField() {
			delete(members, reflect.TypeFor[row]().Field(f).Tag.Get("json"))
		}
		if markers > 0 { // these tell of themselves
			delete(members, "version")
			delete(members, "recordType")
			delete(members, "exportTimestamp")
		}
		if len(members) > 0 {
			t.Errorf("%s: nobody reads the members %v", file, members)
		}
		x := read(t, bytes.NewReader(b))
		t.Logf("%s: %d rows: %d contacts, %d accesses, %d markers, %d damaged", filepath.Base(file), bytes.Count(b, []byte("\n")), len(x.flows), len(x.events), markers, len(x.damages))
		for _, d := range x.damages {
			t.Logf("  %v", d)
		}
		if len(x.flows) != contacts || len(x.events) != accesses || !Match(b) {
			t.Errorf("%s: %d contacts of %d, %d accesses of %d, matched %v", file, len(x.flows), contacts, len(x.events), accesses, Match(b))
		}
	}
}
