package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/constat/constat/report"
)

func newPersona() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "persona",
		Short: "Make the subject of a test, or check one",
		Long: `A persona is the subject of a test: a file with the values that are planted on
a phone, so that an audit can tell them from everything else when they leave.
It is only as good as its values. "Marie Martin" or 1234 turn up in traffic
without her; a value that nobody else has does not.`,
		Example: `  constat persona new --region FR --mail-domain mail.example.net
  constat persona check persona.toml
  constat persona check persona.toml --baseline before.har
  constat audit app.har --persona persona.toml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPersonaNew(), newPersonaCheck())
	return cmd
}

// checkLang is the usage error of a language that there is not.
func checkLang(lang string) error {
	if !slices.Contains(report.Languages(), lang) {
		return usage("--lang %q: expected %s", lang, strings.Join(report.Languages(), " or "))
	}
	return nil
}
