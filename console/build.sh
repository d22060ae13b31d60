#!/usr/bin/env bash
# Builds the console's pages into internal/console/dist, where they are embedded;
# does nothing where npm is missing or nothing changed since the last time.
set -euo pipefail
cd "$(dirname "$0")"
dist=../internal/console/dist
stamp=node_modules/.lambdagate-stamp

if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
  echo "console: npm is not installed, so the pages are not built" >&2
  exit 0
fi
now=$( (find src -type f -print0 | sort -z | xargs -0 sha256sum; sha256sum index.html vite.config.ts tsconfig.json package.json package-lock.json .npmrc build.sh compress.mjs) | sha256sum)
if [ -f "$stamp" ] && [ -f "$dist/index.html.br" ] && [ "$(cat "$stamp")" = "$now" ]; then
  exit 0
fi
lock=$(sha256sum package-lock.json .npmrc)
if [ "$(cat node_modules/.lambdagate-lock 2>/dev/null)" != "$lock" ]; then
  npm ci --no-audit --no-fund --loglevel=error
  echo "$lock" >node_modules/.lambdagate-lock
fi
rm -rf "$dist/assets" "$dist"/index.html*
node_modules/.bin/vite build --logLevel warn
node compress.mjs "$dist"
echo "$now" >"$stamp"
