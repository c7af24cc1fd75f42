package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
)

// planted is a row of the truth, see bench/trackhar/generate.
type planted struct {
	Entry, Value                                     int
	Type, Text, Surface, Form, Detail, Place, Inside string
}

// truth is everything that was planted.
type truth struct {
	rows    []planted
	byEntry map[int][]int // rows of an entry
	entries int
}

// found is which rows of the truth a tool found, and how many hits on known
// values it reported in entries where they were not planted.
type found struct {
	rows      map[int]bool
	unplanted int
}

func readTruth(name string) (*truth, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &truth{byEntry: map[int][]int{}}
	dec := json.NewDecoder(bufio.NewReader(f))
	for {
		var p planted
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", name, len(t.rows)+1, err)
		}
		t.byEntry[p.Entry] = append(t.byEntry[p.Entry], len(t.rows))
		t.rows = append(t.rows, p)
	}
	t.entries = len(t.byEntry)
	return t, nil
}

// peerEntry is what TrackHAR found in one entry.
type peerEntry struct {
	Entry int
	Hits  []struct{ By, Value string }
}

// checkTrackHAR counts a planted value as found when any hit in its entry,
// as it is or decoded, contains it in any case: under whatever property
// name, by adapter or by value search.
func (t *truth) checkTrackHAR(entries []peerEntry) found {
	f := found{rows: map[int]bool{}}
	for _, e := range entries {
		for _, hit := range e.Hits {
			spellings := []string{strings.ToLower(hit.Value)}
			if s, err := url.QueryUnescape(hit.Value); err == nil {
				spellings = append(spellings, strings.ToLower(s))
			}
			if b, err := base64.StdEncoding.DecodeString(hit.Value); err == nil {
				spellings = append(spellings, strings.ToLower(string(b)))
			}
			matched := false
			for _, row := range t.byEntry[e.Entry] {
				p := t.rows[row]
				for _, s := range spellings {
					if strings.Contains(s, strings.ToLower(p.Text)) || strings.Contains(s, strings.ToLower(p.Surface)) {
						f.rows[row], matched = true, true
					}
				}
			}
			if !matched && hit.By == "indicators" {
				f.unplanted++
			}
		}
	}
	return f
}

// checkConstat reads the ledger as a stream. A planted value is found when a
// transfer of its entry names it as a persona value.
func (t *truth) checkConstat(name string) (found, error) {
	f := found{rows: map[int]bool{}}
	file, err := os.Open(name)
	if err != nil {
		return f, err
	}
	defer file.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(file, 1<<20))
	if _, err := dec.Token(); err != nil { // {
		return f, fmt.Errorf("%s: %w", name, err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return f, fmt.Errorf("%s: %w", name, err)
		}
		if key != "transfers" {
			var skip json.RawMessage
			if err := dec.Decode(&skip); err != nil {
				return f, fmt.Errorf("%s: %v: %w", name, key, err)
			}
			continue
		}
		if _, err := dec.Token(); err != nil { // [
			return f, fmt.Errorf("%s: transfers: %w", name, err)
		}
		for dec.More() {
			var row struct {
				ID           string
				PersonaValue *int `json:"persona_value"`
				Flow         struct{ ID string }
			}
			if err := dec.Decode(&row); err != nil {
				return f, fmt.Errorf("%s: transfers: %w", name, err)
			}
			if row.PersonaValue == nil {
				continue
			}
			var entry int
			if _, err := fmt.Sscanf(row.Flow.ID, "f%d", &entry); err != nil {
				return f, fmt.Errorf("%s: transfer %s: flow id %q: want f and the index of the entry", name, row.ID, row.Flow.ID)
			}
			matched := false
			for _, i := range t.byEntry[entry] {
				if t.rows[i].Value == *row.PersonaValue {
					f.rows[i], matched = true, true
				}
			}
			if !matched {
				f.unplanted++
			}
		}
		if _, err := dec.Token(); err != nil { // ]
			return f, fmt.Errorf("%s: transfers: %w", name, err)
		}
	}
	return f, nil
}

// printRecall prints what share of each form and place was found.
func (t *truth) printRecall(peer found, ours map[int]bool) {
	type tally struct{ all, peer, ours int }
	groups := map[string]*tally{}
	for i, p := range t.rows {
		for _, name := range []string{
			"form   " + p.Form + ", " + p.Detail,
			"place  " + strings.TrimSpace(p.Place+" "+p.Inside),
		} {
			g := groups[name]
			if g == nil {
				g = new(tally)
				groups[name] = g
			}
			g.all++
			if peer.rows[i] {
				g.peer++
			}
			if ours[i] {
				g.ours++
			}
		}
	}
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Printf("\n%-36s %8s %9s %8s\n", "planted values found", "planted", "TrackHAR", "constat")
	for _, name := range names {
		g := groups[name]
		if ours == nil {
			fmt.Printf("%-36s %8d %9d %8s\n", name, g.all, g.peer, "-")
		} else {
			fmt.Printf("%-36s %8d %9d %8d\n", name, g.all, g.peer, g.ours)
		}
	}
}
