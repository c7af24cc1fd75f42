package detect

import (
	"bytes"
	"encoding/base64"
	"fmt"
	pictures "image"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// found scans a body and says what was found: type, form and grade.
func found(t *testing.T, mediaType string, body []byte) []string {
	t.Helper()
	e, err := New(nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &flow.Flow{Request: &flow.Request{
		Method: "POST", URL: "https://app.example/x", Host: "app.example", Headers: []flow.Field{{Name: "Content-Type", Value: mediaType}},
		Body: flow.Body{Data: body, Kept: true, Size: int64(len(body))},
	}}
	var out []string
	for _, x := range e.NewScanner().Scan(f).Findings {
		out = append(out, fmt.Sprint(x.Type, " ", x.Form, " ", x.Grade))
	}
	return out
}

func picture(side int) []byte {
	m := pictures.NewGray(pictures.Rect(0, 0, side, side))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = byte(r.Uint32())
	}
	var b bytes.Buffer
	jpeg.Encode(&b, m, nil)
	return b.Bytes()
}

func TestMedia(t *testing.T) {
	webm := append([]byte("\x1aE\xdf\xa3\x87B\x82\x84webm\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff"), make([]byte, 600)...)
	cut := append([]byte("\x1aE\xdf\xa3\x87B\x82\x84webm"), make([]byte, 600)...)
	for name, x := range map[string]struct {
		body []byte
		want int
	}{
		"jpeg": {picture(64), 1}, "webm": {webm, 1},
		"magic only": {append([]byte("\xff\xd8\xff\xe0"), make([]byte, 2000)...), 0}, "no segment": {cut, 0},
		"a dot": {picture(8), 0},
	} {
		if got := found(t, "application/octet-stream", x.body); len(got) != x.want || x.want == 1 && got[0] != "content.media media B" {
			t.Errorf("%s: %q", name, got)
		}
	}
	in := []byte(`{"img":"` + base64.StdEncoding.EncodeToString(picture(64)) + `"}`)
	if got := found(t, "application/json", in); len(got) != 1 || got[0] != "content.media media B" {
		t.Errorf("in base64: %q", got)
	}
}

func TestVector(t *testing.T) {
	numbers := func(n int, format string) string {
		r := rand.New(rand.NewPCG(3, 4))
		var s []string
		for range n {
			s = append(s, fmt.Sprintf(format, r.NormFloat64()*100))
		}
		return "[" + strings.Join(s, ",") + "]"
	}
	for name, x := range map[string]struct {
		body string
		want int
	}{
		"embedding": {`{"a":{"face_embedding":` + numbers(128, "%.6f") + `}}`, 1},
		"landmarks": {`{"landmarks":` + numbers(136, "%.2f") + `}`, 1},
		"short":     {`{"embedding":` + numbers(20, "%.6f") + `}`, 0},
		"integers":  {`{"embedding":` + numbers(128, "%.0f") + `}`, 0},
		"no name":   {`{"samples":` + numbers(128, "%.6f") + `}`, 0},
	} {
		if got := found(t, "application/json", []byte(x.body)); len(got) != x.want || x.want == 1 && got[0] != "biometric.face_vector clear B" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
