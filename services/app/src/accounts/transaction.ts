import type { Pool, PoolClient } from 'pg';

/**
 * Runs the work between BEGIN and COMMIT on one connection; ROLLBACK when it fails. If COMMIT fails, nobody knows whether
 * it was carried out. Every statement has the deadlines of the pool (database.ts). The work has to have its own.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // While the work waits for something else, a connection that breaks has no query to report it to. Without a listener
  // that would end the process. The next query fails.
  const ignore = () => {};
  client.on('error', ignore);
  let isUsable = false;
  try {
    await client.query('BEGIN');
    const result = await work(client).catch(async (error: unknown) => {
      isUsable = await isRolledBack(client);
      throw error;
    });
    await client.query('COMMIT');
    isUsable = true;
    return result;
  } finally {
    client.off('error', ignore);
    // Postgres rolls back what a connection that is closed has begun.
    client.release(!isUsable);
  }
}

function isRolledBack(client: PoolClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}
