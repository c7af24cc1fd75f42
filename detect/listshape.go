package detect

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

// itemKind is what an item of a list looks like.
type itemKind uint8

const (
	noItem itemKind = iota
	itemPhone
	itemEmail
	itemName
	itemApp
	itemMAC
	itemFile
	itemKinds
)

// kindOf is what an item looks like that was found by its own key.
func kindOf(t datatype.ID) itemKind {
	switch t {
	case "contact.phone", "social.contact_phone":
		return itemPhone
	case "contact.email", "social.contact_email":
		return itemEmail
	case "contact.name", "social.contact_name":
		return itemName
	case "system.installed_apps":
		return itemApp
	case "network.bssid", "device.mac", "device.bluetooth_mac":
		return itemMAC
	}
	return noItem
}

//go:embed data/lists.toml
var listsTOML string

// listWords are the words of data/lists.toml, by what they are of.
var listWords = sync.OnceValue(func() map[string]map[string]bool {
	var f struct {
		Source []struct{ ID, Name, Date string }
		Words  []struct {
			Of            string
			Source, Words []string
		}
	}
	if _, err := toml.Decode(listsTOML, &f); err != nil {
		panic("detect: data/lists.toml: " + err.Error())
	}
	all := map[string]map[string]bool{}
	for _, row := range f.Words {
		if len(row.Source) == 0 {
			panic("detect: data/lists.toml: a row without a source")
		}
		all[row.Of] = map[string]bool{}
		for _, w := range row.Words {
			all[row.Of][w] = true
		}
	}
	return all
})

// domains are the words that package names begin with, by their bytes.
var domains = sync.OnceValue(func() map[string]bool { return listWords()["top-level"] })

// itemOf says what a field looks like, of what lists are made of. Nearly every
// field is none of it, and few bytes of it tell.
func itemOf(v []byte) itemKind {
	if len(v) < 6 || len(v) > 254 {
		return noItem
	}
	switch {
	case v[0] == '+':
		if len(v) <= 20 && phoneIn(v, "").confidence > 0 {
			return itemPhone
		}
		return noItem
	case len(v) == 17 && (v[2] == ':' || v[2] == '-') && v[5] == v[2]:
		if checkMAC(v).confidence > 0 {
			return itemMAC
		}
		return noItem
	case v[0] == '/' || classOf[v[0]]&isAlpha != 0 && v[len(v)-4] == '.':
		if cameraFile(v) {
			return itemFile
		}
	}
	if classOf[v[0]]&(isAlpha|isDigit) == 0 {
		return noItem
	}
	if packageName(v) {
		return itemApp
	}
	if bytes.IndexByte(v, '@') > 0 && checkEmail(v).confidence > 0 {
		return itemEmail
	}
	return noItem
}

// packageName reports whether v is a name in the style of Java packages and
// of bundles, below a domain that apps are published under.
func packageName(v []byte) bool {
	dot := 0
	for i := 2; i <= 7 && i < len(v); i++ {
		if v[i] == '.' {
			dot = i
			break
		}
	}
	if dot == 0 || len(v) > 100 {
		return false
	}
	labels, start := 1, true
	for _, c := range v {
		switch {
		case c == '.':
			if start {
				return false
			}
			labels, start = labels+1, true
			continue
		case classOf[c]&isAlpha != 0:
		case classOf[c]&isDigit != 0 || c == '_' || c == '-':
			if start {
				return false
			}
		default:
			return false
		}
		start = false
	}
	return !start && labels <= 6 && domains()[string(v[:dot])] && !fileSuffix[string(v[bytes.LastIndexByte(v, '.')+1:])]
}

// vendor is the domain that a package name begins with.
func vendor(v []byte) string {
	i := bytes.IndexByte(v, '.')
	if j := bytes.IndexByte(v[i+1:], '.'); j >= 0 {
		return string(v[:i+1+j])
	}
	return string(v)
}

// cameraFile reports whether v is the path or name of a photo or video as
// cameras store them.
func cameraFile(v []byte) bool {
	i := bytes.LastIndexByte(v, '.')
	if i < 0 || bytes.Contains(v, []byte("://")) {
		return false
	}
	switch strings.ToLower(string(v[i+1:])) {
	case "jpg", "jpeg", "heic", "png", "dng", "webp", "mp4", "mov", "3gp":
	default:
		return false
	}
	if bytes.Contains(v, []byte("/DCIM/")) || bytes.HasPrefix(v, []byte("/storage/emulated/")) || bytes.HasPrefix(v, []byte("/sdcard/")) {
		return true
	}
	name := v[bytes.LastIndexByte(v, '/')+1 : i]
	letters := 0
	for letters < len(name) && classOf[name[letters]]&isAlpha != 0 {
		letters++
	}
	digits, _ := count(name[letters:], isDigit)
	return digits >= 4 && listWords()["camera"][strings.ToLower(string(name[:letters]))]
}
