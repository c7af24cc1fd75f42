package audit

import (
	"bytes"
	"path"
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline"
)

// Incident is a fact of the traffic, other than a transfer of personal data,
// that a question may ask for.
type Incident struct {
	Kind      string       `json:"kind"` // "deletion" or "program"
	Offset    float64      `json:"offset_s"`
	Flow      string       `json:"flow"`
	Method    string       `json:"method"`
	URL       Text         `json:"url"`
	Detail    string       `json:"detail,omitempty"`
	Recipient RecipientRef `json:"recipient"`
	Sender
	Circumstance
}

// The kinds of incident.
const (
	Deletion = "deletion" // the app asked a server to delete something, and the server did not refuse
	Program  = "program"  // code that a phone runs came from a server
)

// maxIncidents bounds what is listed; a capture with more says the same.
const maxIncidents = 500

// incidents are gathered while flows go by.
type incidents struct {
	rows []Incident
	refs []int
	who  []int
	at   []time.Time
}

func (in *incidents) add(input int, f *flow.Flow, ref, who int, r *Redactor) {
	kind, detail := incident(f)
	if kind == "" || len(in.rows) == maxIncidents {
		return
	}
	in.rows = append(in.rows, Incident{
		Kind: kind, Detail: detail, Flow: flowID(input, f.Index), Method: printable(clip(f.Request.Method, 32)), URL: r.URL(f.Request.URL),
	})
	in.refs, in.who, in.at = append(in.refs, ref), append(in.who, who), append(in.at, f.Timing.Start)
}

// list are the incidents with what is known at the end.
func (in *incidents) list(when *timeline.Timeline, start time.Time, refs []reference, judged []attributed) []Incident {
	for i := range in.rows {
		x := &in.rows[i]
		x.Sender = senderOf(judged[in.who[i]].Judgement)
		x.Recipient, x.Circumstance, x.Offset = refs[in.refs[i]].RecipientRef, circumstance(when, in.at[i], 0), -1
		if !in.at[i].IsZero() {
			x.Offset = in.at[i].Sub(start).Seconds()
		}
	}
	return in.rows
}

// incident says what f is, "" if nothing that is asked for.
func incident(f *flow.Flow) (kind, detail string) {
	if f.Request == nil || f.Response == nil {
		return "", ""
	}
	ok := f.Response.Status >= 200 && f.Response.Status < 300
	if ok && f.Request.Method == "DELETE" {
		return Deletion, ""
	}
	if what := program(f.Response.Body.Data, flow.Header(f.Response.Headers, "Content-Type"), f.Request.URL); ok && what != "" {
		return Program, what
	}
	return "", ""
}

// programs are the formats of code that a phone runs, by their first bytes and,
// where a capture did not keep those, by media type or name.
var programs = []struct {
	what, magic, mediaType, suffix string
}{
	{"Dalvik executable", "dex\n0", "application/x-dex", ".dex"}, // Android, Dalvik executable format
	{"ELF library", "\x7fELF", "application/x-sharedlib", ".so"},
	{"Mach-O library", "\xcf\xfa\xed\xfe", "application/x-mach-binary", ".dylib"},
	{"WebAssembly module", "\x00asm", "application/wasm", ".wasm"},
	{"Android package", "", "application/vnd.android.package-archive", ".apk"},
	{"Java archive", "", "application/java-archive", ".jar"},
}

// program says what kind of code b is. A zip archive is one when it holds code.
func program(b []byte, mediaType, url string) string {
	url, _, _ = strings.Cut(url, "?")
	mediaType, _, _ = strings.Cut(mediaType, ";")
	for _, p := range programs {
		if len(b) >= 4 {
			if p.magic != "" && bytes.HasPrefix(b, []byte(p.magic)) {
				return p.what
			}
			continue
		}
		if strings.EqualFold(strings.TrimSpace(mediaType), p.mediaType) || strings.EqualFold(path.Ext(url), p.suffix) {
			return p.what + ", by its name"
		}
	}
	if bytes.HasPrefix(b, []byte("PK\x03\x04")) && bytes.Contains(b, []byte("classes.dex")) {
		return "archive with a Dalvik executable"
	}
	return ""
}
