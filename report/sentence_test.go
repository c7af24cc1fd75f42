package report

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/recipient/statement"
)

func TestSentences(t *testing.T) {
	en, fr := language("en"), language("fr")
	for _, c := range []struct{ said, en, fr string }{
		{"dbip (content of 2026-06-01) says US; withheld: 211 days between table and capture",
			"dbip (content of 2026-06-01) says the United States; withheld: 211 days between table and capture",
			"dbip (contenu du 2026-06-01) dit\u202f: États-Unis\u202f; écarté\u202f: 211 jours entre la table et la capture"},
		{"the endpoint that proved possession of the key for a.example in the exchange of 2026-07-01 12:03:04.000 UTC answered in 12.0 ms (TLS, clock step 1 ms); from Paris ±25 km, light in vacuum needs at least 36.5 ms to reach CN and return: that endpoint was not in CN",
			"the endpoint that proved possession of the key for a.example in the exchange of 2026-07-01 12:03:04.000 UTC answered in 12.0 ms (TLS, clock step 1 ms); from Paris ±25 km, light in vacuum needs at least 36.5 ms to reach China and return: that endpoint was not in China",
			"la machine qui a prouvé qu’elle détient la clé de a.example, dans l’échange du 2026-07-01 12:03:04.000 UTC, a répondu en 12,0 ms (TLS, pas d’horloge 1 ms)\u202f; mesuré depuis Paris ±25 km\u202f; la lumière dans le vide met au moins 36,5 ms pour atteindre ce pays (Chine) et revenir\u202f: cette machine n’était pas dans ce pays"},
		{"named otherwise: DE by registries and geofeeds and a published region, US by the name of a host",
			"named otherwise: Germany by registries and geofeeds and a published region, the United States by the name of a host",
			"d’autres pays sont nommés\u202f: Allemagne (par des registres et geofeeds et une région publiée), États-Unis (par le nom d’un hôte)"},
		{`the operator's statement X-A "a; b names CN, \"c" names FR, of an answer out of a cache; rejected: physics contradicts it`,
			`the operator's statement X-A "a; b names CN, \"c" names France, of an answer out of a cache; rejected: physics contradicts it`,
			`la déclaration de l’opérateur X-A "a; b names CN, \"c" nomme` + "\u202f: France, d’une réponse sortie d’un cache\u202f; rejeté\u202f: la physique le contredit"},
		{`1.1.1.1: Cf-Ray "CDG" names Paris (CDG), which physics excludes: the field was replayed or rewritten, or the vantage is wrong`,
			`1.1.1.1: Cf-Ray "CDG" names Paris (CDG), which physics excludes: the field was replayed or rewritten, or the vantage is wrong`,
			"1.1.1.1\u202f: Cf-Ray \"CDG\" nomme\u202f: Paris (CDG), que la physique exclut\u202f; le champ a été rejoué ou réécrit, ou le lieu de la capture est faux"},
		{"something new", "something new", "something new"},
		{"withheld: something new", "withheld: something new", "withheld: something new"},
	} {
		if got := en.Sentence(c.said); got != c.en {
			t.Errorf("in English: %q\nwant %q", got, c.en)
		}
		if got := fr.Sentence(c.said); got != c.fr {
			t.Errorf("in French: %q\nwant %q", got, c.fr)
		}
	}
}

// Whatever package recipient can say in a sentence is said in French, and what
// was tried here is all of it: each string of its source occurs.
func TestEverySentenceOfRecipientIsInFrench(t *testing.T) {
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	spoken := map[string]bool{}
	judgements(book, spoken)
	controls(book, spoken)
	identities(book, spoken)
	fr := language("fr")
	english := regexp.MustCompile(`\b(the|of|which|says|names|light|machine was)\b`)
	quotes := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	most := 0
	for s := range spoken {
		left := maxParts
		fr.parts(s, &left)
		most = max(most, maxParts-left)
		got, ok := fr.sentence(s)
		if rest := quotes.ReplaceAllString(got, ""); !ok || english.MatchString(rest) {
			t.Errorf("%q is not in French: %q", s, got)
		}
		if again, ok := language("en").sentence(s); !ok {
			t.Errorf("%q is not known in English: %q", s, again)
		}
	}
	if most > maxParts/2 {
		t.Errorf("a sentence has %d parts: raise maxParts", most)
	}
	all := strings.Join(sortedKeys(spoken), "\n")
	n := 0
	for _, name := range []string{"physics.go", "judge.go", "voices.go", "established.go", "control.go", "identify.go"} {
		for _, s := range phrasesIn(t, filepath.Join("../recipient", name)) {
			n++
			if !literal(s).MatchString(all) {
				t.Errorf("%s: %q was not tried", name, s)
			}
		}
	}
	if n < 80 || len(spoken) < 500 {
		t.Errorf("%d strings in the source, %d sentences: the test looks in the wrong place", n, len(spoken))
	}
}

func sortedKeys(m map[string]bool) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// literal finds a string of the source, verbs and all, in what was said.
func literal(s string) *regexp.Regexp {
	verb := regexp.MustCompile(`%[-+0-9.]*[a-z]`)
	var parts []string
	for _, p := range verb.Split(s, -1) {
		parts = append(parts, regexp.QuoteMeta(p))
	}
	return regexp.MustCompile(strings.Join(parts, `.+`))
}

// notSaid are strings of the source that no sentence of the document has.
var notSaid = []string{
	"impossible (strict)", "impossible (fibre)", "consistent (strong)", "consistent (weak)", "within %.0f km of %s", recipient.Limit,
}

// phrasesIn are the strings in a file of Go that are parts of sentences.
func phrasesIn(t *testing.T, path string) (out []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ImportSpec, *ast.Field:
			return false // tags
		case *ast.CallExpr:
			if f, ok := x.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "New" || f.Sel.Name == "Errorf") {
				return false // errors are for the programmer of a table
			}
		case *ast.BasicLit:
			s, err := strconv.Unquote(x.Value)
			if x.Kind == token.STRING && err == nil && strings.Contains(strings.TrimSpace(s), " ") && !strings.Contains(s, "2006") && !slices.Contains(notSaid, s) {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

// judgements gathers what is said of places, of evidence of every sort.
func judgements(book *recipient.Book, spoken map[string]bool) {
	rng := rand.New(rand.NewPCG(7, 6))
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	code := func() string { return pick("CN", "US", "FR", "SG", "HK", "DE", "JP", "GB", "TK", "") }
	chance := func(p float64) bool { return rng.Float64() < p }
	captured := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	sample := func(host string) *recipient.Sample {
		r := flow.RTT{D: time.Duration(rng.ExpFloat64() * 40e6), Leg: flow.Direct}
		if chance(.3) {
			r.Resolution = time.Millisecond
		}
		s := &recipient.Sample{RTT: r, Host: host}
		if chance(.7) {
			s.At = captured
		}
		return s
	}
	addresses := []string{"1.1.1.1", "8.8.8.8", "47.254.128.1", "183.60.228.31", "10.1.2.3", "127.0.0.1", "2001:db8::1", "9.9.9.9"}
	for range 3000 {
		e := recipient.Evidence{Captured: captured, Claimed: []string{pick("CN", "US", "mars", "EU", "FR")}}
		if chance(.05) {
			e.Captured = time.Time{}
		}
		e.Address = recipient.Address{Kind: recipient.Kind(pick("public", "public", "public", "public", "loopback", "private", "benchmark/fake-ip", "simulated", "")),
			Registered: code(), HolderSeat: code()}
		if e.Address.Kind == recipient.Public {
			e.Address.IP = netip.MustParseAddr(pick("1.1.1.1", "8.8.8.8"))
		}
		switch rng.IntN(8) {
		case 0:
			e.Address.Anycast = true
		case 1:
			e.Address.Anycast, e.Address.AnycastBy = true, "manycast"
		}
		agreed := code()
		for _, l := range []recipient.Lineage{recipient.Geofeed, recipient.Commercial} {
			for i := range rng.IntN(3) {
				day, c := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), agreed
				if chance(.15) {
					day = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
				}
				if chance(.4) {
					c = code()
				}
				e.Address.Estimates = append(e.Address.Estimates, recipient.Estimate{Source: fmt.Sprint(l, i), Lineage: l, Country: c, ContentDate: day})
			}
		}
		if chance(.3) {
			e.Address.Regions = []recipient.Region{{Source: "aws", Provider: "AWS", Region: "eu-west-3", Country: pick(agreed, code()), ContentDate: captured}}
		}
		for range rng.IntN(3) {
			var s recipient.Sighting
			if chance(.85) {
				v, err := recipient.ParseVantage(pick("Paris", "48.85,2.35 ±10", "Singapore ±5", "Frankfurt"))
				if err != nil {
					panic(err)
				}
				v.Access = recipient.Access(pick("unknown", "wired", "cellular", "satellite"))
				s.From = &v
			}
			if chance(.7) {
				s.TLS = sample(pick("", "api.example.com"))
			}
			if chance(.4) {
				s.TCP, s.Connect, s.PathChecked = sample(""), sample(""), chance(.5)
			}
			if chance(.3) {
				s.Answered = sample(pick("", "api.example.com"))
			}
			e.Sightings = append(e.Sightings, s)
		}
		many := chance(.03)
		n := rng.IntN(4)
		if many {
			n = 12
		}
		for i := range n {
			s := statement.Statement{Class: statement.Class(pick("S", "S", "N", "K")), Layer: statement.Layer(pick("edge", "edge", "answer", "storage")),
				Row: fmt.Sprint(i), Field: pick("Cf-Ray", "Cookie store-idc", "host"), Value: pick("CDG", `a; b "c" names FR`, strings.Repeat("é", 70)),
				Country: code(), Place: pick("", "Paris (CDG)", "mainland China"), Confidence: pick("high", "low", "medium"), Cached: chance(.2)}
			if s.Class == statement.Clock {
				s.Zone = time.Duration(rng.IntN(4)*8-8) * time.Hour
			}
			if chance(.3) {
				s.Took = time.Duration(rng.IntN(50)) * time.Millisecond
			}
			if chance(.4) || many {
				s.Class, s.Layer = statement.Operator, statement.Edge
				s.Addr = netip.MustParseAddr(pick(addresses...))
				if many {
					s.Addr = netip.AddrFrom4([4]byte{9, 9, 9, byte(i)})
				}
				if chance(.5) {
					s.At = captured
				}
			}
			if chance(.3) {
				s.Located, s.Lat, s.Lon = true, 31.2, 121.5
			}
			e.Statements = append(e.Statements, s)
		}
		r := book.Judge(e)
		for _, v := range r.Verdicts {
			for _, b := range v.Because {
				spoken[b] = true
			}
		}
		for _, s := range r.Errors {
			spoken["api.example.com: "+s] = true
			spoken["2001:db8::1: "+s] = true
		}
		for _, s := range r.EstablishedBy {
			spoken[s] = true
		}
	}
	// A machine under the vantage's feet, on an island in the sea.
	at, err := recipient.ParseVantage("-31.95,141.45 ±10")
	if err != nil {
		panic(err)
	}
	r := book.Judge(recipient.Evidence{Captured: captured,
		Address: recipient.Address{Kind: recipient.Public, Estimates: []recipient.Estimate{
			{Source: "a", Lineage: recipient.Geofeed, Country: "AU", ContentDate: captured}, {Source: "b", Lineage: recipient.Commercial, Country: "AU", ContentDate: captured}},
			Regions: []recipient.Region{{Source: "aws", Provider: "AWS", Region: "r", Country: "AU", ContentDate: captured}}},
		Sightings:  []recipient.Sighting{{From: &at, TLS: &recipient.Sample{RTT: flow.RTT{D: 2 * time.Millisecond, Leg: flow.Direct}}}},
		Statements: []statement.Statement{{Class: statement.Operator, Layer: statement.Edge, Row: "r", Field: "F", Value: "SYD", Country: "AU", Confidence: "high"}}})
	for _, s := range r.EstablishedBy {
		spoken[s] = true
	}
}

// controls gathers what is said of a capture that contradicts itself.
func controls(book *recipient.Book, spoken map[string]bool) {
	paris, err := recipient.ParseVantage("Paris")
	if err != nil {
		panic(err)
	}
	day := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	rtt := func(ms float64) *recipient.Sample {
		return &recipient.Sample{RTT: flow.RTT{D: time.Duration(ms * 1e6), Leg: flow.Direct}}
	}
	machine := func(ip string, change func(*recipient.Machine)) recipient.Machine {
		m := recipient.Machine{Address: recipient.Address{IP: netip.MustParseAddr(ip), Kind: recipient.Public}, Seen: recipient.Sighting{From: &paris, TLS: rtt(5)}}
		change(&m)
		return m
	}
	says := func(country, place string) func(*recipient.Machine) {
		return func(m *recipient.Machine) {
			m.Statements = []statement.Statement{{Class: statement.Operator, Layer: statement.Edge, Row: "r", Field: "F", Value: "x", Country: country, Place: place, Confidence: "high"}}
		}
	}
	known := func(m *recipient.Machine) { m.Known = "JP" }
	region := func(m *recipient.Machine) {
		m.Address.Regions = []recipient.Region{{Source: "aws", Provider: "AWS", Region: "r", Country: "SG", ContentDate: day}}
	}
	for _, all := range [][]recipient.Machine{
		{machine("1.1.1.1", known), machine("8.8.8.8", region)},
		{machine("1.1.1.1", says("CN", "")), machine("2001:4860::1", says("US", "Los Angeles (LAX)"))},
		{machine("1.1.1.1", func(m *recipient.Machine) { m.Seen.TCP, m.Seen.TLS = rtt(3), rtt(400) })},
		{machine("1.1.1.1", func(m *recipient.Machine) {
			m.Seen.TCP, m.Seen.TLS, m.Seen.Connect, m.Seen.Answered = rtt(.2), rtt(.2), rtt(.2), rtt(.2)
		})},
	} {
		for _, s := range book.Control(day, all).Errors {
			spoken[s] = true
		}
	}
}

// identities gathers what is said of who it is.
func identities(book *recipient.Book, spoken map[string]bool) {
	for _, host := range []string{"metrics.shop.example", "api.appsflyer.com", "p16.tiktokcdn.com.akamaized.net", "e1.shop.com.akamaized.net", "shop.com", "d1.cloudfront.net"} {
		for _, chain := range [][]string{nil, {"x.appsflyersdk.com"}, {"x.quiet.example.org"}, {"x.akamaized.net", "a.adjust.com"}, {"a.graph.facebook.com"}} {
			certificates := []*recipient.Certificate{nil, {Names: []string{"other.example"}}}
			for _, o := range []string{"", "Shop; Ltd", "Shop Ltd", "AppsFlyer Ltd", "Akamai Technologies, Inc.", "Facebook, Inc.", "Meta Platforms, Inc.", "Amazon.com, Inc."} {
				for _, v := range []recipient.Validation{recipient.NotSaid, recipient.Organization, recipient.Extended} {
					for _, names := range [][]string{{host}, {host, "another.example"}, {host, "graph.facebook.com"}, {host, "app.adjust.com"}} {
						for _, c := range []string{"", "IL"} {
							certificates = append(certificates, &recipient.Certificate{Organization: o, Country: c, Names: names, Validation: v, NotBefore: "2026-01-01"})
						}
					}
				}
			}
			for _, c := range certificates {
				if c != nil && strings.Contains(c.Organization, ";") {
					continue // stays in English, see below
				}
				id := book.Identify(recipient.Clues{Host: host, Chain: chain, Certificate: c, Reverse: []string{"a.deploy.static.akamaitechnologies.com"},
					Networks: []recipient.Address{{IP: netip.MustParseAddr("1.1.1.1"), Kind: recipient.Public, ASN: 13335, Holder: "Cloudflare, Inc."}}})
				for _, e := range id.Evidence {
					spoken[e.Detail] = true
					if !strings.Contains(e.Source, "; ") && e.Kind != recipient.ByRow && e.Kind != recipient.ByList && e.Kind != recipient.ByNetwork { // theirs are titles
						spoken[e.Source] = true
					}
				}
				for _, s := range id.Conflicts {
					spoken[s] = true
				}
			}
		}
	}
}

// The warnings of the tables of package statement are in French, and no others.
func TestEveryTrapIsInFrench(t *testing.T) {
	files, err := filepath.Glob("../recipient/statement/data/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no tables", err)
	}
	fr, found := newView(sketch(t), "fr"), map[string]bool{}
	for _, name := range files {
		var rows map[string]any
		if _, err := toml.DecodeFile(name, &rows); err != nil {
			t.Fatal(err)
		}
		for _, list := range rows {
			list, _ := list.([]map[string]any)
			for _, row := range list {
				trap, _ := row["trap"].(string)
				if trap == "" {
					continue
				}
				found[trap] = true
				if x := fr.trap(trap); x.Lang != "" || x.Text == trap {
					t.Errorf("%s: %q is not in French", name, trap)
				}
			}
		}
	}
	if len(found) < 40 {
		t.Errorf("only %d warnings found: the test looks in the wrong place", len(found))
	}
	for trap := range sentences().traps {
		if !found[trap] {
			t.Errorf("no row warns %q", trap)
		}
	}
}

// Strangers write parts of sentences: nothing that they write stops a report.
func FuzzSentence(f *testing.F) {
	f.Add("withheld: withheld: the endpoint; the endpoint; x")
	f.Add(strings.Repeat("a: ", 400))
	f.Add(`X "a; b" names FR; ` + strings.Repeat("the endpoint; ", 100))
	f.Add(strings.Repeat("withheld: the endpoint; ", 80))
	f.Add(strings.Repeat("withheld: ", 119))
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range Languages() {
			w := language(lang)
			if text, ok := w.sentence(s); !ok && text != s {
				t.Errorf("%q became %q", s, text)
			}
		}
	})
}
