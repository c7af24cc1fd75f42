package subject

import (
	"math/rand/v2"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// people are the subjects of many seeds in a row, and of some far away.
func people() (all []*Subject) {
	for seed := range uint64(200) {
		all = append(all, New(seed))
	}
	for _, seed := range []uint64{1<<63 + 7, 1<<64 - 1, 0xfeed_beef_cafe} {
		all = append(all, New(seed))
	}
	return all
}

func TestSameSeedSamePerson(t *testing.T) {
	for _, s := range people() {
		if again := New(s.Seed); string(s.Persona()) != string(again.Persona()) || !slices.Equal(s.Values, again.Values) {
			t.Fatalf("seed %d makes two people", s.Seed)
		}
	}
}

// TestNobodySharesAValue: what a detector learned of one subject helps it with
// no other.
func TestNobodySharesAValue(t *testing.T) {
	whose := map[string]uint64{}
	first := New(0)
	for _, s := range people()[:200] {
		if len(s.Values) != len(first.Values) {
			t.Fatalf("seed %d has %d values, seed 0 %d", s.Seed, len(s.Values), len(first.Values))
		}
		for i, v := range s.Values {
			if v.Type != first.Values[i].Type || v.Label != first.Values[i].Label {
				t.Errorf("seed %d: value %d is %s, %q; of seed 0 %s, %q", s.Seed, i, v.Type, v.Label, first.Values[i].Type, first.Values[i].Label)
			}
			if other, ok := whose[v.Value]; ok {
				t.Errorf("seeds %d and %d: both have the %s %q", other, s.Seed, v.Label, v.Value)
			}
			whose[v.Value] = s.Seed
		}
	}
}

func TestLabels(t *testing.T) {
	s := New(5)
	seen := map[string]bool{}
	for i, v := range s.Values {
		if v.Label == "" || v.Value == "" || seen[v.Label] {
			t.Errorf("value %d: %+v", i, v)
		}
		seen[v.Label] = true
		if s.Index(v.Label) != i || s.Get(v.Label) != v.Value {
			t.Errorf("%s: index %d, value %q", v.Label, s.Index(v.Label), s.Get(v.Label))
		}
	}
	if s.Index("shoe size") != -1 || s.Get("shoe size") != "" {
		t.Error("a value that nobody has")
	}
}

// shapes are what values of a type look like, everywhere.
var shapes = map[string]*regexp.Regexp{
	"contact.phone":         regexp.MustCompile(`^\+33 6 39 98 \d\d \d\d$`), // kept for fiction (ARCEP 2018-0881)
	"social.contact_phone":  regexp.MustCompile(`^\+33 6 39 98 \d\d \d\d$`),
	"contact.email":         regexp.MustCompile(`^[a-z]+\.[a-z]+\.[a-z0-9]{6}@courriel\.example$`),
	"social.contact_email":  regexp.MustCompile(`^[a-z]+\.[a-z]{6}@poste\.example$`),
	"contact.username":      regexp.MustCompile(`^[A-Za-z0-9._]{3,24}$`), // what the app takes
	"credential.password":   regexp.MustCompile(`^.{10,200}$`),
	"device.ad_id":          regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
	"device.android_id":     regexp.MustCompile(`^[0-9a-f]{16}$`),
	"device.mac":            regexp.MustCompile(`^[0-9a-f][26ae](:[0-9a-f]{2}){5}$`), // locally administered, one receiver
	"network.bssid":         regexp.MustCompile(`^[0-9a-f][26ae](:[0-9a-f]{2}){5}$`),
	"device.imei":           regexp.MustCompile(`^35\d{13}$`),
	"device.imsi":           regexp.MustCompile(`^20801\d{10}$`),
	"system.installed_apps": regexp.MustCompile(`^example\.[a-z]+\.[a-z]{8}$`),
}

func TestShapes(t *testing.T) {
	for _, s := range people() {
		if s.Name != s.Get("name") {
			t.Errorf("seed %d: %q is named %q", s.Seed, s.Name, s.Get("name"))
		}
		met := map[string]bool{}
		for _, v := range s.Values {
			met[v.Type] = true
			if shape := shapes[v.Type]; shape != nil && !shape.MatchString(v.Value) {
				t.Errorf("seed %d: the %s is %q", s.Seed, v.Label, v.Value)
			}
			if strings.HasSuffix(v.Type, "email") {
				if a, err := mail.ParseAddress(v.Value); err != nil || a.Address != v.Value {
					t.Errorf("seed %d: the %s is %q: %v", s.Seed, v.Label, v.Value, err)
				}
			}
		}
		for typ := range shapes {
			if !met[typ] {
				t.Errorf("seed %d has no %s", s.Seed, typ)
			}
		}
		if imei := s.Get("IMEI"); !validLuhn(imei) {
			t.Errorf("seed %d: the check digit of %s is wrong", s.Seed, imei)
		}
		born, err := time.Parse(time.DateOnly, s.Get("birth date"))
		if err != nil || born.Year() < 1961 || born.Year() > 1998 {
			t.Errorf("seed %d was born %q: %v", s.Seed, s.Get("birth date"), err)
		}
		if u, err := url.Parse(s.Get("site visited")); err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Host, ".example") {
			t.Errorf("seed %d visits %q: %v", s.Seed, s.Get("site visited"), err)
		}
		if a, err := netip.ParseAddr(s.Get("local address")); err != nil || !a.IsPrivate() {
			t.Errorf("seed %d has the address %q: %v", s.Seed, s.Get("local address"), err)
		}
		lat, lon, _ := strings.Cut(s.Get("position"), ",")
		y, err1 := strconv.ParseFloat(lat, 64)
		x, err2 := strconv.ParseFloat(lon, 64)
		if err1 != nil || err2 != nil || y < 48.8 || y > 48.9 || x < 2.25 || x > 2.4 {
			t.Errorf("seed %d stands at %q", s.Seed, s.Get("position"))
		}
	}
}

// validLuhn checks a number from its right end: every second digit doubled, and
// the digits of that added up (ISO/IEC 7812-1). It is not how luhn makes one.
func validLuhn(number string) bool {
	sum := 0
	for i, d := range number {
		n := int(d - '0')
		if (len(number)-i)%2 == 0 {
			n = n*2/10 + n*2%10
		}
		sum += n
	}
	return sum%10 == 0
}

func TestLuhn(t *testing.T) {
	for body, want := range map[string]string{"7992739871": "79927398713", "49015420323751": "490154203237518", "0": "00", "9": "91"} {
		if got := luhn(body); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	if validLuhn("490154203237519") {
		t.Error("the check of this test lets everything through")
	}
}

func TestPersonaFile(t *testing.T) {
	for _, s := range people() {
		var file struct {
			Name, Region string
			Value        []struct{ Type, Value, Label string }
		}
		meta, err := toml.Decode(string(s.Persona()), &file)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", s.Seed, err, s.Persona())
		}
		if len(meta.Undecoded()) != 0 || file.Name != s.Name || file.Region != "FR" || len(file.Value) != len(s.Values) {
			t.Fatalf("seed %d: %d values of %d, %+v, unknown %v", s.Seed, len(file.Value), len(s.Values), file, meta.Undecoded())
		}
		for i, v := range file.Value {
			if v.Type != s.Values[i].Type || v.Value != s.Values[i].Value || v.Label != s.Values[i].Label {
				t.Errorf("seed %d: %+v was written as %+v", s.Seed, s.Values[i], v)
			}
		}
	}
}

func TestToken(t *testing.T) {
	seen := map[string]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		x := Token(r, 10)
		if seen[x] || !regexp.MustCompile(`^[a-z2-7]{16}$`).MatchString(x) {
			t.Fatalf("token %q", x)
		}
		seen[x] = true
	}
}
