package attribution

import (
	"fmt"
	"testing"

	"github.com/constat/constat/flow"
)

func request(fields ...flow.Field) *flow.Flow {
	return &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{Headers: fields}}
}

func told(id, source string) *flow.Flow { return &flow.Flow{App: &flow.App{ID: id, Source: source}} }

// TestJudge: what a flow is to com.example.quinze, in a capture whose system
// tells of apps and in one where it does not.
func TestJudge(t *testing.T) {
	subject := Of("com.example.quinze", "Quinze")
	both := told("com.google.android.gms", "pcapdroid uid map, uid 10110")
	both.Request = request(flow.Field{Name: "X-Android-Package", Value: "com.example.quinze"}).Request
	for name, c := range map[string]struct {
		flow            *flow.Flow
		telling, silent Whose
		by              Confidence
	}{
		"its own package":                   {told("com.example.quinze", "pcapdroid uid map, uid 10215"), Mine, Mine, Told},
		"of another user of the phone":      {told("com.example.quinze@10", "x"), Mine, Mine, Told},
		"its process":                       {told("com.example.quinze:push", "x"), Mine, Mine, Told},
		"its label":                         {told("Quinze", "pcapdroid trailer, uid 10215"), Mine, Mine, Told},
		"another package":                   {told("com.example.other", "pcapdroid uid map, uid 10216"), Others, Others, Told},
		"another label":                     {told("Autre", "pcapdroid trailer, uid 10216"), Others, Others, Told},
		"a label that may be cut short":     {told("Quin", "pcapdroid trailer, uid 10216"), Open, Open, Told},
		"a process in another's name":       {told("QuinzeKit", "pktap, pid 1560, sent by Quinze (pid 1515)"), Open, Open, Told},
		"a bare uid":                        {told("uid 10300", "pcapdroid comment, uid 10300"), Open, Open, Told},
		"Android itself":                    {told("android.uid.system", "pcapdroid uid map, uid 1000"), Open, Open, Told},
		"Android itself, for another user":  {told("com.android.thing", "pcapdroid uid map, uid 1001051"), Open, Open, Told},
		"Google's services":                 {told("com.google.android.gms", "pcapdroid uid map, uid 10110"), Open, Open, Told},
		"Google's services, naming it":      {both, Mine, Mine, Named},
		"not told":                          {&flow.Flow{}, Open, Mine, Unknown},
		"a web view of it":                  {request(flow.Field{Name: "x-requested-with", Value: "com.example.quinze"}), Mine, Mine, Named},
		"a web view of another":             {request(flow.Field{Name: "X-Requested-With", Value: "com.example.other"}), Open, Open, Named},
		"a script":                          {request(flow.Field{Name: "X-Requested-With", Value: "XMLHttpRequest"}), Open, Mine, Unknown},
		"its user agent":                    {request(flow.Field{Name: "User-Agent", Value: "com.example.quinze/2023600040 (Linux; U; Android 13; en; Pixel 7; Cronet/58.0.2991.0)"}), Mine, Mine, Named},
		"a library's, then its":             {request(flow.Field{Name: "User-Agent", Value: "FirebaseAuth.iOS/10.23.1 com.example.quinze/1.82.0 iPhone/18.0 hw/iPhone12_1"}), Mine, Mine, Named},
		"a library's":                       {request(flow.Field{Name: "User-Agent", Value: "FirebaseAuth.iOS/10.23.1 okhttp/4.9.0"}), Open, Mine, Unknown},
		"another's, and its in second rank": {request(flow.Field{Name: "User-Agent", Value: "com.example.other/1"}, flow.Field{Name: "X-Android-Package", Value: "com.example.quinze"}), Mine, Mine, Named},
	} {
		clue := Read(c.flow)
		if j := subject.Judge(clue, true); j.Whose != c.telling || j.Confidence != c.by {
			t.Errorf("%s: %+v", name, j)
		}
		if j := subject.Judge(clue, false); j.Whose != c.silent || c.by == Unknown && j.Confidence != Stated {
			t.Errorf("%s, in a silent capture: %+v", name, j)
		}
		if j := (Subject{}).Judge(clue, true); j.Whose != Mine || j.Confidence == Stated {
			t.Errorf("%s, without a subject: %+v", name, j)
		}
	}
}

// TestKinds: a package does not tell that a label is another app's.
func TestKinds(t *testing.T) {
	if j := Of("com.example.quinze").Judge(Read(told("Quinze", "pcapdroid trailer, uid 10215")), true); j.Whose != Open {
		t.Errorf("%+v", j)
	}
	if j := Of("Quinze").Judge(Read(told("com.example.other", "app privacy report")), true); j.Whose != Open {
		t.Errorf("%+v", j)
	}
}

func TestTables(t *testing.T) {
	if len(tables().Field) < 4 || len(tables().Agent) < 8 {
		t.Errorf("%+v", tables())
	}
	for _, f := range tables().Field {
		if f.Name == "" || f.Why == "" || f.Source == "" || f.Read == "" || f.Shape != "package" && f.Shape != "product" {
			t.Errorf("%+v", f)
		}
	}
	for _, a := range tables().Agent {
		if a.Name == "" || a.Why == "" || a.Source == "" {
			t.Errorf("%+v", a)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("com.example.quinze", "pcapdroid uid map, uid 10215", "com.example.quinze/1 x")
	f.Add("a:b@c", "uid ", "..//")
	f.Fuzz(func(t *testing.T, id, source, agent string) {
		x := request(flow.Field{Name: "User-Agent", Value: agent}, flow.Field{Name: "X-Requested-With", Value: agent})
		x.App = &flow.App{ID: id, Source: source}
		c := Read(x)
		if len(c.Named) > maxLength || len(c.more) > maxNames*(maxLength+1) {
			t.Errorf("%+v", c)
		}
		if j := Of("com.example.quinze").Judge(c, true); j.Whose == Others && j.Confidence != Told {
			t.Errorf("%+v", j)
		}
	})
}

// A proxy does not tell of apps; the exchange may.
func ExampleSubject_Judge() {
	f := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{Headers: []flow.Field{
		{Name: "User-Agent", Value: "com.example.quinze/204 (Linux; U; Android 14; fr_FR)"},
	}}}
	subject := Of("com.example.quinze")
	j := subject.Judge(Read(f), false)
	fmt.Printf("%s, %s (%s)\n", j.App, j.Confidence, j.Source)
	// Output: com.example.quinze, named in the traffic (user-agent)
}
