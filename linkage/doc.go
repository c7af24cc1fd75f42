// Package linkage says who can put together what: which identifier reached
// which recipients, what travelled beside it, and which recipients told each
// other theirs.
//
// An identifier without a name is "anonymous" only as long as nobody holds it
// together with a name. The graph of this package has identifiers on one side
// and recipients on the other; an edge is a message that carried the one to the
// other, and two identifiers of one message are linked at whoever got it. Three
// facts are read off it, each with the messages that prove it:
//
//   - Shared: one identifier at two recipients that are not of one company. The
//     digest of a known value is that value: whoever knows the one can compute
//     the other, and compare.
//   - Join: the shortest way from an identifier that a recipient got to a name,
//     an address or a position, over identifiers that travelled together, at
//     this recipient or at others.
//   - Sync: a token that one recipient gave the device and that another then
//     got: cookie syncing (Acar et al., The Web Never Forgets, CCS 2014;
//     Englehardt and Narayanan, Online Tracking, CCS 2016; Papadopoulos et al.,
//     Cookie Synchronization, WWW 2019).
//
// # What counts as a token
//
// Nobody planted a recipient's own tokens, so what they look like must do: see
// Judge. The published criteria compare two persons' crawls and drop what is
// equal for both. One capture has one person, so an identifier that is the same
// for everybody (a campaign, a build, a key of the app) cannot be told from a
// personal one by its looks. Therefore a token counts only if something says
// that it is the person's: a cookie holds it, or a field that is named for an
// identifier does (data/names.toml); a name that says otherwise (a version, a
// signature, a request's number) speaks against it wherever else it stands.
//
// # What is kept
//
// Of a token that nobody planted only a keyed hash of 64 bits is kept, under a
// key that ends with the process. Memory is bounded: of tokens that one
// recipient alone got, the latest; of the rest, a fixed number. What is let go
// is counted (Limits).
//
// The package knows no taxonomy beyond what its caller says of an identifier,
// no owners and no report.
package linkage
