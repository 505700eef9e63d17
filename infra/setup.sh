#!/usr/bin/env bash
# What must exist before any Python of the project can run: Python 3.11 with venv, and uv.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v uv >/dev/null || [ -x .local/uv/bin/uv ] && exit 0

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "missing: uv, and python3 with venv to install it; install either" >&2
        exit 1
    fi
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        python3 python3-venv >/dev/null
fi
python3 -m venv .local/uv
.local/uv/bin/pip install --quiet --disable-pip-version-check uv
