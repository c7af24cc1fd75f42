package house

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/constat/constat/"

// room is a top-level directory: its floor, and the rooms it may look into
// when that is less than everything below it.
type room struct {
	floor int
	sees  []string // nil: every room on a lower floor
}

// ground is what everyone may import.
var ground = []string{"flow", "datatype"}

// above what audit made: the Audit document is all they see of the middle.
var (
	document = []string{"audit"}
	judged   = []string{"audit", "question", "differential", "comparison"}
	sealed   = []string{"audit", "question", "differential", "comparison", "report", "evidence"}
)

// script knows the questions and what a persona can plant, and no capture.
var script = []string{"question", "evidence", "persona", "report"}

// rooms is "The house" of DESIGN.md, from the ground up.
var rooms = map[string]room{
	"flow":     {floor: 0},
	"datatype": {floor: 0},

	"stream":   {floor: 1, sees: []string{}},
	"peel":     {floor: 1, sees: []string{}},
	"identity": {floor: 1, sees: []string{}},
	"packet":   {floor: 2, sees: []string{"stream"}},
	"capture":  {floor: 3, sees: []string{"packet", "stream", "evidence"}},

	// What is known beside the traffic: five independent rooms.
	"persona":   {floor: 4, sees: []string{}},
	"timeline":  {floor: 4, sees: []string{}},
	"recipient": {floor: 4, sees: []string{}},
	"policy":    {floor: 4, sees: []string{}},
	"law":       {floor: 4, sees: []string{}},

	// Reasons over what was found; it knows neither owners nor formats.
	"linkage": {floor: 4, sees: []string{}},

	"attribution": {floor: 4, sees: []string{}},

	"detect": {floor: 5, sees: []string{"peel", "persona"}},
	"media":  {floor: 5, sees: []string{"peel", "persona"}},

	"audit":    {floor: 6}, // sees all of the middle, and is the only one
	"evidence": {floor: 1, sees: []string{}},
	"question": {floor: 7, sees: document},

	// Compares runs as audit accounts for one; it takes audit's redactor.
	"differential": {floor: 7, sees: []string{"audit", "detect", "peel", "persona"}},

	// Lays two audits side by side: two documents are all it needs.
	"comparison": {floor: 7, sees: document},

	"report":  {floor: 8, sees: judged},
	"dossier": {floor: 9, sees: sealed},

	// The experiment, before there is a document.
	"protocol": {floor: 9, sees: script},

	"web":   {floor: 9, sees: sealed},
	"fleet": {floor: 9, sees: sealed},

	// Test equipment: it shares no code with what it tests.
	"lab":   {floor: 0},
	"bench": {floor: 0},

	"cmd": {floor: 10}, // wires
}

type pkg struct {
	ImportPath string
	Imports    []string
}

// roomOf returns the top-level directory of an import path of this module.
func roomOf(path string) (string, bool) {
	rest, ours := strings.CutPrefix(path, module)
	name, _, _ := strings.Cut(rest, "/")
	return name, ours
}

// check says what is wrong with p importing path, or "".
func check(p, path string) string {
	from, _ := roomOf(p)
	to, ours := roomOf(path)
	if !ours || from == "internal" || to == "internal" || from == to {
		return ""
	}
	here, known := rooms[from]
	if !known {
		return from + " stands on no floor"
	}
	there, known := rooms[to]
	switch {
	case !known:
		return to + " stands on no floor"
	case from == "flow" || from == "datatype":
		return "the ground imports nothing of ours"
	case from == "lab" || from == "bench":
		return "test equipment shares no code with what it tests"
	case there.floor >= here.floor:
		return "imports go down only"
	case here.sees != nil && !slices.Contains(here.sees, to) && !slices.Contains(ground, to):
		return from + " may see only the ground and " + strings.Join(here.sees, ", ")
	}
	return ""
}

func TestImportsGoDown(t *testing.T) {
	cmd := exec.Command("go", "list", "-pgo=off", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	seen := 0
	for dec := json.NewDecoder(out); ; seen++ {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if name, _ := roomOf(p.ImportPath); name != "internal" {
			if _, known := rooms[name]; !known {
				t.Errorf("%s stands on no floor: give it one here and a line in DESIGN.md", p.ImportPath)
			}
		}
		for _, path := range p.Imports {
			if wrong := check(p.ImportPath, path); wrong != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, path, wrong)
			}
		}
	}
	if seen < 5 {
		t.Errorf("go list found %d packages", seen)
	}
}

// The rule itself: what it must refuse and what it must let through.
func TestCheck(t *testing.T) {
	for _, test := range []struct {
		from, to string
		ok       bool
	}{
		{"audit", "detect", true},
		{"detect", "peel", true},
		{"capture/har", "flow", true},
		{"capture", "capture/har", true},
		{"cmd/constat", "recipient", true},
		{"report", "audit", true},
		{"recipient", "recipient/internal/shape", true},
		{"flow", "datatype", false},
		{"peel", "detect", false},
		{"detect", "recipient", false},
		{"audit", "identity", true},
		{"identity", "datatype", true},
		{"identity", "detect", false},
		{"audit", "law", true},
		{"law", "recipient", false},
		{"report", "identity", false},
		{"persona", "recipient", false},
		{"report", "detect", false},
		{"question", "report", false},
		{"lab", "peel", false},
		{"audit", "report", false},
		{"audit", "nowhere", false},
	} {
		if wrong := check(module+test.from, module+test.to); (wrong == "") != test.ok {
			t.Errorf("%s → %s: %q", test.from, test.to, wrong)
		}
	}
}

// DESIGN.md and the table name the same rooms.
func TestDesignNamesTheRooms(t *testing.T) {
	design, err := os.ReadFile("../../DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	_, house, _ := strings.Cut(string(design), "## The house")
	house, _, _ = strings.Cut(house, "Rules of the house")
	for name := range rooms {
		if name != "bench" && !strings.Contains(house, name+"/") {
			t.Errorf("DESIGN.md's house has no %s/", name)
		}
	}
}
