package question

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/constat/constat/audit"
)

// Bounds of an expression, since a set may come from anybody.
const (
	maxFile        = 1 << 20 // bytes of a set
	maxExpressions = 2_000   // of a set
	maxTogether    = 8       // of a clause
	maxExpression  = 4_000   // characters
	maxCost        = 100_000 // steps over one row
)

// Variable is a name that expressions over a table can use.
type Variable struct {
	Name, Means string
	kind        *cel.Type
}

// Type is the variable's type as CEL writes it.
func (v Variable) Type() string { return v.kind.String() }

// Variables lists what expressions over a table ("rows", "hosts", "incidents",
// "accesses", "joins", "syncs", "document") can use.
func Variables(table string) []Variable { return tables[table] }

var (
	text    = cel.StringType
	truth   = cel.BoolType
	number  = cel.DoubleType
	whole   = cel.IntType
	strs    = cel.ListType(cel.StringType)
	reports = cel.ListType(cel.MapType(cel.StringType, cel.DynType))
)

// moment are the variables of what the user and the app were doing. What nobody
// can tell has no value, whatever a document writes in its place: no mark was made
// before, none says until when something held, or the clocks do not tell which of
// two came first. An expression that hangs on it is neither true nor false.
var moment = []Variable{
	{"state", "of the app: foreground, background, swiped, force-stopped, closed, screen-off; no value if not known", text},
	{"act", "the user's last act: app-opened, consent-accept, record, next, save-draft, post, discard, sign-up …; no value before the first", text},
	{"since_act_s", "seconds since then", number},
	{"consent", "none (asked, not answered), accepted, refused; no value where the next answer is not marked, or none before", text},
	{"draft_open", "a clip was made and neither saved, posted nor discarded yet; no value if how it ended is not marked", truth},
	{"clip_fate", "how that clip ended afterwards: save-draft, post, discard, \"\"", text},
	{"clip_ended", "how the last clip ended before: save-draft, post, discard, \"\"", text},
	{"signed_up", "the user had signed up, or in; no value if neither is marked, nor that there is still no account", truth},
	{"moment_unsure", "an act or a change of state is nearer than the error of its clock: which came first is open", truth},
	{"offset_s", "seconds after the capture's first exchange", number},
}

// party are the variables of who is at the other end.
var party = []Variable{
	{"host", "name of the host", text},
	{"domain", "its registrable domain", text},
	{"owner", "the company, as far as a table says", text},
	{"role", "of the company: first party, analytics, advertising, attribution, cdn, unknown …", text},
	{"first_party", "the host is the app's own company's, by the case or a table", truth},
	{"third_party", "it is surely another's: neither, of a host that nobody tells of", truth},
	{"ip", "address of the server", text},
	{"country", "where databases place it, \"\" without agreement", text},
	{"registered", "the country that the registry gave the address to", text},
	{"place", "verdict on country: consistent (strong), consistent (weak), impossible (strict), impossible (fibre), undetermined", text},
	{"excluded", "countries in which the server cannot be, by round trip", strs},
}

// known are the variables of the case.
var known = []Variable{
	{"named_sdks", "of the case", strs},
	{"promised_countries", "of the case", strs},
	{"far_countries", "of the case", strs},
	{"child", "of the case: a child's account", truth},
	{"subject_country", "whose law protects the subject, as in FR; \"\" unknown", text},
	{"deletions", "what the app asked servers to delete: host, offset_s", reports},
}

func join(lists ...[]Variable) (all []Variable) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

var tables = map[string][]Variable{
	"rows": join([]Variable{
		{"data_type", "id of the taxonomy, as in contact.phone (constat ask --explain lists them)", text},
		{"flow", "id of the exchange", text},
		{"alias", "the same value has the same alias throughout", text},
		{"companies", "how many got this identifier, by ultimate parent; 0 for what is no identifier, or went to one only", whole},
		{"planted", "the value is one of the persona's", truth},
		{"form", "clear, encoded, hashed, truncated, encrypted, media", text},
		{"detail", "of the form", text},
		{"anonymity", "clear, reversible, brute_forceable, pseudonym, aggregate, unknown: what the form leaves of the person", text},
		{"grade", "A known value, B valid value under a key that names it, C shape alone", text},
		{"method", "of the request", text},
		{"protocol", "as spoken", text},
		{"scheme", "https, wss; http, ws: the message crossed the network without TLS; \"\" where no address tells", text},
		{"part", "of the message", text},
		{"bytes", "of the message that carried it", whole},
		{"app", "that sent it, if anybody says so", text},
		{"app_confidence", "told by the system, named in the traffic, stated by the user, unknown", text},
	}, moment, party, legal, known),
	"hosts": join([]Variable{
		{"flows", "exchanges", whole},
		{"bytes_out", "that left", whole},
		{"read", "of them, read", whole},
		{"media", "of those read, pictures, videos and sounds", whole},
		{"opaque", "of bytes_out, not read", whole},
		{"not_captured", "of bytes_out, not kept by the capture tool", whole},
		{"unknown_body", "of opaque, those in messages that were opened, in no known format", whole},
		{"largest_upload", "bytes of the largest stretch of opaque that looks like a photo, video or sound being sent", whole},
		{"first_s", "when the first exchange began, after the first of the captures; -1 unknown", number},
		{"last_s", "when the last one did", number},
		{"met_in", "states of the app in which exchanges began", strs},
	}, party, legal, known),
	"incidents": join([]Variable{
		{"kind", "deletion, program", text},
		{"detail", "what program", text},
		{"method", "of the request", text},
	}, moment, party, legal, known),
	"accesses": join([]Variable{
		{"what", "clipboard, location, camera, microphone, contacts, photos …, as the record of accesses names it", text},
		{"how", "what the record says more: begin, out of process …", text},
		{"refused", "the device did not allow it", truth},
		{"app", "that did it, if the record says so", text},
		{"app_confidence", "told by the system, stated by the user, unknown", text},
	}, moment, known),
	"joins": join([]Variable{
		{"data_type", "of the identifier that the recipient got; token for one that nobody planted", text},
		{"fact", "data type of the name, address or position that it leads to", text},
		{"steps", "messages on the way; 0: the recipient has a digest of the fact, and another has the fact", whole},
		{"alone", "the recipient's own company got all of them", truth},
		{"companies", "how many got the identifier", whole},
		{"grade", "A planted, or seen being set; B known by name, place and looks", text},
	}, party, known),
	"syncs": join([]Variable{
		{"data_type", "of the identifier that was passed on; token for one that nobody planted", text},
		{"how", "redirect, response, set-cookie, cookie", text},
		{"matched", "an identifier of the recipient's own was in the same message", truth},
		{"from_owner", "who gave it to the device; the other variables of a party are of who got it then", text},
		{"grade", "A seen being set as a lasting cookie, or planted; B otherwise", text},
	}, party, known),
	"document": {
		{"flows", "exchanges", whole},
		{"duration_s", "first to last", number},
		{"coverage", "percent of the bytes out, without media, that were read", number},
		{"acts", "the acts that were marked", strs},
		{"states", "the states that were marked", strs},
		{"planted", "data types of the persona", strs},
		{"subject_country", "whose law protects the subject, as in FR; \"\" unknown", text},
		{"child", "of the case: a child's account", truth},
		{"app_id", "package name or bundle id, of the case or of constat audit --app; \"\" not told", text},
		{"app_version", "of the case, as people see it; \"\" not told", text},
		{"version_code", "of the case; 0 not told", whole},
		{"app_signed_by", "of the case: SHA-256 of the signing certificate, hex; \"\" not told", text},
		{"store", "of the case: country of the store's account, as in FR; \"\" not told", text},
		{"idle_s", "by state: for how long at a stretch the app was in it, at most, while the capture is known to have worked", cel.MapType(text, number)},
		{"out_in", "by state: bytes that left, without other apps'", cel.MapType(text, whole)},
		{"unread_in", "by state: of them, bytes that nobody could read", cel.MapType(text, whole)},
	},
}

// expression is a checked expression.
type expression struct {
	text    string
	program cel.Program
	tree    *tree    // over rows, taken apart
	names   []string // of the variables and definitions it uses, and of those that these use
	since   bool     // since_act_s is among them
}

// environments has, by table, what its expressions can use.
var environments = sync.OnceValue(func() map[string]*cel.Env {
	envs := map[string]*cel.Env{}
	for table, vars := range tables {
		options := []cel.EnvOption{
			cel.CrossTypeNumericComparisons(true), cel.ParserExpressionSizeLimit(maxExpression),
			cel.Function("under", cel.Overload("under_string_list", []*cel.Type{text, strs}, truth, cel.BinaryBinding(func(host, domains ref.Val) ref.Val {
				list, err := domains.ConvertToNative(stringList)
				if err != nil {
					return types.NewErr("%v", err)
				}
				return types.Bool(under(string(host.(types.String)), list.([]string)))
			}))),
		}
		for _, v := range vars {
			options = append(options, cel.VariableWithDoc(v.Name, v.kind, v.Means))
		}
		env, err := cel.NewEnv(options...)
		if err != nil {
			panic("question: " + err.Error()) // made of constants
		}
		envs[table] = env
	}
	return envs
})

// compile checks an expression over a table; over rows it can use what was
// defined before.
func compile(expr, table string, defined map[string]*expression, at *source) (*expression, error) {
	env := environments()[table]
	if table == "rows" && len(defined) > 0 {
		var options []cel.EnvOption
		for name := range defined {
			options = append(options, cel.Variable(name, truth))
		}
		var err error
		if env, err = env.Extend(options...); err != nil {
			return nil, at.errorf(expr, "%v", err)
		}
	}
	ast, issues := env.Compile(expr)
	if issues.Err() != nil {
		e := issues.Errors()[0]
		return nil, at.inside(expr, e.Location.Line(), e.Location.Column(), strings.TrimSuffix(e.Message, " (in container '')"))
	}
	if ast.OutputType() != truth {
		return nil, at.errorf(expr, "the expression is %s; it must be true or false", ast.OutputType())
	}
	if line, column, wrong := misspelled(ast, table); wrong != "" {
		return nil, at.inside(expr, line, column, wrong)
	}
	program, err := run(env, ast)
	if err != nil {
		return nil, at.errorf(expr, "%v", err)
	}
	x := newExpression(expr, program, names(ast, defined))
	if table == "rows" {
		x.tree = plant(ast, x, env, defined)
	}
	return x, nil
}

func newExpression(text string, program cel.Program, names []string) *expression {
	return &expression{text: text, program: program, names: names, since: slices.Contains(names, sinceAct)}
}

func run(env *cel.Env, checked *cel.Ast) (cel.Program, error) {
	return env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
}

// names lists what a checked expression refers to.
func names(ast *cel.Ast, defined map[string]*expression) []string {
	met := map[string]bool{}
	for _, r := range ast.NativeRep().ReferenceMap() {
		if r.Name != "" {
			met[r.Name] = true
		}
		if x := defined[r.Name]; x != nil {
			for _, n := range x.names {
				met[n] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(met))
}

// weigh evaluates an expression: true, false, or unknown where it depends on
// what is open; and says in how many steps.
func (x *expression) weigh(vars cel.Activation) (v ref.Val, steps uint64, err error) {
	v, details, err := x.program.Eval(vars)
	if n := details.ActualCost(); n != nil {
		steps = *n
	}
	if err != nil {
		return types.False, steps, fmt.Errorf("%s: %w", x.text, err)
	}
	return v, steps, nil
}

// sinceAct is the variable whose error counts: an act may have been marked by a
// hand.
const sinceAct = "since_act_s"

// weighWithin is weigh at the moment c of vars, of which since_act_s is known
// within an error. What is not the same at both ends of it and in the middle is
// open.
func (x *expression) weighWithin(vars cel.Activation, c *audit.Circumstance) (v ref.Val, steps uint64, err error) {
	v, steps, err = x.weigh(vars)
	if !x.since || c.Within <= 0 || err != nil {
		return v, steps, err
	}
	middle := c.SinceAct
	defer func() { c.SinceAct = middle }()
	for _, c.SinceAct = range []float64{max(0, middle-c.Within), middle + c.Within} {
		end, n, err := x.weigh(vars)
		steps += n
		if err != nil {
			return end, steps, err
		}
		if end != v {
			return types.NewUnknown(0, types.NewAttributeTrail(sinceAct)), steps, nil
		}
	}
	return v, steps, nil
}

// uses reports whether an expression names one of the variables, itself or by
// way of a definition.
func (x *expression) uses(names map[string]bool) bool {
	return slices.ContainsFunc(x.names, func(n string) bool { return names[n] })
}

// holds reports whether an expression is true.
func (x *expression) holds(vars cel.Activation) (bool, error) {
	v, _, err := x.weigh(vars)
	return v == types.True, err
}
