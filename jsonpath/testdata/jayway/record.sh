#!/bin/sh
# Records anew what Jayway JsonPath answers: one line in NAME.out for each line in NAME.txt.
# Needs a JDK and, in JARS, a class path with json-path 2.9 and what it needs; with its packages
# moved (as in wiremock-standalone.jar) also PREFIX, e.g. "wiremock.".
set -e
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
sed "s/import com\.jayway/import ${PREFIX}com.jayway/" Record.java > "$out/Record.java"
javac -cp "$JARS" -d "$out" "$out/Record.java"
for f in *.txt; do
	java -cp "$JARS:$out" Record "$f" 2> /dev/null > "${f%.txt}.out"
done
