// One client that is slow on purpose, or has very many connections, with the proxy's limits as in production.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Bystanders, startBystanders } from '../../support/bystanders.ts';
import { type Site, startSite } from '../site.ts';
import { abuse, expectUnharmed } from './abuse-run.ts';

jest.setTimeout(120_000);

let site: Site;
let bystanders: Bystanders;
beforeAll(async () => {
  site = await startSite({}, { clientLimits: 'production' });
  bystanders = await startBystanders(site.baseUrl, site.instances, { readers: 100, logins: 3, pauseMs: 500 });
});
afterAll(async () => {
  await bystanders?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

test.each([
  ['many connections', 3000],
  ['slow headers', 2000],
  ['slow bodies', 2000],
  ['unfinished bodies', 2600],
])('%s of one client, %i at any time, harm nobody else', async (kind, count) => {
  const run = await abuse(site, bystanders, kind, count);
  expect(run.attack.opened).toBeGreaterThan(count / 2);
  expectUnharmed(run);
});
