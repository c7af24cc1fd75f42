package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// stored is a written document with rows.
func stored(n int, sep string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"schema":"` + SchemaID + `","headline":{"flows":7},"transfers":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `%s{"id":"t%d","reason":"a \"b\" \\","derivation":["{","]"],"anonymity":{"verdict":"clear"},"recipient":{"host":"h%d"}}`, sep, i+1, i%3)
	}
	b.WriteString(sep + `],"coverage":[{"host":"h1","bytes_out":5}],"new_member":{"a":[1,-2.5e3,null,true]}}`)
	return b.Bytes()
}

// A stored document reads the same however it is laid out, row after row and
// time after time.
func TestReadStored(t *testing.T) {
	for _, sep := range []string{"", "\n    ", " \r\n\t"} {
		b := stored(5000, sep)
		if !Stored(b[:200]) {
			t.Errorf("not known as a document: %q", b[:60])
		}
		d, err := Read(bytes.NewReader(b), int64(len(b)), "a.json")
		if err != nil {
			t.Fatal(err)
		}
		if d.Headline.Flows != 7 || len(d.Coverage) != 1 || d.Coverage[0].Out != 5 || d.Transfers.Len() != 5000 {
			t.Errorf("%+v, %d rows", d.Headline, d.Transfers.Len())
		}
		for pass := range 2 {
			n := 0
			for x, err := range d.Transferred() {
				if err != nil {
					t.Fatal(err)
				}
				if n++; x.ID != fmt.Sprintf("t%d", n) || x.Anonymity.Verdict != "clear" {
					t.Fatalf("pass %d: row %d is %+v", pass, n, x)
				}
			}
			if n != 5000 {
				t.Errorf("pass %d: %d rows", pass, n)
			}
		}
		out, err := json.Marshal(d.Transfers)
		if err != nil || !json.Valid(out) {
			t.Errorf("written again: %v", err)
		}
	}
}

func TestReadStoredErrors(t *testing.T) {
	whole := string(stored(3, ""))
	for text, want := range map[string]string{
		whole[:len(whole)-40]: "ends too early",
		strings.Replace(whole, "audit-1.json", "audit-9.json", 1): "this program reads",
		`{"schema":"x","transfers":{}}`:                           `'{' where '[' was expected`,
		`{"schema" "x"}`:                                          `where ':' was expected`,
		`{,}`:                                                     "at byte 1",
		`[]`:                                                      `'[' where '{' was expected`,
		``:                                                        "ends too early",
	} {
		_, err := Read(strings.NewReader(text), int64(len(text)), "a.json")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
	broken := strings.Replace(whole, `"t2"`, `"t2`, 1) // cut into rows, and found out when they are decoded
	if d, err := Read(strings.NewReader(broken), int64(len(broken)), "a.json"); err == nil {
		for _, err = range d.Transferred() {
		}
		if err == nil {
			t.Error("a broken row is read")
		}
	}
	if Stored([]byte(`{"log":{"version":"1.2"`)) || Stored(nil) {
		t.Error("a HAR is no document")
	}
}

// What the splitter reads is what encoding/json reads.
func FuzzRead(f *testing.F) {
	f.Add(stored(3, ""))
	f.Add(stored(2, "\n  "))
	f.Add([]byte(`{"schema":"https://constat.dev/schema/audit-1.json","transfers":[{"id":"\\\""},{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Read(bytes.NewReader(b), int64(len(b)), "f.json")
		if !json.Valid(b) {
			if err == nil { // rows are decoded when they are read
				for _, err := range d.Transferred() {
					_ = err
				}
			}
			return
		}
		if err != nil {
			return
		}
		var whole struct{ Transfers []json.RawMessage }
		if json.Unmarshal(b, &whole) == nil && bytes.Count(b, []byte(`ransfers"`)) == 1 && bytes.Contains(b, []byte(`"transfers"`)) && len(whole.Transfers) != d.Transfers.Len() {
			t.Errorf("%d rows, encoding/json has %d", d.Transfers.Len(), len(whole.Transfers))
		}
	})
}

// TestReadStoredWithoutRows: an audit that found nothing is one, too.
func TestReadStoredWithoutRows(t *testing.T) {
	for _, rows := range []string{`[]`, `[ ]`, `null`} {
		text := `{"schema":"` + SchemaID + `","transfers":` + rows + `,"headline":{"flows":7}}`
		d, err := Read(strings.NewReader(text), int64(len(text)), "a.json")
		if err != nil {
			t.Errorf("%s: %v", rows, err)
			continue
		}
		if d.Headline.Flows != 7 || d.Transfers.Len() != 0 {
			t.Errorf("%s: %d flows, %d rows", rows, d.Headline.Flows, d.Transfers.Len())
		}
	}
}
