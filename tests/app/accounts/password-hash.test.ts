import { describe, expect, test } from '@jest/globals';
import { HashingOverloaded } from '../../../services/app/src/accounts/hash-queue.ts';
import { openPasswordHasher } from '../../../services/app/src/accounts/password-hash.ts';
import type { StoredPassword } from '../../../services/app/src/accounts/user-rows.ts';
import { parsePeppers } from '../../../services/app/src/settings/peppers.ts';

const peppersOf = (text: string) => {
  const peppers = parsePeppers(text);
  if (peppers === undefined) throw new Error(`no peppers: ${text}`);
  return peppers;
};
const config = {
  peppers: peppersOf('the pepper of the tests is long enough'),
  ...{ rounds: 4, threads: 1, queue: 64, longestWaitMs: 20_000 },
};

describe.each([
  ['in worker threads', 1],
  ['on the event loop', 0],
])('hashing %s', (_where, threads) => {
  test('accepts the password, and no other', async () => {
    await using hasher = await openPasswordHasher({ ...config, threads });
    const hash = await hasher.hash('correct horse');
    expect(hash).toEqual({ hash: expect.stringMatching(/^\$2[aby]\$04\$/), pepperVersion: 1 });
    expect(await hasher.matches('correct horse', hash)).toBe(true);
    expect(await hasher.matches('correct horsf', hash)).toBe(false);
    expect(await hasher.matches('correct horse', undefined)).toBe(false);
  });

  test('reads a password to its end, past 72 bytes and past a NUL', async () => {
    await using hasher = await openPasswordHasher({ ...config, threads });
    const long = await hasher.hash(`${'x'.repeat(200)}a`);
    expect(await hasher.matches(`${'x'.repeat(200)}b`, long)).toBe(false);
    const nul = await hasher.hash('secret\0one');
    expect(await hasher.matches('secret\0two', nul)).toBe(false);
  });

  test('refuses at once when the queue is full, and accepts more when it is done', async () => {
    await using hasher = await openPasswordHasher({ ...config, threads, rounds: 8, queue: 2 });
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => hasher.hash('password')));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toHaveLength(3);
    for (const reason of refused) expect(reason).toBeInstanceOf(HashingOverloaded);
    expect((await hasher.hash('password')).hash).toMatch(/^\$2/);
  });
});

test('a hash cannot be checked without the pepper', async () => {
  await using hasher = await openPasswordHasher(config);
  await using other = await openPasswordHasher({
    ...config,
    peppers: peppersOf('another pepper that is long enough'),
  });
  expect(await other.matches('correct horse', await hasher.hash('correct horse'))).toBe(false);
});

test('an unknown user costs what a wrong password costs', async () => {
  await using hasher = await openPasswordHasher({ ...config, rounds: 9 });
  const hash = await hasher.hash('correct horse');
  const timeOf = async (stored: StoredPassword | undefined) => {
    const start = performance.now();
    await hasher.matches('wrong horse', stored);
    return performance.now() - start;
  };
  // Interleaved, so that other load on the machine affects both.
  const ratios: number[] = [];
  for (let i = 0; i < 9; i += 1) ratios.push((await timeOf(undefined)) / (await timeOf(hash)));
  const ratio = ratios.sort((x, y) => x - y)[4];
  expect(ratio).toBeGreaterThan(0.6);
  expect(ratio).toBeLessThan(1.7);
});

test('hashing in threads leaves the event loop free', async () => {
  await using hasher = await openPasswordHasher({ ...config, rounds: 11 });
  let done = false;
  const hashing = hasher.hash('password').finally(() => {
    done = true;
  });
  let turns = 0;
  while (!done) {
    await new Promise(setImmediate);
    turns += 1;
  }
  await hashing;
  // bcryptjs on the event loop would yield about every 100 ms, which here is once or twice.
  expect(turns).toBeGreaterThan(100);
});
