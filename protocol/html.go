package protocol

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
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
		switch {
		case len(x.State) > 0:
			state = x.State
		case len(state) > 0 && x.Part == During: // the person uses the device for something else
			whats, state = append(whats, "unknown"), nil
		}
		for _, what := range whats {
			b.WriteString("\n____-__-__T__:__:__+__:__," + what + ",")
			if what != "screen-off" && what != "unknown" { // those are the device's
				b.WriteString(s.Names["app"])
			}
		}
	}
	return b.String()
}

// CaseFile is the file of the case with what only a person can say left out.
func (s *Sheet) CaseFile() string {
	rows := []struct{ line, means string }{ // in a browser, the app is the site: it has no version
		{`first_party        = ["____"]`, s.say("case-first")},
		{`promised_countries = ["__"]`, s.say("case-promised")},
		{`[app]`, ""},
		{`id           = ` + strconv.Quote(s.Names["app"]), ""},
		{`version      = "____"`, s.say("case-version")},
		{`version_code = 0`, "versionCode"},
		{`store        = "__"`, s.say("case-store")},
	}
	if s.Device == "browser" {
		rows = rows[:2]
	}
	var b strings.Builder
	for i, r := range rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(r.line)
		if r.means != "" {
			fmt.Fprintf(&b, "%*s# %s", max(1, 32-len(r.line)), "", r.means)
		}
	}
	return b.String()
}
