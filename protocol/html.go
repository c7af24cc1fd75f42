package protocol

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"
)

//go:embed sheet.html
var sheetSource string

//go:embed sheet.css
var style string

var sheetPage = template.Must(template.New("sheet").Parse(sheetSource))

// HTML writes the sheet as one page for an A4 printer, which needs nothing else:
// no script and no request. Its content security policy allows its one style
// sheet, by hash, and nothing more.
func (s *Sheet) HTML(out io.Writer) error {
	sum := sha256.Sum256([]byte(style))
	var b bytes.Buffer
	if err := sheetPage.Execute(&b, struct {
		*Sheet
		Style  template.CSS
		Policy string
	}{s, template.CSS(style), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"}); err != nil {
		return err
	}
	_, err := out.Write(b.Bytes())
	return err
}

// LacksText says what the steps plant and the persona has not.
func (s *Sheet) LacksText() string {
	if len(s.Lacks) == 0 {
		return ""
	}
	return s.say("planting-lacks", strings.Join(s.Lacks, ", "))
}

// EventList is an event list with the times left out: the acts, and the states
// where they change.
func (s *Sheet) EventList() string {
	var b strings.Builder
	b.WriteString("time,what,app")
	var state []string
	for _, x := range s.Steps {
		var whats []string
		if x.Act != "" && x.Act != "note" {
			whats = append(whats, x.Act)
		}
		for _, now := range x.State {
			if !slices.Contains(state, now) {
				whats = append(whats, now)
			}
		}
		if len(x.State) > 0 {
			state = x.State
		}
		for _, what := range whats {
			b.WriteString("\n____-__-__T__:__:__+__:__," + what + ",")
			if what != "screen-off" { // that is the device's
				b.WriteString(s.Names["app"])
			}
		}
	}
	return b.String()
}
