package detect

import (
	"bytes"
	_ "embed"
	"encoding/binary"
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
// field is none of it, and its first and last bytes tell. Of a known value the
// shape is not checked in full.
func itemOf(v []byte, known bool) itemKind {
	n := len(v)
	switch {
	case n < 6 || n > 254:
	case v[0] == '+':
		if n >= 8 && n <= 20 && (known || phoneIn(v, "").confidence > 0) {
			return itemPhone
		}
	case n == 17 && (v[2] == ':' || v[2] == '-') && v[5] == v[2]:
		if known || checkMAC(v).confidence > 0 {
			return itemMAC
		}
	case classOf[v[n-1]]&(isAlpha|isDigit) == 0 || n < 8:
	case classOf[v[n-1]]&isDigit != 0: // a number; a package, seldom
		if classOf[v[0]]&isAlpha != 0 && dots(v) && packageName(v) {
			return itemApp
		}
	case dots(v[n-8:]): // in front of a country or of a type of file
		if v[n-4] == '.' && cameraFile(v, n-4) || v[n-5] == '.' && cameraFile(v, n-5) {
			return itemFile
		}
		if bytes.IndexByte(v, '@') > 0 && (known || checkEmail(v).confidence > 0) {
			return itemEmail
		}
		fallthrough
	default:
		if dots(v) && packageName(v) {
			return itemApp
		}
	}
	return noItem
}

// dots reports whether there is a dot in the first eight bytes of v.
func dots(v []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	x := binary.LittleEndian.Uint64(v) ^ '.'*ones
	return (x-ones)&^x&high != 0
}

// packageName reports whether v is a name in the style of Java packages and
// of bundles, below a domain that apps are published under.
func packageName(v []byte) bool {
	dot := 0
	if classOf[v[0]]&isAlpha == 0 {
		return false
	}
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
// cameras store them. The name ends with the dot at i.
func cameraFile(v []byte, i int) bool {
	var buf [4]byte
	suffix := v[i+1:]
	if len(suffix) > len(buf) {
		return false
	}
	for k, c := range suffix {
		buf[k] = lower(c)
	}
	switch string(buf[:len(suffix)]) {
	case "jpg", "jpeg", "heic", "png", "dng", "webp", "mp4", "mov", "3gp":
	default:
		return false
	}
	if bytes.HasPrefix(v, []byte("/storage/emulated/")) || bytes.HasPrefix(v, []byte("/sdcard/")) {
		return !bytes.Contains(v, []byte("://"))
	}
	name := v[bytes.LastIndexByte(v, '/')+1 : i]
	letters := 0
	for letters < len(name) && classOf[name[letters]]&isAlpha != 0 {
		letters++
	}
	named := false
	if digits, _ := count(name[letters:], isDigit); digits >= 4 {
		named = listWords()["camera"][strings.ToLower(string(name[:letters]))]
	}
	return (named || bytes.IndexByte(v, 'D') >= 0 && bytes.Contains(v, []byte("/DCIM/"))) && !bytes.Contains(v, []byte("://"))
}
