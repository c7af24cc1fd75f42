package truth

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// file writes text to a truth file.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "truth.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// full has something in every field, so that a field that is not written or not
// read back is seen.
func full(t *testing.T) Item {
	t.Helper()
	i := Item{
		Seq: 1, DataType: "contact.email", Value: "Zélie & \"Noé\" <z@courriel.example>\n\u2028中", Subject: 3, Form: "encoded", Chain: []string{"gzip", "base64"},
		Carrier: "json", Field: "e_mail", Size: 12, Time: time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC), Made: time.Date(2026, 3, 1, 11, 59, 0, 0, time.UTC), Host: "log.quinze.example", Path: "/v1/events",
		Flow: "f12", State: "screen-off", Act: "consent-refuse", Why: "contact_details", Stratum: "uniform", Family: "encodings", Transformations: 2, Decoy: true, Beyond: "unknown salt",
	}
	for v, n := reflect.ValueOf(i), 0; n < v.NumField(); n++ {
		if v.Field(n).IsZero() {
			t.Fatalf("the test fills no %s", v.Type().Field(n).Name)
		}
	}
	return i
}

func TestRoundTrip(t *testing.T) {
	first := full(t)
	second := Item{Subject: -1, Form: "media", Carrier: "raw", Size: 9, Time: first.Time}
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Add(first)
	w.Add(second)
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("%d lines for 2 items: %q", n, out.String())
	}
	second.Seq, second.Chain = 2, []string{}
	got, err := Load(file(t, out.String()))
	if want := []Item{first, second}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	if first.Depth() != 2 || second.Depth() != 0 {
		t.Errorf("depths %d and %d", first.Depth(), second.Depth())
	}
}

// TestNumbersAreTheWriters: what a sender says of the order does not count.
func TestNumbersAreTheWriters(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	before := time.Now()
	w.Add(Item{Seq: 40})
	w.Add(Item{Seq: 40})
	items, err := Load(file(t, out.String()))
	if err != nil || len(items) != 2 || items[0].Seq != 1 || items[1].Seq != 2 {
		t.Fatalf("%v: %+v", err, items)
	}
	if at := items[0].Time; at.Before(before) || at.After(time.Now()) {
		t.Errorf("an item without a time is of %v", at)
	}
}

// TestManyWriters: items of many goroutines are whole lines, each with its own
// number, in the order of the file. The race detector watches.
func TestManyWriters(t *testing.T) {
	const writers, each = 8, 200
	var out bytes.Buffer
	w := NewWriter(&out)
	var wg sync.WaitGroup
	for g := range writers {
		wg.Go(func() {
			for n := range each {
				w.Add(Item{Value: fmt.Sprintf("%d/%d", g, n)})
				if err := w.Err(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	items, err := Load(file(t, out.String()))
	if err != nil || len(items) != writers*each {
		t.Fatalf("%d items, %v", len(items), err)
	}
	next := [writers]int{}
	for i, x := range items {
		var g, n int
		if _, err := fmt.Sscanf(x.Value, "%d/%d", &g, &n); err != nil || n != next[g] {
			t.Fatalf("%q where number %d of its writer was due: %v", x.Value, next[g], err)
		}
		next[g]++
		if x.Seq != i+1 {
			t.Fatalf("line %d has number %d", i+1, x.Seq)
		}
	}
}

// fullDisk is a disk that is full after some writes.
type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, fmt.Errorf("%w, %d", errFull, -f.left)
	}
	return len(p), nil
}

// TestFirstErrorStays: a run whose truth has holes must not pass as measured.
func TestFirstErrorStays(t *testing.T) {
	w := NewWriter(&fullDisk{left: 1})
	w.Add(Item{})
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	w.Add(Item{})
	w.Add(Item{})
	if err := w.Err(); !errors.Is(err, errFull) || !strings.HasSuffix(err.Error(), ", 1") {
		t.Errorf("the first error was lost: %v", err)
	}
}

func TestDamagedLines(t *testing.T) {
	const good = `{"seq":1,"subject":-1,"chain":[]}` + "\n"
	for name, c := range map[string]struct{ text, line string }{
		"no JSON":           {good + good + "oops\n" + good, "line 3"},
		"cut at the end":    {good + good[:20], "line 2"},
		"an empty line":     {good + "\n" + good, "line 2"},
		"two on one line":   {strings.TrimSpace(good) + good, "line 1"},
		"another type":      {good + `{"seq":"one"}` + "\n", "line 2"},
		"an array":          {"[]\n" + good, "line 1"},
		"longer than lines": {good + strings.Repeat("x", longest+1) + "\n" + good, "line 2"},
	} {
		path := file(t, c.text)
		items, err := Load(path)
		if err == nil || !strings.Contains(err.Error(), path+", "+c.line+":") {
			t.Errorf("%s: %d items, error %v; want one that names the file and %s", name, len(items), err, c.line)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if items, err := Load(file(t, "")); err != nil || len(items) != 0 {
		t.Errorf("an empty file: %d items, %v", len(items), err)
	}
	if items, err := Load(file(t, strings.TrimSpace(good))); err != nil || len(items) != 1 {
		t.Errorf("no final newline: %d items, %v", len(items), err)
	}
}

// TestLongValues: a line may be as long as an address book.
func TestLongValues(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Add(Item{Value: strings.Repeat("é", 1<<20), Chain: slices.Repeat([]string{"hex"}, 40)})
	items, err := Load(file(t, out.String()))
	if err != nil || len(items) != 1 || len(items[0].Value) != 2<<20 || items[0].Depth() != 40 {
		t.Errorf("%d items, %v", len(items), err)
	}
}
