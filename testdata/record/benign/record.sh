#!/usr/bin/env bash
# Records what real analytics, crash, ads, flag and update clients send when
# nothing personal is given to them (benign.mitm.zst), and what they send when a
# shop tells them who its customer is (identified.mitm.zst, with its truth).
#
#	testdata/record/benign/record.sh [OUT]      default: this folder
#
# Everything runs in a network namespace that holds a loopback interface and
# nothing else: every name is 127.0.0.1, there mitmdump takes what comes to
# ports 443 and 80 and passes it to origin.mjs. Needs node, npm, python3, and
# Debian's chromium and mitmproxy. Packages go to $XDG_CACHE_HOME/constat-bench.
set -euo pipefail
cd "$(dirname "$0")"
for tool in node npm python3 chromium mitmdump unshare openssl zstd; do
	command -v "$tool" >/dev/null || { echo "record.sh: $tool is not installed (apt-get install nodejs npm chromium mitmproxy python3-venv openssl zstd)" >&2; exit 1; }
done
export OUT=${1:-$PWD} CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/constat-bench/benign
mkdir -p "$CACHE/web" "$CACHE/server"

install() { # FROM TO: the packages of FROM/package.json
	if ! cmp -s "$1/package.json" "$2/package.json"; then
		cp "$1/package.json" "$2/" && npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$2" >&2
	fi
}
install . "$CACHE/web"
install server "$CACHE/server"
if ! cmp -s server/requirements.txt "$CACHE/requirements.txt"; then
	python3 -m venv "$CACHE/python" && "$CACHE/python/bin/pip" install -q -r server/requirements.txt && cp server/requirements.txt "$CACHE/"
fi
rm -rf "$CACHE/dist" && mkdir -p "$CACHE/dist"
cp -- *.mjs index.html "$CACHE/web/" && mkdir -p "$CACHE/web/sdk" && cp sdk/*.mjs "$CACHE/web/sdk/" && cp server/*.mjs server/*.py shop.mjs customer.mjs "$CACHE/server/"
(cd "$CACHE/web" && ./node_modules/.bin/esbuild page.mjs --bundle --splitting --format=esm --outdir="$CACHE/dist" --log-level=error --define:global=window --define:process.env.NODE_ENV='"production"')
cp index.html "$CACHE/dist/"

# A user, host name and network of their own: nothing here can reach anything.
exec unshare --map-root-user --net --uts --mount --pid --fork --mount-proc --kill-child bash ./inside.sh
