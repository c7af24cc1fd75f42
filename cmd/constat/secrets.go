package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/constat/constat/stream/keylog"
)

// secretFlags name files that open encrypted packet captures.
type secretFlags struct{ logs, keys []string }

func (s *secretFlags) register(f *pflag.FlagSet) {
	f.StringArrayVar(&s.logs, "keylog", nil, "key log `file` (SSLKEYLOGFILE) that opens TLS and QUIC in packet captures; may be given several times")
	f.StringArrayVar(&s.keys, "rsa-key", nil, "PEM `file` with a server's private RSA key, for TLS 1.2 without forward secrecy")
}

// load reads the files, nil if there are none.
func (s *secretFlags) load() (*keylog.Log, error) {
	if len(s.logs)+len(s.keys) == 0 {
		return nil, nil
	}
	l := keylog.New()
	for _, path := range s.logs {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		n, err := l.Read(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if n == 0 {
			return nil, fmt.Errorf("%s holds no secrets: expected lines like \"CLIENT_RANDOM 64-HEX-DIGITS HEX\", as browsers and curl write them to the file that SSLKEYLOGFILE names", path)
		}
	}
	for _, path := range s.keys {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := l.AddRSA(b); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return l, nil
}
