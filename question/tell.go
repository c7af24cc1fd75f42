package question

import (
	"slices"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/datatype"
)

// Told is a set as programs are told of it.
type Told struct {
	ID        string         `json:"id"`
	Title     audit.Claim    `json:"title"`
	Date      string         `json:"date"`
	Source    string         `json:"source"`
	Questions []ToldQuestion `json:"questions"`
}

// ToldQuestion is a question, with its answer if one was given.
type ToldQuestion struct {
	Set           string         `json:"set"`
	ID            string         `json:"id"`
	Claim         audit.Claim    `json:"claim"`
	SaidBy        string         `json:"said_by"`
	Law           []string       `json:"law"`
	Shows         string         `json:"shows"`
	ProvedBy      []ToldClause   `json:"proved_by"`
	RefutedBy     []ToldClause   `json:"refuted_by"`
	Needs         []ToldNeed     `json:"needs"`
	NotMeasurable string         `json:"not_measurable,omitempty"`
	When          []Condition    `json:"not_measurable_when,omitempty"`
	Smallest      int64          `json:"smallest"`
	Verdict       *audit.Verdict `json:"verdict,omitempty"`
}

// ToldClause is a clause, with what became of it if the question was answered.
type ToldClause struct {
	Table       string   `json:"table"`
	Expressions []string `json:"expressions"`
	Together    bool     `json:"together,omitempty"`
	Every       bool     `json:"every,omitempty"`
	AtLeast     int      `json:"at_least"`
	Distinct    string   `json:"distinct,omitempty"`
	Per         string   `json:"per,omitempty"`
	Became      *Became  `json:"became,omitempty"`
}

// Became is what became of a clause.
type Became struct {
	True  []int `json:"true_of"` // for how many each expression was true
	Count int   `json:"count"`   // that decide
	Open  bool  `json:"open"`    // of some it cannot be said
	Holds bool  `json:"holds"`
}

// ToldNeed is something that must be there, and what of it is missing.
type ToldNeed struct {
	Need    string   `json:"need"`
	Missing []string `json:"missing,omitempty"`
}

// Tell tells of a set.
func (s *Set) Tell() Told {
	t := Told{ID: s.ID, Title: s.Title, Date: s.Date, Source: s.Source}
	for _, q := range s.Questions {
		t.Questions = append(t.Questions, s.TellQuestion(q))
	}
	return t
}

// TellQuestion tells of a question.
func (s *Set) TellQuestion(q *Question) ToldQuestion {
	t := ToldQuestion{
		Set: s.ID, ID: q.ID, Claim: q.Claim, SaidBy: s.name(q.SaidBy), Law: slices.Concat([]string{}, q.Law), Shows: q.Shows,
		ProvedBy: []ToldClause{}, RefutedBy: []ToldClause{}, Needs: []ToldNeed{}, NotMeasurable: q.Never, When: q.When, Smallest: q.Smallest,
	}
	for i := range q.ProvedBy {
		t.ProvedBy = append(t.ProvedBy, q.ProvedBy[i].tell())
	}
	for i := range q.RefutedBy {
		t.RefutedBy = append(t.RefutedBy, q.RefutedBy[i].tell())
	}
	for _, n := range q.Needs {
		t.Needs = append(t.Needs, ToldNeed{Need: n})
	}
	return t
}

func (c *Clause) tell() ToldClause {
	return ToldClause{Table: c.table, Expressions: c.Expressions(), Together: len(c.Together) > 0, Every: c.Every, AtLeast: c.AtLeast, Distinct: c.Distinct, Per: c.Per}
}

// Tell tells of a question and its answer.
func (e *Explanation) Tell() ToldQuestion {
	t := e.Set.TellQuestion(e.Question)
	for i, w := range slices.Concat(e.Proved, e.Refuted) {
		b := &Became{w.Each, w.Count, w.Open, w.Holds}
		if i < len(e.Proved) {
			t.ProvedBy[i].Became = b
		} else {
			t.RefutedBy[i-len(e.Proved)].Became = b
		}
	}
	t.Needs = []ToldNeed{}
	for _, n := range e.Needs {
		t.Needs = append(t.Needs, ToldNeed(n))
	}
	t.Verdict = &e.Verdict
	return t
}

// Lesson is what there is to write questions with.
type Lesson struct {
	Example   string                      `json:"example"`
	Tables    map[string][]LessonVariable `json:"tables"`
	Needs     []Need                      `json:"needs"`
	Codes     []string                    `json:"codes"`
	DataTypes []string                    `json:"data_types"`
}

// LessonVariable is a variable, and its words if they are known.
type LessonVariable struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Means string   `json:"means"`
	Words []string `json:"words,omitempty"`
	Open  bool     `json:"open,omitempty"` // there can be others
}

// Teach is the lesson for programs.
func Teach() Lesson {
	l := Lesson{Example: string(Example), Tables: map[string][]LessonVariable{}, Needs: Needs(), Codes: Codes}
	for _, table := range Tables() {
		for _, v := range Variables(table) {
			x := LessonVariable{Name: v.Name, Type: v.Type(), Means: v.Means}
			if words := vocabularyOf(table, v.Name); words != nil {
				x.Words, x.Open = words.words, words.open
			}
			l.Tables[table] = append(l.Tables[table], x)
		}
	}
	for _, t := range datatype.All() {
		l.DataTypes = append(l.DataTypes, string(t.ID))
	}
	return l
}
