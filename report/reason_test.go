package report

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryEndpointReasonIsInFrench reads the sentences where package detect
// keeps what it knows of vendors.
func TestEveryEndpointReasonIsInFrench(t *testing.T) {
	files, err := filepath.Glob("../detect/data/endpoints/*.toml")
	if err != nil || len(files) < 50 {
		t.Fatal("no endpoints", err)
	}
	row := regexp.MustCompile(`reason = "([^"]+)"`)
	fr, n := language("fr"), 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range row.FindAllStringSubmatch(string(text), -1) {
			n++
			head := "a UUID, not zero, under the key 'd1'; Ex (Example): "
			got, ok := strings.CutPrefix(fr.Reason(head+m[1]), "un UUID non nul, sous la clé «\u202fd1\u202f»\u202f; Ex (Example)\u202f: ")
			if !ok || got == "" || got == m[1] {
				t.Errorf("%s: %q is not in French: %q", f, m[1], fr.Reason(head+m[1]))
			}
		}
	}
	if n < 2000 {
		t.Errorf("only %d reasons found: the test looks in the wrong place", n)
	}
}
