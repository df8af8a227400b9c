#!/bin/bash
# Run once by the image's entrypoint, when the database is made. Two roles beside the administrator, whom only this
# container knows: `owner` changes the schema (the migrations), `app` reads and writes rows and can change nothing else.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set owner_password="$(<"$OWNER_PASSWORD_FILE")" --set app_password="$(<"$APP_PASSWORD_FILE")" <<'SQL'
CREATE ROLE owner LOGIN PASSWORD :'owner_password';
CREATE ROLE app LOGIN PASSWORD :'app_password';

-- By default everybody may connect to a database and make temporary tables there.
REVOKE ALL ON DATABASE app FROM PUBLIC;
GRANT CONNECT ON DATABASE app TO owner, app;
-- Since PostgreSQL 15 only the database's owner may create in `public`.
GRANT USAGE, CREATE ON SCHEMA public TO owner;
GRANT USAGE ON SCHEMA public TO app;

-- For the tables to come: what `owner` creates, `app` may use.
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO app;
SQL
