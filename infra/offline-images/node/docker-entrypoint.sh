#!/bin/sh
# As in the official image: `docker run node app.js` and `docker run node --version` run node, anything that is a
# command runs as it is.
set -e
if [ "${1#-}" != "$1" ] || ! command -v "$1" >/dev/null; then set -- node "$@"; fi
exec "$@"
