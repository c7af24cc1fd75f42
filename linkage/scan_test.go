package linkage

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/constat/constat/flow"
)

const tok = "7h3kq9z2m5x8w1" // a token

func scanned(text string) (out []string) {
	Scan([]byte(text), func(name, run []byte, off int) { out = append(out, string(name)+"="+string(run)) })
	return out
}

func TestScan(t *testing.T) {
	for text, want := range map[string][]string{
		"uid=" + tok:                                            {"uid=" + tok},
		"/match?v=1&uid=" + tok + "&x=2":                        {"uid=" + tok},
		"a=1; _sync=" + tok + "; b=2":                           {"_sync=" + tok},
		`{"uid":"` + tok + `"}`:                                 {"uid=" + tok},
		`{"uid" : "` + tok + `"}`:                               {"uid=" + tok},
		`{\"uid\":\"` + tok + `\"}`:                             {"uid=" + tok},
		`{"uid":6894321057712345678,"v":1}`:                     {"uid=6894321057712345678"},
		"r=https%3A%2F%2Fb.test%2Fs%3Fuid%3D" + tok:             {"uid=" + tok},
		"r=https%253A%252F%252Fb.test%253Fuid%253D" + tok:       {"uid=" + tok},
		`u\u003d` + tok:                                         {"=" + tok}, // which name is not told, and no letter is glued on
		`"a=1\u0026uid=` + tok + `\nuid=` + tok + `"`:           {"uid=" + tok, "uid=" + tok},
		"ga=GA1.2." + tok:                                       {"ga=" + tok},
		`<img src="https://b.test/p?uid=` + tok + `">`:          {"uid=" + tok},
		"data=" + tok + "/" + tok + "+x":                        {"=" + tok, "=" + tok}, // pieces of base64 have no name
		"short=abc; words=the quick brown fox and so on":        nil,
		"x=" + string(bytes.Repeat([]byte("ab1"), 60)):          nil, // a blob
		"-----" + tok:                                           {"=-----" + tok},
		`"a":"b","user":{"id":"` + tok + `"},"c":"` + tok + `"`: {"id=" + tok, "c=" + tok},
	} {
		if got := scanned(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Whatever stands in front: the stride must not jump over a run.
func TestScanAtEveryOffset(t *testing.T) {
	for n := range 40 {
		for m := minToken; m < 30; m++ {
			run := bytes.Repeat([]byte("a"), m)
			text := append(append(bytes.Repeat([]byte(" "), n), run...), " abc def"...)
			found := 0
			Scan(text, func(_, r []byte, off int) {
				if off == n && len(r) == m {
					found++
				}
			})
			if found != 1 {
				t.Fatalf("%d characters at %d: found %d times", m, n, found)
			}
		}
	}
}

// FuzzScan: runs are slices of the text, in order, of the length that counts,
// and nothing panics; names are bounded.
func FuzzScan(f *testing.F) {
	for _, s := range []string{"uid=" + tok, `{"a":"` + tok + `"}`, "%3D" + tok, `\u003d` + tok, `\` + tok, "%2" + tok, "=" + tok + "+", "5D3D" + tok, "253D0123456789ab"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		last := 0
		Scan(text, func(name, run []byte, off int) {
			if off < last || off+len(run) > len(text) || !bytes.Equal(text[off:off+len(run)], run) || len(run) < minToken || len(run) > maxToken || len(name) > maxName+2 {
				t.Fatalf("run %q at %d after %d, name %q", run, off, last, name)
			}
			last = off + len(run)
			Judge(run)
			SaidBy(string(name))
			IDOf(run)
		})
		g := NewGleaner()
		g.Part("request.body", "", text, true, nil, nil)
		g.cookie(string(text), 0, at(0))
		g.content(text)
		hostOf(text)
		if len(g.tokens) > maxTokens {
			t.Fatal("too many tokens")
		}
	})
}

func ExampleScan() {
	Scan([]byte("/sync?partner=7&uid=CAESEKx8vLq3T9yW2mZ1"), func(name, run []byte, off int) {
		looks, bits := Judge(run)
		fmt.Println(string(name), looks == Random, bits, SaidBy(string(name)) == Identifier)
	})
	// Output: uid true 119 true
}

func BenchmarkScan(b *testing.B) {
	text := bytes.Repeat([]byte(`{"event":"screen_view","ts":1764325353123,"params":{"screen":"ProfileScreen","uid":"`+tok+`","count":3,"label":"a few words of text"}},`), 200)
	b.SetBytes(int64(len(text)))
	n := 0
	for b.Loop() {
		Scan(text, func(name, run []byte, off int) {
			if l, _ := Judge(run); l != Ordinary {
				n++
			}
		})
	}
}

// Several cookies in one field, as HARs have them, keep their places.
func TestCookiesOfAHAR(t *testing.T) {
	g := NewGleaner()
	field := "x=1; Path=/\nuid=" + tok + "; Max-Age=31536000\n\ns=" + idB
	tokens, _ := g.Flow(&flow.Flow{Timing: flow.Timing{Start: at(0)}, Response: &flow.Response{Headers: []flow.Field{{Name: "set-cookie", Value: field}}}})
	if len(tokens) != 2 || tokens[0].Carrier != SetCookie || tokens[1].Carrier != Session {
		t.Fatalf("%+v", tokens)
	}
	for i, want := range []string{tok, idB} {
		if x := tokens[i]; field[x.Off:x.Off+x.Len] != want {
			t.Errorf("%d+%d is not %s", x.Off, x.Len, want)
		}
	}
}
