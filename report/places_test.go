package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/recipient"
)

// placed is a document with a recipient of which everything is known that can
// be, and another of which nothing is.
func withPlaces(t testing.TB) *audit.Document {
	d := sketch(t)
	d.Vantage = &audit.Vantage{Name: "Paris", Lat: 48.86, Lon: 2.35, Radius: 25, Access: "wired"}
	r := &d.Recipients[0]
	r.Parent, r.Role = "ClipClap Holding", "analytics"
	r.Operators, r.Customers, r.Cloaked = []string{"Akamai"}, []string{"shop.example"}, []string{"metrics.shop.example"}
	r.OwnerEvidence = []audit.OwnerEvidence{
		{Kind: "certificate", Says: "ClipClap Log", Detail: "subject O=ClipClap, C=SG (OV)", Source: "certificate of the handshake in the capture", Date: "2026-01-01", Strength: 1},
		{Kind: "cname", Says: "ClipClap Log", Detail: "metrics.shop.example is an alias of log.clipclap.test", Source: "DNS answer in the capture; a list of owners", Strength: 5},
	}
	r.OwnerConflicts = []string{"the certificate names Somebody, the row names ClipClap Log"}
	r.Control = []audit.ReachRow{
		{Country: "SG", Through: "seat of the owner", Who: r.Owner, Source: "its own page", Date: "2026-02-02", Strength: 2},
		{Country: "CN", Through: "seat of a shareholder", Who: "A Fund", Percent: 12.5, Source: "a court", Date: "2025-02-02", Strength: 1},
	}
	said := audit.StatementRow{Class: "S", Layer: "edge", By: "Cloudflare", Field: "Cf-Ray", Value: "CDG", Country: "FR", Place: "Paris (CDG)", Confidence: "high",
		Trap: "what the outermost CDN says", Source: "documentation", Date: "2026-11-23"}
	label := said
	label.Layer, label.Field, label.Value, label.Country, label.Place = "storage", "Cookie store-idc", "maliva", "US", "Virginia"
	r.Storage, r.Established = []audit.StatementRow{label}, []string{"FR"}
	r.Addresses = []audit.Address{
		{IP: "1.1.1.1", Kind: "public", ASN: 13335, Holder: "Cloudflare", Registered: "AU", Estimates: map[string]string{"dbip": "CN", "ipfire": "FR"}, BestRTT: 1.25, RTTBasis: "test", Within: 188,
			Established: "FR", EstablishedBy: []string{"physics: no other country on Earth is within the distance", "the operator's statement"}, Statements: []audit.StatementRow{said},
			Regions: []audit.Region{{Source: "x", Provider: "AWS", Region: "eu-west-3", Country: "FR"}}},
		{IP: "2.2.2.2", Kind: "public", Anycast: true},
	}
	r.Verdicts = []audit.PlaceRow{
		{IP: "1.1.1.1", Country: "CN", Verdict: "impossible (strict)", Because: []string{"dbip (content of 2026-06-01) says CN"}},
		{IP: "1.1.1.1", Country: "FR", Verdict: "consistent (strong)", Because: []string{`the operator's statement Cf-Ray "CDG" names FR`}},
		{IP: "2.2.2.2", Country: "CN", Verdict: "undetermined", Because: []string{"dbip (content of 2026-06-01) says CN", "something that nobody has translated"}},
	}
	r.Answers = []audit.PlaceRow{{IP: "1.1.1.1", Country: "IE", Verdict: "undetermined", Because: []string{"other replies of this address may have been computed elsewhere"}}}
	d.Errors = append(d.Errors, audit.ErrorRow{Kind: "contradiction", Count: 1})
	return d
}

func flatText(t *testing.T, page string) string {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "style":
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && !slices.Contains([]string{"span", "strong", "code", "b"}, n.Data):
			b.WriteString(" ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestRecipientsOnThePage(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"parent: ClipClap Holding", "analytics", "machines run by Akamai", "name made for shop.example", "hidden behind the app’s own name: metrics.shop.example",
			"● established: France (1 of 2 servers)", "× impossible (light in vacuum): China (1 of 2 servers)", "○ undetermined: China (1 of 2 servers)", "nearest answer: within 188 km of Paris",
			"Singapore: seat of the company China: seat of a shareholder, A Fund, 12.5 %",
			"ClipClap Log: who it is, and where 2 servers can be", "ClipClap API: who it is; no server of it is known Who says who it is Nobody: no row", "certificate (certificate of the handshake in the capture, 2026-01-01; strength 1, 1 being best: checked certificate, regulator or court) subject O=ClipClap, C=Singapore (OV)",
			"Contradictions the certificate names Somebody, the row names ClipClap Log", "AS13335 Cloudflare registered: Australia estimated: China (dbip), France (ipfire) published region: AWS eu-west-3, France",
			"1.25 ms (test), hence within 188 km of Paris", "France, by physics: no other country on Earth is within the distance and the operator's statement",
			"Cf-Ray “CDG” → France, Paris (CDG), of the machine that answered (word of Cloudflare; confidence high; documentation, 2026-11-23) Beware: what the outermost CDN says",
			"● France, established the operator's statement Cf-Ray \"CDG\" names France × China, impossible (light in vacuum) dbip (content of 2026-06-01) says China",
			"Where replies were computed ○ Ireland, undetermined", "It answers from several places", "their word, never measured Cookie store-idc “maliva” → United States, Virginia, of storage"},
		"fr": {"maison mère : ClipClap Holding", "machines exploitées par Akamai", "caché derrière le nom de l’application : metrics.shop.example", "● établi : France (1 sur 2 serveurs)",
			"Singapour : siège de la société Chine : siège d’un actionnaire, A Fund, 12,5 %", "sujet O=ClipClap, C=Singapour (OV)", "(certificat de la négociation TLS dans la capture",
			"réponse DNS dans la capture ; a list of owners", "le certificat nomme Somebody, la ligne nomme ClipClap Log", "la déclaration de l’opérateur Cf-Ray \"CDG\" nomme : France",
			"Attention : ce que dit le CDN le plus extérieur", "jamais mesurée Cookie store-idc « maliva »", "something that nobody has translated"},
	} {
		page := render(t, func(w io.Writer) error { return HTML(w, withPlaces(t), Options{Lang: lang}) })
		flat := flatText(t, page)
		for _, s := range want {
			if s = strings.Join(strings.Fields(s), " "); !strings.Contains(flat, s) {
				t.Errorf("%s: no %q", lang, s)
			}
		}
		if lang == "fr" && !strings.Contains(page, `<span lang="en">something that nobody has translated</span>`) {
			t.Error("an English sentence on a French page is not marked as one")
		}
		text := render(t, func(w io.Writer) error { return Terminal(w, withPlaces(t), Options{Lang: lang, Width: 200}) })
		for _, s := range map[string][]string{"en": {"● FR × CN ○ CN", "SG CN", "× impossible"}, "fr": {"● FR × CN ○ CN", "SG CN", "× impossible"}}[lang] {
			if !strings.Contains(text, s) {
				t.Errorf("%s: the terminal has no %q", lang, s)
			}
		}
	}
}

// Servers that a proxy's address hides keep their round trips.
func TestSeveralServersBehindOneAddress(t *testing.T) {
	d := withPlaces(t)
	r := &d.Recipients[0]
	r.Addresses = []audit.Address{{IP: "127.0.0.1", Kind: "loopback", BestRTT: 5}, {IP: "127.0.0.1", Kind: "loopback", BestRTT: 250}}
	flat := flatText(t, render(t, func(w io.Writer) error { return HTML(w, d, Options{}) }))
	for _, s := range []string{"5.00 ms 250.00 ms Several servers answered", "Server 127.0.0.1 Network loopback address Round trip"} {
		if strings.Count(flat, strings.Join(strings.Fields(s), " ")) != 1 {
			t.Errorf("not once %q in %s", s, flat)
		}
	}
}

// Registered, estimated and measured stay three columns, whatever they hold.
func TestThreeColumnsStayApart(t *testing.T) {
	page := render(t, func(w io.Writer) error { return HTML(w, withPlaces(t), Options{}) })
	table := page[strings.Index(page, `<table class="rec">`):]
	table = table[:strings.Index(table, "</thead>")]
	for _, s := range []string{`<th scope="col">Registered</th>`, `<th scope="col">Estimated</th>`, `<th scope="col" class="wide">Measured: verdict</th>`} {
		if !strings.Contains(table, s) {
			t.Errorf("no column %q in %s", s, table)
		}
	}
}

// A capture with many of everything stays a page, and says what it leaves out.
func TestRecipientsAreBounded(t *testing.T) {
	d := withPlaces(t)
	r := d.Recipients[0]
	r.Addresses, r.Verdicts, r.Transfers = nil, nil, 1
	for i := range 20 {
		ip := fmt.Sprintf("9.9.9.%d", i)
		r.Addresses = append(r.Addresses, audit.Address{IP: ip, Kind: "public"})
		for j := range 20 {
			p := audit.PlaceRow{IP: ip, Country: "FR", Verdict: "undetermined"}
			for k := range 20 {
				p.Because = append(p.Because, fmt.Sprint("reason ", j, " ", k))
			}
			r.Verdicts = append(r.Verdicts, p)
		}
	}
	d.Recipients = nil
	for i := range 50 {
		r.ID, r.Owner = fmt.Sprint("r", i), fmt.Sprint("Company ", i)
		d.Recipients = append(d.Recipients, r)
	}
	page := render(t, func(w io.Writer) error { return HTML(w, d, Options{}) })
	t.Log(len(page), "bytes")
	for what, want := range map[string]int{`<details class="opened">`: maxOpened, "<h4>Server ": maxOpened * maxAddresses, ">reason ": maxOpened * maxAddresses * maxPlaces * maxReasons,
		"<p>and 20 more</p>": 1, "<p>and 12 more</p>": maxOpened} {
		if got := strings.Count(page, what); got != want {
			t.Errorf("%d times %q, want %d", got, what, want)
		}
	}
}

// Whatever is a code in the document has words in every language.
func TestEveryWordOfRecipients(t *testing.T) {
	roles := map[string]bool{"network": true, "cdn": true, "cloud": true, "social": true, "marketing": true, "tag manager": true, "consent": true, "support": true, "content": true, "sdk": true}
	f, err := os.Open("../recipient/data/own/owners.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], "role")
	for _, row := range rows[1:] {
		roles[row[at]] = true
	}
	delete(roles, "unknown") // is not shown
	for _, lang := range Languages() {
		w := language(lang)
		has := func(key string) {
			if _, ok := w.lookup(key); !ok {
				t.Errorf("%s: no %q", lang, key)
			}
		}
		for role := range roles {
			has("role." + role)
		}
		for _, k := range []recipient.EvidenceKind{recipient.ByRow, recipient.ByList, recipient.ByCNAME, recipient.ByCertificate, recipient.ByNetwork, recipient.ByReverse, recipient.BySpelling} {
			has("evidence." + string(k))
		}
		for _, k := range []recipient.Through{recipient.OwnerSeat, recipient.ParentSeat, recipient.HolderSeat, recipient.NetworkSeat, recipient.CertifiedSeat} {
			has("reach." + string(k))
		}
		for _, k := range []recipient.Ruling{recipient.ImpossibleStrict, recipient.ImpossibleFibre, recipient.ConsistentStrong, recipient.ConsistentWeak, recipient.Undetermined} {
			has("verdict." + string(k))
			if !slices.Contains(verdicts, string(k)) {
				t.Errorf("%q stands in no order", k)
			}
		}
		for n := 1; n <= 5; n++ {
			has(fmt.Sprint("strength.", n))
		}
	}
}
