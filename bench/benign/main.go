// Command benign counts what constat finds in captures of real clients to
// which nothing personal was given, and how much of it is false. See run.sh.
//
//	benign -constat BINARY -reviewed FILE [-persona FILE]... [-fast] CAPTURE...
//
// A finding of grade A is false: the personas have nothing to do with the
// captures. One of grade B is what the reviewed file says of its data type,
// field and host; what the file does not know is listed and counts as false.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// row is a judgement made by hand.
type row struct {
	Type  string
	Keys  []string // field names as the audit's reason has them
	Hosts []string // they end in one of these; none: any host
	True  bool
	Why   string
}

type finding struct {
	DataType  string `json:"data_type"`
	Grade     string
	Reason    string
	Value     string `json:"value_redacted"`
	Recipient struct{ Host string }
	Flow      struct{ URL string }
}

type document struct {
	Inputs    []struct{ Flows int }
	Transfers []finding
}

var underKey = regexp.MustCompile(`under the keys? '([^']*)'`)

func (f *finding) key() string {
	if m := underKey.FindStringSubmatch(f.Reason); m != nil {
		return m[1]
	}
	return ""
}

func (r *row) matches(f *finding) bool {
	return r.Type == f.DataType && slices.Contains(r.Keys, f.key()) &&
		(len(r.Hosts) == 0 || slices.ContainsFunc(r.Hosts, func(h string) bool { return strings.HasSuffix(f.Recipient.Host, h) }))
}

func main() {
	log.SetFlags(0)
	binary := flag.String("constat", "constat", "the `program`")
	reviewed := flag.String("reviewed", "", "`file` of judgements")
	fast := flag.Bool("fast", false, "the fast tier")
	limit := flag.Float64("limit", 1, "false findings of grade A and B per 1,000 flows that are allowed")
	var personas []string
	flag.Func("persona", "`file` of a persona; may be repeated", func(s string) error { personas = append(personas, s); return nil })
	flag.Parse()
	var book struct{ Row []row }
	if _, err := toml.DecodeFile(*reviewed, &book); err != nil {
		log.Fatal(err)
	}

	run := func(persona string) document {
		args := []string{"audit", "-q", "--json"}
		if persona != "" {
			args = append(args, "--persona", persona)
		}
		if *fast {
			args = append(args, "--fast")
		}
		cmd := exec.Command(*binary, append(args, flag.Args()...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			log.Fatalf("%v: %v", cmd.Args, err)
		}
		var d document
		if err := json.Unmarshal(out, &d); err != nil {
			log.Fatal(err)
		}
		return d
	}

	type tally struct{ yes, no, unknown int }
	tallies := map[string]*tally{}
	list := map[string]int{}
	d := run("")
	flows, wrong, all := 0, 0, 0
	for _, in := range d.Inputs {
		flows += in.Flows
	}
	for i := range d.Transfers {
		f := &d.Transfers[i]
		if f.Grade == "C" {
			continue
		}
		t := tallies[f.DataType]
		if t == nil {
			t = &tally{}
			tallies[f.DataType] = t
		}
		all++
		k := slices.IndexFunc(book.Row, func(r row) bool { return r.matches(f) })
		switch {
		case k >= 0 && book.Row[k].True:
			t.yes++
			continue
		case k >= 0:
			t.no++
			list["false: "+f.DataType+" '"+f.key()+"' to "+f.Recipient.Host+": "+book.Row[k].Why]++
		default:
			t.unknown++
			list["not reviewed: "+f.DataType+" '"+f.key()+"' to "+f.Recipient.Host+": "+f.Value+" "+f.Reason]++
		}
		wrong++
	}
	gradeA := 0
	for _, p := range personas {
		d := run(p)
		for i := range d.Transfers {
			if f := &d.Transfers[i]; f.Grade == "A" {
				gradeA++
				list["grade A, persona "+p+": "+f.DataType+" to "+f.Recipient.Host+": "+f.Reason]++
			}
		}
	}

	tier := "deep"
	if *fast {
		tier = "fast"
	}
	w := bufio.NewWriter(os.Stdout)
	fmt.Fprintf(w, "%s tier: %d flows, %d findings of grade B without a persona, %d of grade A with %d unrelated personas\n", tier, flows, all, gradeA, len(personas))
	fmt.Fprintf(w, "%-24s %7s %7s %13s %18s\n", "data type", "true", "false", "not reviewed", "false per 1,000")
	for _, k := range slices.SortedFunc(maps.Keys(tallies), cmp.Compare[string]) {
		t := tallies[k]
		fmt.Fprintf(w, "%-24s %7d %7d %13d %18.2f\n", k, t.yes, t.no, t.unknown, float64(t.no+t.unknown)*1000/float64(flows))
	}
	rate := float64(wrong+gradeA) * 1000 / float64(flows)
	fmt.Fprintf(w, "%-24s %7d %7d %13s %18.2f\n", "all, grades A and B", all-wrong, wrong+gradeA, "", rate)
	for _, k := range slices.Sorted(maps.Keys(list)) {
		fmt.Fprintf(w, "%d × %s\n", list[k], k)
	}
	w.Flush()
	if gradeA > 0 || rate > *limit {
		os.Exit(1)
	}
}
