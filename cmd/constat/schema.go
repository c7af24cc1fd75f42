package main

import (
	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/differential"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [audit|differential]",
		Short: "Print the JSON Schema of the Audit document, or of a comparison",
		Example: `  constat schema > audit-1.schema.json
  constat schema differential > differential-1.schema.json`,
		ValidArgs: []string{"audit", "differential"},
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			schema := audit.Schema
			if len(args) == 1 && args[0] == "differential" {
				schema = differential.Schema
			}
			_, err := cmd.OutOrStdout().Write(schema)
			return err
		},
	}
}
