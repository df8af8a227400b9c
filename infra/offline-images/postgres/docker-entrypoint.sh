#!/usr/bin/env bash
# As in the official image: options alone are for postgres, root drops to user postgres, and an empty PGDATA becomes a
# cluster first (first-start.sh).
set -Eeuo pipefail

if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi
asks_only=false # --version, --help and --describe-config need no cluster
for argument in "$@"; do
  case $argument in -'?' | --help | --describe-config | -V | --version) asks_only=true ;; esac
done
if [[ ${1:-} == postgres && $asks_only == false ]]; then
  if ((EUID == 0)); then
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 3775 /var/run/postgresql || true # a mounted file system may refuse; then it is as it was mounted
    find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
    exec setpriv --reuid postgres --regid postgres --init-groups -- "$0" "$@"
  fi
  mkdir -p "$PGDATA"
  chmod 00700 "$PGDATA" || true
  if [[ ! -s $PGDATA/PG_VERSION ]]; then
    first-start.sh "$@"
  else
    echo "PostgreSQL Database directory appears to contain a database; Skipping initialization"
  fi
  unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE PGPASSWORD
fi
exec "$@"
