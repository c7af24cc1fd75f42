package persona

import (
	"embed"
	"math"
	"strings"
	"sync"
)

//go:embed data/words/*.txt
var wordFiles embed.FS

// wordLists are the texts that people and programs write without thinking of
// anybody. Each file says where it is from. A ranked list has its commonest
// word first; the others are in no order of frequency, so each of their words
// counts as likely as any.
var wordLists = []struct {
	file   string
	ranked bool
	name   bool // of a person
}{
	{"passwords.txt", true, false},
	{"words-en.txt", true, false},
	{"words-fr.txt", true, false},
	{"given-en.txt", false, true},
	{"given-fr.txt", false, true},
	{"family-en.txt", true, true},
	{"family-fr.txt", false, true},
}

// word is what is known of a listed word.
type word struct {
	bits float64
	name bool // it is listed as a name, whatever else it may be
}

// zipf is the share of the commonest word in running text: the word of rank r
// has about a tenth of 1/r (Zipf 1949; Powers, "Applications and explanations
// of Zipf's law", 1998).
const zipf = 0.1

var loadWords = sync.OnceValue(func() map[string]word {
	all := map[string]word{}
	for _, l := range wordLists {
		b, err := wordFiles.ReadFile("data/words/" + l.file)
		if err != nil {
			panic("persona: " + err.Error()) // embedded
		}
		var list []string
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				list = append(list, line)
			}
		}
		for i, text := range list {
			bits := math.Log2(float64(i+1) / zipf)
			if !l.ranked {
				bits = math.Log2(float64(len(list)))
			}
			w, listed := all[text]
			if !listed || bits < w.bits {
				w.bits = bits
			}
			w.name = w.name || l.name
			all[text] = w
		}
	}
	return all
})
