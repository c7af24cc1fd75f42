package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/url"

	"github.com/klauspost/compress/gzip"
)

// kinds are the shares of bodies, in percent, of the mix that
// shared/field-notes/detection.md 2.1 measured engines with.
var kinds = []struct {
	name  string
	share int
	media string
	make  func(m *mix, plain int) []byte
}{
	{"json", 40, "application/json", (*mix).json},
	{"form", 15, "application/x-www-form-urlencoded", (*mix).form},
	{"protobuf", 12, "application/x-protobuf", (*mix).protobuf},
	{"base64 of json", 13, "text/plain", func(m *mix, n int) []byte {
		return []byte(base64.StdEncoding.EncodeToString(m.json(n)))
	}},
	{"gzip of json", 15, "application/octet-stream", func(m *mix, n int) []byte { return m.gzip(m.json(n)) }},
	{"random", 5, "application/octet-stream", func(m *mix, n int) []byte { return m.random(n) }},
}

// mix makes bodies. The same seed makes the same ones.
type mix struct {
	r       *rand.Rand
	values  []string // of the persona
	at      int      // where in the body a value is due; -1: nowhere
	planted int
	zip     *gzip.Writer
}

func newMix(seed uint64, values []string) *mix {
	return &mix{r: rand.New(rand.NewPCG(seed, 0)), values: values, zip: gzip.NewWriter(nil)}
}

// next makes a body and says of which kind it is: 1 to 8 kB before packing. In
// 6.4 of a hundred stands a value of the persona (the note: 17,610 of 274,665).
func (m *mix) next() (kind int, body []byte) {
	n := m.r.IntN(100)
	for kind = range kinds {
		if n -= kinds[kind].share; n < 0 {
			break
		}
	}
	size := 1000 + m.r.IntN(7000)
	if m.at = -1; m.r.IntN(950) < 64 { // random bodies hold none
		m.at = m.r.IntN(size)
	}
	return kind, kinds[kind].make(m, size)
}

// value is a value of the persona if one is due after n bytes, else a token.
func (m *mix) value(n int) string {
	if m.at >= 0 && n >= m.at {
		m.at = -1
		m.planted++
		return m.values[m.r.IntN(len(m.values))]
	}
	switch m.r.IntN(8) {
	case 0:
		return fmt.Sprintf("%016x", m.r.Uint64())
	case 1:
		return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", m.r.Uint32(), m.r.IntN(65536), m.r.IntN(4096), m.r.IntN(4096), m.r.Uint64()>>16)
	case 2:
		return base64.RawURLEncoding.EncodeToString(m.random(9 + m.r.IntN(24)))
	case 3:
		return fmt.Sprintf("%.6f", m.r.Float64()*100)
	case 4:
		return fmt.Sprintf("/v%d/%s/%s.jpg", m.r.IntN(9), word(m.r), word(m.r))
	default:
		return word(m.r) + " " + word(m.r)
	}
}

var words = []string{"screen", "view", "feed", "clip", "scroll", "start", "battery", "portrait", "wifi", "session_start", "ad_impression", "home", "profile", "duration", "checkout", "fr_FR", "Android", "arm64-v8a", "h264", "sheet"}

func word(r *rand.Rand) string { return words[r.IntN(len(words))] }

func (m *mix) json(n int) []byte {
	b := []byte(`{"sdk":"4.12.0","app":"com.example.video","batch":[`)
	for i := 0; len(b) < n; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"event":%q,"ts":%d,"seq":%d,"props":{"screen":%q,"value":%q,"ratio":%.3f,"flag":true,"label":%q}}`,
			word(m.r), 1_700_000_000_000+m.r.IntN(1e9), i, word(m.r), m.value(len(b)), m.r.Float64(), m.value(-1))
	}
	return append(b, `]}`...)
}

func (m *mix) form(n int) []byte {
	var b []byte
	for len(b) < n {
		b = fmt.Appendf(b, "%s=%s&", word(m.r), url.QueryEscape(m.value(len(b))))
	}
	return b[:len(b)-1]
}

func (m *mix) protobuf(n int) []byte {
	var b []byte
	for len(b) < n {
		var sub []byte
		for f := range uint64(6) {
			v := m.value(len(b) + len(sub))
			sub = binary.AppendUvarint(sub, (f+1)<<3|2)
			sub = binary.AppendUvarint(sub, uint64(len(v)))
			sub = append(sub, v...)
			sub = binary.AppendUvarint(sub, (f+9)<<3)
			sub = binary.AppendUvarint(sub, m.r.Uint64N(1<<40))
		}
		b = binary.AppendUvarint(b, 1<<3|2)
		b = binary.AppendUvarint(b, uint64(len(sub)))
		b = append(b, sub...)
	}
	return b
}

func (m *mix) gzip(b []byte) []byte {
	var out bytes.Buffer
	m.zip.Reset(&out)
	m.zip.Write(b)
	m.zip.Close()
	return out.Bytes()
}

func (m *mix) random(n int) []byte {
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, m.r.Uint64())
	}
	return b[:n]
}
