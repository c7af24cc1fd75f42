package audit

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/flow"
)

// Attribution is whose the traffic is: that of the app that is looked into, of
// another on the same phone, or nobody can say (package attribution). Rows of the
// ledger that are surely of another app stay in it, marked; no verdict rests on
// them, or counts their bytes. What is open proves nothing and refutes nothing: a
// question that would be answered with it and is not without says so.
//
// A capture that never tells of apps is different: there the user's word for which
// app it is of is all there can be, and what is in it counts.
type Attribution struct {
	Subject string `json:"subject,omitempty"` // the app that is looked into; "": none was chosen, and all counts
	// SubjectSaid is when the operator of a capture stated, in its log, that it is
	// of the subject; none if the audit was told.
	SubjectSaid time.Time `json:"subject_said,omitzero"`

	Apps    []AppRow `json:"apps"`              // the most flows first
	More    int      `json:"more,omitempty"`    // flows of apps that are not listed
	Flows   int      `json:"flows"`             // the subject's
	Open    int      `json:"open"`              // flows
	Read    int      `json:"open_read"`         // of them, requests that were read
	Others  int      `json:"other_apps"`        // flows
	Several bool     `json:"several,omitempty"` // no app was chosen, and the system tells of several that send for themselves
}

// Unmet reports whether nothing in the captures is surely of the app that is looked
// into: that nothing of it was found then means nothing.
func (a *Attribution) Unmet() bool { return a.Subject != "" && a.Flows == 0 }

// AppRow is the traffic that is attributed to one app in one way.
type AppRow struct {
	App        string `json:"app"`              // "": not known
	Source     string `json:"source,omitempty"` // which record or field says so
	Confidence string `json:"confidence"`       // "told by the system", "named in the traffic", "stated by the user", "unknown"
	Whose      string `json:"whose"`            // "subject", "open", "other"
	Flows      int    `json:"flows"`
	Out        int64  `json:"bytes_out"`
}

// Whose a flow is, see package attribution.
var whoseNames = map[attribution.Whose]string{attribution.Mine: "subject", attribution.Open: "open", attribution.Others: "other"}

// Bounds on the ways to attribute flows that are told apart, and listed.
const (
	maxClues = 4096
	maxApps  = 64
)

// clued is what flows of one input say alike of their app.
type clued struct {
	input int
	attribution.Clue
	beyond bool // of the clues that are not told apart
}

// attributed is what became of it.
type attributed struct {
	attribution.Judgement
	encoded []byte // fields of a row of the ledger
}

// whose numbers what flows say of their app, to be judged at the end: only then is
// it known whether a capture tells of apps at all.
type whose struct {
	subject attribution.Subject
	numbers map[clued]int
	clues   []clued
	lots    []lot // by number
	flows   []int
	read    []int        // of them, requests
	telling map[int]bool // by input
}

func newWhose(o *Options) *whose {
	return &whose{subject: attribution.Of(append([]string{o.App}, o.AppNames...)...), numbers: map[clued]int{}, telling: map[int]bool{}}
}

// of is the number of what a flow says.
func (w *whose) of(input int, f *flow.Flow) int {
	k := clued{input: input, Clue: attribution.Read(f)}
	if k.System() {
		w.telling[input] = true
	}
	n, ok := w.numbers[k]
	if !ok {
		if len(w.clues) >= maxClues {
			k = clued{input: input, beyond: true}
			if n, ok = w.numbers[k]; ok {
				return w.count(n, f)
			}
		}
		n = number(w.numbers, k)
		w.clues = append(w.clues, k)
		w.lots = append(w.lots, w.lotOf(&k))
		w.flows, w.read = append(w.flows, 0), append(w.read, 0)
	}
	return w.count(n, f)
}

func (w *whose) count(n int, f *flow.Flow) int {
	w.flows[n]++
	if f.Request != nil {
		w.read[n]++
	}
	return n
}

// others reports whether a flow is surely another app's, whatever comes.
func (w *whose) others(n int) bool { return w.lots[n].whose == attribution.Others }

func (w *whose) judge(n int) attribution.Judgement {
	k := &w.clues[n]
	return w.verdict(k, w.telling[k.input])
}

func (w *whose) verdict(k *clued, telling bool) attribution.Judgement {
	j := w.subject.Judge(k.Clue, telling)
	if k.beyond && w.subject.Chosen() {
		j.Whose = attribution.Open
	}
	return j
}

// settle judges, when all flows are known.
func (w *whose) settle(r *Redactor) []attributed {
	list := make([]attributed, len(w.clues))
	for i := range w.clues {
		j := w.judge(i)
		j.App, j.Source = clip(j.App, 200), clip(j.Source, 200)
		if j.Confidence == attribution.Named { // the exchange wrote it
			if j.App = r.Text(j.App).s; j.Whose == attribution.Mine && w.subject.Chosen() {
				j.App = clip(w.subject.Name(), 200)
			}
		}
		if j.Confidence == attribution.Stated {
			j.Source = ""
		}
		list[i].Judgement = j
		list[i].encoded = appendApp(nil, senderOf(j))
	}
	return list
}

// Sender is which app a row is of.
type Sender struct {
	App           string `json:"app"`
	AppSource     string `json:"app_source,omitempty"`     // which record or field says so
	AppConfidence string `json:"app_confidence,omitempty"` // see AppRow; "": unknown, and no app was chosen
	OtherApp      bool   `json:"other_app,omitempty"`      // surely not the app that is looked into: no verdict rests on it
	AppOpen       bool   `json:"app_open,omitempty"`       // it may be, and it may be another's
}

func senderOf(j attribution.Judgement) Sender {
	s := Sender{j.App, j.Source, string(j.Confidence), j.Whose == attribution.Others, j.Whose == attribution.Open}
	if j.Confidence == attribution.Unknown && j.Whose == attribution.Mine {
		s.AppConfidence = ""
	}
	return s
}

// appendApp writes the fields as a row of the ledger has them.
func appendApp(dst []byte, s Sender) []byte {
	dst = appendString(append(dst, `,"app":`...), s.App)
	if s.AppSource != "" {
		dst = appendString(append(dst, `,"app_source":`...), s.AppSource)
	}
	if s.AppConfidence != "" {
		dst = appendString(append(dst, `,"app_confidence":`...), s.AppConfidence)
	}
	if s.OtherApp {
		dst = strconv.AppendBool(append(dst, `,"other_app":`...), true)
	}
	if s.AppOpen {
		dst = strconv.AppendBool(append(dst, `,"app_open":`...), true)
	}
	return dst
}

// attribution tells it of the whole; nil if there is nothing to tell.
func (w *whose) attribution(judged []attributed, sent map[int]amounts) *Attribution {
	a := &Attribution{Subject: clip(w.subject.Name(), 200), Apps: []AppRow{}}
	said, senders := false, map[string]bool{}
	at := map[AppRow]int{}
	for n, j := range judged {
		k := &w.clues[n]
		said = said || k.System() || k.Named != ""
		if k.System() && !k.Agent() {
			senders[k.Told] = true
		}
		switch j.Whose {
		case attribution.Mine:
			a.Flows += w.flows[n]
		case attribution.Open:
			a.Open += w.flows[n]
			a.Read += w.read[n]
		case attribution.Others:
			a.Others += w.flows[n]
		}
		row := AppRow{App: j.App, Source: j.Source, Confidence: string(j.Confidence), Whose: whoseNames[j.Whose]}
		i, ok := at[row]
		if !ok {
			i = len(a.Apps)
			at[row] = i
			a.Apps = append(a.Apps, row)
		}
		a.Apps[i].Flows += w.flows[n]
		a.Apps[i].Out += sent[n].Out
	}
	a.Several = !w.subject.Chosen() && len(senders) > 1
	slices.SortStableFunc(a.Apps, func(x, y AppRow) int {
		return cmp.Or(cmp.Compare(y.Flows, x.Flows), cmp.Compare(x.App, y.App), cmp.Compare(x.Source, y.Source))
	})
	for _, row := range a.Apps[min(len(a.Apps), maxApps):] {
		a.More += row.Flows
	}
	a.Apps = a.Apps[:min(len(a.Apps), maxApps)]
	if !said && !w.subject.Chosen() {
		return nil
	}
	return a
}
