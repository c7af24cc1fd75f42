package audit

import (
	"iter"
	"time"

	"github.com/constat/constat/peel"
)

// SchemaID identifies the version of the Audit document that this program
// writes. Minor additions keep it; a change that breaks a reader changes it.
const SchemaID = "https://constat.dev/schema/audit-1.json"

// Document is the Audit document: the product. Everything that constat shows
// is a rendering of it. It holds no raw personal value: every string that
// came out of traffic is a Text, made only by a Redactor.
type Document struct {
	Schema     string      `json:"schema"`
	Tool       Tool        `json:"tool"`
	Inputs     []Input     `json:"inputs"`
	Subject    Subject     `json:"subject"`
	Case       *Case       `json:"case,omitempty"`    // as the user states it
	Vantage    *Vantage    `json:"vantage,omitempty"` // where the capture was made, as told
	Headline   Headline    `json:"headline"`
	Recipients []Recipient `json:"recipients"`
	Groups     []Group     `json:"groups"`
	Transfers  *Ledger     `json:"transfers"`
	Coverage   []Coverage  `json:"coverage"`
	Verdicts   []Verdict   `json:"verdicts"`
	Lanes      []Lane      `json:"lanes"`
	Sources    []Source    `json:"sources"`
	Controls   []Control   `json:"controls,omitempty"`
	Timeline   []Happening `json:"timeline,omitempty"`
	Clocks     []Clock     `json:"clocks,omitempty"` // how they stand to the capture's
	Accesses   []Access    `json:"accesses,omitempty"`
	AccessLogs []AccessLog `json:"access_logs,omitempty"`
	Incidents  []Incident  `json:"incidents,omitempty"`
	// Attribution is nil if nothing says which apps the traffic is of.
	Attribution *Attribution `json:"attribution,omitempty"`
	Idle        []Idle       `json:"idle,omitempty"` // when the app was not in front
	Refuted     []Refuted    `json:"refuted,omitempty"`
	Sharing     *Sharing     `json:"sharing,omitempty"` // who can put it together
	Limits      []string     `json:"limits"`            // codes of "what this capture cannot tell you", see report
	Errors      []ErrorRow   `json:"errors"`
}

// Tool is the instrument.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`

	Tier  string  `json:"tier"`            // "deep"; "fast": layers that nothing suggests were not tried
	Rules []Rules `json:"rules,omitempty"` // the user's keys
}

// Vantage is where the capture was made: a disc on Earth, as the user told it.
type Vantage struct {
	Name   string  `json:"name"`
	Lat    float64 `json:"lat"` // degrees
	Lon    float64 `json:"lon"`
	Radius float64 `json:"radius_km"`
	Access string  `json:"access"` // "unknown", "wired", "cellular", "satellite"
}

// Rules is a file of keys, salts and envelopes that the user gave. What is in
// it is not in the document.
type Rules struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// Input is one capture file that was read.
type Input struct {
	Path   string    `json:"path"`
	SHA256 string    `json:"sha256"` // hex, of the file as stored
	Bytes  int64     `json:"bytes"`
	Format string    `json:"format"` // "har", "mitmproxy"
	Writer string    `json:"writer,omitempty"`
	Flows  int       `json:"flows"`
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last,omitzero"`
}

// Control is a trial of the instrument during the capture.
type Control struct {
	Kind    string `json:"kind"` // "positive": something planted must be found; "negative": nothing must be
	Outcome string `json:"outcome"`
	// Planted values, and those found, of a positive control; transfers found
	// of a negative one.
	Planted int `json:"planted"`
	Found   int `json:"found"`
}

// The outcomes of a control.
const (
	ControlPassed  = "passed"
	ControlFailed  = "failed"
	ControlMissing = "missing"
)

// Shown reports whether the captures that can have controls have a positive
// one that passed: then, and only then, does "nothing found" mean anything.
func (d *Document) Shown() bool {
	for _, c := range d.Controls {
		if c.Outcome != ControlPassed {
			return false
		}
	}
	return true
}

// Subject is whose data was looked for. Only counts per type are shown.
type Subject struct {
	Persona string         `json:"persona,omitempty"` // file path
	SHA256  string         `json:"sha256,omitempty"`
	Values  []SubjectValue `json:"values"`

	// Country whose data-protection law protects the subject, ISO 3166-1
	// alpha-2, and where that is from: "told", "vantage" or "persona".
	Country     string `json:"country,omitempty"`
	CountryFrom string `json:"country_from,omitempty"`
}

// SubjectValue is one planted value, masked.
type SubjectValue struct {
	Index    int    `json:"index"`
	DataType string `json:"data_type"`
	Label    string `json:"label,omitempty"`
	Redacted Text   `json:"value_redacted"`
	Found    int    `json:"found"`             // transfers that carried it
	Weak     string `json:"weak,omitempty"`    // what it lacks as a planted value, in a sentence
	Problem  string `json:"problem,omitempty"` // why it could not be searched at all
}

// Recipient is who got something, with three country columns that are never
// merged: where the network is registered, where databases estimate the
// machine, and what measurement allows.
type Recipient struct {
	ID          string `json:"id"`    // "r1"
	Owner       string `json:"owner"` // company, or the registrable domain when no row says
	Parent      string `json:"parent,omitempty"`
	Seat        string `json:"seat,omitempty"` // ISO 3166-1 alpha-2 of the owner's seat
	ParentSeat  string `json:"parent_seat,omitempty"`
	Role        string `json:"role"` // "first party", "analytics", "advertising", "cdn", "cloud", "unknown"
	OwnerSource string `json:"owner_source,omitempty"`

	// Operators run the machines, of names inside a CDN or a cloud, and
	// Customers are who the names were made for. Cloaked are the hosts whose
	// names are of one company's domain and lead, by DNS answers of the
	// capture, to this one.
	Operators      []string        `json:"operator,omitempty"`
	Customers      []string        `json:"customer,omitempty"`
	Cloaked        []string        `json:"cloaked,omitempty"`
	OwnerEvidence  []OwnerEvidence `json:"owner_evidence,omitempty"`
	OwnerConflicts []string        `json:"owner_conflicts,omitempty"`
	Control        []ReachRow      `json:"control,omitempty"` // whose law reaches it; never where data is

	Domain       string         `json:"domain"`  // registrable domain (eTLD+1)
	Domains      []string       `json:"domains"` // every registrable domain met, Domain first
	Hosts        []string       `json:"hosts"`
	Addresses    []Address      `json:"addresses"`
	Registered   []string       `json:"registered"` // countries, sorted
	Estimated    []string       `json:"estimated"`
	Measured     string         `json:"measured"` // sentence code, see recipient: "not measured", "bound"
	MeasuredNote string         `json:"measured_note,omitempty"`
	Verdicts     []PlaceRow     `json:"place"`                 // of the edge: the machine that completed the handshake
	Answers      []PlaceRow     `json:"answer,omitempty"`      // of where replies were computed, which an edge may have passed on
	Established  []string       `json:"established,omitempty"` // countries of its edges that are established, as a rule none
	Storage      []StatementRow `json:"storage,omitempty"`     // what operators say of where data is kept: never measured
	Transfers    int            `json:"transfers"`
	Others       int            `json:"other_apps,omitempty"` // of them, surely of other apps
	Open         int            `json:"app_open,omitempty"`   // of them, perhaps of other apps; DataTypes, BytesOut, First and Identifying are of neither
	DataTypes    []string       `json:"data_types"`
	FlowCount    int            `json:"flows"`
	BytesOut     int64          `json:"bytes_out"`
	First        float64        `json:"first_s"` // first personal data, seconds after the first flow; -1 if none

	// Identifying is composed over the session, of grades A and B; nil if
	// nothing was received.
	Identifying *Identifying `json:"identifying,omitempty"`

	Law      []LawRow   `json:"law,omitempty"`      // what laws call what it got
	Standing []Standing `json:"standing,omitempty"` // of each address that got personal data
}

// OwnerEvidence is one thing that says who a recipient is, the strongest
// first (package recipient).
type OwnerEvidence struct {
	Kind     string `json:"kind"` // "row", "list", "cname", "certificate", "network", "reverse", "spelled"
	Says     string `json:"says"` // a company, or a domain
	Detail   string `json:"detail"`
	Source   string `json:"source"`
	Date     string `json:"date,omitempty"`
	Strength int    `json:"strength"` // 1 best, 5 least
}

// ReachRow is a country whose law reaches a recipient, and through whom.
type ReachRow struct {
	Country  string  `json:"country"`
	Through  string  `json:"through"` // "seat of the owner", "seat of the parent", "seat of a shareholder", "holder of the network", "certificate subject"
	Who      string  `json:"who"`
	Percent  float64 `json:"percent,omitempty"` // of the owner that Who holds, where a source says
	Source   string  `json:"source"`
	Date     string  `json:"date,omitempty"`
	Strength int     `json:"strength"`
}

// Address is one server address met, with what each table says of it.
type Address struct {
	IP         string `json:"ip"`
	Kind       string `json:"kind"` // "public", "loopback", "private", …
	ASN        uint32 `json:"asn,omitempty"`
	Holder     string `json:"holder,omitempty"` // network holder
	Registered string `json:"registered,omitempty"`
	// Estimates by source id, "dbip": "FR".
	Estimates map[string]string `json:"estimates,omitempty"`
	BestRTT   float64           `json:"best_rtt_ms,omitempty"` // lowest valid round trip on the outer leg
	RTTBasis  string            `json:"rtt_basis,omitempty"`
	// Within is how far from the vantage's centre the machine can have stood, in
	// kilometres, by that round trip; 0: nothing bounds it.
	Within float64 `json:"within_km,omitempty"`

	Anycast bool     `json:"anycast,omitempty"` // it answers from several places: tables do not apply
	Regions []Region `json:"regions,omitempty"` // of a cloud, as its operator publishes
	// Established is where the machine is, "" as a rule: two independent methods
	// agree and none contradicts (package recipient).
	Established   string         `json:"established,omitempty"`
	EstablishedBy []string       `json:"established_by,omitempty"`
	Statements    []StatementRow `json:"statements,omitempty"`
}

// Region is what the operator of a cloud publishes of an address.
type Region struct {
	Source   string `json:"source"`
	Provider string `json:"provider"`
	Region   string `json:"region"`
	Country  string `json:"country,omitempty"`
}

// StatementRow is what an operator says in the exchanges themselves (package
// recipient/statement). It is its word, not a measurement.
type StatementRow struct {
	IP         string `json:"ip"`
	Class      string `json:"class"` // "S" of this very exchange, "N" a name, "K" a clock's zone
	Layer      string `json:"layer"` // "edge", "answer", "storage"
	By         string `json:"by,omitempty"`
	Field      string `json:"field"`
	Value      string `json:"value"`
	Country    string `json:"country,omitempty"`
	Place      string `json:"place,omitempty"`
	Address    string `json:"address,omitempty"` // of the machine that is named
	Confidence string `json:"confidence,omitempty"`
	Trap       string `json:"trap,omitempty"`
	Source     string `json:"source"`
	Date       string `json:"date,omitempty"`
}

// PlaceRow is the verdict on one candidate country.
type PlaceRow struct {
	IP      string   `json:"ip"`
	Country string   `json:"country"`
	Verdict string   `json:"verdict"` // "impossible (strict)", "impossible (fibre)", "consistent (strong)", "consistent (weak)", "undetermined"
	Because []string `json:"because"`
}

// Group folds ledger rows that tell the same: one data type in one form to
// one recipient. It is what a person reads first; Examples open to proof.
type Group struct {
	ID         string     `json:"id"` // "g1"
	DataType   string     `json:"data_type"`
	Form       string     `json:"form"`
	Grade      string     `json:"grade"`
	Recipient  string     `json:"recipient"` // Recipient.ID
	Count      int        `json:"count"`
	Values     int        `json:"values"` // distinct values
	First      float64    `json:"first_s"`
	Last       float64    `json:"last_s"`
	Bytes      int64      `json:"bytes"`               // of the carrying messages
	Confidence float64    `json:"confidence"`          // highest
	OtherApp   bool       `json:"other_app,omitempty"` // surely not of the app that is looked into
	AppOpen    bool       `json:"app_open,omitempty"`  // it may be, and may be another's
	Examples   []Transfer `json:"proofs"`              // at most 3, with Excerpt
}

// Transfer is one row of the ledger: a data type that left, in a form, to a
// recipient, at a moment.
type Transfer struct {
	ID           string       `json:"id"` // "t1"
	Time         time.Time    `json:"time"`
	Offset       float64      `json:"offset_s"` // seconds after the first flow
	DataType     string       `json:"data_type"`
	Redacted     Text         `json:"value_redacted"`
	Alias        string       `json:"alias"` // the same value has the same alias throughout: "phone-1"
	PersonaValue *int         `json:"persona_value"`
	Form         string       `json:"form"`             // clear|encoded|hashed|truncated|encrypted|media
	Detail       string       `json:"detail,omitempty"` // "sha256 of the lower-cased address, hex"
	Anonymity    Anonymity    `json:"anonymity"`
	Grade        string       `json:"grade"`
	Method       string       `json:"method"` // "known value", "digest", "key and format", "format"
	Confidence   float64      `json:"confidence"`
	Reason       string       `json:"reason"`
	Derivation   []Text       `json:"derivation"`
	Flow         FlowRef      `json:"flow"`
	Part         string       `json:"part"`
	Range        Range        `json:"range"`
	Recipient    RecipientRef `json:"recipient"`
	Sender
	Circumstance
	Bytes   int64    `json:"bytes"` // of the carrying message
	Excerpt *Excerpt `json:"excerpt,omitempty"`
}

// FlowRef points at the exchange and its place in the capture.
type FlowRef struct {
	ID       string `json:"id"` // "f12": input and flow index, "2:f12" from the second input on
	Method   string `json:"method"`
	URL      Text   `json:"url"` // query values masked
	Protocol string `json:"protocol"`
	Input    int    `json:"input"`
	Offset   int64  `json:"offset"` // of the part's bytes in the decompressed capture
	Length   int64  `json:"length"`
}

// Range is in bytes of the outermost part.
type Range struct {
	Offset int `json:"offset"`
	Length int `json:"length"`
}

// RecipientRef is the recipient as of one transfer.
type RecipientRef struct {
	ID      string `json:"id"`
	Host    string `json:"host"`
	Domain  string `json:"domain"`
	Owner   string `json:"owner"`
	Role    string `json:"role"`
	IP      string `json:"ip"`
	ASN     uint32 `json:"asn"`
	Country string `json:"country"` // that the most is said for; "" when what is said differs
	Place   string `json:"place"`   // verdict for Country
	// Established says that two independent methods agree on Country, and none contradicts.
	Established bool `json:"established,omitempty"`
}

// Excerpt is the neighbourhood of a finding in the outermost part, as rows
// of runs. A masked run has no text, only a length.
type Excerpt struct {
	Offset int   `json:"offset"` // of the first byte
	Runs   []Run `json:"runs"`
}

// Run is a stretch of an excerpt.
type Run struct {
	Text   Text `json:"text,omitzero"`    // printable, redacted
	Masked int  `json:"masked,omitempty"` // bytes hidden
	Span   bool `json:"span,omitempty"`   // belongs to the finding shown
}

// Coverage accounts for the bytes that left for one destination.
type Coverage struct {
	Recipient   string           `json:"recipient"`
	Host        string           `json:"host"`
	Servers     []RecipientRef   `json:"servers,omitempty"` // one row an address met, at most 16
	Flows       int              `json:"flows"`
	Out         int64            `json:"bytes_out"` // read + opaque + not captured
	Read        int64            `json:"read"`
	Media       int64            `json:"media,omitempty"` // of the bytes read: pictures, videos and sounds, known as such
	Opaque      int64            `json:"opaque"`
	NotCaptured int64            `json:"not_captured"`
	UnknownSize int              `json:"unknown_size"`      // messages not kept whose size is not known either
	Reasons     map[string]int64 `json:"reasons,omitempty"` // opaque and not captured bytes by reason
	First       float64          `json:"first_s"`           // first and last exchange, seconds after the first of the captures; -1 unknown
	Last        float64          `json:"last_s"`
	States      map[string]int   `json:"states,omitempty"`   // exchanges that began in each state of the app that is known, of the first 1,024; other apps' are not counted
	Uploads     []Upload         `json:"uploads,omitempty"`  // of the opaque bytes, what looks like media being sent: the eight largest
	Apps        []AppCoverage    `json:"apps,omitempty"`     // the same by app, if anything tells
	ByState     []StateCoverage  `json:"by_state,omitempty"` // the same by state of the app, if it is known
}

// Upload is a stretch of bytes that nobody could read and that left as photos,
// videos and sounds do: large, in full records, without answers in between. It
// is no proof of media, and Bytes is the most that it can have been.
type Upload struct {
	Time    time.Time `json:"time"`
	Seconds float64   `json:"seconds"`
	Bytes   int64     `json:"bytes"`
	Flow    string    `json:"flow"`
	Whose   string    `json:"whose,omitempty"` // "open", "other"; "": the subject's, as far as anybody can say
	who     int
}

// UnknownFormat is the reason, in Coverage.Reasons, of bytes in opened messages
// that are encrypted or in no known format.
const UnknownFormat = peel.UnknownFormat

// Verdict is the answer to a question (package question).
type Verdict struct {
	Set      string   `json:"set,omitempty"` // of questions
	Question string   `json:"question"`
	Claim    Claim    `json:"claim,omitzero"`
	SaidBy   string   `json:"said_by,omitempty"`
	SaidByFR string   `json:"said_by_fr,omitempty"`
	Law      []string `json:"law,omitempty"` // that the claim concerns
	LawFR    []string `json:"law_fr,omitempty"`
	Shows    string   `json:"shows,omitempty"` // what an observation is: "exfiltration", "access" or "capability"
	// Place is how well the place of a server is known, where a proof rests on it:
	// "established", or the best verdict of the first rows that decide.
	Place    string     `json:"place,omitempty"`
	Answer   string     `json:"answer"`         // observed|not_observed|contradicted|not_measurable
	Coverage float64    `json:"coverage"`       // percent of the bytes out, without media, that were read
	Count    int        `json:"count"`          // rows that decide
	Because  []string   `json:"because"`        // at most 50 of them: ids of transfers, "host NAME", "incident FLOW", "access ID", "join …", "sync …"
	Missing  []string   `json:"missing"`        // codes of what would be needed to say more, see report
	Rows     []Decided  `json:"rows,omitempty"` // those of Because that are of the ledger
	Proofs   []Transfer `json:"proofs"`         // in full: the first three rows; of a clause with "together", one for each expression
}

// The answers, of equal rank.
const (
	Observed      = "observed"
	NotObserved   = "not_observed"
	Contradicted  = "contradicted"
	NotMeasurable = "not_measurable"
)

// Claim is a question's sentence in both languages.
type Claim struct {
	EN string `json:"en" toml:"en"`
	FR string `json:"fr" toml:"fr"`
}

// Lane is the second-by-second row of one recipient.
type Lane struct {
	Recipient string `json:"recipient"`
	Marks     []Mark `json:"marks"`
}

// Mark is the personal data of one data type in one slot of a lane.
type Mark struct {
	Start    float64 `json:"start_s"`
	Length   float64 `json:"length_s"`
	DataType string  `json:"data_type"` // most frequent in the slot
	Items    int     `json:"items"`
	Grade    string  `json:"grade"`              // best
	AppOpen  bool    `json:"app_open,omitempty"` // it may be another app's; what surely is has no mark
}

// Source is a table of knowledge that was used, dated.
type Source struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Version     string `json:"version,omitempty"`
	ContentDate string `json:"content_date"` // of the content, not of the build
	Licence     string `json:"licence"`
	Attribution string `json:"attribution"`
	Use         string `json:"use"`                   // "registered", "estimated", "anycast", "cloud region", "network holder", "owner", "taxonomy", "reversal cost", "identifying power", "statement", "law"
	SuppliedBy  string `json:"supplied_by,omitempty"` // "user": not this program's own
	SHA256      string `json:"sha256,omitempty"`      // of the file that the user supplied
	LookupOnly  bool   `json:"lookup_only,omitempty"` // its licence forbids keeping a copy as evidence
}

// ErrorRow is something that was skipped, and where.
type ErrorRow struct {
	Input   int    `json:"input"`
	Flow    string `json:"flow,omitempty"`
	Part    string `json:"part,omitempty"`
	Offset  int64  `json:"offset"`
	Kind    string `json:"kind"` // "damage", "shortfall", "contradiction", "bomb", "budget", "depth"
	Message Text   `json:"message"`
	Count   int    `json:"count"` // equal rows folded
}

// Transferred iterates over the ledger in capture order.
func (d *Document) Transferred() iter.Seq2[Transfer, error] { return d.Transfers.All() }
