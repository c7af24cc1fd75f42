package comparison

import (
	_ "embed"
	"time"

	"github.com/constat/constat/audit"
)

// SchemaID identifies the version of the document that this program writes.
// Minor additions keep it; a change that breaks a reader changes it.
const SchemaID = "https://constat.dev/schema/comparison-1.json"

// Schema is the JSON Schema (2020-12) of the document.
//
//go:embed schema.json
var Schema []byte

// Document is what a comparison gives. It holds no values.
type Document struct {
	Schema     string      `json:"schema"`
	Tool       Tool        `json:"tool"`
	By         string      `json:"by"` // what is meant to differ: "version", "consent" or "date"
	Before     Side        `json:"before"`
	After      Side        `json:"after"`
	Caveats    []Caveat    `json:"comparability"` // what else differs, and so limits what can be said
	Counts     Counts      `json:"counts"`
	Verdicts   []Verdict   `json:"verdicts"`
	Transfers  []Transfer  `json:"transfers"`
	Recipients []Recipient `json:"recipients"`
}

// Tool is what compared.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
}

// What is meant to differ between the audits.
const (
	ByVersion = "version"
	ByConsent = "consent"
	ByDate    = "date"
)

// Side is one of the audits.
type Side struct {
	Name     string        `json:"name,omitempty"` // as the user calls it
	Path     string        `json:"path,omitempty"` // of the stored Audit document
	Tool     audit.Tool    `json:"tool"`
	Inputs   []audit.Input `json:"inputs"`
	First    time.Time     `json:"first,omitzero"`
	Last     time.Time     `json:"last,omitzero"`
	Duration float64       `json:"duration_s"`
	Flows    int           `json:"flows"`
	Coverage float64       `json:"coverage"` // percent of the bytes out that were read
	Total    audit.Count   `json:"total"`
	Worst15  audit.Count   `json:"worst_15s"`
	Persona  string        `json:"persona_sha256,omitempty"`
	Consents []string      `json:"consents"` // the answers under which the app was watched, as far as marked
	Acts     []string      `json:"acts"`     // that were marked
	States   []string      `json:"states"`   // of the app that were marked
}

// Caveat is something besides what is compared that differs between the audits.
type Caveat struct {
	Code   string   `json:"code"`
	Before []string `json:"before,omitempty"`
	After  []string `json:"after,omitempty"`
}

// The changes of a row.
const (
	New        = "new"         // only after, and before it would have been seen
	Gone       = "gone"        // only before, and after it would have been seen
	OnlyAfter  = "only_after"  // only after; before it could have been missed
	OnlyBefore = "only_before" // only before; after it could have been missed
	Changed    = "changed"
	Same       = "same"
)

// The changes of a verdict, besides New and Gone (with consent), OnlyAfter and
// OnlyBefore, Changed and Same.
const (
	Ended       = "ended"        // observed, and then not observed or contradicted
	Began       = "began"        // not observed or contradicted, and then observed
	Lost        = "lost"         // observed, and then not measurable
	Found       = "found"        // not measurable, and then observed
	AskedBefore = "asked_before" // the question was put to one audit only
	AskedAfter  = "asked_after"
)

// Counts are of the rows by change.
type Counts struct {
	Verdicts   map[string]int `json:"verdicts"`
	Transfers  map[string]int `json:"transfers"`
	Recipients map[string]int `json:"recipients"`
	Contacts   map[string]int `json:"contacts"` // parties that got no personal data
}

// Verdict is the answers of both audits to one question.
type Verdict struct {
	Set      string      `json:"set"`
	Question string      `json:"question"`
	Claim    audit.Claim `json:"claim"`
	Change   string      `json:"change"`
	Open     []string    `json:"open,omitempty"` // codes of why the change proves nothing, see report
	Before   *Answer     `json:"before"`
	After    *Answer     `json:"after"`
	// Between are the end of the one capture and the beginning of the other, of
	// a practice that ended or began.
	Between *Between `json:"between,omitempty"`
}

// Answer is that of one audit.
type Answer struct {
	Answer   string   `json:"answer"`
	Coverage float64  `json:"coverage"`
	Count    int      `json:"count"`
	Because  []string `json:"because"` // ids of that audit, at most five
	Missing  []string `json:"missing"`
}

// Between is a span in which something changed.
type Between struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Transfer is what both audits tell of one data type, or one known value of
// it, to one recipient.
type Transfer struct {
	DataType  string   `json:"data_type"`
	Value     string   `json:"value,omitempty"` // label of the known value, or "#2": the second of its type
	Recipient string   `json:"recipient"`       // owner
	Change    string   `json:"change"`
	What      []string `json:"what,omitempty"` // that changed: "form", "anonymity", "grade", "consent", "state", "clip", "account", "host", "count"
	Open      []string `json:"open,omitempty"`
	Before    *Seen    `json:"before"`
	After     *Seen    `json:"after"`
}

// Seen is what one audit tells of it: numbers of rows.
type Seen struct {
	Count     int            `json:"count"`
	First     float64        `json:"first_s"` // seconds after that capture's first flow; -1 unknown
	Forms     map[string]int `json:"forms"`
	Anonymity map[string]int `json:"anonymity"`
	Grades    map[string]int `json:"grades"`
	Consents  map[string]int `json:"consents"` // "undetermined": which came first is not sure
	States    map[string]int `json:"states"`
	Acts      map[string]int `json:"acts"` // the user's last one before
	// Clips are what there was of one: "none", "open" (recorded, and not yet saved,
	// posted or discarded), or how the last one had ended; Accounts "yes" or "no".
	Clips    map[string]int `json:"clips"`
	Accounts map[string]int `json:"accounts"`
	Hosts    []string       `json:"hosts"`
	Examples []string       `json:"examples"` // ids of that audit, at most three
}

// Recipient is what both audits tell of one party.
type Recipient struct {
	Owner  string   `json:"owner"`
	Change string   `json:"change"`
	Got    bool     `json:"got"`            // it got personal data, in one audit at least; else it was contacted only
	What   []string `json:"what,omitempty"` // that changed: "data_types", "role", "owner", "hosts", "place"
	Open   []string `json:"open,omitempty"`
	Before *Party   `json:"before"`
	After  *Party   `json:"after"`
	Places []Place  `json:"places,omitempty"` // that changed
}

// Party is a recipient as one audit has it.
type Party struct {
	ID        string   `json:"id"`
	Owner     string   `json:"owner"`
	Role      string   `json:"role"`
	Hosts     []string `json:"hosts"`
	DataTypes []string `json:"data_types"`
	Transfers int      `json:"transfers"`
	Flows     int      `json:"flows"`
	BytesOut  int64    `json:"bytes_out"`
	First     float64  `json:"first_s"`
}

// Place is what is said of where a recipient's machines are, when that changed.
type Place struct {
	Kind   string   `json:"kind"`   // "registered", "estimated", "established", "excluded" by measurement
	Before []string `json:"before"` // countries
	After  []string `json:"after"`
}
