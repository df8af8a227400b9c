#!/bin/sh
# As in the official image: options or a *.conf alone start redis-server, which drops from root to user redis.
set -e
case $1 in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid redis --regid redis --clear-groups -- "$0" "$@"
  fi
  # The official binary is built with protected mode off: in its own network a container without a password answers
  # other containers. Debian's has it on, so it is turned off unless the options or the file speak of it.
  asked=false
  for argument in "$@"; do
    case $argument in
      *protected-mode*) asked=true ;;
      *.conf) if grep -qsi '^[[:space:]]*protected-mode' "$argument"; then asked=true; fi ;;
    esac
  done
  if [ "$asked" = false ]; then set -- "$@" --protected-mode no; fi
  # What it writes (append-only files, dumps) is for its own eyes.
  [ "$(umask)" != 0022 ] || umask 0077
fi
exec "$@"
