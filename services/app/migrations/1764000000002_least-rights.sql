-- Up Migration

-- What the role of the instances may do: nothing but what their statements need. No DELETE and no TRUNCATE, nothing of
-- the migrations, and of tables to come only what their migration grants.
--
-- A deployment may have another role or only one. Then there is nothing to take away here: the owner of a table keeps its
-- rights.
DO $$
BEGIN
  IF current_user = 'app' OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
    RETURN;
  END IF;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM app;
  REVOKE ALL ON migrations, users, global_session_epoch FROM app;
  GRANT
    SELECT (id, username, username_key, password_hash, pepper_version, session_epoch, session_epoch_at, disabled_at),
    INSERT (username, username_key, password_hash, pepper_version),
    UPDATE (password_hash, pepper_version, session_epoch, session_epoch_at, disabled_at)
    ON users TO app;
  GRANT SELECT, UPDATE (epoch) ON global_session_epoch TO app;
END
$$;

-- Down Migration
DO $$
BEGIN
  IF current_user = 'app' OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
    RETURN;
  END IF;
  GRANT SELECT, INSERT, UPDATE, DELETE ON migrations, users, global_session_epoch TO app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO app;
END
$$;
