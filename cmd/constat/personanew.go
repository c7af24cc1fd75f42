package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/persona/invent"
	"github.com/constat/constat/report"
)

// inventFlags are what the user said to constat persona new.
type inventFlags struct {
	invent.Options
	types       []string
	seed        uint64
	seeded      bool
	out         string
	force, json bool
}

func newPersonaNew() *cobra.Command {
	var o inventFlags
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make up a person to test with, whose every value is unmistakable",
		Long: `New makes up a person who does not exist and writes her as a persona file
(mode 0600): e-mail address, user name, name, birth date, street, password,
Wi-Fi name, clipboard, search words, draft, calendar entry and three contacts.
Comments say what to plant where. What a phone does not let its owner change
(IMEI, hardware addresses, advertising id) stands there to be filled in, with
where to read it.

Every value draws at least 30 bits of randomness, so that meeting it in
traffic is no accident. Two kinds cannot, and say so: birth dates, of which
there are some 30,000, and the telephone numbers that regulators keep for
fiction, of which 4 digits are free in France, 3 in Britain and 2 in North
America. Numbers for fiction are made for France alone; better than any is the
number of a SIM of your own (--phone). Addresses stand in a reserved domain
where no mail arrives unless --mail-domain names one of yours.

Randomness is the system's. --seed makes the same person each time, for tests
of constat and for labs: the file says so.`,
		Example: `  # a person with a French SIM, who can confirm her address
  constat persona new --region FR --mail-domain mail.example.net --phone "06 12 34 56 78"

  # with a position to within 3 km of a place, and comments in French
  constat persona new --region FR --near "48.85,2.35" --lang fr --out lea.toml

  # only what is needed
  constat persona new --types contact.email,contact.username,credential.password --out - > persona.toml

  # then: is every value unmistakable?
  constat persona check persona.toml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			o.seeded = cmd.Flags().Changed("seed")
			return runPersonaNew(cmd, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "persona.toml", "`file` to write; - for standard output")
	f.BoolVar(&o.force, "force", false, "replace the file if there is one")
	f.StringVar(&o.Region, "region", "", "`country` of the SIM (ISO 3166-1, such as FR); without it no telephone numbers are made")
	f.StringVar(&o.MailDomain, "mail-domain", invent.DefaultDomain, "`domain` of the e-mail addresses: one where you read all mail")
	f.StringVar(&o.Phone, "phone", "", "telephone `number` of your own SIM, instead of one for fiction")
	f.StringVar(&o.Near, "near", "", "make a position within 3 km of this `place`: \"48.85,2.35\"")
	f.StringSliceVar(&o.types, "types", nil, "make only these data `types`, such as contact.email,contact.name")
	f.StringVar(&o.Lang, "lang", "en", "language of comments and texts: "+strings.Join(report.Languages(), " or "))
	f.Uint64Var(&o.seed, "seed", 0, "make the same person each time: for tests and labs only")
	f.BoolVar(&o.json, "json", false, "say what was made as JSON, values redacted")
	return cmd
}

func runPersonaNew(cmd *cobra.Command, o inventFlags) error {
	if err := checkLang(o.Lang); err != nil {
		return err
	}
	if o.json && o.out == "-" {
		return usage("--json and --out - both want standard output; give --out a file")
	}
	o.Region = strings.ToUpper(strings.TrimSpace(o.Region))
	for _, t := range o.types {
		o.Types = append(o.Types, datatype.ID(strings.TrimSpace(t)))
	}
	random := io.Reader(rand.Reader)
	if o.seeded {
		random = mathrand.NewChaCha8(sha256.Sum256([]byte("constat persona " + strconv.FormatUint(o.seed, 10))))
	}
	draft, err := invent.New(random, o.Options)
	if err != nil {
		return exit{exitUsage, err}
	}
	if o.seeded {
		draft.Seeded = strconv.FormatUint(o.seed, 10)
	}
	if err := o.write(cmd.OutOrStdout(), draft); err != nil {
		return exit{exitFailure, err}
	}
	if o.out == "-" {
		return nil
	}
	if o.json {
		return o.account(cmd.OutOrStdout(), draft)
	}
	o.tell(cmd.OutOrStdout(), draft)
	return nil
}

// write puts the draft where the user wants it, never over a file that is
// there unless --force.
func (o *inventFlags) write(stdout io.Writer, draft *invent.Draft) error {
	if o.out == "-" {
		return draft.Write(stdout)
	}
	if o.force {
		return writePrivate(o.out, draft.Write)
	}
	f, err := os.OpenFile(o.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists; name another file with --out, or replace it with --force", o.out)
	}
	if err != nil {
		return err
	}
	if err = errors.Join(draft.Write(f), f.Close()); err != nil {
		os.Remove(o.out)
	}
	return err
}

// tell says on the terminal what was made and what is next.
func (o *inventFlags) tell(w io.Writer, draft *invent.Draft) {
	p := report.In(o.Lang)
	made, fill := 0, []string{}
	for _, it := range draft.Items {
		if it.Value != "" {
			made++
		} else {
			fill = append(fill, it.Label)
		}
	}
	fmt.Fprintln(w, p.T("new.made", o.out, p.N("check.value", made)))
	if len(fill) > 0 {
		fmt.Fprintln(w, p.T("new.fill", strings.Join(fill, ", ")))
	}
	fmt.Fprintln(w, p.T("new.next", o.out))
}

// account is the same for programs.
func (o *inventFlags) account(w io.Writer, draft *invent.Draft) error {
	doc := struct {
		File   string         `json:"file"`
		Seed   string         `json:"seed,omitempty"`
		Values []checkedValue `json:"values"`
		Fill   []datatype.ID  `json:"fill_in"` // types left for the tester
	}{File: o.out, Seed: draft.Seeded, Fill: []datatype.ID{}}
	p := draft.Persona()
	doc.Values = checked(p, detect.Judge(p), audit.NewRedactor(nil), report.In(o.Lang))
	for _, it := range draft.Items {
		if it.Value == "" {
			doc.Fill = append(doc.Fill, it.Type)
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}
