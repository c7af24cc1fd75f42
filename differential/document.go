package differential

import (
	_ "embed"
	"runtime"

	"github.com/constat/constat/audit"
)

// SchemaID identifies the version of the document that this program writes.
// Minor additions keep it; a change that breaks a reader changes it.
const SchemaID = "https://constat.dev/schema/differential-1.json"

// Schema is the JSON Schema (2020-12) of the document.
//
//go:embed schema.json
var Schema []byte

// Document is what a comparison of runs gives. It holds no values: names that
// came out of traffic are audit.Texts, contents are lengths and shapes.
type Document struct {
	Schema    string           `json:"schema"`
	Tool      audit.Tool       `json:"tool"`
	Runs      []RunRow         `json:"runs"`
	Subjects  []Persona        `json:"subjects,omitempty"`
	Values    []ValueRow       `json:"values"` // that differ between the personas
	Design    Design           `json:"design"`
	Alignment Alignment        `json:"alignment"`
	Counts    Counts           `json:"counts"`
	Findings  []Finding        `json:"findings"` // the best proven first
	Fields    []FieldRow       `json:"fields"`   // every field that was compared
	Limits    []string         `json:"limits"`   // codes of what the runs cannot exclude, see report
	Errors    []audit.ErrorRow `json:"errors"`   // Input is an index into Runs
}

// Persona is the file of one.
type Persona struct {
	Path   string `json:"persona"`
	SHA256 string `json:"sha256"` // hex
}

// RunRow is one run.
type RunRow struct {
	audit.Input
	Persona int `json:"persona"` // 0 or 1
	Foreign int `json:"foreign"` // findings of values of the other persona
}

// ValueRow is a value that differs between the personas.
type ValueRow struct {
	Index    int           `json:"index"`
	DataType string        `json:"data_type"`
	Label    audit.Text    `json:"label,omitzero"`
	Redacted [2]audit.Text `json:"value_redacted"`
	Found    int           `json:"found"` // findings that hold it
}

// Design is what the experiment allows to conclude.
type Design struct {
	Runs     [2]int  `json:"runs"`      // with each persona
	Order    string  `json:"order"`     // in time: "blocked": all with one persona, then all with the other; "interleaved"; "unknown"
	Ways     int64   `json:"ways"`      // to tell the runs apart into two sets of these sizes
	Accident float64 `json:"accident"`  // chance that a pattern fits the personas by accident
	Tried    int     `json:"tried"`     // fields that change at all
	Wrong    int     `json:"wrong"`     // of them, those that fit a wrong way to pair the runs, over all other ways
	Other    int64   `json:"other"`     // the number of those ways
	Expected float64 `json:"expected"`  // fields to be expected among the findings by chance: Wrong / Other
	ByChance bool    `json:"by_chance"` // whether Expected could be estimated: there are other ways
}

// Alignment is how far the runs are alike.
type Alignment struct {
	Exchanges int `json:"exchanges"` // requests, messages and connections, aligned
	InAll     int `json:"in_all"`    // that all runs have
	InBoth    int `json:"in_both"`   // that a run with each persona has, and not all
}

// Counts are the fields by verdict.
type Counts struct {
	Constant  int `json:"constant"`
	Changes   int `json:"changes"`
	Candidate int `json:"candidate"`
	Noise     int `json:"noise"`
	Clock     int `json:"clock"`
	Unmatched int `json:"unmatched"`
}

// Finding is something that depends on the persona, or may.
type Finding struct {
	ID         string       `json:"id"`
	Kind       string       `json:"kind"`
	Grade      string       `json:"grade"`
	Exchange   []Exchange   `json:"exchange"`   // where it is sent, at most 8
	Exchanges  int          `json:"exchanges"`  // kinds of them
	Derivation []audit.Text `json:"derivation"` // of the field, outermost first
	Key        audit.Text   `json:"key,omitzero"`
	Shapes     []Shape      `json:"shapes,omitempty"` // with each persona
	SameAs     string       `json:"same_as,omitempty"`
	Changed    int          `json:"changed"` // exchanges in which it changes with the persona
	Of         int          `json:"of"`      // exchanges that were compared

	Known   []KnownValue `json:"known,omitempty"`  // found in it
	Values  []int        `json:"values,omitempty"` // indexes into the document's Values: what it may depend on
	By      string       `json:"by,omitempty"`     // why these: "found", "single" (nothing else differs), "set"
	Growth  *Growth      `json:"growth,omitempty"`
	Sizes   []int        `json:"sizes,omitempty"` // bytes with each persona
	Ranges  []Range      `json:"ranges,omitempty"`
	Counted []int        `json:"counted,omitempty"` // by run
	Entropy [][2]float64 `json:"entropy,omitempty"` // least and most with each persona, bits a byte
	Side    *int         `json:"only_with,omitempty"`

	Chance  float64  `json:"chance"`               // of an accident, by the number of runs alone
	Bits    float64  `json:"noise_bits,omitempty"` // noise drawn anew each time would look so once in 2^Bits
	Reasons []string `json:"reasons"`              // codes, see report
}

// Exchange says where something is sent.
type Exchange struct {
	Kind   string     `json:"kind"`
	Method string     `json:"method,omitempty"`
	Host   string     `json:"host"`
	Path   audit.Text `json:"path,omitzero"`
	Part   string     `json:"part,omitempty"`
}

// Shape describes a content.
type Shape struct {
	Kind    string  `json:"kind"`
	Size    int     `json:"size"` // bytes
	Entropy float64 `json:"entropy"`
}

// KnownValue is a value that was found in a field, each persona's own.
type KnownValue struct {
	Value  int    `json:"value"` // index into the document's Values
	Form   string `json:"form"`
	Digest string `json:"digest,omitempty"`
}

// Growth is by how much longer something is with the second persona.
type Growth struct {
	Bytes  int   `json:"bytes"`
	Values []int `json:"values,omitempty"` // that are longer by as much; indexes into the document's Values
}

// FieldRow is a field with its verdict.
type FieldRow struct {
	Exchange   Exchange     `json:"exchange"`
	Derivation []audit.Text `json:"derivation"`
	Verdict    string       `json:"verdict"`
	Exchanges  int          `json:"exchanges"`
}

func tool(o *Options) audit.Tool {
	t := audit.Tool{Name: "constat", Version: o.Version, Go: runtime.Version(), Tier: "deep", Rules: o.Rules}
	if o.Fast {
		t.Tier = "fast"
	}
	return t
}
