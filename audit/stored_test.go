package audit

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

const storedHead = `{"schema":"https://constat.dev/schema/audit-1.json","tool":{"name":"constat"},`

func TestReadStored(t *testing.T) {
	text := storedHead + `"subject":{"values":[{"data_type":"contact.email","value_redacted":"l•••"}]},
		"transfers": [ {"id":"t1","data_type":"contact.email", "value_redacted":"l•••","persona_value":0} , {"id":"t2"} ], "limits":["x"]}`
	if !Stored([]byte(text[:90])) {
		t.Error("not known as a stored document")
	}
	d, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Transfers.Close()
	var ids []string
	for row, err := range d.Transferred() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, row.ID+row.Redacted.String())
	}
	if strings.Join(ids, " ") != "t1l••• t2" || d.Transfers.Len() != 2 || d.Limits[0] != "x" || d.Subject.Values[0].Redacted.String() != "l•••" {
		t.Errorf("%q %+v", ids, d)
	}
}

func TestReadStoredDamaged(t *testing.T) {
	for text, want := range map[string]string{
		``:                             "EOF",
		`[]`:                           `instead of "{"`,
		`{"log":{}}`:                   "names no schema",
		storedHead + `"limits":1`:      "limits",
		storedHead + `"transfers":{}}`: `instead of "["`,
		storedHead + `"limits":[]} {}`: "follows",
		storedHead + `"limits":["`:     "unexpected EOF",
		`{"schema":"https://constat.dev/schema/audit-9.json"}`:        "audit the capture again",
		`{"schema":"https://constat.dev/schema/differential-1.json"}`: "audit the capture again",
	} {
		_, err := Read(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "offset") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if Stored([]byte(`{"log":{"version":"1.2"`)) || Stored(nil) || Stored([]byte("\xd4\xc3\xb2\xa1")) {
		t.Error("a capture is taken for a stored document")
	}
}

// TestReadStoredBounded: what a document holds beside its ledger is bounded,
// the number of rows is not.
func TestReadStoredBounded(t *testing.T) {
	endless := func(head, piece string) io.Reader {
		return io.MultiReader(strings.NewReader(head), &repeat{piece: []byte(piece)})
	}
	for _, r := range []io.Reader{
		endless(storedHead+`"limits":["`, "aaaaaaaaaaaaaaaaaaaaaaaa"),
		endless(storedHead+`"transfers":[{"id":"`, "aaaaaaaaaaaaaaaaaaaaaaaa"),
		endless(storedHead+`"limits":[`, `"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",`),
	} {
		if _, err := Read(r); err == nil || !strings.Contains(err.Error(), "more than 64 MB") {
			t.Errorf("%v", err)
		}
	}
	if testing.Short() {
		return
	}
	row := `{"id":"t1","value_redacted":"` + strings.Repeat("•", 20_000) + `"},`
	d, err := Read(io.MultiReader(strings.NewReader(storedHead+`"transfers":[`), io.LimitReader(&repeat{piece: []byte(row)}, int64(2000*len(row))), strings.NewReader(`{"id":"last"}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Transfers.Close()
	if d.Transfers.Len() != 2001 || d.Transfers.file == nil {
		t.Errorf("%d rows, in a file: %v", d.Transfers.Len(), d.Transfers.file != nil)
	}
}

// repeat is a piece again and again.
type repeat struct {
	piece []byte
	at    int
}

func (r *repeat) Read(p []byte) (n int, _ error) {
	for n < len(p) {
		k := copy(p[n:], r.piece[r.at:])
		n, r.at = n+k, (r.at+k)%len(r.piece)
	}
	return n, nil
}

func FuzzReadStored(f *testing.F) {
	f.Add([]byte(storedHead + `"transfers":[{"id":"t1","alias":"x"}],"recipients":[{"id":"r1"}],"limits":[]}`))
	f.Add([]byte(`{"schema":1,"transfers":[[[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		Stored(b)
		d, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		defer d.Transfers.Close()
		n := 0
		for _, err := range d.Transferred() {
			if n++; err != nil {
				break
			}
		}
		if n > d.Transfers.Len() {
			t.Fatalf("%d rows of %d", n, d.Transfers.Len())
		}
	})
}
