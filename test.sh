#!/usr/bin/env bash
# Runs every test. What the tests need and this machine lacks (Chromium,
# mitmproxy, tshark, curl, openssl, xxd) is installed first, through apt-get,
# when we are root or may become it without a password; otherwise the tests that
# need it skip themselves, and this says so.
#
# CONSTAT_SCREENSHOTS=DIR keeps the pictures that the tests take of the lab's app
# and of its report: those in docs/ were made so.
set -euo pipefail
cd "$(dirname "$0")"

command -v go >/dev/null || {
	echo "test.sh: no go command: install Go 1.21 or later (https://go.dev/dl); it fetches the version that go.mod names" >&2
	exit 1
}

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v mitmdump >/dev/null || missing+=(mitmproxy)
command -v tshark >/dev/null || missing+=(tshark)
for tool in curl openssl xxd python3; do
	command -v "$tool" >/dev/null || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
	root=()
	[ "$(id -u)" -eq 0 ] || root=(sudo -n)
	if command -v apt-get >/dev/null && "${root[@]}" true 2>/dev/null; then
		echo "test.sh: installing ${missing[*]} …" >&2
		"${root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
			'apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@" >/dev/null' sh "${missing[@]}" ||
			echo "test.sh: could not install ${missing[*]}: the tests that need them will skip" >&2
	else
		echo "test.sh: no ${missing[*]} and no right to install: the tests that need them will skip" >&2
	fi
fi

# A face for the fake camera: Eileen Collins, by NASA, in the public domain, out of
# a Debian package. It is not installed: only this file is taken from it.
portrait=${XDG_CACHE_HOME:-$HOME/.cache}/constat-test/astronaut.png
if ! [ -s "$portrait" ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
	package=$(mktemp -d)
	chmod 755 "$package"
	mkdir -p "${portrait%/*}"
	if (cd "$package" && apt-get download -qq python3-skimage >/dev/null 2>&1) &&
		dpkg-deb --fsys-tarfile "$package"/python3-skimage_*.deb | tar -xO ./usr/lib/python3/dist-packages/skimage/data/astronaut.png >"$portrait.new"; then
		mv "$portrait.new" "$portrait"
	else
		echo "test.sh: no portrait (Debian's python3-skimage): the test that films a face will skip" >&2
	fi
	rm -rf "$package" "$portrait.new"
fi

[ -z "${CONSTAT_SCREENSHOTS-}" ] || CONSTAT_SCREENSHOTS=$(realpath "$CONSTAT_SCREENSHOTS")
go vet ./...
go test ./...
