package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/generate"
	"github.com/constat/constat/lab/score"
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
)

// lot is some values of one stratum, of one depth if it is not negative.
type lot struct {
	stratum generate.Stratum
	depth   int
	share   int // of all, in lots
	seed    uint64
}

// lots are what a stratum is tried with; each has a seed of its own, and so a
// subject.
func lots(s generate.Stratum, seed uint64) (all []lot) {
	add := func(of generate.Stratum, depth, share int) {
		if s == generate.Mix || s == of {
			all = append(all, lot{of, depth, share, seed + uint64(len(all)+1)<<32})
		}
	}
	add(generate.Wild, -1, 4)
	for depth := range generate.Deepest + 1 {
		add(generate.Core, depth, 1)
		add(generate.Uniform, depth, 1)
	}
	for depth := range generate.DeepestLayers + 1 {
		add(generate.Layers, depth, 1)
	}
	add(generate.Adversarial, -1, 1)
	return all
}

// scoreChains looks for so many values one by one, in memory.
func scoreChains(ctx context.Context, s generate.Stratum, seed uint64, n, misses int) (*score.Chains, error) {
	keys := keyring.New()
	for name, text := range map[string][]byte{generate.Keys: encode.Rules(), generate.Strings: encode.Strings()} {
		if err := keys.Add(bytes.NewReader(text), name); err != nil {
			return nil, err
		}
	}
	all := lots(s, seed)
	shares := 0
	for _, l := range all {
		shares += l.share
	}
	found := make([][]outcome, len(all))
	errs := make([]error, len(all))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, l := range all {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i], errs[i] = l.try(ctx, (n*l.share+shares-1)/shares, keys)
		})
	}
	wg.Wait()
	out := score.NewChains(misses)
	for i := range all {
		if errs[i] != nil {
			return nil, errs[i]
		}
		for _, o := range found[i] {
			out.Add(&o.sample.Item, o.found)
			if o.twin {
				out.Decoy(o.wrong)
			}
		}
	}
	out.Close()
	return out, nil
}

// outcome is what became of a value and of its twin.
type outcome struct {
	sample             generate.Sample
	found, twin, wrong bool
}

func (l *lot) try(ctx context.Context, n int, keys *keyring.Ring) ([]outcome, error) {
	her, samples := generate.Samples(l.seed, l.stratum, l.depth)
	p, err := persona.Parse(bytes.NewReader(her.Persona()), generate.Persona)
	if err != nil {
		return nil, err
	}
	e, err := detect.New(p, detect.Options{Keys: keys})
	if err != nil {
		return nil, err
	}
	scanner := e.NewScanner()
	var all []outcome
	for x := range samples {
		if len(all) == n || ctx.Err() != nil {
			break
		}
		if x.Item.Stratum != string(l.stratum) {
			continue // a value that is too common for it
		}
		o := outcome{sample: x, twin: x.Twin != nil}
		for _, f := range scanner.Scan(generatedFlow(&x.Request)).Findings {
			o.found = o.found || f.PersonaValue == x.Item.Subject && f.Grade != detect.GradeC
		}
		if x.Twin != nil {
			for _, f := range scanner.Scan(generatedFlow(x.Twin)).Findings {
				o.wrong = o.wrong || f.PersonaValue >= 0 && f.Grade != detect.GradeC
			}
		}
		o.sample.Request, o.sample.Twin = generate.Request{}, nil
		all = append(all, o)
	}
	return all, ctx.Err()
}

// generatedFlow is a request of the generator as a reader of captures gives it.
func generatedFlow(q *generate.Request) *flow.Flow {
	f := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{Method: q.Method, URL: q.URL}}
	for _, h := range q.Headers {
		f.Request.Headers = append(f.Request.Headers, flow.Field{Name: h[0], Value: h[1]})
	}
	if q.Body != nil {
		f.Request.Body = flow.Body{Data: q.Body, Kept: true, Size: int64(len(q.Body))}
	}
	for _, m := range q.Socket {
		f.Kind = flow.WebSocket
		f.Messages = append(f.Messages, flow.Message{FromClient: true, Text: m.Text, Body: flow.Body{Data: m.Data, Kept: true, Size: int64(len(m.Data))}})
	}
	return f
}

// printChains writes the figures for a person, and the chains of the misses.
func printChains(out io.Writer, c *score.Chains, gates []score.Gate) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, part := range []struct {
		title string
		rows  []score.Tally
	}{{"values one by one", c.ByStratum}, {"by family", c.ByFamily}, {"not expected to be found", c.Beyond}} {
		fmt.Fprintf(w, "\n%s\tsent\tfound\trecall\n", part.title)
		for _, t := range part.rows {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", t.Name, t.Sent, t.Found, inPercent(t.Recall))
		}
	}
	fmt.Fprintf(w, "\ndecoys taken for the subject's: %d of %d\n", c.Decoys.Hit, c.Decoys.Sent)
	if len(c.Misses) > 0 {
		fmt.Fprintf(w, "\nmissed (%d more)\tcarrier\tlayers, innermost first\n", c.MissesLeftOut)
	}
	for _, m := range c.Misses {
		fmt.Fprintf(w, "%s\t%s\t%s\n", m.DataType, m.Carrier, strings.Join(m.Chain, " › "))
	}
	if gates != nil {
		fmt.Fprint(w, "\ngate\twant\tgot\tof\t\n")
	}
	for _, g := range gates {
		fmt.Fprintf(w, "%s\t%.1f %%\t%.2f %%\t%d\t%s\n", g.Name, 100*g.Want, 100*g.Got, g.Sent, map[bool]string{true: "pass", false: "FAIL"}[g.Pass])
	}
	return w.Flush()
}
