package live

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestAuthority: made once, then read; a certificate without its key, which an
// interruption leaves, is made anew.
func TestAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	a, made, err := OpenAuthority(dir)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	b, made, err := OpenAuthority(dir)
	if err != nil || made || !bytes.Equal(a.Certificate.Raw, b.Certificate.Raw) {
		t.Errorf("the second time: made %v, %v", made, err)
	}
	must(t, os.Remove(filepath.Join(dir, authorityKey)))
	c, made, err := OpenAuthority(dir)
	if err != nil || !made || bytes.Equal(a.Certificate.Raw, c.Certificate.Raw) {
		t.Errorf("without its key: made %v, %v", made, err)
	}
	files, err := os.ReadDir(dir)
	must(t, err)
	if len(files) != 2 {
		t.Errorf("%v", files)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	// What cannot be put leaves nothing behind.
	must(t, os.Mkdir(filepath.Join(dir, "taken"), 0o700))
	if err := putFile(filepath.Join(dir, "taken"), []byte("secret")); err == nil {
		t.Error("a directory was replaced")
	}
	if files, _ := os.ReadDir(dir); len(files) != 3 {
		t.Errorf("%v", files)
	}
}
