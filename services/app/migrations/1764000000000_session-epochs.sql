-- Up Migration

-- Only additions, so that instances of the version before go on working: they neither read nor write these columns.
-- A new column with a constant default is no rewrite of the table.
ALTER TABLE users
  -- A session of an older epoch than its user's has ended (sessions/user-sessions.ts).
  ADD COLUMN session_epoch integer NOT NULL DEFAULT 0,
  -- When it was last raised. Instances read what was raised lately, see accounts/session-epochs.ts.
  ADD COLUMN session_epoch_at timestamptz,
  -- Since when nobody may log in as this user.
  ADD COLUMN disabled_at timestamptz,
  -- With which pepper the password was hashed. A deployment with a single pepper has version 1.
  ADD COLUMN pepper_version integer NOT NULL DEFAULT 1;

-- The epoch of all users together, in one row: raising it ends all sessions, and touches no user's row.
CREATE TABLE global_session_epoch (
  is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  epoch integer NOT NULL DEFAULT 0
);
INSERT INTO global_session_epoch DEFAULT VALUES;

-- Down Migration
DROP TABLE global_session_epoch;
ALTER TABLE users
  DROP COLUMN session_epoch,
  DROP COLUMN session_epoch_at,
  DROP COLUMN disabled_at,
  DROP COLUMN pepper_version;
