#!/usr/bin/env bash
# Records testdata/quinze/chromium.har and testdata/quinze/mitmdump.mitm with
# real tools, on loopback, with the invented persona of testdata/quinze/persona.toml.
# Needs Debian's chromium and mitmproxy, node, and npm (for playwright-core,
# which goes to a cache folder).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
for tool in go chromium mitmdump node npm; do
	command -v "$tool" >/dev/null || { echo "record.sh: $tool is missing (apt-get install chromium mitmproxy nodejs npm)" >&2; exit 1; }
done
cache=${XDG_CACHE_HOME:-$HOME/.cache}/constat-record
mkdir -p "$cache"
[ -d "$cache/node_modules/playwright-core" ] || npm install --silent --no-audit --no-fund --prefix "$cache" playwright-core
cp "$here/record.mjs" "$cache/"

(cd "$root" && go build -o "$cache/origin" ./testdata/quinze/record/origin)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
"$cache/origin" -listen 127.0.0.1:8443 &
sleep 1

rm -f "$root/testdata/quinze/chromium.har" "$root/testdata/quinze/mitmdump.mitm"
node "$cache/record.mjs" har "$root/testdata/quinze/chromium.har" "$root/testdata/quinze/persona.toml" "$root/testdata/quinze/truth.json"
mitmdump -q --listen-host 127.0.0.1 --listen-port 8081 --ssl-insecure --set confdir="$cache/mitmproxy" \
	--set save_stream_filter='~d "\.test$"' \
	-s "$here/loopback.py" -w "$root/testdata/quinze/mitmdump.mitm" &
mitm=$!
for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/8081) 2>/dev/null && break; sleep 0.2; done
node "$cache/record.mjs" mitm - "$root/testdata/quinze/persona.toml"
kill -INT "$mitm" && wait "$mitm" || true
ls -l "$root/testdata/quinze"
