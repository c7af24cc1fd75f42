package report

import (
	"fmt"
	"strings"

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

// Tally counts the answers: "34 observed, 2 not observed, …".
func (v *view) Tally() string {
	n := map[string]int{}
	for _, r := range v.Verdicts {
		n[r.Answer]++
	}
	var parts []string
	for _, a := range []string{audit.Observed, audit.NotObserved, audit.Contradicted, audit.NotMeasurable} {
		if n[a] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d %s", signs[a], n[a], v.T("answer."+a)))
		}
	}
	return strings.Join(parts, ", ")
}

// Because says in one line what decided.
func (v *view) Because(r audit.Verdict) string {
	if r.Count == 0 {
		return ""
	}
	const most = 4
	s := strings.Join(r.Because[:min(len(r.Because), most)], ", ")
	if r.Count > most {
		s += ", …"
	}
	return v.N("row", r.Count) + ": " + s
}

// Lacking puts a code of what is missing into words.
func (v *view) Lacking(code string) string {
	kind, what, _ := strings.Cut(code, ":")
	sentence, ok := v.lookup("missing." + kind)
	if !ok {
		return code
	}
	var names []string
	switch kind {
	case "unread":
		host, bytes, _ := strings.Cut(what, ":")
		var n int64
		fmt.Sscan(bytes, &n)
		return fmt.Sprintf(sentence, v.Size(n), host)
	case "act", "state", "case", "idle":
		for _, x := range strings.Split(what, "|") {
			if kind == "idle" {
				names = append(names, v.T("state."+x))
				continue
			}
			names = append(names, v.T(kind+"."+x))
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
