-- Up Migration
CREATE TABLE users (
  -- Not a sequence: ids are sent to clients, and a sequence would tell how many users there are.
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- As its owner wrote it.
  username text NOT NULL,
  -- Usernames with one key are the same, see usernameKey in accounts/credentials.ts. The unique index decides between
  -- two sign-ups at the same time.
  username_key text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration
DROP TABLE users;
