package question

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
)

// A word that means nothing makes an expression that is never true, and a
// question that is never observed. So whatever is compared with a variable whose
// words are known must be one of them.

// vocabulary is what a variable can be.
type vocabulary struct {
	is    string // "data type"
	words []string
	open  bool // it can be more: what is near a word is a mistake all the same
	fits  func(string) bool
}

// vocabularies are by variable, or by table and variable.
var vocabularies = sync.OnceValue(func() map[string]*vocabulary {
	var ids []string
	for _, t := range datatype.All() {
		ids = append(ids, string(t.ID))
	}
	closed := func(is string, words ...string) *vocabulary { return &vocabulary{is: is, words: words} }
	dataType := closed("data type", ids...)
	linked := closed("data type", append(slices.Clone(ids), "token")...)
	state := closed("state", flow.States...)
	act := &vocabulary{is: "act", words: flow.Acts, open: true}
	country := &vocabulary{is: "country (two capitals, as in FR)", fits: func(s string) bool { return s == "" || twoCapitals.MatchString(s) }}
	place := closed("place", "consistent (strong)", "consistent (weak)", "impossible (strict)", "impossible (fibre)", "undetermined")
	ended := closed("end of a clip", "save-draft", "post", "discard", "")
	settled := closed("answer of a law", "yes", "no", "undetermined")
	return map[string]*vocabulary{
		"data_type": dataType, "joins.data_type": linked, "syncs.data_type": linked, "fact": dataType, "document.planted": dataType,
		"state": state, "met_in": state, "states": state, "out_in": state, "unread_in": state, "idle_s": closed("state of idleness", idleStates...),
		"act": act, "acts": act, "clip_fate": ended, "clip_ended": ended,
		"consent":   closed("consent", "none", "accepted", "refused", "unknown"),
		"form":      closed("form", "clear", "encoded", "hashed", "truncated", "encrypted", "media"),
		"anonymity": closed("anonymity", "clear", "reversible", "brute_forceable", "pseudonym", "aggregate", "unknown"),
		"grade":     closed("grade", "A", "B", "C"),
		"scheme":    closed("scheme", "https", "http", "wss", "ws", ""),
		"role": {is: "role", open: true, words: []string{ // a user's table can have others
			"first party", "analytics", "advertising", "attribution", "crash reporting", "cdn", "cloud", "social", "marketing", "tag manager",
			"consent", "support", "content", "sdk", "platform", "location", "anti-fraud", "push", "payment", "dns", "network", "unknown"}},
		"country": country, "registered": country, "excluded": country, "promised_countries": country, "far_countries": country, "subject_country": country, "store": country,
		"place": place, "eea": settled, "concern": settled, "controller_concern": settled,
		"adequate":       closed("answer of a law", "yes", "no", "conditional", "undetermined"),
		"app_confidence": closed("confidence", "told by the system", "named in the traffic", "stated by the user", "unknown"),
		"kind":           closed("kind of incident", audit.Deletion, audit.Program),
		"what":           &vocabulary{is: "access", words: flow.Accesses, open: true},
		"syncs.how":      closed("way of passing on", "redirect", "response", "set-cookie", "cookie"),
	}
})

var twoCapitals = regexp.MustCompile(`^[A-Z]{2}$`)

// idleStates are those in which a user does nothing with the app.
var idleStates = []string{"background", "swiped", "force-stopped", "closed", "screen-off"}

func (v *vocabulary) has(word string) bool {
	if v.fits != nil {
		return v.fits(word)
	}
	return slices.Contains(v.words, word)
}

// lacks says what is wrong with a word, "" if nothing is.
func (v *vocabulary) lacks(word string) string {
	near := flow.Nearest(word, v.words)
	if v.has(word) || v.open && near == "" {
		return ""
	}
	s := fmt.Sprintf("%q is no %s", word, v.is)
	switch {
	case near != "":
		return s + fmt.Sprintf("; did you mean %q?", near)
	case v.fits != nil:
		return s
	case len(v.words) > 30:
		kin, _, _ := strings.Cut(word, ".")
		var list []string
		for _, w := range v.words {
			if strings.HasPrefix(w, kin+".") {
				list = append(list, w)
			}
		}
		if list == nil {
			return s + "; constat ask --explain lists them"
		}
		return s + "; there are " + strings.Join(list, ", ")
	}
	return s + "; it is " + strings.Join(quotedWords(v.words), ", ")
}

func quotedWords(words []string) (out []string) {
	for _, w := range words {
		if w == "" {
			w = `""`
		}
		out = append(out, w)
	}
	return out
}

// lacksPart says what is wrong with a text that a word is to begin with, to end
// with, to hold or to match.
func (v *vocabulary) lacksPart(how, part string) string {
	if v.open || v.fits != nil {
		return ""
	}
	is := map[string]func(string, string) bool{"startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix, "contains": strings.Contains}[how]
	if how == "matches" {
		re, err := regexp.Compile(part)
		if err != nil {
			return ""
		}
		is = func(w, _ string) bool { return re.MatchString(w) }
	}
	if is == nil || slices.ContainsFunc(v.words, func(w string) bool { return is(w, part) }) {
		return ""
	}
	var firsts []string
	for _, w := range v.words {
		if first, _, ok := strings.Cut(w, "."); ok && !slices.Contains(firsts, first+".") {
			firsts = append(firsts, first+".")
		}
	}
	s := fmt.Sprintf("no %s %s %q", v.is, map[string]string{"startsWith": "begins with", "endsWith": "ends with", "contains": "contains", "matches": "matches"}[how], part)
	if near := flow.Nearest(part, firsts); near != "" {
		return s + fmt.Sprintf("; did you mean %q?", near)
	}
	return s
}

// of is the vocabulary of a variable over a table, nil if its words are not known.
func vocabularyOf(table, variable string) *vocabulary {
	if v := vocabularies()[table+"."+variable]; v != nil {
		return v
	}
	for _, x := range tables[table] {
		if x.Name == variable && x.kind != truth { // "planted" is not the same everywhere
			return vocabularies()[variable]
		}
	}
	return nil
}

// misspelled finds the first literal of a checked expression that the variable
// which it is compared with can never be.
func misspelled(checked *cel.Ast, table string) (line, column int, wrong string) {
	rep := checked.NativeRep()
	bound := map[string]*vocabulary{} // of the variables of macros
	of := func(e ast.Expr) *vocabulary {
		if e.Kind() != ast.IdentKind {
			return nil
		}
		if v, ok := bound[e.AsIdent()]; ok {
			return v
		}
		return vocabularyOf(table, e.AsIdent())
	}
	tell := func(e ast.Expr, s string) {
		if s != "" && wrong == "" {
			at := rep.SourceInfo().GetStartLocation(e.ID())
			line, column, wrong = at.Line(), at.Column(), s
		}
	}
	compare := func(v *vocabulary, e ast.Expr) {
		if s, ok := literal(e); v != nil && ok {
			tell(e, v.lacks(s))
		}
	}
	var walk func(e ast.Expr)
	walk = func(e ast.Expr) {
		switch e.Kind() {
		case ast.CallKind:
			call := e.AsCall()
			args := call.Args()
			switch name := call.FunctionName(); name {
			case operators.Equals, operators.NotEquals:
				compare(of(args[0]), args[1])
				compare(of(args[1]), args[0])
			case operators.In, operators.OldIn:
				compare(of(args[1]), args[0])
				if v := of(args[0]); v != nil && args[1].Kind() == ast.ListKind {
					for _, x := range args[1].AsList().Elements() {
						compare(v, x)
					}
				}
			case operators.Index:
				compare(of(args[0]), args[1])
			case "startsWith", "endsWith", "contains", "matches":
				if v := of(call.Target()); v != nil {
					if s, ok := literal(args[0]); ok {
						tell(args[0], v.lacksPart(name, s))
					}
				}
			}
			if call.IsMemberFunction() {
				walk(call.Target())
			}
			for _, x := range args {
				walk(x)
			}
		case ast.ListKind:
			for _, x := range e.AsList().Elements() {
				walk(x)
			}
		case ast.ComprehensionKind:
			c := e.AsComprehension()
			walk(c.IterRange())
			before, was := bound[c.IterVar()]
			bound[c.IterVar()] = of(c.IterRange())
			walk(c.LoopStep())
			if walk(c.Result()); was {
				bound[c.IterVar()] = before
			} else {
				delete(bound, c.IterVar())
			}
		case ast.SelectKind:
			walk(e.AsSelect().Operand())
		}
	}
	walk(rep.Expr())
	return line, column, wrong
}

// literal is the text that an expression is.
func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// misnamed says what is wrong with the words of a need, "" if nothing is.
func misnamed(need string) string {
	kind, what, _ := strings.Cut(need, ":")
	v := map[string]*vocabulary{
		"act": vocabularies()["act"], "state": vocabularies()["state"], "planted": vocabularies()["data_type"],
		"idle": vocabularies()["idle_s"], "watched": vocabularies()["what"],
	}[kind]
	if v == nil {
		return ""
	}
	for _, word := range strings.Split(what, "|") {
		if word == "" {
			return fmt.Sprintf("a word is missing in %q", need)
		}
		if s := v.lacks(word); s != "" {
			return s
		}
	}
	return ""
}

// Codes of what can be missing to decide, for which reports have words.
var Codes = []string{
	"act", "app", "asked", "attribution", "case", "clock", "contracts", "control", "counts", "dialogs", "export", "idle", "legal-basis", "listing",
	"longer-capture", "media-content", "organisation", "owner", "parent", "party", "place", "planted", "policy", "purpose", "responses", "safeguards",
	"second-run", "server-side", "state", "subject", "too-many", "traffic", "unmarked", "unread", "unsized", "watched", "withdrawal", "written-release",
}

// uncoded says what is wrong with what a set says is missing: a code that no
// report has words for, and no words of its own.
func uncoded(missing string) string {
	if strings.ContainsAny(missing, " \u00a0") {
		return ""
	}
	kind, _, _ := strings.Cut(missing, ":")
	if slices.Contains(Codes, kind) {
		return ""
	}
	if near := flow.Nearest(kind, Codes); near != "" {
		return fmt.Sprintf("no report has words for %q; did you mean %q?", missing, near)
	}
	return fmt.Sprintf("no report has words for %q; write what is missing in words of your own, or one of %s", missing, strings.Join(Codes, ", "))
}

// Need is a kind of what a question may need.
type Need struct {
	Kind  string   `json:"kind"`            // "act" of "act:next"
	Words []string `json:"words,omitempty"` // none of what has none
	Open  bool     `json:"open,omitempty"`  // there can be others
}

// Needs lists them in the order in which they are taught.
func Needs() []Need {
	var facts []string
	for name := range (&Case{}).lists() {
		facts = append(facts, name)
	}
	facts = append(facts, "child")
	slices.Sort(facts)
	list := []Need{}
	for _, x := range []struct{ kind, variable string }{{"act", "act"}, {"state", "state"}, {"idle", "idle_s"}, {"watched", "what"}, {"planted", "data_type"}} {
		v := vocabularies()[x.variable]
		list = append(list, Need{x.kind, v.words, v.open})
	}
	return append(list, Need{Kind: "case", Words: facts}, Need{Kind: "law", Words: laws}, Need{Kind: "places"}, Need{Kind: "servers"}, Need{Kind: "parties"})
}

// laws are the variables of law that a question can need settled.
var laws = []string{"eea", "adequate", "concern", "controller_concern"}
