package tables

import (
	"fmt"
	"strings"
)

// Format is a kind of file that can be read.
type Format struct {
	ID    string
	Title string
	Kind  Kind

	// is reports whether a file looks like one. The first format that says so
	// reads it, so that those with a signature stand before those with none.
	is   func(*input) bool
	read func(*input, *draft) error
}

// formats in the order they are tried.
var formats = []Format{
	mmdbFormat,
	awsFormat, googleFormat, azureFormat, oracleFormat,
	trackerDBFormat, exodusFormat, disconnectFormat, trackerRadarFormat, cnameFormat,
	lacesFormat, torFormat, rangesFormat, geofeedFormat,
	v2flyFormat, blocklistFormat,
}

// Formats lists what can be read.
func Formats() []Format { return append([]Format(nil), formats...) }

// formatOf finds the format of a file, or takes the one that is named.
func formatOf(in *input, named string) (Format, error) {
	if named != "" {
		for _, f := range formats {
			if f.ID == named {
				return f, nil
			}
		}
		return Format{}, fmt.Errorf("format %q is not known; expected one of %s", named, ids())
	}
	for _, f := range formats {
		if f.is(in) {
			return f, nil
		}
	}
	if in.err != nil {
		return Format{}, fmt.Errorf("%s: %w", in.name, in.err)
	}
	return Format{}, &UnknownError{File: in.name, Seen: in.looks()}
}

func ids() string {
	var names []string
	for _, f := range formats {
		names = append(names, f.ID)
	}
	return strings.Join(names, ", ")
}

// UnknownError says that a file is of no format that can be read.
type UnknownError struct {
	File string
	Seen string // what it looks like
}

func (e *UnknownError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, of no format that is understood. Understood are:\n", e.File, e.Seen)
	for _, f := range formats {
		fmt.Fprintf(&b, "  %-16s %s\n", f.ID, f.Title)
	}
	b.WriteString("If it is one of them, name it with --as")
	return b.String()
}
