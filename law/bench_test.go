package law

import "testing"

func BenchmarkTransfer(b *testing.B) {
	book := book(b)
	q := Question{From: "FR", To: "US", On: day("2026-01-01"), Type: "location.precise"}
	for b.Loop() {
		book.Transfer(q)
	}
}
