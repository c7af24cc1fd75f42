package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/evidence/witness"
)

func newVerify() *cobra.Command {
	var identity string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify LOG",
		Short: "Check that a capture's log is as it was written",
		Long: `Verify checks the log of a live capture: that every line follows the one
before, that the signatures are by the log's key and cover the lines there are,
that the contents are those that were committed to, and that servers signed
what the log says they signed.

It exits with 4 when something does not check, and names the line. What is not
wrong and should still be known (an interruption, lines that are not signed
yet) is listed as a remark.

Contents are sealed; they are checked with the identity they were sealed for
(--identity, or the one in constat's own directory). Everything else can be
checked without it, and without constat: sh LOG/verify.sh.`,
		Example: `  constat verify phone.log
  constat verify phone.log --json | jq .signed
  sh phone.log/verify.sh      # with sha256sum, xxd and openssl alone`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("verify needs the directory of a log")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return runVerify(cmd.OutOrStdout(), args[0], identity, asJSON)
		},
	}
	cmd.Flags().StringVarP(&identity, "identity", "i", "", "age identity `file` that opens the contents")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the result as JSON")
	return cmd
}

// verified is what verify found.
type verified struct {
	*evidence.Report
	Witnesses int `json:"witnesses"` // server signatures that check
}

func runVerify(stdout io.Writer, dir, identity string, asJSON bool) error {
	if !evidence.IsLog(dir) {
		return exit{exitFailure, fmt.Errorf("%s is not the directory of a log (it has no log.jsonl)", dir)}
	}
	ids, err := identities(identity)
	if err != nil {
		return exit{exitFailure, err}
	}
	vault := evidence.OpenVault(dir, ids...)
	defer vault.Close()
	v := verified{}
	w := witnesses{vault: vault, heads: map[string]bool{}}
	v.Report, err = evidence.Verify(dir, vault, w.check)
	if err != nil {
		return exit{exitFailure, err}
	}
	v.Witnesses = w.good
	if asJSON {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			return err
		}
	} else {
		v.print(stdout)
	}
	if !v.OK() {
		return exit{exitVerify, fmt.Errorf("%s does not check", dir)}
	}
	return nil
}

// witnesses checks what servers signed.
type witnesses struct {
	vault *evidence.Vault
	heads map[string]bool // leaf hashes of the entries so far
	good  int
}

func (w *witnesses) check(e *evidence.Entry) []evidence.Problem {
	defer func() { w.heads[string(e.Leaf[:])] = true }()
	if e.Kind != evidence.KindWitness {
		return nil
	}
	wrong := func(err error) []evidence.Problem {
		return []evidence.Problem{{File: "log.jsonl", What: "witness: " + err.Error()}}
	}
	for _, ref := range evidence.Refs(e) {
		b, err := w.vault.Open(ref)
		if err != nil {
			return nil // sealed, or reported with the contents
		}
		t, err := witness.Parse(b)
		if err != nil {
			return wrong(err)
		}
		if !w.heads[string(t.Head)] {
			return wrong(fmt.Errorf("the head it commits to is of no entry before it"))
		}
		if _, err := witness.Verify(t); err != nil {
			return wrong(err)
		}
		w.good++
	}
	return nil
}

func (v *verified) print(w io.Writer) {
	mark := func(good bool) string {
		if good {
			return "ok  "
		}
		return "FAIL"
	}
	fmt.Fprintf(w, "%s  key %s\n\n", v.Name, v.Key)
	fmt.Fprintf(w, "%s  %d entries follow each other\n", mark(v.OK()), v.Entries)
	fmt.Fprintf(w, "%s  %d of them signed, by %d checkpoints\n", mark(v.OK()), v.Signed, v.Checkpoints)
	switch {
	case v.Sealed != "":
		fmt.Fprintf(w, "--    contents not checked: %s\n", v.Sealed)
	default:
		fmt.Fprintf(w, "%s  %d contents are those committed to; %d were not kept\n", mark(v.OK()), v.Opened, v.Unkept)
		fmt.Fprintf(w, "%s  %d connections whose server signed a commitment to this log\n", mark(v.OK()), v.Witnesses)
	}
	if v.Ended {
		fmt.Fprintf(w, "ok    the log was ended: nobody can add to it\n")
	}
	fmt.Fprintf(w, "root  %s\n", v.Root)
	list := func(head string, ps []evidence.Problem) {
		if len(ps) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\n", head)
		for _, p := range ps {
			fmt.Fprintf(w, "  %s", p.File)
			if p.Line > 0 {
				fmt.Fprintf(w, ", line %d", p.Line)
			}
			fmt.Fprintf(w, ", byte %d: %s\n", p.Byte, p.What)
		}
	}
	list("does not check:", v.Problems)
	list("remarks:", v.Remarks)
	fmt.Fprint(w, `
This shows that the log was not changed after it was written. It cannot show
that its writer was honest: the key was the writer's, and so was the clock.
`)
}
