package recipient

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// J56 and what is near it: whose a name is that is an alias of another.
func TestCloaking(t *testing.T) {
	b := open(t)
	for _, c := range []struct {
		host, chain              string
		owner, operator, because string
		cloaked                  bool
	}{
		{"metrics.shop.example", "", "shop.example", "", "", false},
		{"metrics.shop.example", "x.appsflyersdk.com", "AppsFlyer", "", "metrics.shop.example is an alias of x.appsflyersdk.com", true},
		{"Metrics.Shop.example.", "X.AppsFlyerSDK.com.", "AppsFlyer", "", "metrics.shop.example is an alias of x.appsflyersdk.com", true},
		{"metrics.shop.com", "shop.com.ssl.sc.omtrdc.net", "Adobe", "", "omtrdc.net", true},
		// A tracker behind a CDN, and a CDN that says nothing of the customer.
		{"metrics.shop.com", "t.appsflyer.com d111.cloudfront.net", "AppsFlyer", "Amazon", "t.appsflyer.com", true},
		{"img.shop.com", "d111.cloudfront.net", "shop.com", "Amazon", "cloudfront.net", false},
		{"www.shop.com", "www.shop.com.edgekey.net e1.dscg.akamaiedge.net", "shop.com", "Akamai", "edgekey.net", false},
		{"p16.tiktokcdn.com.akamaized.net", "a1.dscg.akamai.net", "TikTok", "Akamai", "akamai.net", false},
		{"v.shop.com", "p16.tiktokcdn.com.akamaized.net", "TikTok", "Akamai", "akamaized.net", true},
		// One company's two domains, a name of the same domain, nobody known.
		{"graph.facebook.com", "star.c10r.facebook.com", "Meta Audience Network / App Events", "", "c10r", false},
		{"settings.crashlytics.com", "crashlytics.l.google.com", "Google Crashlytics", "", "l.google.com", false},
		{"a.shop.com", "b.shop.com x.unheard-of.net", "shop.com", "", "unheard-of", false},
		{"www.icloud.com", "www-cdn.icloud.com.akadns.net", "Apple", "Akamai", "akadns", false},
		// A loop, an address.
		{"a.shop.com", "a.shop.com t.appsflyer.com", "shop.com", "", "", false},
		{"192.0.2.7", "t.appsflyer.com", "192.0.2.7", "", "", false},
	} {
		id := b.Identify(Clues{Host: c.host, Chain: strings.Fields(c.chain)})
		if id.Owner != c.owner || id.Cloaked != c.cloaked || id.Operator != c.operator {
			t.Errorf("%s → %s: owner %q, operator %q, cloaked %v", c.host, c.chain, id.Owner, id.Operator, id.Cloaked)
		}
		if said(id.Evidence, ByCNAME, c.because) != (c.because != "") {
			t.Errorf("%s → %s: %+v", c.host, c.chain, id.Evidence)
		}
		if c.cloaked && (!strings.HasPrefix(id.Source, "DNS answer in the capture: ") || id.Customer == "" || id.Domain != id.Named.Domain) {
			t.Errorf("%s: source %q, customer %q, domain %q", c.host, id.Source, id.Customer, id.Domain)
		}
	}
}

func said(rows []OwnerEvidence, k EvidenceKind, detail string) bool {
	return slices.ContainsFunc(rows, func(e OwnerEvidence) bool { return e.Kind == k && detail != "" && strings.Contains(e.Detail, detail) })
}

// A name whose own row says one company and whose answer leads to another is
// told as a conflict, and the answer decides.
func TestCloakedNameWithARow(t *testing.T) {
	id := open(t).Identify(Clues{Host: "metrics.tiktok.com", Chain: []string{"x.sc.omtrdc.net"}})
	if id.Owner != "Adobe" || !id.Cloaked || id.Named.Owner != "TikTok" || len(id.Conflicts) != 1 {
		t.Errorf("%+v", id)
	}
}

func TestCertificateOfAHost(t *testing.T) {
	b := open(t)
	cert := func(o string, v Validation, names ...string) *Certificate {
		return &Certificate{Organization: o, Country: "US", Validation: v, Names: names, NotBefore: "2026-01-31"}
	}
	for _, c := range []struct {
		why             string
		host            string
		cert            *Certificate
		owner, operator string
		strength        Strength // of the certificate's row, 0: there is none
		conflict        string
	}{
		{"it agrees with the row", "api.tiktokv.com", cert("TIKTOK PTE. LTD.", Organization, "*.tiktokv.com"), "TikTok", "", Official, ""},
		{"its holder is the row's parent", "api.tiktokv.com", cert("ByteDance Ltd", Extended, "*.tiktokv.com"), "TikTok", "", Official, ""},
		{"it names another company than the row", "t.appsflyer.com", cert("Kochava, Inc.", Organization, "t.appsflyer.com"), "AppsFlyer", "", Official,
			"the certificate names Kochava, the row names AppsFlyer"},
		{"no row: it names the owner", "api.unheard-of.com", cert("Kochava Inc", Organization, "api.unheard-of.com"), "Kochava", "", Official, ""},
		{"no row, nobody known", "api.unheard-of.com", cert("Unheard Of GmbH", Organization, "*.unheard-of.com"), "Unheard Of GmbH", "", Official, ""},
		{"no row, and it is for strangers' names too", "api.unheard-of.com", cert("Some CDN Inc", Organization, "some-cdn.net", "api.unheard-of.com"), "unheard-of.com", "", Official, ""},
		{"a CDN's own", "www.unheard-of.com", cert("Akamai Technologies, Inc.", Organization, "www.unheard-of.com"), "unheard-of.com", "Akamai", Official, ""},
		{"a CDN's own, with a row", "t.appsflyer.com", cert("Cloudflare, Inc.", Organization, "*.appsflyer.com"), "AppsFlyer", "Cloudflare", Official, ""},
		{"nobody checked the name", "api.unheard-of.com", cert("Kochava Inc", NotSaid, "api.unheard-of.com"), "unheard-of.com", "", List, ""},
		{"it is for another name", "api.unheard-of.com", cert("Kochava Inc", Organization, "*.kochava.com"), "unheard-of.com", "", 0, "the certificate presented is not for the name api.unheard-of.com"},
		{"a wildcard is one label", "a.b.unheard-of.com", cert("Kochava Inc", Organization, "*.unheard-of.com"), "unheard-of.com", "", 0, "the certificate presented is not for the name a.b.unheard-of.com"},
		{"domain-validated, names of one company", "x.unheard-of.com", cert("", DomainOnly, "x.unheard-of.com", "*.kochava.com"), "unheard-of.com", "", List, ""},
		{"domain-validated, shared by strangers", "x.unheard-of.com", cert("", DomainOnly, "x.unheard-of.com", "*.kochava.com", "*.appsflyer.com"), "unheard-of.com", "", 0, ""},
		{"domain-validated, its own names only", "x.unheard-of.com", cert("", DomainOnly, "x.unheard-of.com"), "unheard-of.com", "", 0, ""},
		{"domain-validated, another company's name", "t.appsflyer.com", cert("", DomainOnly, "t.appsflyer.com", "kochava.com"), "AppsFlyer", "", List,
			"the certificate is also for kochava.com of Kochava, the row names AppsFlyer"},
	} {
		id := b.Identify(Clues{Host: c.host, Certificate: c.cert})
		got := Strength(0)
		for _, e := range id.Evidence {
			if e.Kind == ByCertificate {
				got = e.Strength
			}
		}
		if id.Owner != c.owner || id.Operator != c.operator || got != c.strength || strings.Join(id.Conflicts, "; ") != c.conflict {
			t.Errorf("%s: owner %q, operator %q, strength %d, conflicts %q", c.why, id.Owner, id.Operator, got, id.Conflicts)
		}
		if !slices.IsSortedFunc(id.Evidence, func(x, y OwnerEvidence) int { return int(x.Strength - y.Strength) }) {
			t.Errorf("%s: out of order: %+v", c.why, id.Evidence)
		}
	}
}

// The customer's own certificate on a tracker's machine is no conflict; a
// third company's is.
func TestCertificateOfACloakedHost(t *testing.T) {
	b := open(t)
	clues := Clues{Host: "metrics.netflix.com", Chain: []string{"netflix.sc.omtrdc.net"}}
	for o, conflicts := range map[string]int{"Netflix, Inc.": 1, "Adobe Inc.": 1, "Kochava Inc.": 2} {
		clues.Certificate = &Certificate{Organization: o, Validation: Organization, Names: []string{"metrics.netflix.com"}}
		if id := b.Identify(clues); id.Owner != "Adobe" || len(id.Conflicts) != conflicts {
			t.Errorf("%s: owner %q, conflicts %q", o, id.Owner, id.Conflicts)
		}
	}
}

func TestNetworkAndReverseName(t *testing.T) {
	b := open(t)
	id := b.Identify(Clues{
		Host: "api.unheard-of.com", Networks: []Address{b.Address(netip.MustParseAddr("71.18.5.1"))},
		Reverse: []string{"ec2-1-2-3-4.compute-1.amazonaws.com", "ec2-1-2-3-4.compute-1.amazonaws.com"},
	})
	if id.Owner != "unheard-of.com" || len(id.Evidence) != 2 {
		t.Fatalf("%+v", id)
	}
	if e := id.Evidence[0]; e.Kind != ByNetwork || e.Says != "ByteDance Ltd." || e.Strength != Announced || !strings.Contains(e.Detail, "AS396986") {
		t.Errorf("%+v", e)
	}
	if e := id.Evidence[1]; e.Kind != ByReverse || e.Says != "Amazon" {
		t.Errorf("%+v", e)
	}
}

// made makes a certificate, signed by another unless own.
func made(t testing.TB, subject pkix.Name, policy string, own bool, names ...string) []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject, DNSNames: names, NotBefore: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	if policy != "" {
		oid, err := x509.ParseOID(policy)
		if err != nil {
			t.Fatal(err)
		}
		x.Policies = []x509.OID{oid}
	}
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: "an authority"}}
	if own {
		parent = x
	}
	der, err := x509.CreateCertificate(rand.Reader, x, parent, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestReadCertificate(t *testing.T) {
	subject := pkix.Name{Organization: []string{" Kochava  Inc."}, Country: []string{"us"}, CommonName: "t.example"}
	der := made(t, subject, "2.23.140.1.2.2", false, "T.example.", "*.t.example", "t.example")
	for _, captured := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})} {
		c, err := ReadCertificate(captured)
		if err != nil {
			t.Fatal(err)
		}
		if c.Organization != "Kochava Inc." || c.Country != "US" || c.Validation != Organization || c.NotBefore != "2026-01-31" || !slices.Equal(c.Names, []string{"t.example", "*.t.example"}) {
			t.Errorf("%+v", c)
		}
	}
	// What nobody but its holder signed was checked by nobody.
	if c, err := ReadCertificate(made(t, subject, "2.23.140.1.2.2", true)); err != nil || c.Validation != NotSaid || !slices.Equal(c.Names, []string{"t.example"}) {
		t.Errorf("%+v, %v", c, err)
	}
	var many []string
	for i := range 3 * maxNames {
		many = append(many, fmt.Sprintf("h%d.example", i))
	}
	if c, err := ReadCertificate(made(t, subject, "", false, many...)); err != nil || len(c.Names) != maxNames || c.Validation != NotSaid {
		t.Errorf("%d names, %v", len(c.Names), err)
	}
	for _, bad := range [][]byte{nil, der[:len(der)/2], []byte("-----BEGIN CERTIFICATE-----\n!"), make([]byte, maxDER+1)} {
		if _, err := ReadCertificate(bad); err == nil {
			t.Errorf("%.20q is read", bad)
		}
	}
}

func TestBareNames(t *testing.T) {
	for in, want := range map[string]string{
		"TIKTOK PTE. LTD.": "tiktok", "Meta Platforms, Inc.": "meta platforms", "S.A.": "", "Google LLC": "google",
		"Amazon.com, Inc.": "amazoncom", "McDonald’s Corporation": "mcdonalds", "北京 字节跳动": "北京 字节跳动",
	} {
		if got := bare(in); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
	if _, ok := open(t).company("Ltd."); ok {
		t.Error("a legal form alone is a company")
	}
}

func FuzzIdentify(f *testing.F) {
	b, err := Open()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("metrics.shop.example", "x.appsflyersdk.com t.appsflyer.com", []byte{0x30}, "ec2.amazonaws.com")
	f.Add("a.b", "a.b . ..", made(f, pkix.Name{Organization: []string{"Kochava"}}, "2.23.140.1.1", false, "a.b", "*.b"), "\xff")
	f.Add("192.0.2.7", "\x00", []byte("-----BEGIN CERTIFICATE-----"), "")
	f.Fuzz(func(t *testing.T, host, chain string, der []byte, reverse string) {
		c := Clues{Host: host, Chain: strings.Fields(chain), Reverse: strings.Fields(reverse)}
		if x, err := ReadCertificate(der); err == nil {
			c.Certificate = &x
		}
		id := b.Identify(c)
		if id.Host != id.Named.Host || id.Role == "" || id.Cloaked && (len(c.Chain) == 0 || id.Table == "") {
			t.Fatalf("%q %q: %+v", host, chain, id)
		}
		for _, e := range id.Evidence {
			if e.Strength < Official || e.Strength > List || e.Says == "" || e.Source == "" {
				t.Fatalf("%q %q: %+v", host, chain, e)
			}
		}
		b.Reach(&id, nil, nil, time.Time{})
	})
}
