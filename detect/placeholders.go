package detect

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/placeholders.toml
var placeholdersTOML string

// placeholderList knows the values that are no values.
type placeholderList struct {
	exact  map[string]struct{} // lower-cased
	around [][2]string
}

var loadPlaceholders = sync.OnceValue(func() *placeholderList {
	var f struct {
		Placeholder []struct {
			Why, Source, Date string
			Exact             []string
			Around            [][2]string
		} `toml:"placeholder"`
	}
	if _, err := toml.Decode(placeholdersTOML, &f); err != nil {
		panic("detect: data/placeholders.toml: " + err.Error())
	}
	p := &placeholderList{exact: make(map[string]struct{})}
	for _, row := range f.Placeholder {
		if row.Why == "" || row.Source == "" || row.Date == "" {
			panic("detect: data/placeholders.toml: a row without why, source or date")
		}
		p.around = append(p.around, row.Around...)
		for _, text := range row.Exact {
			p.exact[strings.ToLower(text)] = struct{}{}
			for _, spelled := range []string{text, strings.ToLower(text)} {
				b := []byte(spelled)
				m, s1, s2 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b)
				p.exact[hex.EncodeToString(m[:])] = struct{}{}
				p.exact[hex.EncodeToString(s1[:])] = struct{}{}
				p.exact[hex.EncodeToString(s2[:])] = struct{}{}
			}
		}
	}
	return p
})

// maxPlaceholder is longer than any placeholder, in bytes.
const maxPlaceholder = 96

// has reports whether v is a placeholder. It does not allocate.
func (p *placeholderList) has(v []byte) bool {
	v = trim(v)
	if len(v) > maxPlaceholder {
		return false
	}
	var buf [maxPlaceholder]byte
	for i, c := range v {
		buf[i] = lower(c)
	}
	if _, ok := p.exact[string(buf[:len(v)])]; ok {
		return true
	}
	for _, a := range p.around {
		if len(v) >= len(a[0])+len(a[1]) && string(v[:len(a[0])]) == a[0] && string(v[len(v)-len(a[1]):]) == a[1] {
			return true
		}
	}
	return sameByte(v)
}

// sameByte reports whether v repeats one character: "000-000-000", "xxxxxx".
func sameByte(v []byte) bool {
	var first byte
	n := 0
	for _, c := range v {
		if classOf[c]&(isDigit|isAlpha) == 0 {
			if c < 0x80 {
				continue
			}
			return false
		}
		if n++; n == 1 {
			first = lower(c)
		} else if lower(c) != first {
			return false
		}
	}
	return n >= 3
}

// trim takes off spaces and one pair of quotes.
func trim(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t' || v[0] == '\r' || v[0] == '\n') {
		v = v[1:]
	}
	for len(v) > 0 && (v[len(v)-1] == ' ' || v[len(v)-1] == '\t' || v[len(v)-1] == '\r' || v[len(v)-1] == '\n') {
		v = v[:len(v)-1]
	}
	if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' {
		v = v[1 : n-1]
	}
	return v
}
