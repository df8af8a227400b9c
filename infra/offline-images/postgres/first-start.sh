#!/usr/bin/env bash
# Makes the cluster of an empty PGDATA, from the official image's settings: POSTGRES_PASSWORD, POSTGRES_USER,
# POSTGRES_DB, POSTGRES_INITDB_ARGS (each also as NAME_FILE), POSTGRES_HOST_AUTH_METHOD, POSTGRES_INITDB_WALDIR; then
# runs what is in /docker-entrypoint-initdb.d, in order of name, against a server that only this container reaches.
set -Eeuo pipefail

setting() { # NAME, default: from NAME or from the file that NAME_FILE names
  local name=$1 file=$1_FILE value=${2:-}
  if [[ -n ${!name:-} && -n ${!file:-} ]]; then
    echo "error: both $name and $file are set (but are exclusive)" >&2
    exit 1
  fi
  if [[ -n ${!name:-} ]]; then value=${!name}; elif [[ -n ${!file:-} ]]; then value=$(<"${!file}"); fi
  export "$name=$value"
  unset "$file"
}
setting POSTGRES_PASSWORD
setting POSTGRES_USER postgres
setting POSTGRES_DB "$POSTGRES_USER"
setting POSTGRES_INITDB_ARGS
if [[ -z $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
  echo "Error: Database is uninitialized and superuser password is not specified. Set POSTGRES_PASSWORD or" \
    "POSTGRES_PASSWORD_FILE (or, where anybody may connect, POSTGRES_HOST_AUTH_METHOD=trust)." >&2
  exit 1
fi

arguments=(--username="$POSTGRES_USER")
[[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || arguments+=(--waldir="$POSTGRES_INITDB_WALDIR")
eval "initdb ${arguments[*]@Q} --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\") $POSTGRES_INITDB_ARGS"
printf '\nhost all all all %s\n' \
  "${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}" >>"$PGDATA/pg_hba.conf"

# Other containers wait until the port answers, so while it is being set up it listens on its socket only.
shift
PGUSER=$POSTGRES_USER pg_ctl --pgdata "$PGDATA" --wait \
  -o "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")" start
export PGPASSWORD=$POSTGRES_PASSWORD
query=(psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
if [[ $POSTGRES_DB != postgres ]]; then
  PGHOST='' "${query[@]}" --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
fi
query+=(--dbname "$POSTGRES_DB")
docker_process_sql() { PGHOST='' "${query[@]}" "$@"; } # the official image's name: sourced scripts call it

# shellcheck disable=SC1090 # which files there are is the user's to say
for file in /docker-entrypoint-initdb.d/*; do
  case $file in
    *.sh) echo "$0: $file" && if [[ -x $file ]]; then "$file"; else source "$file"; fi ;;
    *.sql) echo "$0: running $file" && docker_process_sql -f "$file" ;;
    *.sql.gz) echo "$0: running $file" && gunzip -c "$file" | docker_process_sql ;;
    *.sql.xz) echo "$0: running $file" && xzcat "$file" | docker_process_sql ;;
    *.sql.zst) echo "$0: running $file" && zstd -dc "$file" | docker_process_sql ;;
    /docker-entrypoint-initdb.d/\*) ;;
    *) echo "$0: ignoring $file" ;;
  esac
done

PGUSER=$POSTGRES_USER pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
echo "PostgreSQL init process complete; ready for start up."
