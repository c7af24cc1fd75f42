package differential

import (
	"strconv"
	"testing"
)

// TestTableIsBounded: beyond what is kept nothing is, and that is told.
func TestTableIsBounded(t *testing.T) {
	table := newTable([]Run{{}, {Persona: 1}})
	c := table.class(class{host: "a.example"}, 0)
	u := table.begin(c, 0)
	for i := range maxPaths + 100 {
		table.add(u, strconv.AppendInt(nil, int64(i), 10), field{}, [16]byte{1}, content{})
	}
	table.end(u)
	if len(table.fields) != maxPaths || len(u.contents) != maxPaths || !table.full {
		t.Errorf("%d fields, %d contents, full %v", len(table.fields), len(u.contents), table.full)
	}
	table = newTable([]Run{{}, {Persona: 1}})
	u = table.begin(table.class(class{host: "a.example"}, 0), 0)
	blob := content{shape: shape{blob: true}, data: make([]byte, maxBlob)}
	for i := range 2 * maxBlobs / maxBlob {
		table.add(u, []byte("request.body"), field{}, [16]byte{byte(i), byte(i >> 8), byte(i >> 16)}, blob)
	}
	if table.blobs > maxBlobs || len(table.contents) != 2*maxBlobs/maxBlob {
		t.Errorf("%d bytes of blobs, %d contents", table.blobs, len(table.contents))
	}
}
