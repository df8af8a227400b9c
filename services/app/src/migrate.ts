// Brings the database up to date, once, before instances start: `node services/app/src/migrate.ts`. Instances do not
// migrate when they start: several would do it at once, and would need rights that they do not need afterwards.

import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { ConfigError, readDatabaseUrl } from './config.ts';

try {
  const databaseUrl = readDatabaseUrl(process.env);
  const done = await runner({
    databaseUrl,
    dir: fileURLToPath(new URL('../migrations', import.meta.url)),
    direction: 'up',
    migrationsTable: 'migrations',
    // If it is started twice, the second one waits and then finds nothing to do.
    advisoryLockMode: 'wait',
    logger: { info: () => {}, warn: console.warn, error: console.error },
  });
  const migrations = done.map(({ name }) => name);
  if (process.env.LOG_FORMAT !== 'short') console.log(JSON.stringify({ msg: 'migrated', migrations }));
  else if (migrations.length > 0) console.log(`migrated the database: ${migrations.length} migrations`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 78;
}
