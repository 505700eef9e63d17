#!/usr/bin/env bash
# What must exist before any Python of the project can run: Python 3.11 with venv, and uv.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v uv >/dev/null || [ -x .local/uv/bin/uv ] && exit 0

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "missing: uv; install it, or python3-venv (Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
    # A fresh machine's own updates may hold the lock for minutes.
    apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" >/dev/null; }
    apt_get update || true
    apt_get install --no-install-recommends python3 python3-venv || {
        echo "apt-get install python3 python3-venv failed with exit code $?, see above" >&2
        exit 1
    }
fi
python3 -m venv .local/uv
.local/uv/bin/pip install --quiet --disable-pip-version-check uv
