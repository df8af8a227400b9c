// One client attacks from 127.0.0.1, while bystanders from other addresses use the site, before, meanwhile and after.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import type { Bystanders, Phase } from '../../support/bystanders.ts';
import { startChild } from '../../support/child.ts';
import { until } from '../../support/wait.ts';
import type { SignedUp, Site } from '../site.ts';

const program = fileURLToPath(new URL('attacker.ts', import.meta.url));
const phaseMs = 4000;
/** How soon after an attack all has to be as before. */
const recoveryMs = 5000;

export interface AbuseRun {
  readonly before: Phase;
  readonly during: Phase;
  readonly after: Phase;
  /** What the attacker has done: how many connections it opened, and the statuses that it saw. */
  readonly attack: { readonly opened: number; readonly answers: Readonly<Record<string, number>> };
}

/**
 * @param kind see attack-kinds.ts
 * @param count connections that are open at any time
 * @param otherwise what the site has to do before and after, for so many milliseconds. Default: nothing but the bystanders
 */
export async function abuse(
  site: Site,
  bystanders: Bystanders,
  kind: string,
  count: number,
  otherwise: (ms: number) => Promise<unknown> = sleep,
): Promise<AbuseRun> {
  const user = await site.user();
  const quiet = () => bystanders.during(() => otherwise(phaseMs));
  const before = await quiet();
  await using attacker = await startChild(process.execPath, [program, kind, site.baseUrl, String(count)]);
  // Not the start of its process, which takes a core for a moment.
  await until('the attack has begun', () => attacker.output().includes('attacking'));
  const during = await bystanders.during(() => sleep(phaseMs * 2));
  attacker.process.kill('SIGTERM');
  expect([await attacker.ended, attacker.output()]).toEqual([0, expect.stringContaining('opened')]);
  await wellAgain(site, user);
  const after = await quiet();
  const run = { before, during, after, attack: JSON.parse(attacker.output().split('\n')[1] ?? '') };
  process.stderr.write(
    `\n${kind}: ${JSON.stringify(run.attack)}\n${[before, during, after].map(line).join('\n')}\n`,
  );
  return run;
}

function line({ reads, logins, failures, readP99Ms, loginP99Ms, longestAbsence }: Phase): string {
  const [reading, logging] = [readP99Ms, loginP99Ms].map((ms) => ms.toFixed(0));
  return (
    `  ${reads} reads, p99 ${reading} ms; ${logins} logins, p99 ${logging} ms; ` +
    `${failures.length} failures; longest absence ${longestAbsence}`
  );
}

/** The attacker's own address as well: whoever else has it must not pay for long. */
async function wellAgain(site: Site, { browser }: SignedUp): Promise<void> {
  await until(
    'all instances answer the address that the attack came from',
    async () =>
      (await site.everywhere(() => browser.get('/api/v1/me'))).every(({ status }) => status === 200),
    recoveryMs,
  );
}

/** No request of a bystander failed, and no instance was taken for failed. */
export function expectServed({ before, during, after }: AbuseRun): void {
  const failures = [before, during, after].map((phase) => phase.failures.slice(0, 5));
  expect(failures).toEqual([[], [], []]);
  expect(during.reads).toBeGreaterThan(before.reads);
  // The proxy sends nothing to an instance that it takes for failed, for ten seconds: a thousand answers. An instance that
  // only waits for a busy processor is away for fewer.
  expect(during.longestAbsence).toBeLessThan(200);
}

/** The same, and nobody waited much longer than in quiet times. */
export function expectUnharmed(run: AbuseRun): void {
  expectServed(run);
  const { before, during, after } = run;
  const quietMs = Math.max(before.readP99Ms, after.readP99Ms);
  expect(during.readP99Ms).toBeLessThanOrEqual(3 * quietMs);
}
