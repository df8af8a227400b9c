-- Up Migration

-- A migration of its own: while an index is built, users can be read and not written, about a second for a million.

-- For the instances, which ask every second whose epoch was raised. It holds only users for whom it ever was.
CREATE INDEX users_session_epoch_at ON users (session_epoch_at) WHERE session_epoch_at IS NOT NULL;
-- For the highest cost of a stored hash (`$2b$12$…`), which an unknown user has to cost as well.
CREATE INDEX users_bcrypt_cost ON users (substr(password_hash, 5, 2));

-- Down Migration
DROP INDEX users_session_epoch_at;
DROP INDEX users_bcrypt_cost;
