#!/usr/bin/env bash
# Records the captures of testdata anew with real tools, on loopback only:
#
#   quinze-chromium.har   what headless Chromium sent, as HAR
#   quinze-mitmdump.mitm  the same page through Debian's mitmdump
#   truth.json            what the page says it sent, by its own account
#
# It installs nothing. Needs go, node, Debian's chromium and mitmproxy, and
# playwright-core, found in $PLAYWRIGHT_FROM/node_modules (default: this folder).
set -euo pipefail
cd "$(dirname "$0")"
data=$(cd .. && pwd)

need() { command -v "$1" >/dev/null || { echo "record.sh: no $1: $2" >&2; exit 1; }; }
need go "https://go.dev/dl"
need node "apt-get install nodejs npm"
need chromium "apt-get install chromium"
need mitmdump "apt-get install mitmproxy"
export PLAYWRIGHT_FROM="${PLAYWRIGHT_FROM:-$PWD}" CHROMIUM="${CHROMIUM:-$(command -v chromium)}"
[ -d "$PLAYWRIGHT_FROM/node_modules/playwright-core" ] || {
	echo "record.sh: no playwright-core: (mkdir -p /tmp/pw && cd /tmp/pw && npm i playwright-core), then PLAYWRIGHT_FROM=/tmp/pw $0" >&2
	exit 1
}

work=$(mktemp -d)
mkdir "$work/home"
stop=()
trap 'for p in "${stop[@]}"; do kill "$p" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"' EXIT

# The origin serves until its standard input ends.
go build -o "$work/origin" ./origin
mkfifo "$work/hold"
"$work/origin" <"$work/hold" >"$work/port" &
stop+=($!)
exec 3>"$work/hold"
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
port=$(cat "$work/port")

node browse.mjs "$data/persona.toml" "$port" --har "$work/page.har" --truth "$work/truth.json"

# A home of its own keeps mitmproxy's authority and settings out of the user's.
# The filter leaves out what Chromium asks for itself, which resolve.py refuses.
proxy=$(( port > 60000 ? port - 1000 : port + 1000 ))
HOME="$work/home" ORIGIN_PORT=$port mitmdump -q --listen-host 127.0.0.1 --listen-port "$proxy" \
	--set confdir="$work/home" --set save_stream_filter='~d "\.test$"' --ssl-insecure -s resolve.py -w "$work/page.mitm" &
mitm=$!
stop+=("$mitm")
for _ in $(seq 100); do (exec 4<>"/dev/tcp/127.0.0.1/$proxy") 2>/dev/null && break; sleep 0.1; done
node browse.mjs "$data/persona.toml" "$port" --proxy "http://127.0.0.1:$proxy" --truth "$work/truth-mitm.json"
kill -INT "$mitm"
wait "$mitm" || true

cmp -s "$work/truth.json" "$work/truth-mitm.json" || { echo "record.sh: the two runs did not send the same" >&2; exit 1; }
for word in "$(hostname)" "$(id -un)@" "$work" "$PWD"; do
	if grep -aqF -- "$word" "$work/page.har" "$work/page.mitm"; then
		echo "record.sh: a recording holds \"$word\", which is this machine's" >&2
		exit 1
	fi
done
cp "$work/page.har" "$data/quinze-chromium.har"
cp "$work/page.mitm" "$data/quinze-mitmdump.mitm"
cp "$work/truth.json" "$data/truth.json"
echo "recorded with $($CHROMIUM --version 2>/dev/null), $(mitmdump --version | head -1), playwright-core $(node -p "require('$PLAYWRIGHT_FROM/node_modules/playwright-core/package.json').version")"
