// Package house holds the test of the house's first rule: imports go down
// only. The floors are those of "The house" in DESIGN.md; a package that
// stands on none of them fails the test, so a new room is a decision.
package house
