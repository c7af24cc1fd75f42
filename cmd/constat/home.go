package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
)

// homeDir is where the authority and the identity of this instrument are
// kept: $CONSTAT_HOME, or constat in the user's configuration directory.
func homeDir() (string, error) {
	if dir := os.Getenv("CONSTAT_HOME"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("%w; set CONSTAT_HOME", err)
	}
	return filepath.Join(dir, "constat"), nil
}

// dataDir is where the tables that the user supplied are kept:
// constat/data in $XDG_DATA_HOME, or in .local/share of the home directory.
func dataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "constat", "data"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%w; set XDG_DATA_HOME", err)
	}
	return filepath.Join(dir, ".local", "share", "constat", "data"), nil
}

// identityFile is the name of the age identity in the home directory.
const identityFile = "identity.txt"

// recipients seals to age recipients.
type recipients struct {
	list  []age.Recipient
	names []string
}

func (r recipients) Recipients() []age.Recipient { return r.list }
func (r recipients) Names() []string             { return r.names }

// ownRecipient is the recipient of this instrument's identity, which is made
// on first use.
func ownRecipient() (recipients, error) {
	dir, err := homeDir()
	if err != nil {
		return recipients{}, err
	}
	path := filepath.Join(dir, identityFile)
	ids, err := readIdentities(path)
	if errors.Is(err, os.ErrNotExist) {
		var id *age.X25519Identity
		if id, err = makeIdentity(path); err == nil {
			ids = []age.Identity{id}
		}
	}
	if err != nil {
		return recipients{}, err
	}
	for _, id := range ids {
		if x, ok := id.(*age.X25519Identity); ok {
			return recipients{[]age.Recipient{x.Recipient()}, []string{x.Recipient().String()}}, nil
		}
	}
	return recipients{}, fmt.Errorf("%s has no X25519 identity", path)
}

func makeIdentity(path string) (*age.X25519Identity, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(f, "# opens the contents of constat's logs; made %s\n# public key: %s\n%s\n", time.Now().Format(time.DateOnly), id.Recipient(), id)
	return id, errors.Join(err, f.Close())
}

func readIdentities(path string) ([]age.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ids, nil
}

// identities are those of a file, or this instrument's own if it has one.
func identities(path string) ([]age.Identity, error) {
	if path != "" {
		return readIdentities(path)
	}
	dir, err := homeDir()
	if err != nil {
		return nil, nil
	}
	ids, err := readIdentities(filepath.Join(dir, identityFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return ids, err
}
