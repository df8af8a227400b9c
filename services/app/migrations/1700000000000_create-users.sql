-- Up Migration
CREATE TABLE users (
  -- Not a running number: it is sent to clients, and would tell how many users there are.
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- As its owner writes it.
  username text NOT NULL,
  -- What makes usernames the same, see accounts/credentials.ts. The index decides between two who sign up at once.
  username_key text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration
DROP TABLE users;
