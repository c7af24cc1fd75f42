package flow

// Acts are the acts that parts of this program know by name: a question can ask
// for them, and what is known of the moment follows from some. Anybody can mark
// others.
var Acts = []string{
	"app-opened", "sign-up", "sign-in", "sign-out", "no-account", "consent-accept", "consent-refuse",
	"record", "next", "save-draft", "post", "discard", "app-closed", "note",
}

// States are the states of an app. What nobody knows is "unknown".
var States = []string{"foreground", "background", "swiped", "force-stopped", "closed", "screen-off", "unknown"}

// Accesses are what records of what apps read name most; there is more.
var Accesses = []string{"clipboard", "location", "camera", "microphone", "contacts", "photos", "mediaLibrary", "calendar"}

// Nearest is the word that what is most likely meant to be: one of words from
// which few letters differ, "" if there is none, or if it is one of them.
func Nearest(what string, words []string) string {
	best, least := "", 3
	for _, w := range words {
		if w == what {
			return ""
		}
		if n := Distance(what, w); n < least && n < len(w) && n <= max(1, (len(w)-1)/2) {
			best, least = w, n
		}
	}
	return best
}

// Distance is how many bytes must be put in, left out or changed, or neighbours
// exchanged, to make b of a.
func Distance(a, b string) int {
	if d := len(a) - len(b); d > maxDistance || -d > maxDistance {
		return maxDistance + 1
	}
	before, last, row := []int(nil), []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			differ := 1
			if a[i] == b[j] {
				differ = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+differ)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// maxDistance is beyond what words are alike: Distance does not count further
// where lengths alone tell.
const maxDistance = 8
