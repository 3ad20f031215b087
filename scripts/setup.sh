#!/bin/sh
# Sets up what one task needs: missing Debian packages where root is at hand, and .venv.
#
#   scripts/setup.sh demo|check|test
#
# Changes nothing when all is in place. PYTHON names another interpreter; CI=true makes a missing
# package an error, because on CI no test may be skipped.
set -eu
cd "$(dirname "$0")/.."

task=${1:-}
case $task in
    demo) lock=requirements.lock ;;
    check | test) lock=requirements-dev.lock ;;
    *) echo "usage: scripts/setup.sh demo|check|test" >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*" >&2; }
fail() { say "setup: $*"; exit 1; }

have() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }
have_zbar() { PATH="$PATH:/sbin" ldconfig -p 2>/dev/null | grep -q 'libzbar\.so\.0'; }
have_faketime() { find /usr/lib -name 'libfaketime.so.1' 2>/dev/null | grep -q .; }
have_font() { find /usr/share/fonts -name "$1" 2>/dev/null | grep -q .; }

# --- Python -----------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# The system's own python3 comes first: it is the one that Debian's python3-venv belongs to.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" || fail "PYTHON=$PYTHON does not run, or is older than Python 3.11"
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "needs Python 3.11 or newer; tried python3, python3.13, python3.12 and python3.11." \
        "Install one (Debian 12: apt install python3 python3-venv) or name it:" \
        "make setup PYTHON=/path/to/python3.11"
}

can_make_venv() { "$python" -c 'import venv, ensurepip; ensurepip.version()' >/dev/null 2>&1; }

# --- Debian packages --------------------------------------------------------------------------

# One line for each thing that is missing: package, then what its absence means.
missing_packages() {
    [ -x .venv/bin/python ] || can_make_venv ||
        echo "python3-venv  makes .venv; without it pip itself has to be fetched"
    [ "$task" = check ] && return
    have mosquitto || echo "mosquitto  the demo falls back to iotcore; tests of the broker are skipped"
    have_zbar || echo "libzbar0  the camera's last reading stage is off, and its tests are skipped"
    [ "$task" = demo ] && return
    have chromium || have chromium-browser || echo "chromium  the browser tests are skipped"
    have_font DejaVuSans.ttf ||
        echo "fonts-dejavu-core  the browser tests would show boxes for letters"
    have_font Lohit-Bengali.ttf ||
        echo "fonts-lohit-beng-bengali  the tests of printed names are skipped"
    have systemd-analyze || echo "systemd  the tests of the units are skipped"
    have losetup || echo "mount  the tests that pull a plug or fill a disk are skipped"
    { have ip && have tc; } || echo "iproute2  the tests of a bad wire are skipped"
    have nft || echo "nftables  the tests of a wire that loses packets are skipped"
    have mkfs.ext4 || echo "e2fsprogs  the tests that pull a plug are skipped"
    have strace || echo "strace  the tests that kill and cut at every write are skipped"
    have_faketime || echo "faketime  the tests with a moved clock are skipped"
    have openssl || echo "openssl  the tests of the broker's TLS and accounts are skipped"
}

# Runs a command as root, if that is possible without asking for a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

is_root_at_hand() { [ "$(id -u)" -eq 0 ] || sudo -n true >/dev/null 2>&1; }

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet \
        --no-install-recommends "$@" >&2
}

install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    names=$(printf '%s\n' "$missing" | awk '{ print $1 }' | tr '\n' ' ')
    if have apt-get && is_root_at_hand; then
        say "setup: installing $names"
        # shellcheck disable=SC2086  # a list of package names
        apt_install $names || { as_root apt-get update --quiet >&2 && apt_install $names; } ||
            say "setup: apt-get could not install them; its reason stands above"
        missing=$(missing_packages)
        [ -n "$missing" ] || return 0
    fi
    say "setup: not installed, and going on without:"
    printf '%s\n' "$missing" | sed 's/^\([^ ]*\)  /  \1: /' >&2
    say "       With root: apt install $(printf '%s\n' "$missing" | awk '{ printf "%s ", $1 }')"
    [ "${CI:-}" != true ] || fail "on CI nothing may be missing"
}

# --- .venv ------------------------------------------------------------------------------------

# Makes .venv without Debian's python3-venv: pip's own wheel comes out of a Debian package that
# is fetched and unpacked as an ordinary user, and runs straight from that file.
make_venv_with_fetched_pip() {
    have apt-get || fail "Python's venv module is incomplete and there is no pip." \
        "Install your system's package for Python virtual environments."
    say "setup: fetching pip from Debian's archive, because python3-venv is missing"
    fetched=$(mktemp -d)
    mkdir -p "$fetched/lists/partial" "$fetched/cache/archives/partial"
    own="-o Dir::State::Lists=$fetched/lists -o Dir::Cache=$fetched/cache"
    # shellcheck disable=SC2086  # a list of options
    { apt-get $own --quiet update && cd "$fetched" && apt-get $own --quiet download python3-pip-whl &&
        dpkg-deb --extract python3-pip-whl_*.deb . && cd "$OLDPWD"; } >&2 || {
        rm -rf "$fetched"
        fail "pip could not be fetched. As root: apt install python3-venv"
    }
    "$python" -m venv --without-pip .venv
    PYTHONPATH=$(echo "$fetched"/usr/share/python-wheels/pip-*.whl)
    export PYTHONPATH
    install_locked requirements.lock
    unset PYTHONPATH
    rm -rf "$fetched"
}

install_locked() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement "$1"
}

make_venv() {
    rm -rf .venv
    if can_make_venv; then
        "$python" -m venv .venv
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip .venv
        "$python" -m pip --python .venv/bin/python install --quiet --require-hashes \
            --requirement requirements.lock
    else
        make_venv_with_fetched_pip
    fi
}

version_of() { "$1" -c 'import sys; print(sys.version.split()[0], sys.implementation.name)'; }

# What an installed lock is known by: the lock, the Python, and the folder (a moved .venv is dead).
key_of() { { version_of "$python"; pwd -P; cat "$1"; } | sha256sum | cut -d ' ' -f 1; }
stamp_of() { printf '.venv/.installed-%s' "$1"; }

is_installed() {
    [ -x .venv/bin/python ] && [ -e "$(stamp_of "$1")" ] &&
        [ "$(cat "$(stamp_of "$1")")" = "$(key_of "$1")" ]
}

# True when .venv is absent, broken, or was made from an older lock, another Python or elsewhere.
is_stale() {
    [ "$(version_of .venv/bin/python 2>/dev/null)" = "$(version_of "$python")" ] || return 0
    .venv/bin/python -m pip --version >/dev/null 2>&1 || return 0
    for name in requirements.lock requirements-dev.lock; do
        [ ! -e "$(stamp_of "$name")" ] || is_installed "$name" || return 0
    done
    return 1
}

install_venv() {
    if ! is_installed "$lock"; then
        if is_stale; then make_venv; fi
        say "setup: installing $(grep -c '^[a-z]' "$lock") locked packages into .venv"
        install_locked "$lock"
        key_of requirements.lock >"$(stamp_of requirements.lock)"
        key_of "$lock" >"$(stamp_of "$lock")"
    fi
    if ! is_installed pyproject.toml; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check \
            --no-deps --no-build-isolation --no-index --editable .
        key_of pyproject.toml >"$(stamp_of pyproject.toml)"
    fi
}

python=$(find_python)
install_packages
install_venv
