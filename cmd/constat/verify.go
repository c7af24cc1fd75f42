package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

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
	w := witnesses{vault: vault, heads: map[evidence.Hash]bool{}, leaves: map[int64]evidence.Hash{}}
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
	vault  *evidence.Vault
	heads  map[evidence.Hash]bool  // leaves of the entries so far
	leaves map[int64]evidence.Hash // certificate of each connection that is to have a witness
	good   int
}

func (w *witnesses) check(e *evidence.Entry) []evidence.Problem {
	defer func() { w.heads[e.Leaf] = true }()
	switch e.Kind {
	case evidence.KindConnection:
		var c evidence.Connection
		if json.Unmarshal(e.Body, &c) == nil && c.Witness == "signed" && len(c.Certs) > 0 {
			w.leaves[e.Seq] = c.Certs[0]
		}
		return nil
	case evidence.KindWitness:
	default:
		return nil
	}
	var of struct{ Conn int64 }
	json.Unmarshal(e.Body, &of)
	certificate := w.leaves[of.Conn]
	delete(w.leaves, of.Conn)
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
		if len(t.Head) != len(evidence.Hash{}) || !w.heads[evidence.Hash(t.Head)] {
			return wrong(errors.New("the head it commits to is of no entry before it"))
		}
		chain, err := witness.Verify(t)
		if err != nil {
			return wrong(err)
		}
		if sha256.Sum256(chain[0].Raw) != certificate {
			return wrong(errors.New("it is by another certificate than the connection's"))
		}
		w.good++
	}
	return nil
}

func (v *verified) print(w io.Writer) {
	// Which of the four checks a problem belongs to.
	var bad [4]bool
	const chain, signatures, contents, servers = 0, 1, 2, 3
	for _, p := range v.Problems {
		switch {
		case strings.HasPrefix(p.What, "witness: "):
			bad[servers] = true
		case strings.HasSuffix(p.File, ".store"):
			bad[contents] = true
		case p.File == "checkpoints.txt":
			bad[signatures] = true
		default:
			bad[chain] = true
		}
	}
	line := func(check int, format string, args ...any) {
		mark := "ok  "
		if bad[check] {
			mark = "FAIL"
		}
		fmt.Fprintf(w, "%s  %s\n", mark, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(w, "%s  key %s\n\n", v.Name, v.Key)
	line(chain, "%d entries follow each other", v.Entries)
	line(signatures, "%d of them signed, by %d checkpoints", v.Signed, v.Checkpoints)
	if v.Sealed != "" {
		fmt.Fprintf(w, "--    contents not checked: %s\n", v.Sealed)
	} else {
		line(contents, "%d contents are those committed to; %d were not kept", v.Opened, v.Unkept)
		line(servers, "%d of the servers' signatures commit to this log", v.Witnesses)
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
that its writer was honest: the key was the writer's, and so was the clock. A
server's signature shows that the destination was genuine and that the log up
to that entry existed when it answered; not what was said, nor when.
`)
}
