// One client that sends very many requests, each of which makes work or is stored: wrong logins, and guests' carts. All
// limits are as in production, and so is the work of a hash.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { settings } from '../../../services/app/src/config.ts';
import { type Bystanders, startBystanders } from '../../support/bystanders.ts';
import { type Site, startSite } from '../site.ts';
import { abuse, expectServed, expectUnharmed } from './abuse-run.ts';
import { keepHashing } from './busy-hashing.ts';

jest.setTimeout(120_000);

/** An empty setting is one that is not set: the default, where the laboratory's fleets have wide limits. */
const throttlesOfProduction = Object.fromEntries(
  Object.keys(settings.shape).flatMap((name) => (name.startsWith('THROTTLE_') ? [[name, '']] : [])),
);

let site: Site;
let bystanders: Bystanders;
beforeAll(async () => {
  site = await startSite(
    { ...throttlesOfProduction, BCRYPT_ROUNDS: '10', HASH_THREADS: '1' },
    { clientLimits: 'production' },
  );
  bystanders = await startBystanders(site.baseUrl, site.instances, { readers: 100, logins: 3, pauseMs: 500 });
}, 120_000);
afterAll(async () => {
  await bystanders?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

test('a flood of logins of one client lets all others read and log in', async () => {
  const run = await abuse(site, bystanders, 'wrong logins', 200, (ms) => keepHashing(site, ms));
  // How long reads wait is printed, and not judged: the guesses that are let through are hashed, and on a machine with
  // fewer cores than hash threads reads wait for that as they do while people log in (before and after). Measured on two
  // cores: 0.9 to 3.5 times as long as then.
  expectServed(run);
  expect(run.during.logins).toBeGreaterThan(0);
  // What got as far as the comparison of a password is not more than the throttle of an address allows.
  expect(run.attack.opened).toBeGreaterThan(300);
  expect(run.attack.answers['401'] ?? 0).toBeLessThanOrEqual(100);
  expect(run.attack.answers['429'] ?? 0).toBeGreaterThan(100);
});

test('a flood of guests of one client lets all others read and log in, and Redis does not fill up', async () => {
  const before = await site.fleet.redis.usedBytes();
  const run = await abuse(site, bystanders, 'new guests', 200);
  expectUnharmed(run);
  expect(run.attack.opened).toBeGreaterThan(500);
  expect(run.attack.answers['200'] ?? 0).toBeLessThanOrEqual(120);
  expect((await site.fleet.redis.usedBytes()) - before).toBeLessThan(2 * 2 ** 20);
});
