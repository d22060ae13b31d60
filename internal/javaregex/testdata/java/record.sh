#!/bin/sh
# Records anew what java.util.regex (JDK 17) answers: one line in NAME.out for each line in NAME.txt.
set -e
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
javac -d "$out" Record.java
for f in *.txt; do
	java -cp "$out" Record "$f" > "${f%.txt}.out"
done
