// Notices a session secret that was changed at once instead of rotated: whoever is logged in is logged out.

import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import { keyedTags } from '../keyed-tags.ts';

const rows = z.array(z.object({ tag: z.string() }));

/**
 * Warns in the log when the secret that signed last is none of these. That may be meant, as after a leak, so it is no
 * reason not to start. In a rotation the list holds the former one, and nothing is said.
 * @param secrets the first signs
 * @throws when Postgres does not answer
 */
export async function noteSessionSecret(
  database: Pool,
  secrets: readonly string[],
  log: Logger,
): Promise<void> {
  const tags = secrets.map((secret) =>
    keyedTags(secret, 'check of the session secret', 43)('session secret'),
  );
  const [signing = ''] = tags;
  const reply = await database.query('SELECT tag FROM session_secret_check');
  const known = rows.parse(reply.rows)[0]?.tag;
  if (known === signing) return;
  if (known !== undefined && !tags.includes(known)) {
    log.warn(
      'SESSION_SECRET is another one than before: whoever is logged in will be logged out (docs/production.md, "Change a secret while the deployment runs")',
    );
  }
  const sql =
    'INSERT INTO session_secret_check (tag) VALUES ($1) ON CONFLICT (is_only_row) DO UPDATE SET tag = $1';
  await database.query(sql, [signing]);
}
