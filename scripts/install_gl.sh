#!/usr/bin/env bash
# Installs what `--renderer gl` draws with: EGL and Mesa (about 200 MB with what they need), by apt, with administrator's rights. Mesa
# draws on the machine's own graphics card if it has a driver for it, or else in software; no window or screen is needed. NVIDIA's own
# driver brings its EGL along. The Python side comes with pip install '.[gl]'.
set -euo pipefail
if dpkg -s libegl1 libgl1 libgl1-mesa-dri >/dev/null 2>&1; then
    echo "EGL and Mesa are here already."
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "This is no Debian: install your system's packages of EGL and Mesa (libEGL, libGL and their drivers)." >&2
    exit 2
fi
as_root=$([ "$(id -u)" = 0 ] || echo sudo)
echo "Installing Debian's packages libegl1, libgl1 and libgl1-mesa-dri with apt-get."
$as_root apt-get update
$as_root apt-get install --yes --no-install-recommends libegl1 libgl1 libgl1-mesa-dri
