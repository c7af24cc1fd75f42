package law

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed data/*.csv
var embedded embed.FS

// Dated is what every row of every table has.
type Dated struct {
	From, To time.Time // first and last day, UTC; zero is open
	Source   string
	Checked  string // "read 2026-11-28": read, press or mem, and when
}

// on reports whether a day belongs to the row. A zero day belongs to none.
func (d Dated) on(day time.Time) bool {
	return !day.IsZero() && !day.Before(d.From) && (d.To.IsZero() || day.Before(d.To.AddDate(0, 0, 1)))
}

// Book is every table. It is immutable and safe for concurrent use.
type Book struct {
	rows []Dated // of every table

	regimes       []regime
	territory     []territory
	adequacy      []adequacy
	safeguards    []Safeguard
	concern       []concern
	categories    []Category
	rules         []Rule
	destination   []destination
	precise       []Precise
	proceedings   []Proceeding
	organisations []Organisation
}

type regime struct {
	Dated
	Regime
	codes               []string // whose subjects it protects
	adequate, otherwise string   // articles
}

type territory struct {
	Dated
	codes                     []string
	status                    Status
	note, article, instrument string
}

type adequacy struct {
	Dated
	Regime
	codes                    []string
	status                   Status
	scope, instrument, ended string
	pendingFor               []string // countries of the subject for which it is not settled
	contested                bool
}

// Safeguard is an instrument that could be used for a transfer to a country
// that nothing declares adequate. A capture does not show whether it was.
type Safeguard struct {
	Dated
	Regime              Regime
	Instrument, Article string
}

type concern struct {
	Dated
	Regime
	codes   []string
	status  Status
	as      string // the country it counts as
	article string
}

// Category is a kind of data in a law that lists kinds.
type Category struct {
	Dated
	Regime  Regime
	Code    string // "(c)"
	Number  int    // threshold, 0 if there is none
	Of      string // what is counted: "persons", "devices", "lowest", "none"
	Wording string // the law's own, "more than" or "meets or exceeds"
	Article string
}

// Rule is a definition that a reader needs beside a match.
type Rule struct {
	Dated
	Regime              Regime
	Key, Value, Article string
}

type destination struct {
	Dated
	codes                []string
	law, article, effect string
	keyed                []string
}

// Precise is where a rule draws the line of precise location.
type Precise struct {
	Dated
	Rule     string
	Metres   float64 // within so many metres is precise; 0: the rule has no line
	Decimals int     // of a degree, about
	Wording  string
}

// Proceeding is an event of a case that decides how these laws are read.
type Proceeding struct {
	Case  string
	Date  time.Time
	Event string
	Dated
}

// Organisation is a decision on what is no country.
type Organisation struct {
	Dated
	Regime           Regime
	Name, Instrument string
}

// Open reads the tables. An error means that the program was built with
// damaged data.
func Open() (*Book, error) {
	b := &Book{}
	for _, t := range []struct {
		file string
		add  func(r row) error
	}{
		{"regimes", func(r row) error {
			b.regimes = append(b.regimes, regime{r.Dated, r.regime(), r.list("codes"), r.text("adequate"), r.text("otherwise")})
			return nil
		}},
		{"territory", func(r row) error {
			b.territory = append(b.territory, territory{r.Dated, r.list("codes"), Status(r.text("status")), r.text("note"), r.text("article"), r.text("instrument")})
			return nil
		}},
		{"adequacy", func(r row) error {
			b.adequacy = append(b.adequacy, adequacy{r.Dated, r.regime(), r.list("codes"), Status(r.text("status")), r.text("scope"),
				r.text("instrument"), r.text("ended"), r.list("pending_for"), r.text("contested") == "yes"})
			return nil
		}},
		{"safeguards", func(r row) error {
			b.safeguards = append(b.safeguards, Safeguard{r.Dated, r.regime(), r.text("instrument"), r.text("article")})
			return nil
		}},
		{"concern", func(r row) error {
			b.concern = append(b.concern, concern{r.Dated, r.regime(), r.list("codes"), Status(r.text("status")), r.text("as"), r.text("article")})
			return nil
		}},
		{"categories", func(r row) error {
			n, err := strconv.Atoi(r.text("number"))
			b.categories = append(b.categories, Category{r.Dated, r.regime(), r.text("code"), n, r.text("of"), r.text("wording"), r.text("article")})
			return err
		}},
		{"rules", func(r row) error {
			b.rules = append(b.rules, Rule{r.Dated, r.regime(), r.text("key"), r.text("value"), r.text("article")})
			return nil
		}},
		{"destination", func(r row) error {
			b.destination = append(b.destination, destination{r.Dated, r.list("codes"), r.text("law"), r.text("article"), r.text("effect"), r.list("keyed")})
			return nil
		}},
		{"precise", func(r row) error {
			metres, err := strconv.ParseFloat(r.text("metres"), 64)
			if err != nil {
				return err
			}
			decimals, err := strconv.Atoi(r.text("decimals"))
			b.precise = append(b.precise, Precise{r.Dated, r.text("rule"), metres, decimals, r.text("wording")})
			return err
		}},
		{"proceedings", func(r row) error {
			on, err := time.Parse(time.DateOnly, r.text("date"))
			b.proceedings = append(b.proceedings, Proceeding{r.text("case"), on, r.text("event"), r.Dated})
			return err
		}},
		{"organisations", func(r row) error {
			b.organisations = append(b.organisations, Organisation{r.Dated, r.regime(), r.text("organisation"), r.text("instrument")})
			return nil
		}},
	} {
		if err := eachRow("data/"+t.file+".csv", func(r row) error {
			b.rows = append(b.rows, r.Dated)
			return t.add(r)
		}); err != nil {
			return nil, fmt.Errorf("law: %w", err)
		}
	}
	slices.SortStableFunc(b.proceedings, func(a, b Proceeding) int { return a.Date.Compare(b.Date) })
	return b, nil
}

// Categories are the kinds of data that a law lists, in its order.
func (b *Book) Categories(r Regime) []Category {
	return pick(b.categories, func(c Category) bool { return c.Regime == r })
}

// Rules are the definitions of a law.
func (b *Book) Rules(r Regime) []Rule {
	return pick(b.rules, func(x Rule) bool { return x.Regime == r })
}

// Safeguards are the instruments that could be used under a law on a day.
func (b *Book) Safeguards(r Regime, day time.Time) []Safeguard {
	return pick(b.safeguards, func(s Safeguard) bool { return s.Regime == r && s.on(day) })
}

// PreciseLines are the lines of precise location, the widest first, that
// stood on a day.
func (b *Book) PreciseLines(day time.Time) []Precise {
	return pick(b.precise, func(p Precise) bool { return p.on(day) })
}

// Proceedings are the events up to a day, the earliest first.
func (b *Book) Proceedings(until time.Time) []Proceeding {
	return pick(b.proceedings, func(p Proceeding) bool { return !until.IsZero() && !p.Date.After(until) })
}

// Organisations are the decisions on what is no country.
func (b *Book) Organisations() []Organisation { return slices.Clone(b.organisations) }

// Checked is the day of the latest check of any row, and how many rows rest
// on memory alone, of how many.
func (b *Book) Checked() (latest string, mem, rows int) {
	for _, d := range b.rows {
		how, day, _ := strings.Cut(d.Checked, " ")
		if how == "mem" {
			mem++
		}
		latest = max(latest, day)
	}
	return latest, mem, len(b.rows)
}

func pick[T any](list []T, keep func(T) bool) (out []T) {
	for _, x := range list {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}

// row is one line of a table.
type row struct {
	Dated
	cells map[string]string
}

func (r row) text(column string) string { return r.cells[column] }

func (r row) list(column string) []string { return strings.Fields(r.cells[column]) }

func (r row) regime() Regime { return Regime(r.cells["regime"]) }

var errUnsourced = errors.New("a row needs a source, and checked as in \"read 2026-11-28\"")

// eachRow reads an embedded table with a head line.
func eachRow(name string, visit func(row) error) error {
	f, err := embedded.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := csv.NewReader(f)
	head, err := in.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r := row{cells: map[string]string{}}
		for i, h := range head {
			r.cells[h] = strings.TrimSpace(cells[i])
		}
		if err = r.dated(); err == nil {
			err = visit(r)
		}
		if err != nil {
			line, _ := in.FieldPos(0)
			return fmt.Errorf("%s line %d: %w", name, line, err)
		}
	}
}

// dated reads what all tables have.
func (r *row) dated() (err error) {
	r.Source, r.Checked = r.text("source"), r.text("checked")
	how, day, _ := strings.Cut(r.Checked, " ")
	if _, err := time.Parse(time.DateOnly, day); err != nil || r.Source == "" || !slices.Contains([]string{"read", "press", "mem"}, how) {
		return errUnsourced
	}
	if r.From, err = date(r.text("from")); err != nil {
		return err
	}
	if r.To, err = date(r.text("to")); err != nil {
		return err
	}
	if !r.To.IsZero() && r.To.Before(r.From) {
		return errors.New("the last day lies before the first")
	}
	return nil
}

func date(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, s)
}
