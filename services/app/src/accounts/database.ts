import pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';

/**
 * A pool of connections, opened when they are needed. Every wait in it has a deadline, shorter than those of clients and
 * of the proxy.
 */
export function openDatabase(config: Config['database'], log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.poolMax,
    // Also ends the wait for a free connection when all are busy. Without it that wait has no end.
    connectionTimeoutMillis: 1000,
    // Postgres stops a slow statement itself. If Postgres does not answer at all, the client stops waiting.
    statement_timeout: 1500,
    query_timeout: 2000,
    // Ends the transaction of an instance that has stopped in the middle of it, which others would wait for.
    idle_in_transaction_session_timeout: 5000,
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that breaks, as all do when Postgres restarts, would end the process without a listener. The pool
  // has already removed it.
  pool.on('error', (error) => log.warn({ err: error }, 'lost an idle connection to Postgres'));
  return pool;
}
