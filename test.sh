#!/usr/bin/env bash
# Runs every test. What the tests need and this machine lacks (Chromium,
# mitmproxy, curl, openssl, xxd) is installed first, through apt-get, when we are root or may
# become it without a password; otherwise the tests that need it skip
# themselves, and this says so.
set -euo pipefail
cd "$(dirname "$0")"

command -v go >/dev/null || {
	echo "test.sh: no go command: install Go 1.21 or later (https://go.dev/dl); it fetches the version that go.mod names" >&2
	exit 1
}

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v mitmdump >/dev/null || missing+=(mitmproxy)
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

go vet ./...
go test ./...
