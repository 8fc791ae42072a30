#!/usr/bin/env bash
# The real programs that the tests open our files in, each in a folder of its own under tools/, which git ignores:
#   tools/node_modules   the Khronos glTF validator, by npm (0.4 MB)
#   tools/bpy            Blender as a Python module, in an environment of its own: it pins an old NumPy and wants Python 3.11 (1 GB)
# What is there already is left as it is; what cannot be had here is said, and the tests that need it are skipped.
set -euo pipefail
cd "$(dirname "$0")/../tools"
BPY=5.0.1

if ! command -v npm >/dev/null; then
    echo "tools: no npm here; the glTF validator is left out"
elif [ ! -d node_modules/gltf-validator ]; then
    if npm ci --silent --no-audit --no-fund; then
        echo "tools: glTF validator installed"
    else
        rm -rf node_modules
        echo "tools: the glTF validator cannot be installed here; it is left out"
    fi
fi

if [ -e bpy/installed ]; then
    :
elif ! python3.11 -c '' 2>/dev/null; then
    echo "tools: no python3.11 here; bpy is left out"
else
    rm -rf bpy
    python3.11 -m venv bpy
    if bpy/bin/python -m pip install --quiet --disable-pip-version-check "bpy==$BPY"; then
        touch bpy/installed && echo "tools: bpy $BPY installed"
    else
        rm -rf bpy
        echo "tools: bpy $BPY cannot be installed here; it is left out"
    fi
fi
