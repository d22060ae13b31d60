#!/usr/bin/env bash
# Installs the Debian packages that the tests use and that are missing; without
# root it prints the command that would.
set -euo pipefail
export npm_config_fetch_retries=6 npm_config_fetch_retry_mintimeout=2000 npm_config_fetch_retry_maxtimeout=60000
need=()
have() { command -v "$1" >/dev/null 2>&1; }
have python3 || need+=(python3)
have curl || need+=(curl)
have java || need+=(default-jdk-headless)
have javac || need+=(default-jdk-headless)
[ -e /usr/share/java/velocity.jar ] || need+=(velocity)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need+=(postgresql)
have chromium || need+=(chromium)
[ -x /usr/bin/aws ] || need+=(awscli)
if [ ${#need[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then
    echo "installing: ${need[*]}"
    export DEBIAN_FRONTEND=noninteractive
    for wait in 5 20 60 stop; do
      apt-get -o Acquire::Retries=5 update -qq &&
        apt-get -o Acquire::Retries=5 install -y -qq --no-install-recommends "${need[@]}" >/dev/null && break
      [ "$wait" != stop ] || exit 1
      sleep "$wait"
    done
  else
    echo "Some tests need packages that are missing. Install them with:"
    echo "  sudo apt-get install --no-install-recommends ${need[*]}"
    exit 1
  fi
fi
"$(dirname "$0")/awscli.sh" >/dev/null
# A Docker engine, unpacked and not installed: no service starts. Only root can
# run it.
if [ "$(id -u)" = 0 ] && have apt-get; then "$(dirname "$0")/docker.sh" >/dev/null; fi
echo "test tools: ready"
