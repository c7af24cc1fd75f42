package peel

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/constat/constat/peel/keyring"
)

// hostile are messages to start from, one in every format and layer: media type
// and content encoding are of the few that change what is tried.
type hostile struct {
	data            []byte
	media, encoding string
}

func hostiles(t testing.TB) []hostile {
	list := []hostile{
		{[]byte(`{"a":"eyJiIjoiYyJ9"}`), "application/json", ""},
		{[]byte(`[{"n":-12345678901234567890,"f":48.8566140000000001,"e":12345678901234567890e+9},{"n":5,"f":"6c1f0d2be7a94d53"}]`), "application/json", ""},
		{gz("a=1&b=%7B%7D"), "", "gzip"},
		{[]byte("bplist00\xd1\x01\x02TmailTmail"), "", ""},
		{[]byte("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--"), "multipart/form-data; boundary=b", ""},
		{[]byte("\x82\xa4mail\xa1x\xa1n\xcd\x10\x00"), "", ""},
		{[]byte("<a b='c'>&#64;<![CDATA[x]]></a>"), "", "br"},
		{[]byte("qz\x05\x10\x00\x00" + strings.Repeat("k", 32) + strings.Repeat("c", 64)), "", ""},
	}
	for _, g := range guesses(t) {
		list = append(list, hostile{data: []byte(g.text)})
	}
	return list
}

// hostileWalker has all that a walk can be given.
func hostileWalker(t testing.TB, fast bool) *Walker {
	keys := keyring.New()
	if err := keys.Rules(strings.NewReader("[[key]]\ntext = \"0123456789abcdef\"\n[[alphabet]]\nletters = \"QPONMLKJIHGFEDCBAZYXWVUTSRqponmlkjihgfedcbazyxwvutsr5678901234-_\"\n"), "k"); err != nil {
		t.Fatal(err)
	}
	return NewWalker(Options{Limits: Limits{Fast: fast}, Keys: keys, Crib: plainCrib(planted), Known: func(b []byte) bool { return bytes.Contains(b, []byte(planted)) }})
}

// walks walks a message and says what is wrong with that: parts that are not
// what they say, or more output or work than the budgets allow.
func (w *Walker) walks(h hostile) (err error) {
	parts := 0
	r := w.Walk(Root{Name: "request.body", Kept: true, Data: h.data, MediaType: h.media, ContentEncoding: h.encoding}, func(p *Part) bool {
		parts++
		off, n := p.Outermost(0, len(p.Data))
		switch {
		case off < 0 || n < 0 || off+n > len(h.data):
			err = fmt.Errorf("%q maps to %d+%d of %d bytes", p.Derivation(), off, n, len(h.data))
		case p.Verbatim && !bytes.Equal(p.Data, p.Parent.Data[p.Off:p.Off+p.Len]):
			err = fmt.Errorf("%q is not its parent's bytes", p.Derivation())
		}
		return true
	})
	switch {
	case parts > 1<<18+1 || r.Expanded > int64(256<<10+24*len(h.data))+64<<20:
		err = fmt.Errorf("%d parts, %d bytes made of %d", parts, r.Expanded, len(h.data))
	case w.work < -int64(1<<20+64*len(h.data))-32<<20:
		err = fmt.Errorf("%d bytes of work over the budget for %d", -w.work, len(h.data))
	}
	return err
}

func FuzzWalk(f *testing.F) {
	for _, h := range hostiles(f) {
		f.Add(h.data, h.media, h.encoding)
	}
	deep, fast := hostileWalker(f, false), hostileWalker(f, true)
	f.Fuzz(func(t *testing.T, data []byte, media, encoding string) {
		for _, w := range []*Walker{deep, fast} {
			if err := w.walks(hostile{data, media, encoding}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestMutations walks what a few changes make of messages in every format,
// 20,000 of them with each run (2,000 with -short), CONSTAT_MUTATIONS of them if
// it is set: many more in the same time than FuzzWalk, which looks where each
// one goes, in both tiers. CONSTAT_SEED repeats a run.
func TestMutations(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("CONSTAT_MUTATIONS"))
	if err != nil {
		n = 20_000
		if testing.Short() {
			n /= 10
		}
	}
	seed, err := strconv.ParseUint(os.Getenv("CONSTAT_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("CONSTAT_SEED=%d", seed)
	from := hostiles(t)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for id := range workers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(id)))
			deep, fast := hostileWalker(t, false), hostileWalker(t, true)
			for i := 0; i < n/workers && !t.Failed(); i++ {
				h := mutated(r, from)
				func() {
					defer func() {
						if x := recover(); x != nil {
							t.Errorf("%q, %q, %q: panic: %v", h.data, h.media, h.encoding, x)
						}
					}()
					for _, w := range []*Walker{deep, fast} {
						if err := w.walks(h); err != nil {
							t.Errorf("%q, %q, %q: %v", h.data, h.media, h.encoding, err)
						}
					}
				}()
			}
		})
	}
	wg.Wait()
}

// mutated is one of the messages with one to eight changes, sometimes inside of
// something.
func mutated(r *rand.Rand, from []hostile) hostile {
	h := from[r.IntN(len(from))]
	b := bytes.Clone(h.data)
	for range 1 << r.IntN(4) {
		at := r.IntN(len(b) + 1)
		end := at + min(r.IntN(1+r.IntN(64)), len(b)-at)
		switch r.IntN(8) {
		case 0, 1:
			if at < len(b) {
				b[at] ^= 1 << r.IntN(8)
			}
		case 2:
			if at < len(b) {
				b[at] = byte(r.Uint32())
			}
		case 3: // lengths and counts at their limits
			if at < len(b) {
				b[at] = []byte{0, 1, 0x7f, 0x80, 0xfe, 0xff, '{', '%', '='}[r.IntN(9)]
			}
		case 4:
			b = append(b[:at], b[end:]...)
		case 5:
			b = append(b[:end:end], b[at:]...)
		case 6:
			other := from[r.IntN(len(from))].data
			cut := r.IntN(len(other) + 1)
			b = append(b[:at:at], other[cut:min(len(other), cut+512)]...)
		case 7:
			more := make([]byte, r.IntN(32))
			for i := range more {
				more[i] = byte(r.Uint32())
			}
			b = append(b[:at:at], append(more, b[end:]...)...)
		}
	}
	// What a few bytes do wrong shows in a few bytes; now and then there are more.
	if most := 512 << (4 * (r.IntN(16) / 15)); len(b) > most {
		b = b[:most]
	}
	switch r.IntN(12) {
	case 0:
		b = gz(string(b))
	case 1:
		b = []byte(base64.StdEncoding.EncodeToString(b))
	case 2:
		b = fmt.Appendf(nil, `{"v":%q}`, b)
	case 3:
		h.media = []string{"application/json", "application/x-protobuf", "multipart/form-data; boundary=b", "application/grpc", "application/cbor"}[r.IntN(5)]
	case 4:
		h.encoding = []string{"gzip", "br", "deflate", "zstd"}[r.IntN(4)]
	}
	h.data = b
	return h
}
