package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/constat/constat/recipient"
	"github.com/constat/constat/recipient/tables"
)

func newData() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "Bring tables of your own: places, ranges of clouds, anycast, lists of trackers",
		Long: `The program has tables of its own, which grow old and leave out what their
licences keep out. Data takes in files that you have: it fetches nothing.
Audits use them from then on, each with its name, version, date and licence
in the report, as supplied by the user.

` + formatList() + `
What they are worth: two tables of one lineage are one witness; a table that is
more than 180 days from a capture is withheld; anycast silences tables of
places; a cloud's ranges are its own word. No list is evidence of ownership:
lists come after the program's own rows, with strength 5. GeoLite2's licence
obliges to destroy old versions: it is for look-ups and never sealed in a
dossier.

Kept in $XDG_DATA_HOME/constat/data (~/.local/share/constat/data), readable by
you alone.`,
		Example: `  constat data add dbip-country-lite-2026-06.mmdb ip-ranges.json
  constat data add trackerdb.json --content-date 2026-06-10
  constat data list
  constat data update dbip-country-lite-2026-07.mmdb
  constat data remove trackerdb`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDataAdd(), newDataList(), newDataUpdate(), newDataRemove())
	return cmd
}

// formatList tells the formats by kind.
func formatList() string {
	var b strings.Builder
	for _, kind := range []struct {
		of   tables.Kind
		says string
	}{
		{tables.Places, "Where machines are estimated to be"}, {tables.Regions, "In which region a cloud uses an address"},
		{tables.Anycast, "Which addresses answer from many places"}, {tables.Owners, "Who is behind a name, by somebody's list"},
	} {
		fmt.Fprintf(&b, "%s:\n", kind.says)
		for _, f := range tables.Formats() {
			if f.Kind == kind.of {
				fmt.Fprintf(&b, "  %-15s %s\n", f.ID, f.Title)
			}
		}
	}
	return b.String()
}

// fileFlags are what the user says of files.
type fileFlags struct {
	as, name, date, licence string
	force, json, quiet      bool
}

func (o *fileFlags) register(f *pflag.FlagSet) {
	f.StringVar(&o.as, "as", "", "`format` of the file, where its content does not show it (constat data --help lists them)")
	f.StringVar(&o.name, "name", "", "what reports call it, and, in small letters, its id")
	f.StringVar(&o.date, "content-date", "", "`day` that the content is of (2026-06-01), for files that do not say")
	f.StringVar(&o.licence, "licence", "", "licence under which you have it, where it is not known")
	f.BoolVar(&o.json, "json", false, "say what was done as JSON")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress on standard error")
}

func (o *fileFlags) check(files []string, verb string) error {
	if len(files) == 0 {
		return usage("data %s needs a file (constat data --help lists the formats)", verb)
	}
	if o.name != "" && len(files) > 1 {
		return usage("--name names one table: give the files one by one")
	}
	if known := tables.Formats(); o.as != "" && !slices.ContainsFunc(known, func(f tables.Format) bool { return f.ID == o.as }) {
		var ids []string
		for _, f := range known {
			ids = append(ids, f.ID)
		}
		return usage("--as %q: expected one of %s", o.as, strings.Join(ids, ", "))
	}
	_, err := o.day()
	return err
}

func (o *fileFlags) day() (time.Time, error) {
	if o.date == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, o.date)
	if err != nil {
		return at, usage("--content-date %q: expected a day, such as 2026-06-01", o.date)
	}
	if at.After(time.Now().Add(48 * time.Hour)) {
		return at, usage("--content-date %s is in the future", o.date)
	}
	return at, nil
}

// read makes a table of a file, with a line of progress.
func (o *fileFlags) read(file string) (*tables.Table, error) {
	day, err := o.day()
	if err != nil {
		return nil, err
	}
	bar := watch(o.quiet, func(elapsed time.Duration) string { return fmt.Sprintf("reading %s  %.0f s", file, elapsed.Seconds()) })
	defer bar.stop()
	return tables.Read(file, tables.Options{Format: o.as, Name: o.name, ContentDate: day, Licence: o.licence})
}

func newDataAdd() *cobra.Command {
	var o fileFlags
	cmd := &cobra.Command{
		Use:   "add FILE...",
		Short: "Take tables in",
		Long: `Add reads files, keeps of each what look-ups need, and a manifest of what it is.
The format is found from the content. The date of the content is read in the
file (an mmdb's build date, createDate, creationTime, "Generated:" …); where
there is none it must be told, since a report could not say otherwise whether
the table was fresh when the capture was made.

A newer file of the same publication is for constat data update. It exits with
1 when a file could not be read or is there already.`,
		Example: `  constat data add dbip-country-lite-2026-06.mmdb
  constat data add geoip geoip6                       # of Debian's tor-geoipdb
  constat data add ip-ranges.json cloud.json ServiceTags_Public_20260615.json
  constat data add tracker-radar/domains --content-date 2026-06-10
  constat data add hosts.txt --as blocklist --name "our list" --content-date 2026-06-10 --licence CC0-1.0`,
		Args: func(_ *cobra.Command, files []string) error { return o.check(files, "add") },
		RunE: func(cmd *cobra.Command, files []string) error {
			cmd.SilenceUsage = true
			return runDataChange(cmd.OutOrStdout(), files, o, false)
		},
	}
	o.register(cmd.Flags())
	return cmd
}

func newDataUpdate() *cobra.Command {
	var o fileFlags
	cmd := &cobra.Command{
		Use:   "update FILE...",
		Short: "Replace tables by newer files of the same publication",
		Long: `Update replaces the table of the same publication by a newer file that you have,
and says what changed. Nothing is kept of the old one. An older file is refused
unless --force.

It exits with 1 when a file could not be read, is older, or is of a publication
that is not there.`,
		Example: `  constat data update dbip-country-lite-2026-07.mmdb ip-ranges.json
  constat data update hosts.txt --name "our list" --content-date 2026-07-10`,
		Args: func(_ *cobra.Command, files []string) error { return o.check(files, "update") },
		RunE: func(cmd *cobra.Command, files []string) error {
			cmd.SilenceUsage = true
			return runDataChange(cmd.OutOrStdout(), files, o, true)
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.force, "force", false, "replace a table by an older file too")
	return cmd
}

// change is what became of one file.
type change struct {
	What string           `json:"what"` // added, updated, unchanged
	New  tables.Manifest  `json:"table"`
	Old  *tables.Manifest `json:"replaced,omitempty"`
}

func runDataChange(w io.Writer, files []string, o fileFlags, update bool) error {
	dir, err := dataDir()
	if err != nil {
		return exit{exitFailure, err}
	}
	store := tables.Store{Dir: dir}
	changes := []change{}
	for _, file := range files {
		c, err := o.take(store, file, update)
		if err != nil {
			return exit{exitFailure, err}
		}
		if changes = append(changes, c); !o.json {
			c.print(w)
		}
	}
	if o.json {
		return writeJSON(w, map[string]any{"folder": dir, "changes": changes})
	}
	return nil
}

// take stores one file.
func (o *fileFlags) take(store tables.Store, file string, update bool) (change, error) {
	t, err := o.read(file)
	if err != nil {
		return change{}, err
	}
	now := time.Now()
	if !update {
		if err := own(t); err != nil {
			return change{}, err
		}
		err := store.Add(t, now)
		return change{What: "added", New: t.Manifest}, err
	}
	old, err := store.Match(t)
	if err != nil {
		return change{}, err
	}
	if old.SHA256 == t.SHA256 && old.ContentDate == t.ContentDate && old.Packed == t.Packed && o.licence == "" {
		return change{What: "unchanged", New: old}, nil
	}
	old, err = store.Update(t, now, o.force)
	return change{"updated", t.Manifest, &old}, err
}

// own refuses an id that a table of the program has.
func own(t *tables.Table) error {
	_, err := recipient.OpenWith([]*tables.Table{t})
	return err
}

func (c change) print(w io.Writer) {
	m := c.New
	switch c.What {
	case "unchanged":
		fmt.Fprintf(w, "%s: unchanged, %s is the same file (content of %s)\n", m.ID, m.File, m.ContentDate)
		return
	case "updated":
		fmt.Fprintf(w, "%s: updated, content of %s → %s, %d → %d rows (%+d)\n", m.ID, c.Old.ContentDate, m.ContentDate, c.Old.Rows, m.Rows, m.Rows-c.Old.Rows)
	default:
		fmt.Fprintf(w, "%s: added, %s (%s), %s, %d rows", m.ID, m.Name, m.Format, m.Kind, m.Rows)
		if m.Skipped > 0 {
			fmt.Fprintf(w, ", %d skipped", m.Skipped)
		}
		fmt.Fprintf(w, "\n  content of %s, by %s\n", m.ContentDate, m.DateFrom)
	}
	fmt.Fprintf(w, "  licence: %s\n", m.Licence)
	if m.Kind == tables.Places {
		fmt.Fprintf(w, "  lineage: %s\n", lineageWord(m.Lineage))
	}
	if m.Note != "" {
		fmt.Fprintf(w, "  %s\n", m.Note)
	}
	if age := time.Since(m.Date()); age > 180*24*time.Hour && (m.Kind == tables.Places || m.Kind == tables.Regions) {
		fmt.Fprintf(w, "  %d days old: it is withheld from captures that are more than 180 days from %s\n", int(age.Hours()/24), m.ContentDate)
	}
}

func lineageWord(lineage string) string {
	switch recipient.Lineage(lineage) {
	case recipient.Geofeed:
		return "registries and geofeeds"
	case recipient.Commercial:
		return "commercial estimates"
	}
	return "not known, so it has no vote"
}

func newDataList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the tables that were taken in",
		Example: `  constat data list
  constat data list --json | jq -r '.tables[] | "\(.content_date) \(.id)"' | sort`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			return runDataList(cmd.OutOrStdout(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the manifests as JSON")
	return cmd
}

func runDataList(w io.Writer, asJSON bool) error {
	dir, err := dataDir()
	if err != nil {
		return exit{exitFailure, err}
	}
	list, err := tables.Store{Dir: dir}.List()
	if err != nil {
		return exit{exitFailure, err}
	}
	if asJSON {
		return writeJSON(w, map[string]any{"folder": dir, "tables": append([]tables.Manifest{}, list...)})
	}
	if len(list) == 0 {
		fmt.Fprintf(w, "no tables in %s; constat data add takes them in\n", dir)
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tKIND\tCONTENT OF\tROWS\tNAME\tLICENCE\tSEALABLE")
	for _, m := range list {
		sealable := "yes"
		if !m.Sealable {
			sealable = "no"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", m.ID, m.Kind, m.ContentDate, m.Rows, clip(m.Name, 36), clip(m.Licence, 36), sealable)
	}
	return t.Flush()
}

func newDataRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "remove ID...",
		Aliases: []string{"rm"},
		Short:   "Take tables out again, and delete them",
		Example: `  constat data remove geolite2-country`,
		Args: func(_ *cobra.Command, ids []string) error {
			if len(ids) == 0 {
				return usage("data remove needs the id of a table (constat data list)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, ids []string) error {
			cmd.SilenceUsage = true
			dir, err := dataDir()
			if err != nil {
				return exit{exitFailure, err}
			}
			for _, id := range ids {
				if err := (tables.Store{Dir: dir}).Remove(id); err != nil {
					return exit{exitFailure, err}
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: removed\n", id)
			}
			return nil
		},
	}
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// dataFlags say which of the user's tables a command uses. Labs use none, so
// that they come out alike on every machine.
type dataFlags struct {
	none  bool
	files []string
}

func (o *dataFlags) register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.files, "data", nil, "also use this `file` of places, ranges, anycast or names, for this run only (formats: constat data --help)")
	f.BoolVar(&o.none, "no-user-data", false, "do not use the tables that constat data took in")
}

// load opens the user's tables, and those of this run. A file of this run
// takes the place of a table with the same id.
func (o *dataFlags) load() ([]*tables.Table, error) {
	var user []*tables.Table
	if dir, err := dataDir(); err == nil && !o.none {
		if user, err = (tables.Store{Dir: dir}).Open(); err != nil {
			return nil, fmt.Errorf("%w (--no-user-data does without)", err)
		}
	}
	for _, file := range o.files {
		t, err := (&fileFlags{}).read(file)
		var undated *tables.NoDateError
		if errors.As(err, &undated) {
			return nil, fmt.Errorf("--data %s: the file does not say of which date its content is; take it in with: constat data add %s --content-date DAY", file, file)
		}
		if err != nil {
			return nil, fmt.Errorf("--data: %w", err)
		}
		user = slices.DeleteFunc(user, func(u *tables.Table) bool { return u.ID == t.ID })
		user = append(user, t)
	}
	slices.SortFunc(user, func(a, b *tables.Table) int { return cmp.Compare(a.ID, b.ID) })
	return user, nil
}
