package score

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/constat/constat/lab/truth"
)

// Chains counts values that were looked for one by one, without an audit:
// tens of thousands in the time that a capture of them takes to write.
type Chains struct {
	ByStratum []Tally `json:"by_stratum"` // "wild", "uniform, depth 2"
	ByFamily  []Tally `json:"by_family"`  // "uniform, with a cipher, depth 2"; "wild, TikTok"
	ByStep    []Tally `json:"by_step"`    // items with the step anywhere in their chain
	Beyond    []Tally `json:"beyond"`     // by reason: expected misses, in no other figure
	Decoys    Decoys  `json:"decoys"`

	Misses        []Miss `json:"misses"`
	MissesLeftOut int    `json:"misses_left_out"`

	list   int // how many misses are kept
	groups groups
}

// NewChains returns a count that lists so many misses.
func NewChains(list int) *Chains { return &Chains{list: list, Misses: []Miss{}} }

// Add counts an item that was found, or was not.
func (c *Chains) Add(it *truth.Item, found bool) {
	if it.Beyond != "" {
		c.groups.count(&c.Beyond, it.Beyond, found)
		return
	}
	stratum, family := strata(it)
	c.groups.count(&c.ByStratum, stratum, found)
	if family != "" {
		c.groups.count(&c.ByFamily, family, found)
	}
	for _, s := range steps(it) {
		c.groups.count(&c.ByStep, s, found)
	}
	switch {
	case found:
	case len(c.Misses) < c.list:
		c.Misses = append(c.Misses, missOf(it))
	default:
		c.MissesLeftOut++
	}
}

// Decoy counts a decoy that was taken for the subject's, or was not.
func (c *Chains) Decoy(hit bool) {
	c.Decoys.Sent++
	if hit {
		c.Decoys.Hit++
	}
}

// Close computes the shares.
func (c *Chains) Close() {
	for _, in := range []*[]Tally{&c.ByStratum, &c.ByFamily, &c.ByStep, &c.Beyond} {
		c.groups.close(in)
	}
}

// strata names what an item is counted under: its stratum, with the depth
// where that is drawn, and within it the family it was drawn from. Depth is
// the number of layers in "layers", of transformations elsewhere.
func strata(it *truth.Item) (stratum, family string) {
	switch it.Stratum {
	case "", "wild":
		if it.Family != "" {
			family = it.Stratum + ", " + it.Family
		}
		return it.Stratum, family
	case "layers":
		return fmt.Sprintf("layers, depth %d", it.Depth()), ""
	}
	if it.Family != "" {
		family = fmt.Sprintf("%s, %s, depth %d", it.Stratum, it.Family, it.Transformations)
	}
	return fmt.Sprintf("%s, depth %d", it.Stratum, it.Transformations), family
}

// Gate is a figure that must be reached.
type Gate struct {
	Name string  `json:"name"`
	Want float64 `json:"want"` // share that must be found
	Sent int     `json:"sent"`
	Got  float64 `json:"got"`
	Pass bool    `json:"pass"`
}

// gates are those of issue 5 (detection.md, section 5): of what is met in the
// wild, and of the layers it names, by depth.
var gates = []Gate{
	{Name: "wild", Want: 0.995},
	{Name: "core, depth 0", Want: 0.99}, {Name: "core, depth 1", Want: 0.99},
	{Name: "core, depth 2", Want: 0.99}, {Name: "core, depth 3", Want: 0.97}, {Name: "core, depth 4", Want: 0.95},
	// All layers there are, as likely as each other, are much harder, and no
	// measure of traffic. These are floors: three points under what came back
	// when they were last set (2026-11-27, 6,000 values), so that a loss shows.
	{Name: "uniform, depth 0", Want: 0.97}, {Name: "uniform, depth 1", Want: 0.95}, {Name: "uniform, depth 2", Want: 0.87},
	{Name: "uniform, depth 3", Want: 0.75}, {Name: "uniform, depth 4", Want: 0.66},
	{Name: "layers, depth 0", Want: 0.97}, {Name: "layers, depth 1", Want: 0.96}, {Name: "layers, depth 2", Want: 0.90},
	{Name: "layers, depth 3", Want: 0.81}, {Name: "layers, depth 4", Want: 0.71},
}

// EnoughDecoys is how many decoys a gate wants to see untouched.
const EnoughDecoys = 10000

// Gates says of each figure that must be reached whether it is. What was not
// tried does not pass. The last is that of the decoys: none of at least EnoughDecoys.
func (c *Chains) Gates() []Gate {
	out := slices.Clone(gates)
	for i := range out {
		g := &out[i]
		for _, t := range c.ByStratum {
			if t.Name == g.Name && t.Recall != nil {
				g.Sent, g.Got = t.Sent, *t.Recall
			}
		}
		g.Pass = g.Sent > 0 && g.Got >= g.Want
	}
	d := Gate{Name: "decoys untouched", Want: 1, Sent: c.Decoys.Sent}
	if d.Sent > 0 {
		d.Got = 1 - float64(c.Decoys.Hit)/float64(d.Sent)
	}
	d.Pass = c.Decoys.Hit == 0 && d.Sent >= EnoughDecoys
	return append(out, d)
}

// groups are the tallies of some lists, by name.
type groups map[*[]Tally]map[string]*Tally

func (g *groups) count(in *[]Tally, name string, found bool) {
	if *g == nil {
		*g = groups{}
	}
	if (*g)[in] == nil {
		(*g)[in] = map[string]*Tally{}
	}
	t := (*g)[in][name]
	if t == nil {
		t = &Tally{Name: name}
		(*g)[in][name] = t
	}
	t.add(found)
}

// close writes the list of one of them.
func (g groups) close(in *[]Tally) {
	*in = []Tally{}
	for _, t := range g[in] {
		t.close()
		*in = append(*in, *t)
	}
	slices.SortFunc(*in, func(a, b Tally) int { return cmp.Compare(a.Name, b.Name) })
}

// steps are those of an item, each once.
func steps(it *truth.Item) []string {
	all := slices.Clone(it.Chain)
	slices.Sort(all)
	return slices.Compact(all)
}

func missOf(it *truth.Item) Miss {
	return Miss{it.Seq, it.DataType, it.Form, slices.Clone(it.Chain), it.Carrier, it.Host, it.Flow}
}
