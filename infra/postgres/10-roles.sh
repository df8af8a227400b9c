#!/bin/bash
# Run once by the image's entrypoint, when the database is made. Two roles beside the administrator, whom only this
# container knows: `owner` changes the schema (the migrations), `app` reads and writes the columns that the instances need,
# which the migrations grant. The app logs in as `app` or as a second role with its rights: infra/secrets/rotate has them
# take turns.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set owner_password="$(<"$OWNER_PASSWORD_FILE")" --set app_password="$(<"$APP_PASSWORD_FILE")" \
  --set app_login="$(<"$APP_LOGIN_FILE")" <<'SQL'
CREATE ROLE owner LOGIN PASSWORD :'owner_password';
CREATE ROLE app;
SELECT format('CREATE ROLE %I IN ROLE app', :'app_login') WHERE :'app_login' <> 'app' \gexec
ALTER ROLE :"app_login" LOGIN PASSWORD :'app_password';

-- By default everybody may connect to a database and make temporary tables there.
REVOKE ALL ON DATABASE app FROM PUBLIC;
GRANT CONNECT ON DATABASE app TO owner, app;
-- Since PostgreSQL 15 only the database's owner may create in `public`.
GRANT USAGE, CREATE ON SCHEMA public TO owner;
GRANT USAGE ON SCHEMA public TO app;

-- Nothing for the tables to come: the migration that makes one grants `app` what the instances need of it.
SQL
