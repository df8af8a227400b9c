#!/bin/sh
# As in the official image: before nginx starts, /docker-entrypoint.d is gone through in order; *.envsh are read into
# this shell (they may export variables), *.sh are run. NGINX_ENTRYPOINT_QUIET_LOGS silences what this says.
set -e
say() { [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"; }
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  # shellcheck disable=SC1090 # which files there are is the user's to say
  for step in /docker-entrypoint.d/*; do
    case $step in
      *.envsh) if [ -x "$step" ]; then say "reading $step" && . "$step"; else say "$step is not executable: left out"; fi ;;
      *.sh) if [ -x "$step" ]; then say "running $step" && "$step"; else say "$step is not executable: left out"; fi ;;
    esac
  done
fi
exec "$@"
