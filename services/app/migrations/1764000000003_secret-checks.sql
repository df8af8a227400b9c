-- Up Migration

-- By which an instance notices that a secret is another one than before: services/app/src/secrets. What is kept is an HMAC
-- under a key that is derived from the secret, of no use to check a password or to sign a cookie. Additions only: instances
-- of the version before do not look at them.

-- Never changed: whoever starts first with a version decides which pepper that is.
CREATE TABLE pepper_checks (
  version integer PRIMARY KEY,
  tag text NOT NULL
);

-- One row, which moves on when the secret is rotated.
CREATE TABLE session_secret_check (
  is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  tag text NOT NULL
);

DO $$
BEGIN
  IF current_user = 'app' OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
    RETURN;
  END IF;
  GRANT SELECT, INSERT ON pepper_checks TO app;
  GRANT SELECT, INSERT (tag), UPDATE (tag) ON session_secret_check TO app;
END
$$;

-- Down Migration
DROP TABLE pepper_checks, session_secret_check;
