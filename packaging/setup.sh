#!/usr/bin/env bash
# Sets up all that is missing: system packages where it may, and .venv from the locked requirements. With `tests`, also
# what only some tests need; those are skipped where it cannot be had.
# Does nothing, quickly, when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
lock=packaging/requirements-dev.txt
packages=packaging/debian-packages.txt

system_packages() {
    command -v dpkg-query >/dev/null 2>&1 || return 0
    local wanted missing
    wanted=$(grep -v '^#' "$packages")
    # shellcheck disable=SC2086
    missing=$(comm -23 <(printf '%s\n' $wanted | sort) \
        <(dpkg-query -W -f='${Package} ${Status}\n' $wanted 2>/dev/null | awk '$NF=="installed"{print $1}' | sort))
    [ -z "$missing" ] && return 0
    local sudo=
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo=sudo
        else
            echo "Yantu needs these system packages; please install them and start again:" >&2
            echo "  sudo apt-get install --no-install-recommends" $missing >&2
            return 0
        fi
    fi
    echo "Installing system packages:" $missing >&2
    $sudo apt-get update -qq >&2
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >&2
}

test_packages() {
    command -v dpkg-query >/dev/null 2>&1 || return 0
    [ "$(id -u)" -eq 0 ] || return 0
    local package
    for package in $(grep -v '^#' packaging/debian-packages-tests.txt); do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
        command -v "$package" >/dev/null 2>&1 && continue
        echo "Installing $package for the tests" >&2
        DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
            echo "Tests that need $package are skipped: it could not be installed" >&2
    done
}

virtual_environment() {
    local stamp=.venv/.yantu-lock
    local mark
    mark=$(cat "$lock" pyproject.toml | cksum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$mark" ] && return 0
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    echo "Installing Python packages into .venv (about a minute the first time)" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
    echo "$mark" > "$stamp"
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Yantu needs Python 3.11 or newer; set PYTHON=/path/to/python3.11 and start again." >&2; exit 1; }
system_packages
[ "${1:-}" = tests ] && test_packages
virtual_environment
