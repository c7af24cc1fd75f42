package main

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// Plant is one row of the truth: a value of the persona that entry sends.
type Plant struct {
	Entry   int    `json:"entry"` // index in log.entries
	Value   int    `json:"value"` // index in the persona
	Type    string `json:"type"`
	Text    string `json:"text"`    // the persona's value
	Surface string `json:"surface"` // what was written, before the layers of Inside
	Form    string `json:"form"`    // clear, encoded or hashed
	Detail  string `json:"detail"`  // "as listed", "other spelling", "base64", "sha256", …
	Place   string `json:"place"`   // body, query, header or cookie
	Inside  string `json:"inside"`  // how a body carries it: "json", "form", "json in json", "gzip+base64 in json"
}

// forms and their shares of 100. Most traffic is clear; the rest is what
// field notes and studies of hashed identifiers report.
var forms = []struct {
	share  int
	form   string
	detail string
	write  func(r *rand.Rand, v value) string
}{
	{50, "clear", "as listed", func(_ *rand.Rand, v value) string { return v.Text }},
	{12, "clear", "other spelling", func(r *rand.Rand, v value) string {
		if len(v.Alike) == 0 {
			return v.Text
		}
		return v.Alike[r.IntN(len(v.Alike))]
	}},
	{8, "encoded", "base64", func(_ *rand.Rand, v value) string { return base64.StdEncoding.EncodeToString([]byte(v.Text)) }},
	{3, "encoded", "base64url", func(_ *rand.Rand, v value) string { return base64.RawURLEncoding.EncodeToString([]byte(v.Text)) }},
	{4, "encoded", "hex", func(_ *rand.Rand, v value) string { return hex.EncodeToString([]byte(v.Text)) }},
	{7, "hashed", "md5", func(_ *rand.Rand, v value) string {
		sum := md5.Sum([]byte(strings.ToLower(v.Text)))
		return hex.EncodeToString(sum[:])
	}},
	{5, "hashed", "sha1", func(_ *rand.Rand, v value) string {
		sum := sha1.Sum([]byte(strings.ToLower(v.Text)))
		return hex.EncodeToString(sum[:])
	}},
	{11, "hashed", "sha256", func(_ *rand.Rand, v value) string {
		sum := sha256.Sum256([]byte(strings.ToLower(v.Text)))
		return hex.EncodeToString(sum[:])
	}},
}

// plants chooses what entry sends: nothing in seven of ten, otherwise one to
// three different values.
func plants(r *rand.Rand, entry int) []Plant {
	if r.IntN(10) < 7 {
		return nil
	}
	chosen := make([]Plant, 0, 3)
	for range 1 + r.IntN(3) {
		i := r.IntN(len(persona))
		if contains(chosen, i) {
			continue
		}
		v := persona[i]
		p := Plant{Entry: entry, Value: i, Type: v.Type, Text: v.Text, Place: "body"}
		share := r.IntN(100)
		for _, f := range forms {
			if share -= f.share; share < 0 {
				p.Surface, p.Form, p.Detail = f.write(r, v), f.form, f.detail
				break
			}
		}
		if p.Surface == p.Text {
			p.Detail = "as listed"
		}
		switch place := r.IntN(100); {
		case place < 8:
			p.Place = "query"
		case place < 12:
			p.Place = "header"
		case place < 15 && !strings.ContainsAny(p.Surface, " ,;\"\\"):
			p.Place = "cookie" // RFC 6265 section 4.1.1 has no such bytes in a value
		}
		chosen = append(chosen, p)
	}
	return chosen
}

func contains(ps []Plant, value int) bool {
	for _, p := range ps {
		if p.Value == value {
			return true
		}
	}
	return false
}
