package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/timeline"
)

// anonymity has every field set.
var anonymity = Anonymity{
	Verdict: "brute_forceable", SinglingOut: "yes", Linkability: "yes", Inference: "yes", Means: "anyone",
	Digest: "sha256", DomainName: "mobile_numbers", Domain: 1.18e11, Basis: "all", Card: 5.37, Core: 9370, Rivals: 27,
	Radius: 4.9, People: [2]float64{3.8, 250},
}

// row is a transfer with every field set.
func row(i int) Transfer {
	n := i
	return Transfer{
		ID: fmt.Sprintf("t%d", i), Time: time.Unix(1700000000, int64(i)).UTC(), Offset: float64(i) / 1e9,
		DataType: "contact.email", Redacted: Text{"l•••@•••"}, Alias: "contact.email-1", PersonaValue: &n,
		Form: "hashed", Detail: `sha256 <of> "it"`, Anonymity: anonymity, Grade: "A", Method: "digest", Confidence: 0.99, Reason: "é \u2028 \\",
		Derivation: []Text{{"request.body"}, {"json $.em"}},
		Flow:       FlowRef{ID: "f1", Method: "POST", URL: Text{"https://h.test/?a=•"}, Protocol: "HTTP/2", Input: 1, Offset: 12, Length: 34},
		Part:       "request.body", Range: Range{5, 64},
		Recipient: RecipientRef{ID: "r1", Host: "h.test", Domain: "h.test", Owner: "H", Role: "unknown", IP: "127.0.0.1", Place: "undetermined"},
		Sender:    appended, Circumstance: Circumstance{State: "unknown", SinceAct: -1, Consent: "unknown"}, Bytes: 99,
	}
}

func ledgerOf(t *testing.T, n int) *Ledger {
	t.Helper()
	start := time.Unix(1700000000, 0)
	l := &Ledger{dir: t.TempDir()}
	t.Cleanup(func() { l.Close() })
	ref, err := json.Marshal(row(0).Recipient)
	if err != nil {
		t.Fatal(err)
	}
	l.tail = func(ns int64, _, _ uint32, dst []byte) []byte {
		return appendTail(dst, ns, start, timeline.New(nil), appendApp(nil, appended), ref)
	}
	for i := range n {
		r := row(i)
		if err := l.append(appendRow(nil, &r), r.Time.UnixNano(), 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestLedgerGivesBackItsRows(t *testing.T) {
	l := ledgerOf(t, 3)
	i := 0
	for got, err := range l.All() {
		if err != nil {
			t.Fatal(err)
		}
		if want := row(i); !reflect.DeepEqual(got, want) {
			t.Errorf("row %d\n got %+v\nwant %+v", i, got, want)
		}
		i++
	}
	if i != 3 || l.Len() != 3 {
		t.Errorf("%d rows, Len %d, want 3", i, l.Len())
	}
}

func TestLedgerSpillsToAPrivateFileThatLeavesNothing(t *testing.T) {
	n := spoolAfter/500 + 10_000
	l := ledgerOf(t, n)
	if l.file == nil {
		t.Fatalf("%d rows did not spill", n)
	}
	if info, err := l.file.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("spool file mode %v, %v, want 0600", info.Mode(), err)
	}
	if left, _ := os.ReadDir(l.dir); len(left) != 0 {
		t.Errorf("the spool file can be found by name: %v", left)
	}
	count := 0
	for row, err := range l.Encoded() {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(row, fmt.Appendf(nil, `{"id":"t%d",`, count)) || !json.Valid(row) {
			t.Fatalf("row %d is %s", count, row)
		}
		count++
	}
	if count != n {
		t.Errorf("%d rows came back of %d", count, n)
	}
}

func TestLedgerRoundTripsThroughJSON(t *testing.T) {
	b, err := json.Marshal(ledgerOf(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	var back Ledger
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(&back)
	if back.Len() != 2 || !bytes.Equal(b, again) {
		t.Errorf("second writing differs:\n%s\n%s", b, again)
	}
	if !strings.HasPrefix(string(b), "[") {
		t.Errorf("not an array: %s", b)
	}
}

func TestRowWithoutTime(t *testing.T) {
	r := row(1)
	b := appendTail(appendRow(nil, &r), noTime, time.Unix(1700000000, 0), timeline.New(nil), appendApp(nil, Sender{}), []byte("{}"))
	var got Transfer
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if !got.Time.IsZero() || got.Offset != -1 {
		t.Errorf("row without a time is dated %v, %v s", got.Time, got.Offset)
	}
}

func BenchmarkRow(b *testing.B) {
	r := row(1)
	b.Run("appendRow", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			buf = appendTail(appendRow(buf[:0], &r), 5, time.Time{}, timeline.New(nil), appendApp(nil, Sender{}), []byte("{}"))
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// The encoder written out by hand and encoding/json agree, field by field.
func TestAppendAnonymity(t *testing.T) {
	v := reflect.ValueOf(anonymity)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not set", v.Type().Field(i).Name)
		}
	}
	for _, a := range []Anonymity{anonymity, {Verdict: "clear"}, {Domain: 5.316911983139664e36}} {
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var x, y any
		got := appendAnonymity(nil, &a)
		if json.Unmarshal(got, &x) != nil || json.Unmarshal(want, &y) != nil || !reflect.DeepEqual(x, y) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// appended is whose the rows of these tests are.
var appended = Sender{App: "app", AppSource: "pcapdroid uid map, uid 10215", AppConfidence: "told by the system", AppOpen: true}
