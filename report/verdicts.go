package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/constat/constat/audit"
)

// signs go with the words of an answer, for whoever skims.
var signs = map[string]string{
	audit.Observed: "●", audit.NotObserved: "○", audit.Contradicted: "✕", audit.NotMeasurable: "–",
}

// Sign is that of an answer.
func (v *view) Sign(answer string) string { return signs[answer] }

// Answer names an answer; "not observed" with its coverage.
func (v *view) Answer(r audit.Verdict) string {
	s := v.T("answer." + r.Answer)
	if r.Answer == audit.NotObserved {
		s += " (" + v.T("answer.coverage", v.Percent(r.Coverage)) + ")"
	}
	return s
}

// Claimed is the sentence of a verdict's claim.
func (v *view) Claimed(r audit.Verdict) string {
	if v.Lang == "fr" {
		return r.Claim.FR
	}
	return r.Claim.EN
}

// Said names who makes a verdict's claim.
func (v *view) Said(r audit.Verdict) string {
	if v.Lang == "fr" && r.SaidByFR != "" {
		return r.SaidByFR
	}
	return r.SaidBy
}

// Hooks are the laws that a verdict's claim concerns.
func (v *view) Hooks(r audit.Verdict) []string {
	if v.Lang == "fr" && r.LawFR != nil {
		return r.LawFR
	}
	return r.Law
}

// Tally counts the answers: "34 observed, 2 not observed, …".
func (v *view) Tally() string {
	n := map[string]int{}
	for _, r := range v.Verdicts {
		n[r.Answer]++
	}
	var parts []string
	for _, a := range []string{audit.Observed, audit.NotObserved, audit.Contradicted, audit.NotMeasurable} {
		if n[a] > 0 {
			parts = append(parts, signs[a]+" "+v.N("tally."+a, n[a]))
		}
	}
	return strings.Join(parts, ", ")
}

// Holding says of what program and which time the answers are.
func (v *view) Holding() string {
	var first, last time.Time
	for _, in := range v.Inputs {
		if first.IsZero() || !in.First.IsZero() && in.First.Before(first) {
			first = in.First
		}
		if in.Last.After(last) {
			last = in.Last
		}
	}
	if first.IsZero() {
		return ""
	}
	of := v.T("holding.untold")
	if c := v.Document.Case; c != nil && c.App.Version != "" {
		of = v.T("holding.version", strings.TrimSpace(c.App.ID+" "+c.App.Version))
	}
	return v.T("holding", of, v.When(first), v.When(last))
}

// Program is the app that the audit is of, as the user states it.
func (v *view) Program() string {
	if v.Document.Case == nil || v.Document.Case.App == (audit.App{}) {
		return ""
	}
	a := &v.Document.Case.App
	var parts []string
	add := func(key string, values ...any) { parts = append(parts, v.T(key, values...)) }
	if a.ID != "" {
		parts = append(parts, a.ID)
	}
	if a.Version != "" {
		add("app.version", a.Version)
	}
	if a.VersionCode != 0 {
		add("app.code", fmt.Sprint(a.VersionCode))
	}
	if a.SignedBy != "" {
		add("app.signed", a.SignedBy)
	}
	if a.SHA256 != "" {
		add("app.file", a.SHA256)
	}
	if a.Store != "" {
		add("app.store", v.Country(a.Store))
	}
	return strings.Join(parts, ", ") + " (" + v.T("app.stated") + ")"
}

// Because says in one line what decided.
func (v *view) Because(r audit.Verdict) string {
	if r.Count == 0 {
		return ""
	}
	const most = 4
	var names []string
	for _, b := range r.Because[:min(len(r.Because), most)] {
		names = append(names, v.named(b))
	}
	s := strings.Join(names, ", ")
	if r.Count > most {
		s += ", " + v.T("more", r.Count-most)
	}
	return v.N("row", r.Count) + v.T("colon") + s
}

// Lackings puts codes of what is missing into words, with what to do about it:
// once, after the last of a kind.
func (v *view) Lackings(codes []string) (out []string) {
	kind := func(i int) string {
		if i == len(codes) {
			return ""
		}
		k, _, _ := strings.Cut(codes[i], ":")
		return k
	}
	for i, code := range codes {
		s := v.Lacking(code)
		if remedy, ok := v.lookup("remedy." + kind(i)); ok && kind(i+1) != kind(i) {
			s += " (" + remedy + ")"
		}
		out = append(out, s)
	}
	return out
}

// untold are the places of arguments in a message.
var untold = regexp.MustCompile(`%(?:\[\d+\])?[sd]`)

// Lacking puts a code of what is missing into words.
func (v *view) Lacking(code string) string {
	kind, what, _ := strings.Cut(code, ":")
	sentence, ok := v.lookup("missing." + kind)
	if !ok {
		return code
	}
	var names []string
	if what == "" { // of a code that is taught
		return untold.ReplaceAllString(sentence, "…")
	}
	switch kind {
	case "unread":
		host, bytes, _ := strings.Cut(what, ":")
		var n int64
		fmt.Sscan(bytes, &n)
		return fmt.Sprintf(sentence, v.Size(n), host)
	case "act", "state", "idle":
		what, times, measured := strings.Cut(what, ":")
		if kind == "idle" {
			kind = "state"
		}
		for _, x := range strings.Split(what, "|") {
			names = append(names, v.name(kind+".", x))
		}
		if measured {
			wanted, longest, _ := strings.Cut(times, ":")
			return v.T("missing.idle.seconds", strings.Join(names, " "+v.T("or")+" "), wanted, longest)
		}
	case "case":
		return fmt.Sprintf(sentence, v.name("case.", what), v.name("case.write.", what))
	case "watched":
		for _, x := range strings.Split(what, "|") {
			names = append(names, v.name("access.", x))
		}
	case "unmarked":
		names = []string{v.T("fact." + what)}
	case "planted":
		for _, x := range strings.Split(what, "|") {
			names = append(names, v.Type(x))
		}
	default:
		names = []string{what}
	}
	if !strings.Contains(sentence, "%s") {
		return sentence
	}
	return fmt.Sprintf(sentence, strings.Join(names, " "+v.T("or")+" "))
}
