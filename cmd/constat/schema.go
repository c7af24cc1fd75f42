package main

import (
	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/comparison"
	"github.com/constat/constat/differential"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [audit|comparison|differential]",
		Short: "Print the JSON Schema of the Audit document, or of what diff compares",
		Example: `  constat schema > audit-1.schema.json
  constat schema comparison > comparison-1.schema.json
  constat schema differential > differential-1.schema.json`,
		ValidArgs: []string{"audit", "comparison", "differential"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			schema := audit.Schema
			if len(args) == 1 {
				schema = map[string][]byte{"audit": audit.Schema, "comparison": comparison.Schema, "differential": differential.Schema}[args[0]]
			}
			_, err := cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}
