package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"
)

type har struct {
	Log struct {
		Entries []struct {
			Request struct {
				URL     string
				Headers []struct{ Name, Value string }
				Cookies []struct{ Name, Value string }
				Post    struct{ Text string } `json:"postData"`
			}
		}
	}
}

func generate(t *testing.T, size int64, posts int, seed uint64) ([]byte, []Plant) {
	t.Helper()
	var b bytes.Buffer
	var truth []Plant
	if err := writeHAR(&b, size, posts, seed, func(p Plant) error { truth = append(truth, p); return nil }); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), truth
}

func TestSameFlagsSameBytes(t *testing.T) {
	a, _ := generate(t, 200_000, 60, 7)
	b, _ := generate(t, 200_000, 60, 7)
	c, _ := generate(t, 200_000, 60, 8)
	if !bytes.Equal(a, b) {
		t.Error("the same seed gave different bytes")
	}
	if bytes.Equal(a, c) {
		t.Error("another seed gave the same bytes")
	}
	if len(a) != 200_000 {
		t.Errorf("%d bytes, want 200,000", len(a))
	}
}

// Every row of the truth is in the entry it names, at the place and inside
// the layers it names.
func TestTruth(t *testing.T) {
	raw, truth := generate(t, 3_200_000, 1000, 1)
	var h har
	if err := json.Unmarshal(raw, &h); err != nil {
		t.Fatal(err)
	}
	if len(h.Log.Entries) != 1000 {
		t.Fatalf("%d entries, want 1000", len(h.Log.Entries))
	}
	seen := map[string]int{}
	for _, p := range truth {
		seen[p.Form]++
		seen[p.Place]++
		seen[p.Inside]++
		request := h.Log.Entries[p.Entry].Request
		haystack := ""
		switch p.Place {
		case "query":
			u, err := url.Parse(request.URL)
			if err != nil {
				t.Fatal(err)
			}
			for _, vs := range u.Query() {
				haystack += strings.Join(vs, "\n") + "\n"
			}
		case "header":
			for _, f := range request.Headers {
				haystack += f.Value + "\n"
			}
		case "cookie":
			for _, f := range request.Cookies {
				haystack += f.Value + "\n"
			}
		case "body":
			haystack = unwrap(t, p.Inside, request.Post.Text)
		}
		if !strings.Contains(haystack, p.Surface) {
			t.Errorf("%+v: not in entry %d's %s", p, p.Entry, p.Place)
		}
	}
	for _, class := range []string{"clear", "encoded", "hashed", "body", "query", "header", "cookie", "json", "form", "json in json", "gzip+base64 in json"} {
		if seen[class] == 0 {
			t.Errorf("nothing planted as %q in 1000 entries", class)
		}
	}
}

func unwrap(t *testing.T, kind, body string) string {
	t.Helper()
	if kind == "form" {
		form, err := url.ParseQuery(body)
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, vs := range form {
			all += strings.Join(vs, "\n") + "\n"
		}
		return all
	}
	if !json.Valid([]byte(body)) {
		t.Fatalf("not JSON: %.80s", body)
	}
	var outer struct{ Data, Payload string }
	if kind != "json" {
		if err := json.Unmarshal([]byte(body), &outer); err != nil {
			t.Fatal(err)
		}
	}
	switch kind {
	case "json in json":
		return outer.Data
	case "gzip+base64 in json":
		z, err := base64.StdEncoding.DecodeString(outer.Payload)
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(z))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(plain)
	}
	return body
}

// The numbers: a 40-value persona and 43 indicator values. No value
// contains another, so a hit on one is never also a hit on a second.
func TestPersona(t *testing.T) {
	if len(persona) != 40 {
		t.Errorf("%d values, want 40", len(persona))
	}
	n := 0
	for _, vs := range indicatorValues() {
		n += len(vs)
	}
	if n != 43 {
		t.Errorf("%d indicator values, want 43", n)
	}
	for i, a := range persona {
		for j, b := range persona {
			if i != j && strings.Contains(strings.ToLower(a.Text), strings.ToLower(b.Text)) {
				t.Errorf("%q contains %q", a.Text, b.Text)
			}
		}
	}
}

func TestParseSize(t *testing.T) {
	for _, test := range []struct {
		in   string
		want int64
	}{{"64MB", 64e6}, {"5GB", 5e9}, {"800kB", 8e5}, {"123", 123}, {"", 0}, {"-1", 0}, {"5TB", 0}, {"99999999999GB", 0}} {
		got, err := parseSize(test.in)
		if got != test.want || (err == nil) != (test.want > 0) {
			t.Errorf("parseSize(%q) = %d, %v", test.in, got, err)
		}
	}
}

func TestTooSmall(t *testing.T) {
	if err := writeHAR(io.Discard, 10_000, 100, 1, func(Plant) error { return nil }); err == nil {
		t.Error("100 entries in 10,000 bytes: no error")
	}
}
