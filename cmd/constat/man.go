package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages into a folder",
		Example: `  constat man /usr/local/share/man/man1`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return exit{exitFailure, err}
			}
			date := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			header := &doc.GenManHeader{Title: "CONSTAT", Section: "1", Source: "constat " + version(), Date: &date}
			return doc.GenManTree(cmd.Root(), header, args[0])
		},
	}
}
