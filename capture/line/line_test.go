package line_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/capture/line"
)

func Example() {
	r := line.NewReader(strings.NewReader("one\r\ntwo\nthr"), 1<<20)
	for {
		l, err := r.Read()
		if err != nil {
			break
		}
		fmt.Printf("%d %q %v\n", l.Offset, l.Text, l.Cut)
	}
	// Output:
	// 0 "one" false
	// 5 "two" false
	// 9 "thr" true
}

func read(r io.Reader, limit int) (texts []string, last error) {
	x := line.NewReader(r, limit)
	for {
		l, err := x.Read()
		if err != nil {
			return texts, err
		}
		texts = append(texts, fmt.Sprintf("%d+%d %.9q long=%v cut=%v", l.Offset, l.Length, l.Text, l.Long, l.Cut))
	}
}

func TestRead(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	for _, tt := range []struct {
		name, data string
		limit      int
		want       []string
	}{
		{"nothing", "", 10, nil},
		{"mark", "\ufeffa\n", 10, []string{`3+2 "a" long=false cut=false`}},
		{"empty lines", "\n\r\n\n", 10, []string{`0+1 "" long=false cut=false`, `1+2 "" long=false cut=false`, `3+1 "" long=false cut=false`}},
		{"longer than the buffer", long + "\nb\n", 1 << 20, []string{`0+204801 "xxxxxxxxx" long=false cut=false`, `204801+2 "b" long=false cut=false`}},
		{"longer than the limit", long + "\nb\n", 100 << 10, []string{`0+204801 "xxxxxxxxx" long=true cut=false`, `204801+2 "b" long=false cut=false`}},
		{"longer than a small limit", "abcdefgh\nb\n", 4, []string{`0+9 "abcd" long=true cut=false`, `9+2 "b" long=false cut=false`}},
		{"long and cut", long, 4, []string{`0+204800 "xxxx" long=true cut=true`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(strings.NewReader(tt.data), tt.limit)
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || err != io.EOF {
				t.Errorf("%v, %v; want %v", got, err, tt.want)
			}
		})
	}
	broken := errors.New("broken")
	got, err := read(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 10)
	if len(got) != 2 || !strings.HasSuffix(got[1], "cut=true") || !errors.Is(err, broken) {
		t.Errorf("%v, %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a\r\nb"), 4)
	f.Add([]byte("\ufeff\n"), 0)
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		limit = limit&0xffff + 1
		r := line.NewReader(bytes.NewReader(data), limit)
		at := int64(0)
		if bytes.HasPrefix(data, []byte("\ufeff")) {
			at = 3
		}
		for {
			l, err := r.Read()
			if err != nil {
				break
			}
			if l.Offset != at || l.Length == 0 || len(l.Text) > limit || !bytes.HasPrefix(data[at:], l.Text) {
				t.Fatalf("%+v at %d", l, at)
			}
			at += l.Length
		}
		if at != int64(len(data)) {
			t.Fatalf("ended at %d of %d", at, len(data))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	data := bytes.Repeat([]byte(strings.Repeat("x", 500)+"\n"), 20_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r := line.NewReader(bytes.NewReader(data), 1<<20)
		for {
			if _, err := r.Read(); err != nil {
				break
			}
		}
	}
}
