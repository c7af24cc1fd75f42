package qpack

import "github.com/constat/constat/flow"

// entryCost is what an entry counts beside its name and value (RFC 9204,
// 3.2.1).
const entryCost = 32

// table is the dynamic table. Entries are addressed by their absolute index,
// which is the number of entries that were inserted before.
type table struct {
	entries  []flow.Field // the newest last
	inserted uint64       // entries ever
	size     int          // of entries
	capacity int          // that the encoder has set
	grace    int          // bytes kept beyond the capacity
}

// insert adds an entry, and forgets the oldest that there is no room for.
func (t *table) insert(f flow.Field) {
	t.entries = append(t.entries, f)
	t.inserted++
	t.size += len(f.Name) + len(f.Value) + entryCost
	t.trim()
}

// trim forgets what is beyond the capacity and the grace.
func (t *table) trim() {
	n := 0
	for t.size > t.capacity+t.grace && n < len(t.entries) {
		f := &t.entries[n]
		t.size -= len(f.Name) + len(f.Value) + entryCost
		*f = flow.Field{}
		n++
	}
	t.entries = t.entries[n:]
}

// at returns the entry of an absolute index.
func (t *table) at(index uint64) (flow.Field, bool) {
	if back := t.inserted - index; index < t.inserted && back <= uint64(len(t.entries)) {
		return t.entries[uint64(len(t.entries))-back], true
	}
	return flow.Field{}, false
}

// back returns the entry that an instruction of the encoder calls by a
// relative index: 0 is the newest (RFC 9204, 3.2.5).
func (t *table) back(relative uint64) (flow.Field, bool) {
	if relative >= t.inserted {
		return flow.Field{}, false
	}
	return t.at(t.inserted - 1 - relative)
}
