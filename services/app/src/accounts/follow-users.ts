// What an instance reads from the table of users again and again, because other instances change it.

import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { repeat } from '../operations/repeat.ts';
import type { AccountChanges } from './account-changes.ts';
import type { PasswordHasher } from './password-hash.ts';
import { SessionEpochs } from './session-epochs.ts';

export interface FollowOptions {
  readonly database: Pool;
  readonly changes: Pick<AccountChanges, 'highestCost'>;
  readonly hasher: Pick<PasswordHasher, 'noticeCost'>;
  readonly config: Pick<Config['session'], 'absoluteMs' | 'epochPollMs'>;
  readonly log: Logger;
}

/** It only changes when BCRYPT_ROUNDS does, in a deploy. */
const costEveryMs = 60_000;

/** Begins to follow the epochs of sessions and the cost of stored hashes. While Postgres is down, what is known stays known. */
export function followUsers({ database, changes, hasher, config, log }: FollowOptions) {
  const { absoluteMs, epochPollMs } = config;
  const epochs = new SessionEpochs(database, { rememberMs: absoluteMs, delayMs: epochPollMs });
  const readingEpochs = repeat(() => epochs.read(), {
    everyMs: epochPollMs,
    problem: 'cannot read from Postgres whose sessions have ended',
    log,
  });
  const readCost = async () => hasher.noticeCost((await changes.highestCost()) ?? 0);
  const readingCost = repeat(readCost, {
    everyMs: costEveryMs,
    problem: 'cannot read from Postgres what stored hashes cost',
    log,
  });
  return {
    epochs,
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all([readingEpochs, readingCost].map((reading) => reading[Symbol.asyncDispose]()));
    },
  };
}
