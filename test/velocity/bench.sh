#!/bin/sh
# Compares the speed of vtl, Apache Velocity 1.7 and velocityjs: nanoseconds of
# processor time per render, and how many times vtl's. Takes about two minutes.
cd "$(dirname "$0")" && exec go test . -run '^TestSpeed$' -v -count=1 -timeout 10m -args -speed
