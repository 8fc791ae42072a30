#!/usr/bin/env bash
# Builds the viewer into the template that ships with ballo: src/ballo/export/viewer/template.html.
#   viewer/build.sh            types, then the template
#   viewer/build.sh --check    types, tests, and whether the template is what the source builds; without Node it says so
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v npm >/dev/null; then
    echo "The viewer was not checked: there is no Node (npm) here. CI has it."
    [ "${1:-}" = "--check" ] && exit 0
    exit 1
fi
# What is installed is what the lock file says, once for each lock file.
if ! cmp --silent package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.installed
fi
npx tsc --noEmit
if [ "${1:-}" = "--check" ]; then
    npx vitest run --reporter=dot
    node check.mjs
else
    npx vite build --logLevel warn
    cp dist/template.html ../src/ballo/export/viewer/template.html
    ls -l ../src/ballo/export/viewer/template.html
fi
