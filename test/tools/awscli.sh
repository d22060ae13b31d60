#!/usr/bin/env bash
# Prints the path of a folder with the one aws CLI that the tests use: version 1
# from the npm package @aws-cdk/asset-awscli-v1, unpacked once into the cache.
set -euo pipefail
version=2.2.296
cache=${LAMBDAGATE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lambdagate-test}
dir=$cache/awscli-$version
if [ ! -x "$dir/bin/aws" ]; then
  mkdir -p "$cache"
  tmp=$(mktemp -d "$cache/awscli.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  (cd "$tmp" && npm pack --silent "@aws-cdk/asset-awscli-v1@$version" >/dev/null && tar xzf ./*.tgz && python3 -m zipfile -e package/lib/layer.zip layer && rm -rf package ./*.tgz)
  mkdir -p "$tmp/bin"
  printf '#!/bin/sh\nPYTHONPATH=%s exec python3 -m awscli "$@"\n' "$dir/layer/awscli" >"$tmp/bin/aws"
  chmod +x "$tmp/bin/aws"
  mv -T "$tmp" "$dir" 2>/dev/null || [ -x "$dir/bin/aws" ] # another test was faster
  trap - EXIT
fi
echo "$dir/bin"
