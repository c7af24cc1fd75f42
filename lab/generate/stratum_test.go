package generate

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/truth"
)

// TestWildTable holds the data to what the package needs of it.
func TestWildTable(t *testing.T) {
	for _, table := range wild {
		if table.Source == "" || table.Date == "" || table.Share < 1 {
			t.Errorf("%s: no source, date or share", table.Name)
		}
		for _, row := range table.Rows {
			if row.Weight < 1 {
				t.Errorf("%s: %v has no weight", table.Name, row.Chain)
			}
			chains := [][]string{nil}
			for _, alternatives := range row.Chain {
				var longer [][]string
				for _, c := range chains {
					for name := range strings.SplitSeq(alternatives, "|") {
						longer = append(longer, append(c[:len(c):len(c)], name))
					}
				}
				chains = longer
			}
			for _, c := range chains {
				text := true
				for i, name := range c {
					s, ok := encode.ByName(name)
					if !ok || !text && !s.Binary || s.Digest && i > 0 {
						t.Errorf("%s: %v: %s cannot stand there", table.Name, c, name)
					}
					text = s.Text
				}
			}
		}
	}
}

// TestWildShares: the draw follows the table.
func TestWildShares(t *testing.T) {
	r, clear := rand.New(rand.NewPCG(1, 2)), 0
	tables := map[string]int{}
	const n = 20000
	for range n {
		_, names, table := drawWild(r, "contact.email", []byte("camille@kaxtiber.test"))
		tables[table]++
		if table == "web, forms" && len(names) == 0 {
			clear++
		}
	}
	for _, table := range wild {
		if got := float64(tables[table.Name]) / n * 100; got < float64(table.Share)-2 || got > float64(table.Share)+2 {
			t.Errorf("%s: %.1f %%, want %d", table.Name, got, table.Share)
		}
	}
	if got := float64(clear) / float64(tables["web, forms"]); got < 0.13 || got > 0.19 { // 1562 of 9852
		t.Errorf("%.3f of the web's rows are clear", got)
	}
	if _, _, table := drawWild(r, "device.mac", []byte("x")); table == "web, forms" {
		t.Error("the web's forms tell of no hardware address")
	}
}

// TestSamples: each stratum has what it promises, and the twin has the same
// layers around somebody else's value.
func TestSamples(t *testing.T) {
	for _, s := range Strata {
		_, samples := Samples(5, s, -1)
		n, twins, met := 0, 0, map[string]int{}
		for x := range samples {
			if n++; n > 600 {
				break
			}
			met[x.Item.Stratum]++
			if x.Item.Subject < 0 || x.Item.Decoy || x.Item.Transformations != encode.Depth(x.Item.Chain) {
				t.Fatalf("%+v", x.Item)
			}
			if x.Item.Stratum == string(Adversarial) && x.Item.Beyond == "" {
				t.Errorf("%v is to be found", x.Item.Chain)
			}
			if (s == Uniform || s == Core) && x.Item.Stratum == string(s) && x.Item.Beyond != "" {
				t.Errorf("%v is beyond: %s", x.Item.Chain, x.Item.Beyond)
			}
			if whole := all(&x.Request); x.Item.Transformations == 0 && len(x.Item.Chain) == 0 && x.Item.Carrier == "raw" && !bytes.Contains(whole, []byte(x.Item.Value)) {
				t.Errorf("a clear value is not there: %s", whole)
			}
			if x.Twin != nil {
				twins++
				if len(x.Item.Value) > 12 && bytes.Contains(all(x.Twin), []byte(x.Item.Value)) {
					t.Errorf("her %s stands in the decoy", x.Item.DataType)
				}
			}
		}
		if twins < 500 {
			t.Errorf("%s: %d twins", s, twins)
		}
		if s == Mix && len(met) != 5 || s != Mix && s != Layers && met[string(s)] < 450 {
			t.Errorf("%s: %v", s, met)
		}
	}
}

func all(q *Request) []byte {
	b := []byte(q.URL)
	for _, h := range q.Headers {
		b = append(append(b, h[0]...), h[1]...)
	}
	b = append(b, q.Body...)
	for _, m := range q.Socket {
		b = append(b, m.Data...)
	}
	return b
}

// TestDepths: a depth asked for is the depth, but for what a carrier adds.
func TestDepths(t *testing.T) {
	for depth := range Deepest + 1 {
		_, samples := Samples(9, Uniform, depth)
		n, more := 0, 0
		for x := range samples {
			if n++; n > 300 {
				break
			}
			switch d := x.Item.Transformations - depth; {
			case d == 1:
				more++
			case d != 0 && !grew(x.Item):
				t.Errorf("depth %d: %v", depth, x.Item.Chain)
			}
		}
		if more > 200 {
			t.Errorf("depth %d: %d of 300 are deeper", depth, more)
		}
	}
}

// grew: nothing of that depth had room in a URL.
func grew(it truth.Item) bool { return len(it.Chain) <= 1 }

// TestBinaryPlist has Apple's format read by Python.
func TestBinaryPlist(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	ps := []parcel{noise(r), {name: "value", data: []byte("Zélie 中 and so on, long"), text: true}, {name: "raw", data: []byte{0, 1, 0xff}}}
	file := filepath.Join(t.TempDir(), "x.plist")
	if err := os.WriteFile(file, binaryPlist(r, ps), 0o644); err != nil {
		t.Fatal(err)
	}
	got := count(t, "python3", "-c", "import plistlib, sys; x = plistlib.load(open(sys.argv[1], 'rb')); print(ascii(x['value']), x['raw'], len(x))", file)
	if want := `'Z\xe9lie \u4e2d and so on, long' b'\x00\x01\xff' 3`; got[0] != want {
		t.Errorf("%s", got[0])
	}
}
