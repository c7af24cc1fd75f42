// Package comparison lays two audits side by side: two versions of an app, two
// answers to a request for consent, two dates. It tells which transfers,
// recipients and verdicts are new, gone or changed, and of a practice that one
// audit observed and the other did not, whether that means that it ended.
//
// What is not seen is not gone. A row is new or gone only if the other audit
// could have shown it: its instrument was shown to work, the value was planted,
// the moment came about, and no bytes went to that recipient unread. Otherwise
// it was seen in one audit only, and the reasons stand beside it. How far the
// audits can be compared at all is said first.
//
// Two audits have no names in common: aliases, ids of rows and of recipients
// are each one's own. Rows are matched by data type, by the known value's label
// or place among those of its type, and by the recipient's owner or domain.
//
// This is not the proof by difference (package differential), which wants the
// same acts by two persons and reads the bytes. Here two Audit documents are
// all there is, and the person should be the same.
package comparison
