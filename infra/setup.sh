#!/usr/bin/env bash
# What must exist before any Python of the project can run: Python 3.11 with venv, and uv. With the
# argument `python`, for an image that is given the rest, Python alone.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = python ]; then
    packages=(python3)
    modules=""
else
    command -v uv >/dev/null || [ -x .local/uv/bin/uv ] && exit 0
    packages=(python3 python3-venv)
    modules="import ensurepip, venv"
fi

if ! python3 -c "$modules" 2>/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "missing: uv; install it, or python3-venv (Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
    # A fresh machine's own updates may hold the lock for minutes.
    apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" >/dev/null; }
    apt_get update || true
    apt_get install --no-install-recommends "${packages[@]}" || {
        echo "apt-get install ${packages[*]} failed with exit code $?, see above" >&2
        exit 1
    }
fi
[ "${1:-}" = python ] && exit 0
python3 -m venv .local/uv
.local/uv/bin/pip install --quiet --disable-pip-version-check uv
