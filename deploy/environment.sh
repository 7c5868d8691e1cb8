#!/bin/sh
# Makes .venv from requirements.txt, or finds that it is still the same and returns at once.
set -eu
cd "$(dirname "$0")/.."

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

python=""
for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
    if usable "$name"; then python=$name; break; fi
done
if [ -z "$python" ]; then
    echo "Meterglass needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python." >&2
    exit 1
fi

if [ -x .venv/bin/python ] && ! usable .venv/bin/python; then rm -rf .venv; fi

wanted=$("$python" -c 'import hashlib; print(hashlib.sha256(open("requirements.txt", "rb").read()).hexdigest())')
if [ "$(cat .venv/requirements.sha256 2>/dev/null)" = "$wanted" ]; then exit 0; fi

if ! [ -x .venv/bin/pip ]; then
    rm -rf .venv
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        echo "$python has no venv module: install it (Debian and Ubuntu: apt-get install python3-venv)." >&2
        exit 1
    fi
fi
# requirements.txt names every package, so pip need not look for what they depend on: it would look at newer releases than the
# pinned ones, and refuse them for having no hash.
echo "Installing the pinned packages into .venv (once; a minute or two) ..." >&2
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt \
    || ! .venv/bin/python -m pip check --disable-pip-version-check >&2; then
    echo "The packages could not be installed: the reason stands above." >&2
    exit 1
fi
echo "$wanted" >.venv/requirements.sha256
