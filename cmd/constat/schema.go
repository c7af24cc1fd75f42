package main

import (
	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of the Audit document",
		Example: `  constat schema > audit-1.schema.json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			_, err := cmd.OutOrStdout().Write(audit.Schema)
			return err
		},
	}
}
