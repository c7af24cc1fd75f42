package question

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
)

// The parties of the tests of the box, by the short names that cases use.
var parties = map[string]audit.RecipientRef{
	"app":   {ID: "r1", Host: "api.app.example", Domain: "app.example", Owner: "App", Role: "first party", IP: "192.0.2.1", Country: "US", Place: "consistent (strong)"},
	"ads":   {ID: "r2", Host: "ads.example", Domain: "ads.example", Owner: "Ads", Role: "advertising", IP: "192.0.2.2", Country: "US", Place: "consistent (strong)"},
	"sdk":   {ID: "r3", Host: "log.sdk.example", Domain: "sdk.example", Owner: "Sdk", Role: "crash reporting", IP: "192.0.2.3", Country: "US", Place: "consistent (strong)"},
	"shop":  {ID: "r4", Host: "shop.example", Domain: "shop.example", Owner: "Shop", Role: "unknown", IP: "192.0.2.4", Country: "US", Place: "consistent (strong)"},
	"china": {ID: "r5", Host: "cn.app.example", Domain: "app.example", Owner: "App", Role: "first party", IP: "192.0.2.5", Country: "CN", Place: "consistent (strong)"},
	"seat":  {ID: "r6", Host: "seat.example", Domain: "seat.example", Owner: "Seat", Role: "unknown", IP: "192.0.2.6", Country: "US", Place: "consistent (strong)"},
	"eu":    {ID: "r7", Host: "eu.app.example", Domain: "app.example", Owner: "App", Role: "first party", IP: "192.0.2.7", Country: "FR", Place: "consistent (strong)"},
	"korea": {ID: "r8", Host: "kr.app.example", Domain: "app.example", Owner: "App", Role: "first party", IP: "192.0.2.8", Country: "KR", Place: "consistent (strong)"},
	// A database and the registry do not agree on these.
	"torn":    {ID: "r11", Host: "t.app.example", Domain: "app.example", Owner: "App", Role: "first party", IP: "192.0.2.11", Country: "CN", Place: "consistent (weak)"},
	"turned":  {ID: "r12", Host: "u.app.example", Domain: "app.example", Owner: "App", Role: "first party", IP: "192.0.2.12", Country: "US", Place: "consistent (weak)"},
	"nowhere": {ID: "r10", Host: "n.example", Domain: "n.example", Owner: "N", Role: "unknown", IP: "192.0.2.10", Place: "undetermined"},
	"wrong":   {ID: "r9", Host: "x.app.example", Domain: "app.example", Owner: "App", Role: "first party", IP: "192.0.2.9", Country: "CN", Place: "impossible (strict)"},
}

// standings are what laws call them; yes, no: in the EEA, adequate, of concern,
// of a seat of concern.
var standings = map[string]string{
	"app": "no yes no no", "ads": "no yes no no", "sdk": "no yes no no", "shop": "no yes no no", "china": "no no yes no", "seat": "no yes no yes", "eu": "yes yes no no", "korea": "no yes no no", "wrong": "no yes no no",
	"torn": "no no undetermined no", "turned": "no yes undetermined no",
	"nowhere": "undetermined undetermined undetermined undetermined",
}

// boxCase is the case of the tests of the box.
var boxCase = Case{FirstParty: []string{"app.example"}, NamedSDKs: []string{"sdk.example"}, FarCountries: []string{"CN"}, PromisedCountries: []string{"US", "FR"}, IdleSeconds: new(float64), Child: true}

// found is a document in which everything was marked and planted, and in which
// what a case says was found. A case is a list of things apart by ";":
//
//	TYPE@PARTY key=value …    a row; the person has an account and consented, and nothing happened lately
//	host PARTY unknown_body=N a destination
//	program@PARTY             an incident, as is deletion@PARTY at=N
//	join PARTY FACT           an identifier that PARTY got leads to FACT
//	sync PARTY
//	read WHAT state=S times=N an access, while the app was in a state
//	not WHAT                  a mark, planted value, state, record of accesses ("watched:WHAT"), country or fact of the case that is absent
func found(t *testing.T, text string) (*audit.Document, Case) {
	t.Helper()
	c := boxCase
	acts := []string{"app-opened", "consent-refuse", "consent-accept", "sign-up", "record", "next", "discard", "save-draft", "post"}
	states := []string{"foreground", "background", "swiped", "screen-off"}
	planted := []string{"device.ad_id", "device.mac", "contact.email", "contact.phone", "credential.password", "location.precise", "content.clipboard", "content.search", "content.browsing",
		"content.keystrokes", "content.activity", "social.contact_phone", "system.calendar", "network.local_ip", "inference.health", "finance.card"}
	watched := []string{"clipboard", "location", "camera", "microphone"}
	country := "US"
	var rows []audit.Transfer
	var after []func(d *audit.Document)
	for n, thing := range strings.Split(text, ";") {
		words := strings.Fields(thing)
		if len(words) == 0 {
			continue
		}
		value := map[string]string{}
		for _, w := range words[1:] {
			k, v, _ := strings.Cut(w, "=")
			value[k] = v
		}
		number := func(key string) float64 { f, _ := strconv.ParseFloat(value[key], 64); return f }
		what, at, _ := strings.Cut(words[0], "@")
		switch what {
		case "not":
			gone := func(s string) bool { return s == words[1] }
			acts, states, planted = slices.DeleteFunc(acts, gone), slices.DeleteFunc(states, gone), slices.DeleteFunc(planted, gone)
			c.Child = c.Child && words[1] != "child"
			watched = slices.DeleteFunc(watched, func(s string) bool { return words[1] == "watched:"+s })
			if words[1] == country {
				country = ""
			}
		case "read":
			after = append(after, func(d *audit.Document) {
				a := audit.Access{What: mark(t, words[1]), Refused: value["refused"] == "yes", Circumstance: audit.Circumstance{State: value["state"], Consent: "unknown"}}
				for range max(1, int(number("times"))) {
					a.ID = "a" + strconv.Itoa(len(d.Accesses)+1)
					d.Accesses = append(d.Accesses, a)
				}
			})
		case "host":
			p := parties[words[1]]
			after = append(after, func(d *audit.Document) {
				h := audit.Coverage{Recipient: p.ID, Host: p.Host, Flows: 1, Out: 100_000, Read: 100_000, Servers: []audit.RecipientRef{p}}
				if body := int64(number("unknown_body")); body > 0 {
					h.Reasons = map[string]int64{audit.UnknownFormat: body}
				}
				d.Coverage = append(d.Coverage, h)
			})
		case "program", "deletion":
			after = append(after, func(d *audit.Document) {
				d.Incidents = append(d.Incidents, audit.Incident{Kind: what, Flow: "f", Offset: number("at"), Recipient: parties[at]})
			})
		case "join":
			after = append(after, func(d *audit.Document) {
				d.Sharing = &audit.Sharing{Identifiers: []audit.SharedIdentifier{{Alias: "device.ad_id-1", DataType: "device.ad_id", Companies: 2}},
					Joins: []audit.Join{{Recipient: parties[words[1]].ID, Identifier: "device.ad_id-1", Fact: "x-1", FactType: words[2], Grade: "A", Steps: make([]audit.JoinStep, 1)}}}
			})
		case "sync":
			after = append(after, func(d *audit.Document) {
				d.Sharing = &audit.Sharing{Syncs: []audit.Sync{{From: "r1", To: parties[words[1]].ID, Alias: "token-1", How: "redirect", Grade: value["grade"]}}}
			})
		default:
			p, ok := parties[at]
			if !ok {
				t.Fatalf("%q: no party %q", thing, at)
			}
			x := audit.Transfer{
				DataType: what, Alias: what + "-1", Form: "clear", Recipient: p, Anonymity: audit.Anonymity{Verdict: "clear"}, Offset: 10, Bytes: 100,
				Flow:         audit.FlowRef{ID: "f" + strconv.Itoa(n), Method: "POST", Protocol: "h2", URL: mark(t, "https://"+p.Host+"/")},
				Circumstance: audit.Circumstance{State: "foreground", Act: "app-opened", SinceAct: 100, Consent: "accepted", Account: true, Last: "post"},
			}
			for k, v := range value {
				switch k {
				case "state":
					x.State = v
				case "act":
					x.Act = v
				case "since":
					x.SinceAct = number(k)
				case "consent":
					x.Consent = v
				case "draft":
					x.Draft, x.Fate, x.Last = true, v, ""
				case "last":
					x.Last = v
				case "account":
					x.Account = v == "yes"
				case "anonymity":
					x.Anonymity.Verdict = v
				case "form":
					x.Form = v
				case "flow":
					x.Flow.ID = v
				case "alias":
					x.Alias = v
				case "planted":
					x.PersonaValue = new(int)
				case "at":
					x.Offset = number(k)
				case "scheme":
					x.Flow.URL = mark(t, v+"://"+p.Host+"/")
				default:
					t.Fatalf("%q: no key %q", thing, k)
				}
			}
			rows = append(rows, x)
		}
	}
	d := doc(t, rows...)
	for _, a := range acts {
		d.Timeline = append(d.Timeline, audit.Happening{Kind: "act", What: mark(t, a)})
	}
	for _, s := range states {
		d.Timeline = append(d.Timeline, audit.Happening{Kind: "state", What: mark(t, s)})
	}
	for _, p := range planted {
		d.Subject.Values = append(d.Subject.Values, audit.SubjectValue{DataType: p})
	}
	for _, w := range watched {
		d.AccessLogs = append(d.AccessLogs, audit.AccessLog{What: mark(t, w), Until: d.Headline.Duration})
	}
	d.Subject.Country = country
	for _, name := range []string{"app", "ads", "sdk", "shop", "china", "seat", "eu", "korea", "wrong", "nowhere", "torn", "turned"} {
		p, s := parties[name], strings.Fields(standings[name])
		r := audit.Recipient{ID: p.ID, Domain: p.Domain, Owner: p.Owner, Role: p.Role, Hosts: []string{p.Host}, Estimated: []string{p.Country}, Standing: []audit.Standing{{IP: p.IP, EEA: s[0], Adequate: s[1], Concern: s[2], ControllerConcern: s[3]}}}
		if p.Country == "" {
			r.Estimated = nil
		}
		r.Addresses = []audit.Address{{IP: p.IP, Registered: p.Country}}
		switch name {
		case "torn":
			r.Addresses[0].Registered = "US"
		case "turned":
			r.Addresses[0].Registered = "CN"
		}
		if (p.Country != "CN" || name == "wrong") && name != "turned" { // physics leaves China out
			r.Verdicts = []audit.PlaceRow{{IP: p.IP, Country: "CN", Verdict: "impossible (strict)"}}
		}
		for i := range rows {
			if rows[i].Recipient.ID == r.ID {
				r.Transfers++
			}
		}
		d.Recipients = append(d.Recipients, r)
	}
	if strings.Contains(text, "host ") {
		d.Coverage = nil
	}
	for _, f := range after {
		f(d)
	}
	return d, c
}

// trial is what proves a question, and what nearly does. testdata/trials.toml has
// one for each question of the box.
type trial struct {
	Proves  []string // observed
	Not     []string // not observed: each lacks one thing that a proof has
	Refutes []string // contradicted
	Open    []string // not measurable
	Never   string   // it has no answer but "observed", if that, for this reason
}

// TestTrials: each question of the box is answered as it is meant to be, in every
// way in which it can be.
func TestTrials(t *testing.T) {
	trials := map[string]map[string]trial{}
	meta, err := toml.DecodeFile("testdata/trials.toml", &trials)
	if err != nil {
		t.Fatal(err)
	}
	if bad := meta.Undecoded(); len(bad) > 0 {
		t.Fatalf("there is no %s", bad[0])
	}
	questions := 0
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range s.Questions {
			x, ok := trials[name][q.ID]
			delete(trials[name], q.ID)
			questions++
			ask := func(text, want string) {
				d, c := found(t, text)
				v := answer(t, s, d, c)[q.ID]
				if v.Answer != want {
					t.Errorf("%s %s, of %q: %s because %v, missing %v; want %s", name, q.ID, text, v.Answer, v.Because, v.Missing, want)
				}
			}
			switch {
			case !ok:
				t.Errorf("%s %s has no trial", name, q.ID)
			case x.Never != q.Never:
				t.Errorf("%s %s: never measurable for %q, the trial says %q", name, q.ID, q.Never, x.Never)
			case (len(x.Proves) == 0) != (len(q.ProvedBy) == 0) || len(x.Proves) < len(q.ProvedBy) || (len(x.Refutes) == 0) != (len(q.RefutedBy) == 0):
				t.Errorf("%s %s: %d proofs and %d refutations in the trial, %d and %d clauses", name, q.ID, len(x.Proves), len(x.Refutes), len(q.ProvedBy), len(q.RefutedBy))
			case x.Never == "" && len(x.Open) == 0 && slices.ContainsFunc(q.Needs, func(n string) bool { return n != "case:named_sdks" }): // the set itself names them
				t.Errorf("%s %s: nothing tried without what it needs", name, q.ID)
			}
			for _, text := range x.Proves {
				ask(text, audit.Observed)
			}
			for _, text := range x.Refutes {
				ask(text, audit.Contradicted)
			}
			for _, text := range x.Open {
				ask(text, audit.NotMeasurable)
			}
			without := audit.NotObserved
			if q.Never != "" {
				without = audit.NotMeasurable
			}
			for _, text := range append(x.Not, "") {
				ask(text, without)
			}
			if d, c := found(t, ""); q.Never != "" && !slices.Contains(answer(t, s, d, c)[q.ID].Missing, q.Never) {
				t.Errorf("%s %s does not say that %s is missing", name, q.ID, q.Never)
			}
		}
	}
	for set, rest := range trials {
		for id := range rest {
			t.Errorf("there is no question %s %s", set, id)
		}
	}
	if questions < 128 {
		t.Errorf("%d questions", questions)
	}
}
