#!/bin/sh
# Installs the peers of the bench, in the versions pinned beside this file, into build/peers/.
#
# Changes nothing when all is in place. Says what is missing, and fails then.
set -eu
cd "$(dirname "$0")/../.."

pins=bench/peers
built=build/peers

say() { printf 'setup: %s\n' "$*" >&2; }
have() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

missing() {
    have mosquitto || echo "mosquitto"
    have node || echo "nodejs (20 or newer)"
    have npm || echo "npm"
    have mkfs.ext4 || echo "e2fsprogs"
    have losetup || echo "mount"
    # Without a prebuilt binary npm compiles the SQLite module.
    { have make && have g++; } || echo "make g++"
}

# True when what is installed came from these pins.
is_installed() { cmp -s "$1" "$2/.installed"; }

install_node_red() {
    mkdir -p "$built/node-red"
    cp "$pins/node-red/package.json" "$pins/node-red/package-lock.json" "$built/node-red/"
    say "installing Node-RED; its SQLite module may have to be compiled, some minutes"
    npm ci --prefix "$built/node-red" --no-audit --no-fund --loglevel=error >&2
    cp "$pins/node-red/package-lock.json" "$built/node-red/.installed"
}

install_thingsboard() {
    folder=$built/thingsboard-gateway
    say "installing ThingsBoard Gateway"
    rm -rf "$folder"
    .venv/bin/python -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "$pins/thingsboard-gateway/requirements.txt"
    cp "$pins/thingsboard-gateway/requirements.txt" "$folder/.installed"
}

wanting=$(missing)
if [ -n "$wanting" ]; then
    say "the bench needs what is not here: $(echo "$wanting" | tr '\n' ' ')"
    exit 1
fi
is_installed "$pins/node-red/package-lock.json" "$built/node-red" || install_node_red
is_installed "$pins/thingsboard-gateway/requirements.txt" "$built/thingsboard-gateway" ||
    install_thingsboard
