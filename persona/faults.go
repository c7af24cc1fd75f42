package persona

// Verdict is what a value is worth as a planted one.
type Verdict int

const (
	Strong  Verdict = iota // met anywhere, it is evidence
	Weak                   // it can be used, and says less
	Refused                // it shows nothing: plant another
)

func (v Verdict) String() string { return [...]string{"strong", "weak", "refused"}[v] }

// Use is what an audit makes of a value.
type Use int

const (
	Everywhere Use = iota // searched for everywhere, grade A
	Downgraded            // the same; grade B in a field that is not named for it
	Named                 // counted only in a field that is named for it
	Nowhere               // not searched for
)

func (u Use) String() string { return [...]string{"everywhere", "downgraded", "named", "nowhere"}[u] }

// Fault is something that a value lacks, or, when it is Strong all the same,
// a remark. Its sentences hold no value.
type Fault struct {
	Code    string // stable, for programs
	Verdict Verdict
	Use     Use
	Why     string
	Remedy  string
	Other   int // index of the other value, for those that are about two; else -1
}

// faults are all there are. What chance writes too is counted only in a field
// that is named for it, what is nothing but words is downgraded elsewhere. What
// somebody may have typed by habit (a sample, a run of digits) is neither: it
// is searched for as it stands, and the reason stands beside it.
var faults = func() map[string]Fault {
	const longer = "plant a longer one: at least 9 random digits, 8 hexadecimal digits or 7 letters"
	const read = "read it again on the device"
	all := map[string]Fault{}
	for _, f := range []Fault{
		{"short", Weak, Named, "too short: chance writes it too (fewer than 30 bits)", longer, -1},
		{"plain", Weak, Named, "only one or two different characters", longer, -1},
		{"empty", Weak, Named, "no letters or digits", longer, -1},
		{"shared", Weak, Named, "shared by many people: it counts only in a field that is named for it", "none: such a value can be no better", -1},
		{"time", Weak, Named, "reads as a time in seconds or milliseconds, of which all traffic is full", "plant a number that does not begin with 14 to 20, or a longer one", -1},
		{"coarse", Weak, Named, "fewer than 3 decimals: about 1 km or coarser", "give 6 decimals, none of them a trailing zero", -1},

		{"near", Weak, Everywhere, "fewer than 5 decimals: neighbours have the same position", "give 6 decimals, none of them a trailing zero", -1},
		{"words", Weak, Downgraded, "made of common words: others write them too", "add an invented word, or random letters", -1},
		{"names", Weak, Downgraded, "a common name: others have it", "give a family name that nobody has", -1},
		{"pattern", Weak, Everywhere, "follows a pattern (a word, a run, a repetition, a date): others choose it too", "plant a random one", -1},
		{"vocabulary", Weak, Downgraded, "programs call fields by this word", "plant a random one", -1},
		{"few", Weak, Everywhere, "of a range for fiction that has a thousand numbers or fewer: examples use the same ones", "give the number of a SIM of your own", -1},
		{"inside", Weak, Everywhere, "another value contains it, or it another: which of them was sent cannot always be told", "plant values that have nothing in common", -1},

		{"blank", Refused, Nowhere, "zeros or a mask, which systems show instead of a value: it is not looked for", "read it where the device shows it, or leave it out", -1},
		{"sample", Refused, Downgraded, "a sample from documentation, or a placeholder: others send it too", "plant one of your own", -1},
		{"digits", Refused, Everywhere, "the check digit is wrong: a digit was misread, so looking for it in vain says nothing", read, -1},
		{"form", Refused, Everywhere, "it does not have the form of its type, so looking for it in vain says nothing", read, -1},
		{"number", Refused, Everywhere, "no such number can exist in its country, or its country is not told", "write it with + and the country code, or set region", -1},
		{"equal", Refused, Everywhere, "the same as another value: which of them was sent cannot be told", "plant two different ones", -1},
		{"before", Refused, Everywhere, "it was in the traffic before it was planted", "plant another", -1},

		// Remarks.
		{"fiction", Strong, Everywhere, "of a range for fiction: strong as a whole, but only 4 of its digits are its own (13 bits), so another test may use the same number", "better: the number of a SIM of your own", -1},
		{"reserved", Strong, Everywhere, "a domain that is reserved: no mail arrives, and some apps refuse it", "better: a domain where you can read mail", -1},
		{"random", Strong, Everywhere, "a randomised hardware address: it may be another on the next network", "read it again for each network", -1},
	} {
		all[f.Code] = f
	}
	return all
}()

// AllFaults lists every fault there can be, for whoever translates them.
func AllFaults() map[string]Fault { return faults }
