#!/usr/bin/env bash
# Installs what the viewer's tests look at pages with, and listen to them: Debian's own Chromium (about 400 MB) and PulseAudio
# (10 MB, started by the test alone), by apt, with administrator's rights.
# Playwright's Python package comes with pip install '.[dev]'; it drives this Chromium and downloads none of its own.
set -euo pipefail
if command -v chromium >/dev/null && command -v pulseaudio >/dev/null && command -v parec >/dev/null; then
    echo "Chromium and PulseAudio are here already: $(command -v chromium) $(command -v pulseaudio)"
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "This is no Debian: install a Chromium or Chrome yourself, and name it in BALLO_CHROMIUM if it is not on the PATH." >&2
    exit 2
fi
as_root=$([ "$(id -u)" = 0 ] || echo sudo)
echo "Installing Debian's packages chromium, pulseaudio and pulseaudio-utils with apt-get."
$as_root apt-get update
$as_root apt-get install --yes --no-install-recommends chromium pulseaudio pulseaudio-utils
