#!/usr/bin/env bash
# Installs what the viewer's tests look at pages with: Debian's own Chromium (about 400 MB), by apt, with administrator's rights.
# Playwright's Python package comes with pip install '.[dev]'; it drives this Chromium and downloads none of its own.
set -euo pipefail
if command -v chromium >/dev/null; then
    echo "Chromium is here already: $(command -v chromium)"
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "This is no Debian: install a Chromium or Chrome yourself, and name it in BALLO_CHROMIUM if it is not on the PATH." >&2
    exit 2
fi
as_root=$([ "$(id -u)" = 0 ] || echo sudo)
echo "Installing Debian's package chromium with apt-get."
$as_root apt-get update
$as_root apt-get install --yes --no-install-recommends chromium
