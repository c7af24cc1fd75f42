package protocol

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/persona/invent"
	"github.com/constat/constat/question"
)

// Options say what sheet to make.
type Options struct {
	Lang           string
	Device, Length string
	Set            *question.Set
	Case           question.Case
	Persona        *persona.Persona  // nil: none yet
	Planted        []string          // the types of its values that an audit searches for
	Reveal         bool              // show the persona's values
	Names          map[string]string // what {log}, {persona}, {app}, {how}, {events} and {written} stand for in commands
}

// Sheet is a protocol for paper.
type Sheet struct {
	Options
	*Protocol
	words
	Answers  []Answer
	Planting []Planting
	Lacks    []string // data types that the steps plant and the persona has not, by name
}

// Planting is a value to plant, or to read off the device.
type Planting struct {
	Number int // in the persona file, from 1; 0: a kind of values
	Label  string
	Value  string // only if it may be shown
	Where  string
	Read   bool
	Step   string // by which it must be planted
}

// NewSheet makes a sheet of a protocol.
func NewSheet(p *Protocol, o Options) *Sheet {
	s := &Sheet{Options: o, Protocol: p.For(o.Device, o.Length), words: in(o.Lang)}
	g := s.Protocol.Grounds(s.Length)
	g.Case = o.Case
	if o.Persona != nil {
		g.Planted = o.Planted
	}
	s.Answers = Answers(o.Set, g)
	s.plant()
	return s
}

// plant lists what to plant: the persona's values, or the kinds that the steps
// name.
func (s *Sheet) plant() {
	step := map[datatype.ID]string{}
	var kinds []datatype.ID
	for _, x := range s.Steps {
		for _, t := range x.Plant {
			if step[t] == "" {
				step[t] = x.Title.In(s.Lang)
				kinds = append(kinds, t)
			}
		}
	}
	if s.Persona == nil {
		for _, t := range kinds {
			s.Planting = append(s.Planting, Planting{Label: s.Type(string(t)), Where: invent.Where(t, s.Lang), Read: invent.Read(t), Step: step[t]})
		}
		return
	}
	has := map[datatype.ID]bool{}
	for _, v := range s.Persona.Values {
		has[v.Type] = true
		label := v.Label
		if label == "" {
			label = s.Type(string(v.Type))
		}
		p := Planting{Number: v.Index + 1, Label: label, Where: invent.Where(v.Type, s.Lang), Read: invent.Read(v.Type), Step: step[v.Type]}
		if s.Reveal {
			p.Value = v.Value
		}
		s.Planting = append(s.Planting, p)
	}
	for _, t := range kinds {
		if !has[t] {
			s.Lacks = append(s.Lacks, s.Type(string(t)))
		}
	}
}

// Command is a command with its names filled in.
func (s *Sheet) Command(x Step, command string) string { return fill(command, x, s.Options) }

func fill(command string, x Step, o Options) string {
	wait := x.Wait.Of(o.Length).String() // 2m0s
	for _, zero := range []string{"m0s", "h0m"} {
		if short, ok := strings.CutSuffix(wait, zero); ok {
			wait = short + zero[:1]
		}
	}
	pairs := []string{"{wait}", wait}
	for _, name := range slices.Sorted(maps.Keys(o.Names)) {
		pairs = append(pairs, "{"+name+"}", o.Names[name])
	}
	return strings.NewReplacer(pairs...).Replace(command)
}

// Fill is a text with its names filled in.
func (s *Sheet) Fill(text string) string { return fill(text, Step{}, s.Options) }

// Head is the sentence under the title.
func (s *Sheet) Head() string {
	return s.say("for", s.say("device-"+s.Device), s.say("length-"+s.Length), s.long(s.Waits(s.Length)), s.say("steps", len(s.Steps)))
}

// Say is a phrase, for the template.
func (s *Sheet) Say(name string, args ...any) string { return s.say(name, args...) }

// Text is a text in the sheet's language.
func (s *Sheet) Text(t Text) string { return t.In(s.Lang) }

// Mark says when to write the time of a step; "" if there is none to write.
func (s *Sheet) Mark(x Step) string {
	switch {
	case x.Act == "":
		return ""
	case x.Mark == "":
		return s.say("mark-any")
	}
	return s.say("mark-" + x.Mark)
}

// Waiting says how long to wait after a step, and how; "" if not at all.
func (s *Sheet) Waiting(x Step) string {
	d := x.Wait.Of(s.Length)
	switch {
	case d == 0:
		return ""
	case x.Part != During:
		return s.say("wait-before", s.long(d))
	case x.Touch:
		return s.say("wait-touch", s.long(d))
	}
	return s.say("wait-still", s.long(d))
}

// Questions are those that need something of a step.
func (s *Sheet) Questions(x Step) string { return strings.Join(Serves(s.Set, x), " ") }

// Parts are the steps by part, numbered through.
func (s *Sheet) Parts() (parts []Part) {
	for i, x := range s.Steps {
		if n := len(parts); n == 0 || parts[n-1].part != x.Part {
			name := "part-" + x.Part
			if x.Part == During {
				name = "part-during"
			}
			parts = append(parts, Part{Title: s.say(name), part: x.Part})
		}
		last := &parts[len(parts)-1]
		last.Steps = append(last.Steps, Numbered{i + 1, x})
	}
	return parts
}

// Part is a part of a protocol, Numbered a step with its number.
type (
	Part struct {
		Title string
		Steps []Numbered
		part  string
	}
	Numbered struct {
		N int
		Step
	}
)

// SetTitle is the question set's.
func (s *Sheet) SetTitle() string { return Text{s.Set.Title.EN, s.Set.Title.FR}.In(s.Lang) }

// Outlooks are the answers by outlook, best first.
func (s *Sheet) Outlooks() []Group { return outlooks(s.words, s.Answers) }

// Group is the questions of one outlook.
type Group struct {
	Outlook    Outlook
	Title, How string
	Answers    []Line
	Places     bool // some of them need the places of recipients
}

// Line is a question with what is missing, in words.
type Line struct {
	Question, Claim, Missing string
	Places                   bool
}

func outlooks(w words, answers []Answer) (groups []Group) {
	for _, o := range []Outlook{Answerable, Lacking, ProofOnly, Never} {
		g := Group{Outlook: o, Title: w.say("outlook-" + string(o)), How: w.say("outlook-" + string(o) + "-how")}
		for _, a := range answers {
			if a.Outlook != o {
				continue
			}
			var missing []string
			for _, code := range a.Missing {
				missing = append(missing, w.Lacking(code))
			}
			g.Places = g.Places || a.Places
			g.Answers = append(g.Answers, Line{a.Question, a.Claim.In(w.lang), strings.Join(missing, "; "), a.Places})
		}
		if len(g.Answers) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// Write writes the sheet as text, at most width characters wide.
func (s *Sheet) Write(out io.Writer, width int) error {
	p := &printer{w: out, width: max(60, min(width, 100))}
	p.line(0, s.Text(s.Title))
	p.line(0, s.Head())
	if s.Device == "browser" {
		p.line(0, s.say("site"))
	}
	p.gap()
	p.line(0, s.say("clock"))
	p.line(0, s.say("legal"))
	for _, part := range s.Parts() {
		p.head(part.Title)
		for _, x := range part.Steps {
			s.writeStep(p, x)
		}
	}
	s.writePlanting(p)
	p.head(s.say("events"))
	p.line(0, s.say("events-how"))
	for line := range strings.SplitSeq(s.EventList(), "\n") {
		p.raw(4, line)
	}
	p.head(s.say("case"))
	p.line(0, s.Fill(s.say("case-how")))
	for line := range strings.SplitSeq(s.CaseFile(), "\n") {
		p.raw(4, line)
	}
	p.head(s.say("questions"))
	p.line(0, s.say("questions-of", s.SetTitle(), len(s.Answers)))
	writeOutlooks(p, s.words, s.Answers)
	p.gap()
	p.line(0, s.say("source", s.Source, s.Date))
	return p.err
}

func (s *Sheet) writeStep(p *printer, x Numbered) {
	p.gap()
	title := fmt.Sprintf("[ ] %2d  %s", x.N, s.Text(x.Title))
	if m := s.Mark(x.Step); m != "" {
		title += fmt.Sprintf("   __:__:__ (%s)", m)
	}
	p.line(0, title)
	p.line(8, s.Fill(s.Text(x.Do)))
	for _, c := range x.Commands {
		p.raw(8, "$ "+s.Command(x.Step, c))
	}
	if wait := s.Waiting(x.Step); wait != "" {
		p.line(8, wait)
	}
	for _, text := range x.Wrong {
		p.line(8, s.say("wrong")+" "+s.Text(text))
	}
	if q := s.Questions(x.Step); q != "" {
		p.line(8, s.say("for-questions")+" "+q)
	}
}

func (s *Sheet) writePlanting(p *printer) {
	if len(s.Planting) == 0 {
		return
	}
	p.head(s.say("planting"))
	if s.Persona == nil {
		p.line(0, s.say("planting-none"))
	} else {
		p.line(0, s.say("planting-some", s.Names["persona"]))
	}
	if len(s.Lacks) > 0 {
		p.line(0, s.say("planting-lacks", strings.Join(s.Lacks, ", ")))
	}
	said := ""
	for _, x := range s.Planting {
		name := x.Label
		if x.Number > 0 {
			name = fmt.Sprintf("%s %d  %s", s.say("number"), x.Number, name)
		}
		if x.Value != "" {
			name += ": " + x.Value
		}
		p.line(0, "[ ] "+printable(name))
		if x.Where != said {
			p.line(8, x.Where)
		}
		said = x.Where
	}
}

func writeOutlooks(p *printer, w words, answers []Answer) {
	for _, g := range outlooks(w, answers) {
		p.gap()
		p.line(0, fmt.Sprintf("%s (%d): %s", g.Title, len(g.Answers), g.How))
		if g.Places {
			p.line(0, w.say("places"))
		}
		for _, a := range g.Answers {
			star := " "
			if a.Places {
				star = "*"
			}
			line := a.Question + star + " " + a.Claim
			if a.Missing != "" {
				line += " — " + a.Missing
			}
			p.line(6, line)
		}
	}
}

// printable is a text that a person wrote, without what would move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
}

// printer breaks lines.
type printer struct {
	w     io.Writer
	width int
	err   error
}

func (p *printer) gap() { p.raw(0, "") }

func (p *printer) head(title string) {
	p.gap()
	p.raw(0, title)
	p.raw(0, strings.Repeat("─", utf8.RuneCountInString(title)))
}

func (p *printer) raw(indent int, text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(strings.Repeat(" ", indent)+text, " "))
	}
}

// line writes a text in as many lines as it needs.
func (p *printer) line(indent int, text string) {
	n, line := indent, ""
	for _, word := range strings.Split(text, " ") {
		l := utf8.RuneCountInString(word)
		if line != "" && n+1+l > p.width {
			p.raw(indent, line)
			n, line = indent, ""
			if strings.HasPrefix(text, "[ ] ") {
				indent, n = 8, 8
			}
		}
		if line != "" {
			line += " "
			n++
		}
		line += word
		n += l
	}
	if line != "" {
		p.raw(indent, line)
	}
}
