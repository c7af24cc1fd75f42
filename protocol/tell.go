package protocol

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// TellJSON returns a Tell that writes an event a line, for programs.
func TellJSON(out io.Writer, o Options) func(Event) {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return func(ev Event) {
		if ev.Event != "step" {
			e.Encode(ev)
			return
		}
		e.Encode(struct {
			Event
			Title    string   `json:"title"`
			Do       string   `json:"do"`
			Commands []string `json:"commands,omitempty"`
		}{ev, ev.step.Title.In(o.Lang), fill(ev.step.Do.In(o.Lang), *ev.step, o), commands(*ev.step, o)})
	}
}

func commands(s Step, o Options) (list []string) {
	for _, c := range s.Commands {
		list = append(list, fill(c, s, o))
	}
	return list
}

// TellText returns a Tell for a person. On a terminal (live) the time that is
// left is one line that changes.
func TellText(out io.Writer, o Options, width int, live bool) func(Event) {
	w := in(o.Lang)
	p := &printer{w: out, width: max(60, min(width, 100))}
	return func(e Event) {
		switch e.Event {
		case "step":
			tellStep(p, w, e, o)
		case "marked":
			p.line(8, w.say("walk-marked", e.Time.Format("15:04:05.0"), w.act(e.Act)))
			if e.Mark == "before" {
				p.line(8, w.say("walk-now"))
			}
		case "wait":
			name := "walk-wait-still"
			if e.step.Touch {
				name = "walk-wait-touch"
			}
			p.line(8, w.say(name, w.long(seconds(e.Wait))))
		case "left":
			if live {
				fmt.Fprintf(out, "\r        %s %s  ", bar(e.Wait-e.Left, e.Wait), w.say("walk-left", w.long(seconds(e.Left))))
			}
		case "waited":
			if live {
				fmt.Fprint(out, "\r\x1b[K")
			}
			p.line(8, w.say("walk-waited", w.long(seconds(e.Wait))))
		case "skipped":
			if e.Wait > 0 {
				p.line(8, w.say("walk-cut", w.long(seconds(e.Wait))))
			} else {
				p.line(8, w.say("walk-skipped"))
			}
		case "refused":
			p.line(8, w.say("walk-refused", printable(e.Why)))
		case "stopped":
			p.gap()
			p.line(0, w.say("walk-stopped", e.Step))
		case "ended":
			p.gap()
			p.line(0, w.say("walk-ended"))
		case "back", "noted", "unknown", "hasty", "capture":
			p.line(8, w.say("walk-"+e.Event))
		}
	}
}

func tellStep(p *printer, w words, e Event, o Options) {
	s := e.step
	p.gap()
	p.line(0, fmt.Sprintf("%d/%d  %s", e.N, e.Of, s.Title.In(o.Lang)))
	p.line(8, fill(s.Do.In(o.Lang), *s, o))
	for _, c := range commands(*s, o) {
		p.raw(8, "$ "+c)
	}
	for _, wrong := range s.Wrong {
		p.line(8, w.say("wrong")+" "+wrong.In(o.Lang))
	}
	how := "walk-any"
	if s.Mark != "" {
		how = "walk-" + s.Mark
	}
	p.line(8, "▸ "+w.say(how))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// bar is how much of a wait is over.
func bar(done, of float64) string {
	const n = 24
	k := 0
	if of > 0 {
		k = min(n, max(0, int(n*done/of)))
	}
	return strings.Repeat("█", k) + strings.Repeat("·", n-k)
}

// Greet says how a walk goes, before it begins.
func Greet(out io.Writer, p *Protocol, o Options, dir, again string, width int) {
	w := in(o.Lang)
	pr := &printer{w: out, width: max(60, min(width, 100))}
	pr.line(0, w.say("walk-begin", p.Title.In(o.Lang), w.say("device-"+o.Device), w.say("length-"+o.Length), len(p.Steps), dir))
	if again != "" {
		pr.line(0, w.say("walk-again", again))
	}
	pr.line(0, w.say("walk-keys"))
}

// Farewell says what can be answered after a walk, and how to ask.
func Farewell(out io.Writer, r *Record, answers []Answer, o Options, width int) {
	w := in(o.Lang)
	pr := &printer{w: out, width: max(60, min(width, 100))}
	pr.head(w.say("walk-answers"))
	lasted := r.Lasted()
	var said []string
	for _, state := range states { // in their order
		if d := lasted[state]; d > 0 {
			said = append(said, w.T("state."+state)+" "+w.long(d))
		}
	}
	if len(said) > 0 {
		pr.line(0, w.say("walk-lasted", strings.Join(said, ", ")))
	}
	writeOutlooks(pr, w, answers)
	pr.gap()
	persona := ""
	if o.Persona != nil {
		persona = " --persona " + o.Names["persona"]
	}
	pr.raw(0, "  "+w.say("walk-audit", o.Names["log"]+persona, o.Names["events"], o.Set.ID))
}
