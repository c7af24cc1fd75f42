// Package question answers allegations from an Audit document.
//
// A question is data, not code: a claim, who makes it, what proves it, what
// refutes it, and what must be there to answer at all, written in a TOML file
// with expressions of the Common Expression Language (https://cel.dev). A set of
// them is such a file. Those in data/ come with the program; anyone can write
// another.
//
//	[[question]]
//	id        = "C02"
//	claim.en  = "A clip is taken before it is saved or shared"
//	claim.fr  = "Un clip est pris avant d’être enregistré ou partagé"
//	proved_by = [{ rows = 'data_type == "content.media" && draft_open' }]
//	needs     = ["act:next"]
//
// Expressions look at one row of the ledger at a time ("rows"), at the rows of
// one message together ("together"), at the traffic with one host ("hosts"), or
// at other facts of the traffic ("incidents"; "joins" and "syncs", which are who
// can put together what). Their variables are in Variables.
//
// A set names the sources of its claims and the laws that they concern, with
// their dates: what a question cites is checked when the set is loaded, as are
// the types of its expressions. The box has what accusers said (hong-2019), what
// a settlement promised (tiktok-settlement-2022), and what rules ask (gdpr,
// coppa, bipa, cfr-202, masvs-privacy).
//
// # A million rows
//
// The ledger is read once for all sets. An expression is taken apart at &&, ||
// and !, into atoms that look at one or two fields each; an atom is weighed once
// for each value of these fields (type tree, type judge). Only what looks at
// times, sizes or values themselves is weighed row by row. What a set may cost is
// bounded, because anybody can write one.
//
// # The four answers
//
// A question whose proof holds is observed, whatever else is missing: bytes are
// bytes. If it does not hold, the other three are told apart:
//
//   - not_measurable: something is missing without which nothing can be said. A
//     planted value was not in the persona, nobody marked the moment, the
//     instrument was not shown to work, or bytes left that nobody could read.
//   - contradicted: what was measured cannot be if the claim is true.
//   - not_observed: everything needed was there, and the proof did not turn up.
//
// What nobody can tell of a moment has no value, and a clause that hangs on it
// proves nothing and clears nobody: its question is not measurable, and says
// whether the clocks or the marks are what is missing ("clock", "unmarked:FACT").
//
// Each comes with its coverage: the share of the bytes out, apart from pictures,
// videos and sounds that the ledger accounts for, that could be read.
package question
