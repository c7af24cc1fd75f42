package question

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
)

// Set is a list of questions that belong together.
type Set struct {
	ID        string            `toml:"id"`
	Title     audit.Claim       `toml:"title"`
	Date      string            `toml:"date"`    // of this text
	Source    string            `toml:"source"`  // of the claims
	Sources   map[string]Source `toml:"sources"` // who said it, by the short name that said_by uses
	Laws      map[string]Law    `toml:"laws"`    // by the short name that a question's hooks begin with
	French    map[string]string `toml:"french"`  // phrases of said_by, of names and of hooks in French
	Tolerance float64           `toml:"tolerance_percent"`
	Case      Case              `toml:"case"` // what the claims themselves name, unless a case file says otherwise
	Define    []Define          `toml:"define"`
	Questions []*Question       `toml:"question"`

	defined map[string]*expression
}

// Source is where a claim comes from.
type Source struct {
	Name    string `toml:"name"`
	Date    string `toml:"date"` // YYYY, YYYY-MM or YYYY-MM-DD
	URL     string `toml:"url"`
	Checked string `toml:"checked"` // how that was checked: "read 2026-11-28", "press 2026-11-28", "mem 2026-11-28"
}

// Law is what a hook points at.
type Law struct {
	Name    string `toml:"name"`
	From    string `toml:"from"` // first day on which it applies, YYYY-MM-DD; "" not known
	Source  string `toml:"source"`
	Checked string `toml:"checked"`
}

// Define names an expression over a row, so that questions can use it.
type Define struct {
	Name string `toml:"name"`
	Is   string `toml:"is"`
}

// Question is one allegation.
type Question struct {
	ID     string      `toml:"id"`
	Claim  audit.Claim `toml:"claim"`
	SaidBy string      `toml:"said_by"`
	Law    []string    `toml:"law"`
	// Shows is what is observed when it is: "exfiltration" (bytes left),
	// "access" (the system's log says that something was read), or
	// "capability" (the code could).
	Shows     string   `toml:"shows"`
	ProvedBy  []Clause `toml:"proved_by"`
	RefutedBy []Clause `toml:"refuted_by"`
	// DoubtedBy is what proves nothing and would be seen if the claim were true, too:
	// where it holds, "not observed" is not said, for want of Doubt.
	DoubtedBy []Clause    `toml:"doubted_by"`
	Doubt     string      `toml:"doubt"`
	Needs     []string    `toml:"needs"`          // "act:next", "planted:contact.email|contact.phone", "state:closed", "watched:clipboard", "idle:swiped|closed", "case:named_sdks", "law:eea", "places", "servers", "parties"
	Never     string      `toml:"not_measurable"` // what would be needed to say that it is not observed, when this program cannot have it
	When      []Condition `toml:"not_measurable_when"`
	// Smallest is the least number of bytes in which what is asked for could
	// hide. Unread bytes of a host that are fewer do not stand in the way of
	// "not observed". Default 16.
	Smallest int64 `toml:"smallest"`
}

// Condition is a reason for which a question cannot be answered.
type Condition struct {
	If      string `toml:"if" json:"if"` // over the document: Variables("document")
	Missing string `toml:"missing" json:"missing"`
	expr    *expression
}

// Clause is one way of proving or refuting. Exactly one of Rows, Together,
// Hosts, Incidents, Accesses, Joins and Syncs is set.
type Clause struct {
	Rows      string   `toml:"rows"`
	Together  []string `toml:"together"`
	Hosts     string   `toml:"hosts"`
	Incidents string   `toml:"incidents"`
	Accesses  string   `toml:"accesses"` // what the device itself tells that apps read: it shows access, and not exfiltration
	Joins     string   `toml:"joins"`    // ways from an identifier to the person
	Syncs     string   `toml:"syncs"`    // identifiers of one company that another was told
	// Every asks that what Rows or Hosts says be true of each, and of at least one.
	Every bool `toml:"every"`
	// AtLeast counts rows, or, with Distinct, values of that variable; with
	// Per it counts within the rows that share that variable's value. Default 1.
	AtLeast  int    `toml:"at_least"`
	Distinct string `toml:"distinct"`
	Per      string `toml:"per"`

	table string
	exprs []*expression
}

//go:embed data/*.toml
var embedded embed.FS

// Names lists the sets that come with the program.
func Names() []string {
	entries, err := embedded.ReadDir("data")
	if err != nil {
		panic(err) // embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".toml"))
	}
	return names
}

// Load reads a set of the box by its name, or the file of another.
func Load(name string) (*Set, error) {
	if slices.Contains(Names(), name) {
		b, err := embedded.ReadFile(path.Join("data", name+".toml"))
		if err != nil {
			return nil, err
		}
		return Parse(b, name)
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no question set %q: neither a file nor one of %s", name, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, err
	}
	return Parse(b, name)
}

// Parse reads a set and checks every expression. Errors have the line and the
// column. path is for messages.
func Parse(text []byte, path string) (*Set, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: %d bytes; a set has at most %d: split it", path, len(text), maxFile)
	}
	s := &Set{Tolerance: 1, defined: map[string]*expression{}}
	at := source{path: path, text: string(text)}
	meta, err := toml.Decode(string(text), s)
	if err != nil {
		return nil, at.located(err)
	}
	if bad := meta.Undecoded(); len(bad) > 0 {
		return nil, at.unknown(bad[0], "")
	}
	if s.ID == "" || len(s.Questions) == 0 {
		return nil, fmt.Errorf("%s:1:1: a set has an id and at least one [[question]]", path)
	}
	if err := s.cite(&at); err != nil {
		return nil, err
	}
	if err := s.define(&at); err != nil {
		return nil, err
	}
	at.from = max(strings.Index(at.text, "\n[[question]]"), 0) // the set has an id too
	seen := map[string]bool{}
	for _, q := range s.Questions {
		at.after(q.ID)
		if q.ID == "" || seen[q.ID] {
			return nil, at.errorf(q.ID, "each question has an id of its own; %q is not", q.ID)
		}
		seen[q.ID] = true
		if err := q.check(s, &at); err != nil {
			return nil, err
		}
	}
	if n := s.expressions(); n > maxExpressions {
		return nil, fmt.Errorf("%s: %d expressions; a set has at most %d: split it", path, n, maxExpressions)
	}
	return s, nil
}

// expressions counts them.
func (s *Set) expressions() int {
	n := len(s.defined)
	for _, q := range s.Questions {
		n += len(q.When)
		for _, c := range slices.Concat(q.ProvedBy, q.RefutedBy, q.DoubtedBy) {
			n += len(c.exprs)
		}
	}
	return n
}

func (s *Set) define(at *source) error {
	for _, d := range s.Define {
		if _, ok := s.defined[d.Name]; ok || !word(d.Name) {
			return at.errorf(d.Name, "each definition has a name of its own, of small letters and _; %q is not", d.Name)
		}
		if slices.ContainsFunc(tables["rows"], func(v Variable) bool { return v.Name == d.Name }) {
			return at.errorf(d.Name, "%q is a variable already", d.Name)
		}
		x, err := compile(d.Is, "rows", s.defined, at)
		if err != nil {
			return err
		}
		s.defined[d.Name] = x
	}
	return nil
}

func (q *Question) check(s *Set, at *source) error {
	if q.Claim.EN == "" || q.Claim.FR == "" {
		return at.errorf(q.ID, "question %s: a claim is written in both languages: claim.en and claim.fr", q.ID)
	}
	if q.Smallest == 0 {
		q.Smallest = 16
	}
	if q.Shows == "" {
		q.Shows = "exfiltration"
	}
	if len(q.ProvedBy) == 0 && q.Never == "" {
		return at.errorf(q.ID, "question %s: neither proved_by nor not_measurable: it would never be answered", q.ID)
	}
	for _, clauses := range [][]Clause{q.ProvedBy, q.RefutedBy, q.DoubtedBy} {
		for i := range clauses {
			if err := clauses[i].check(q.ID, s, at); err != nil {
				return err
			}
		}
	}
	if (len(q.DoubtedBy) > 0) != (q.Doubt != "") {
		return at.errorf(q.ID, "question %s: doubted_by and doubt, which says what is missing then, go together", q.ID)
	}
	if q.Doubt != "" {
		if wrong := uncoded(q.Doubt); wrong != "" {
			return at.errorf(q.Doubt, "question %s: %s", q.ID, wrong)
		}
	}
	for i := range q.When {
		c := &q.When[i]
		var err error
		if c.expr, err = compile(c.If, "document", nil, at); err != nil {
			return err
		}
		if c.Missing == "" {
			return at.errorf(c.If, "question %s: say what is missing then", q.ID)
		}
		if wrong := uncoded(c.Missing); wrong != "" {
			return at.errorf(c.Missing, "question %s: %s", q.ID, wrong)
		}
	}
	if !slices.Contains([]string{"exfiltration", "access", "capability"}, q.Shows) {
		return at.errorf(q.Shows, "question %s: shows = %q; expected exfiltration, access or capability", q.ID, q.Shows)
	}
	if wrong := uncoded(q.Never); q.Never != "" && wrong != "" {
		return at.errorf(q.Never, "question %s: %s", q.ID, wrong)
	}
	if wrong := s.unsaid(q.SaidBy); wrong != "" {
		return at.errorf(q.SaidBy, "question %s: %s", q.ID, wrong)
	}
	for _, hook := range q.Law {
		if _, _, ok := s.Hook(hook); !ok && len(s.Laws) > 0 {
			return at.errorf(hook, "question %s: %q begins with no law of [laws]; it has %s", q.ID, hook, strings.Join(slices.Sorted(maps.Keys(s.Laws)), ", "))
		}
	}
	for _, n := range q.Needs {
		if !needKnown(n) {
			return at.errorf(n, "question %s: there is no need %q; write act:NAME, state:NAME, idle:STATE, planted:TYPE, watched:WHAT, case:NAME, law:VARIABLE, places, servers or parties", q.ID, n)
		}
		if wrong := misnamed(n); wrong != "" {
			return at.errorf(n, "question %s: %s", q.ID, wrong)
		}
	}
	return nil
}

func (c *Clause) check(id string, s *Set, at *source) error {
	texts := map[string][]string{}
	for table, expr := range map[string]string{"rows": c.Rows, "hosts": c.Hosts, "incidents": c.Incidents, "accesses": c.Accesses, "joins": c.Joins, "syncs": c.Syncs} {
		if expr != "" {
			texts[table] = []string{expr}
		}
	}
	if len(c.Together) > 0 {
		texts["rows"] = append(texts["rows"], c.Together...)
	}
	if len(texts) != 1 || c.Rows != "" && len(c.Together) > 0 {
		return at.errorf(id, "question %s: a clause has one of rows, together, hosts, incidents, accesses, joins and syncs", id)
	}
	if len(c.Together) > maxTogether {
		return at.errorf(id, "question %s: together has %d expressions; at most %d", id, len(c.Together), maxTogether)
	}
	for table, list := range texts {
		c.table = table
		for _, text := range list {
			x, err := compile(text, table, s.defined, at)
			if err != nil {
				return err
			}
			c.exprs = append(c.exprs, x)
		}
	}
	for _, name := range []string{c.Distinct, c.Per} {
		if name != "" && !slices.ContainsFunc(tables[c.table], func(v Variable) bool { return v.Name == name }) {
			return at.errorf(name, "question %s: there is no variable %q over %s", id, name, c.table)
		}
	}
	if c.AtLeast == 0 {
		c.AtLeast = 1
	}
	return nil
}

func word(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}
