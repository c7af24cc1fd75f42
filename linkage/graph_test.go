package linkage

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

func at(n int) time.Time { return time.Unix(1_700_000_000+int64(n), 0) }

// session feeds a graph with exchanges, as audit does. A recipient is the last
// two labels of a host; x.one.test and y.two.test are of one party ("family").
type session struct {
	*Graph
	gleaner *Gleaner
	names   []string
	n       int
}

func newSession() *session {
	s := &session{gleaner: NewGleaner()}
	s.Graph = New(func(r int) string {
		if n := s.names[r]; n == "one.test" || n == "two.test" {
			return "family"
		}
		return s.names[r]
	})
	return s
}

func (s *session) recipient(host string) int {
	labels := strings.Split(host, ".")
	name := strings.Join(labels[max(0, len(labels)-2):], ".")
	for i, n := range s.names {
		if n == name {
			return i
		}
	}
	s.names = append(s.names, name)
	return len(s.names) - 1
}

// exchange is one request and its answer; fields are "Name: value", those of the
// answer begin with "<", the answer's body with "<<".
func (s *session) exchange(url, body string, fields ...string) {
	host, target, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	f := &flow.Flow{
		Index: s.n, Kind: flow.HTTP, Timing: flow.Timing{Start: at(s.n)}, Request: &flow.Request{Method: "GET", URL: url, Host: host},
		Response: &flow.Response{Status: 200},
	}
	for _, x := range fields {
		if b, ok := strings.CutPrefix(x, "<<"); ok {
			f.Response.Body = flow.Body{Data: []byte(b), Kept: true}
			f.Response.Headers = append(f.Response.Headers, flow.Field{Name: "Content-Type", Value: "text/html"})
			continue
		}
		answer, ok := strings.CutPrefix(x, "<")
		name, value, _ := strings.Cut(answer, ": ")
		if !ok {
			f.Request.Headers = append(f.Request.Headers, flow.Field{Name: name, Value: value})
			continue
		}
		f.Response.Headers = append(f.Response.Headers, flow.Field{Name: name, Value: value})
		if name == "Location" {
			f.Response.Status = 302
		}
	}
	s.gleaner.Part("request.url", "", []byte("/"+target), true, nil, nil)
	s.gleaner.Part("request.body", "", []byte(body), true, nil, nil)
	tokens, cut := s.gleaner.Flow(f)
	s.Add(&Message{Recipient: s.recipient(host), Host: host, Flow: Flow{0, s.n}, Time: at(s.n).UnixNano(), Tokens: tokens, Cut: cut})
	s.n++
}

// got tells that a host got known identifiers in one message.
func (s *session) got(host string, known ...Known) {
	for i := range known {
		known[i].Proof = Proof{Flow: Flow{0, s.n}, Transfer: fmt.Sprintf("t%d.%d", s.n, i)}
	}
	s.Add(&Message{Recipient: s.recipient(host), Host: host, Flow: Flow{0, s.n}, Known: known})
	s.n++
}

func (s *session) syncs() (out []string) {
	for _, x := range s.Syncs() {
		line := fmt.Sprintf("%s>%s %s %s f%d f%d", s.names[x.From], s.names[x.To], x.How, x.Grade, x.Set.Flow.Index, x.Sent.Flow.Index)
		if x.With != nil {
			line += " matched"
		}
		out = append(out, line)
	}
	return out
}

const (
	idA = "CAESEKx8vLq3T9yW2mZ1pQ7rB" // A's
	idB = "9f27c1d08ab34e56b7c8d9e0f1a2b3c4"
	yes = "; Max-Age=31536000; Path=/"
)

func TestSyncs(t *testing.T) {
	for name, c := range map[string]struct {
		play func(s *session)
		want []string
	}{
		"redirect with the cookie of A, B has one of its own": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: uid="+idA+yes, "<Location: https://sync.b.test/m?partner=a&puid="+idA)
			s.exchange("https://sync.b.test/m?partner=a&puid="+idA, "", "Cookie: tuuid="+idB)
		}, []string{"a.test>b.test redirect A f0 f1 matched"}},
		"cookie set earlier, redirect later": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: uid="+idA+"; Expires=Wed, 01 Jan 2031 00:00:00 GMT")
			s.exchange("https://px.a.test/q", "", "Cookie: uid="+idA, "<Location: https://sync.b.test/m?x="+idA)
			s.exchange("https://sync.b.test/m?x="+idA, "")
		}, []string{"a.test>b.test redirect A f0 f2"}},
		"in A's answer, as a pixel of B": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: uid="+idA+yes, `<<<img src="https://sync.b.test/m?u=`+idA+`">`)
			s.exchange("https://sync.b.test/m?u="+idA, "")
		}, []string{"a.test>b.test response A f0 f1"}},
		"by a script, in a body": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: uid="+idA+yes)
			s.exchange("https://in.b.test/e", `{"ext":{"a":"`+idA+`"}}`)
		}, []string{"a.test>b.test set-cookie A f0 f1"}},
		"in the path and in a Referer": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: uid="+idA+yes)
			s.exchange("https://in.b.test/sync/"+idA+"/1.gif", "")
			s.exchange("https://in.c.test/x", "", "Referer: https://px.a.test/?uid="+idA)
		}, []string{"a.test>b.test set-cookie A f0 f1", "a.test>c.test set-cookie A f0 f2"}},
		"a cookie of the session": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: uid="+idA+"; Path=/")
			s.exchange("https://in.b.test/e?u="+idA, "")
		}, []string{"a.test>b.test set-cookie B f0 f1"}},
		"a redirect without a cookie, by its name": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Location: https://sync.b.test/m?buyeruid="+idA)
			s.exchange("https://sync.b.test/m?buyeruid="+idA, "")
		}, []string{"a.test>b.test redirect B f0 f1"}},
		"a cookie from before the capture, matched": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "Cookie: uid="+idA)
			s.exchange("https://sync.b.test/m?p=1&ext_uid="+idA, "", "Cookie: tuuid="+idB)
		}, []string{"a.test>b.test cookie B f0 f1 matched"}},

		// Look-alikes.
		"a campaign, the same for everybody, in a redirect": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Location: https://b.test/land?campaign_id="+idA+"&x="+idB)
			s.exchange("https://b.test/land?campaign_id="+idA+"&x="+idB, "")
		}, nil},
		"a build in a cookie": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: build_id="+idB+yes)
			s.exchange("https://in.b.test/e?v="+idB, "")
		}, nil},
		"an ETag and the hash of a resource": {func(s *session) {
			s.exchange("https://cdn.a.test/app."+idB+".js", "", `<ETag: "`+idB+`"`)
			s.exchange("https://cdn.b.test/app."+idB+".js", "", "If-None-Match: "+idB)
			s.exchange("https://in.c.test/e?hash="+idB, "")
		}, nil},
		"a date and a locale in cookies": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: seen=2026-11-28T10-22-33Z"+yes, "<Set-Cookie: l=en-US-u-ca-gregory"+yes, "<Set-Cookie: t=1764325353123"+yes)
			s.exchange("https://in.b.test/e?seen=2026-11-28T10-22-33Z&l=en-US-u-ca-gregory&t=1764325353123", "")
		}, nil},
		"a cookie that is taken back": {func(s *session) {
			s.exchange("https://px.a.test/p", "", "<Set-Cookie: uid="+idA+"; Max-Age=-1")
			s.exchange("https://in.b.test/e?u="+idA, "")
		}, nil},
		"within one company": {func(s *session) {
			s.exchange("https://px.one.test/p", "", "<Set-Cookie: uid="+idA+yes, "<Location: https://x.two.test/m?uid="+idA)
			s.exchange("https://x.two.test/m?uid="+idA, "")
		}, nil},
		"B's own id comes back from A": {func(s *session) {
			s.exchange("https://in.b.test/e?uid="+idB, "", "Cookie: tuuid="+idB)
			s.exchange("https://px.a.test/p?uid="+idB, "", "<Set-Cookie: p="+idB+yes)
			s.exchange("https://in.b.test/e?uid="+idB, "", "Cookie: tuuid="+idB)
		}, nil},
		"a tracker's own cookie at the site: direction unknown": {func(s *session) {
			s.exchange("https://in.b.test/e", `{"distinct_id":"`+idB+`"}`)
			s.exchange("https://www.site.test/", "", "Cookie: mp="+idB)
		}, nil},
		"the number of a request, at both": {func(s *session) {
			s.exchange("https://in.a.test/e", "", "X-Request-Id: "+idB)
			s.exchange("https://in.b.test/e", "", "X-Request-Id: "+idB, "traceparent: 00-"+idB+"-00f067aa0ba902b7-01")
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession()
			c.play(s)
			if got := s.syncs(); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestSharedTokens(t *testing.T) {
	s := newSession()
	s.exchange("https://in.a.test/e", `{"device_id":"`+idB+`"}`)
	s.exchange("https://in.b.test/e?deviceid="+strings.ToUpper(idB), "")
	s.exchange("https://in.b.test/e?uid="+idA, "")
	s.exchange("https://in.a.test/e?uid="+idA, "")
	s.exchange("https://in.c.test/e", `{"api_key":"`+idA+`"}`)  // so it is the app's
	s.exchange("https://x.one.test/e?uid=7h3kq9z2m5x8w1q9", "") // within a family
	s.exchange("https://x.two.test/e?uid=7h3kq9z2m5x8w1q9", "")
	s.exchange("https://in.a.test/e?uid=7h3kq9z2m5x8", "") // too few bits to be no coincidence
	s.exchange("https://in.b.test/e?uid=7h3kq9z2m5x8", "")
	shared := s.Shared()
	if len(shared) != 1 {
		t.Fatalf("%d shared: %+v", len(shared), shared)
	}
	if n := shared[0]; n.Grade() != "B" || s.Companies(n) != 2 || n.Edges[0].Names[0] != "device_id" || n.Edges[1].Names[0] != "deviceid" || n.Runs != 1 {
		t.Errorf("%+v", n)
	}
}

func planted(alias string, role Role, form string) Known {
	return Known{ID: IDOf([]byte(alias)), Type: "x", Alias: alias, Role: role, Planted: true, Form: form, Clear: form == "clear"}
}

func (s *session) joins() (out []string) {
	for _, j := range s.Joins() {
		line := s.names[j.Recipient] + ": " + j.From.Alias
		for _, x := range j.Steps {
			line += fmt.Sprintf(" -%s:%d-> %s", s.names[x.Recipient], x.Flow.Index, x.B.Alias)
		}
		if j.Reader >= 0 {
			line += " read by " + s.names[j.Reader]
		}
		if j.Alone {
			line += ", alone"
		}
		out = append(out, line+" "+j.Grade)
	}
	return out
}

func TestJoins(t *testing.T) {
	ad, mac, mail, place := planted("ad", Stable, "clear"), planted("mac", Stable, "clear"), planted("mail", Stable|Contact, "clear"), planted("place", Place, "clear")
	hashed := planted("mail", Stable|Contact, "hashed")
	name := planted("name", Contact, "clear")
	for title, c := range map[string]struct {
		play func(s *session)
		want []string
	}{
		"the id is anonymous at one, and travels with the address at another": {func(s *session) {
			s.got("a.test", ad)
			s.got("b.test", ad, mail)
		}, []string{"a.test: ad -b.test:1-> mail A", "b.test: ad -b.test:1-> mail, alone A"}},
		"over two identifiers": {func(s *session) {
			s.got("a.test", ad)
			s.got("b.test", ad, mac)
			s.got("c.test", mac, place)
		}, []string{"a.test: ad -b.test:1-> mac -c.test:2-> place A", "b.test: mac -c.test:2-> place A", "c.test: mac -c.test:2-> place, alone A"}},
		"side by side and never in one message: no join": {func(s *session) {
			s.got("a.test", ad)
			s.got("b.test", ad)
			s.got("b.test", mail)
		}, nil},
		"a name and a position without an identifier": {func(s *session) { s.got("a.test", name, place) }, nil},
		"a digest, and who can read it": {func(s *session) {
			s.got("a.test", hashed)
			s.got("b.test", mail)
		}, []string{"a.test: mail read by b.test A"}},
		"of one company: alone": {func(s *session) {
			s.got("x.one.test", ad)
			s.got("y.two.test", ad, mail)
		}, []string{"one.test: ad -two.test:1-> mail, alone A", "two.test: ad -two.test:1-> mail, alone A"}},
		"the shortest": {func(s *session) {
			s.got("a.test", ad, mac)
			s.got("b.test", mac, mail)
			s.got("c.test", ad, mail)
		}, []string{"a.test: ad -c.test:2-> mail A", "b.test: mac -b.test:1-> mail, alone A", "c.test: ad -c.test:2-> mail, alone A"}},
	} {
		t.Run(title, func(t *testing.T) {
			s := newSession()
			c.play(s)
			if got := s.joins(); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A token links only if it was met twice; then it does as a planted value does.
func TestTokensJoin(t *testing.T) {
	mail := planted("mail", Stable|Contact, "clear")
	s := newSession()
	tokens := func(host string) []Token {
		s.gleaner.Part("request.body", "", []byte(`{"device_id":"`+idB+`"}`), true, nil, nil)
		list, _ := s.gleaner.Flow(&flow.Flow{})
		return list
	}
	s.Add(&Message{Recipient: s.recipient("a.test"), Host: "a.test", Tokens: tokens("a.test"), Known: []Known{mail}})
	if got := s.joins(); got != nil {
		t.Errorf("%q", got)
	}
	s.Add(&Message{Recipient: s.recipient("b.test"), Host: "b.test", Tokens: tokens("b.test"), Flow: Flow{0, 1}})
	if got := s.joins(); len(got) != 2 || got[1] != "b.test:  -a.test:0-> mail B" {
		t.Errorf("%q", got)
	}
}

// Memory stays within bounds, and what is let go is counted.
func TestBounds(t *testing.T) {
	s := newSession()
	const n = 3*maxRecent + 17
	for i := range n {
		t := Token{ID: ID(i + 1), Looks: Random, Bits: 128, Says: Identifier, Carrier: Query}
		s.Add(&Message{Recipient: s.recipient("a.test"), Host: "a.test", Flow: Flow{0, i}, Tokens: []Token{t}})
	}
	if held := len(s.recent[0]) + len(s.recent[1]) + len(s.kept); held > 2*maxRecent || held+s.Limits().Tokens != n {
		t.Errorf("%d held, %d let go, of %d", held, s.Limits().Tokens, n)
	}
	for i := range maxRecipients + 5 {
		s.got(fmt.Sprintf("r%d.test", i), planted("ad", Stable, "clear"))
	}
	if x := s.Shared(); len(x) != 1 || len(x[0].Edges) != maxRecipients || x[0].More != 5 || s.Limits().Recipients != 5 {
		t.Errorf("%d shared, limits %+v", len(x), s.Limits())
	}
}

// A planted value is recognised in a redirect, which nobody searches.
func TestPlantedValueInARedirect(t *testing.T) {
	s := newSession()
	ad := planted("ad", Stable, "clear")
	s.Spelled("a1b2c3d4-e5f6-4789-8abc-def012345678", ad.ID)
	s.got("px.a.test", ad)
	s.exchange("https://px.a.test/p", "", "<Location: https://sync.b.test/m?x=A1B2C3D4E5F647898ABCDEF012345678")
	s.got("sync.b.test", ad)
	if got := s.syncs(); len(got) != 1 || got[0] != "a.test>b.test redirect A f1 f2" {
		t.Errorf("%q", got)
	}
}

// BenchmarkAdd files messages with one new token each, in a full graph.
func BenchmarkAdd(b *testing.B) {
	g := New(func(int) string { return "a" })
	i := 0
	add := func() {
		i++
		g.Add(&Message{Flow: Flow{0, i}, Tokens: []Token{{ID: ID(i), Name: "uid", Looks: Random, Bits: 128, Says: Identifier, Carrier: Query, Part: "request.url"}}})
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 2 * maxRecent {
		add()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportAllocs()
	for b.Loop() {
		add()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-full")
}
