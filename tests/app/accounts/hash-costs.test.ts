// How much bcrypt works for an answer, counted in its own unit: a comparison of cost n is 2^n. Not in milliseconds, which say
// little on a busy machine.

import { expect, test } from '@jest/globals';
import { type Bcrypt, bcryptOnEventLoop } from '../../../services/app/src/accounts/bcrypt.ts';
import { costOf } from '../../../services/app/src/accounts/bcrypt-cost.ts';
import { openPasswordHasher } from '../../../services/app/src/accounts/password-hash.ts';

const config = {
  peppers: [{ version: 1, key: 'the pepper of the tests is long enough' }] as const,
  ...{ threads: 0, queue: 64, longestWaitMs: 20_000 },
};

/** The real bcrypt, with a count of its work. */
function counted() {
  const real = bcryptOnEventLoop();
  let work = 0;
  const bcrypt: Bcrypt = {
    hash: (text, rounds) => {
      work += 2 ** rounds;
      return real.hash(text, rounds);
    },
    compare: (text, hash) => {
      work += 2 ** (costOf(hash) ?? Number.NaN);
      return real.compare(text, hash);
    },
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
  return {
    bcrypt,
    async workOf(answer: () => Promise<unknown>) {
      work = 0;
      await answer();
      return work;
    },
  };
}

const hashed = async (rounds: number) => {
  await using hasher = await openPasswordHasher({ ...config, rounds });
  return hasher.hash('correct horse');
};

test('after the cost was raised, an unknown user costs what one costs whose hash is old, or new', async () => {
  const { bcrypt, workOf } = counted();
  await using hasher = await openPasswordHasher({ ...config, rounds: 8 }, bcrypt);
  const [old, fresh] = [await hashed(5), await hashed(8)];
  for (const stored of [undefined, old, fresh]) {
    expect(await workOf(() => hasher.matches('wrong horse', stored))).toBe(2 ** 8);
  }
});

test('after the cost was lowered too, once the highest stored cost is known', async () => {
  const { bcrypt, workOf } = counted();
  await using hasher = await openPasswordHasher({ ...config, rounds: 5 }, bcrypt);
  hasher.noticeCost(8);
  const [old, fresh] = [await hashed(8), await hashed(5)];
  for (const stored of [undefined, old, fresh]) {
    expect(await workOf(() => hasher.matches('wrong horse', stored))).toBe(2 ** 8);
  }
});

test('the right password costs no more than its own hash', async () => {
  const { bcrypt, workOf } = counted();
  await using hasher = await openPasswordHasher({ ...config, rounds: 8 }, bcrypt);
  const stored = await hashed(5);
  expect(await workOf(() => hasher.matches('correct horse', stored))).toBe(2 ** 5);
});

test('a hash whose pepper is not there costs the same, and no password matches it', async () => {
  const { bcrypt, workOf } = counted();
  await using hasher = await openPasswordHasher({ ...config, rounds: 6 }, bcrypt);
  const stored = { ...(await hashed(6)), pepperVersion: 7 };
  expect(hasher.knowsPepper(7)).toBe(false);
  expect(await workOf(() => hasher.matches('correct horse', stored))).toBe(2 ** 6);
  expect(await hasher.matches('correct horse', stored)).toBe(false);
});

test('a hash is outdated below the cost or the version of the pepper, and never above', async () => {
  const peppers = [
    { version: 2, key: 'a second pepper that is long enough' },
    { version: 3, key: 'a third pepper that is long enough..' },
    ...config.peppers,
  ] as const;
  await using hasher = await openPasswordHasher({ ...config, peppers, rounds: 6 });
  const { hash } = await hashed(6);
  const isOutdated = (pepperVersion: number, text = hash) => hasher.isOutdated({ hash: text, pepperVersion });
  expect([isOutdated(1), isOutdated(2), isOutdated(3)]).toEqual([true, false, false]);
  expect(isOutdated(2, (await hashed(5)).hash)).toBe(true);
  expect(isOutdated(2, (await hashed(7)).hash)).toBe(false);
  // The pepper moves on, the cost does not go down.
  const moved = await hasher.hash('correct horse', await hashed(7));
  expect([costOf(moved.hash), moved.pepperVersion]).toEqual([7, 2]);
});
