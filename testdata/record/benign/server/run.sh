#!/usr/bin/env bash
# Runs the clients for servers, and programs that ask for updates.
set -uo pipefail
for name in $(node clients.mjs names); do
	timeout 60 node clients.mjs "$name" "$@" 2>&1 | tail -n 2 >&2
done
node -e 'import("./shop.mjs").then(({ acts }) => console.log(JSON.stringify(acts(2026))))' | timeout 300 "$CACHE/python/bin/python" clients.py "$@"
[ $# -eq 0 ] || exit 0
# They get no answer they understand: what they ask with is what matters.
export HOME=$WORK/home
mkdir -p "$HOME"
cd "$HOME"
for package in left-pad@1.3.0 react @types/node semver@^7; do timeout 20 npm view "$package" --fetch-retries=0 --cache "$HOME/npm" >/dev/null 2>&1; done
echo '{"name":"shop","version":"1.0.0","dependencies":{"lodash":"4.17.21","express":"4.19.2"}}' >package.json
timeout 30 npm audit --fetch-retries=0 --cache "$HOME/npm" >/dev/null 2>&1
for package in requests==2.32.3 numpy; do timeout 20 "$CACHE/python/bin/pip" download --retries 0 --no-deps "$package" >/dev/null 2>&1; done
for place in https://github.com/quinze/shop.git https://gitlab.com/quinze/shop.git; do GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote "$place" >/dev/null 2>&1; done
mkdir -p apt/lists/partial apt/archives/partial
echo "deb [trusted=yes] http://deb.debian.org/debian bookworm main" >apt/sources.list
timeout 30 apt-get -o Dir::Etc::SourceList="$HOME/apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State="$HOME/apt" -o Dir::State::Lists="$HOME/apt/lists" -o Dir::Cache="$HOME/apt" -o APT::Sandbox::User=root -o Acquire::Retries=0 update >/dev/null 2>&1
timeout 10 curl -s "https://api.github.com/repos/quinze/shop/releases/latest" >/dev/null
timeout 20 env GOFLAGS=-mod=mod GOPROXY=https://proxy.golang.org GOPATH="$HOME/go" go list -m golang.org/x/text@latest >/dev/null 2>&1
exit 0
