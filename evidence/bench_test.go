package evidence

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"strconv"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	l := create(b, newIdentity(b))
	body := request{Host: "api.example.test", Head: &Ref{}, Kind: "http", Protocol: "HTTP/2"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Append(KindRequest, body); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	l.Close()
}

func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{1 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := create(b, newIdentity(b))
			data := make([]byte, n)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Seal(data); err != nil {
					b.Fatal(err)
				}
				if l.store.waiting() > maxPending {
					l.Append(KindNote, nil)
				}
			}
			b.StopTimer()
			l.Close()
		})
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, chunk := range []int{fineChunk, coarseChunk} {
		b.Run(fmt.Sprint(chunk), func(b *testing.B) {
			data := make([]byte, 1<<20)
			keys := newDeriver(make([]byte, secretSize)).key(0)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				c := newCommitment(keys, 0, 1, chunk)
				c.Write(data)
				c.Ref()
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	secret := make([]byte, secretSize)
	b.Run("deriver", func(b *testing.B) {
		d := newDeriver(secret)
		for n := int64(0); b.Loop(); n++ {
			d.key(n)
		}
	})
	b.Run("hkdf.Expand", func(b *testing.B) {
		prk, err := hkdf.Extract(sha256.New, secret, nil)
		if err != nil {
			b.Fatal(err)
		}
		for n := int64(0); b.Loop(); n++ {
			if _, err := hkdf.Expand(sha256.New, prk, "constat body "+strconv.FormatInt(n, 10), len(bodyKey{})); err != nil {
				b.Fatal(err)
			}
		}
	})
}
