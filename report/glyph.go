package report

import (
	"fmt"
	"html/template"
	"strings"
)

// families are the classes of data types that charts tell apart, each with a
// colour and a shape of its own: related types share one.
const families = 8

// family is that of a data type.
func family(dataType string) int {
	class, _, _ := strings.Cut(dataType, ".")
	switch class {
	case "device", "system":
		return 0
	case "contact":
		return 1
	case "location":
		return 2
	case "content":
		return 3
	case "account", "credential":
		return 4
	case "social", "biometric":
		return 5
	case "network":
		return 6
	}
	return 7
}

// shapes are polygons in a square from -1 to 1; the first family is a circle.
// They differ where colours do not: in print, and to many eyes.
var shapes = [families][][2]float64{
	1: {{-.85, -.85}, {.85, -.85}, {.85, .85}, {-.85, .85}},                                                                                         // square
	2: {{0, -1.1}, {1.05, .8}, {-1.05, .8}},                                                                                                         // triangle
	3: {{0, -1.2}, {1.2, 0}, {0, 1.2}, {-1.2, 0}},                                                                                                   // diamond
	4: {{-1.05, -.8}, {1.05, -.8}, {0, 1.1}},                                                                                                        // triangle, down
	5: {{-.35, -1}, {.35, -1}, {.35, -.35}, {1, -.35}, {1, .35}, {.35, .35}, {.35, 1}, {-.35, 1}, {-.35, .35}, {-1, .35}, {-1, -.35}, {-.35, -.35}}, // plus
	6: {{-1.1, -.45}, {1.1, -.45}, {1.1, .45}, {-1.1, .45}},                                                                                         // bar
	7: {{-1, -1}, {0, -.45}, {1, -1}, {.45, 0}, {1, 1}, {0, .45}, {-1, 1}, {-.45, 0}},                                                               // star of four
}

// glyph draws the mark of a family, r from its middle. Hollow: the order of it
// and of an act is not sure.
func glyph(f int, x, y, r float64, hollow bool, title string) string {
	class := fmt.Sprintf("mk f%d", f)
	if hollow {
		class = fmt.Sprintf("hollow s%d", f)
	}
	if title != "" {
		title = "<title>" + esc(title) + "</title>"
	}
	if f == 0 {
		return fmt.Sprintf(`<circle class="%s" cx="%.1f" cy="%.1f" r="%.1f">%s</circle>`, class, x, y, r, title)
	}
	var b strings.Builder
	for i, p := range shapes[f] {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%.1f,%.1f", x+p[0]*r, y+p[1]*r)
	}
	return fmt.Sprintf(`<polygon class="%s" points="%s">%s</polygon>`, class, b.String(), title)
}

// legend names the marks that occur.
func legend(v *view) string {
	var seen [families]string
	for _, g := range v.Groups {
		if f := family(g.DataType); seen[f] == "" || !strings.Contains(seen[f], v.Type(g.DataType)) {
			if strings.Count(seen[f], ", ") == 3 {
				continue
			}
			if seen[f] != "" {
				seen[f] += ", "
			}
			seen[f] += v.Type(g.DataType)
		}
	}
	var b strings.Builder
	b.WriteString(`<ul class="plain legend quiet">`)
	for f, names := range seen {
		if names != "" {
			fmt.Fprintf(&b, `<li><svg class="chart key" viewBox="0 0 14 14" aria-hidden="true">%s</svg> <b>%s</b> (%s)</li>`, glyph(f, 7, 7, 5, false, ""), esc(v.T(fmt.Sprintf("family.%d", f))), esc(names))
		}
	}
	b.WriteString(`</ul>`)
	return b.String()
}

// esc escapes text for SVG.
func esc(s string) string { return template.HTMLEscapeString(safe(s)) }
