// What every fleet must do, whatever it runs on.

import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { BackingService, Fleet, FleetOptions } from '../../services/lab/src/fleet/fleet.ts';
import { Browser } from './browser.ts';
import { trafficDuring, whoAnswers } from './traffic.ts';
import { until } from './wait.ts';

type StartFleet = (options: FleetOptions) => Promise<Fleet>;

/**
 * Registers the tests that hold one kind of fleet to the words of services/lab/src/fleet/fleet.ts.
 *
 * @param patienceMs for one test: some start one instance after the other, or a whole fleet
 */
export function describeFleet(kind: string, startFleet: StartFleet, patienceMs = 60_000): void {
  jest.setTimeout(patienceMs);
  describe(`a fleet of ${kind}`, () => {
    describeScaling(startFleet);
    describeFaults(startFleet);
    describeMemory(startFleet);
    describeSticky(startFleet);
    describeEnd(startFleet);
  });
}

function describeScaling(startFleet: StartFleet): void {
  describe('when it changes in an orderly way', () => {
    const fleet = sharedFleet(startFleet, { strategy: 'redis', instances: 3 });

    test('answers at its baseUrl, from an instance that it lists', async () => {
      const { status, servedBy } = await new Browser(fleet().baseUrl).get('/api/v1/cart');
      expect(status).toBe(200);
      expect(await names(fleet())).toContain(servedBy);
    });

    test('shares requests exactly evenly among its instances', async () => {
      const [first, second, third] = await names(fleet());
      expect(await whoAnswers(fleet().baseUrl, 60)).toEqual({
        [String(first)]: 20,
        [String(second)]: 20,
        [String(third)]: 20,
      });
    });

    test('loses no POST while it grows, and the newcomers get their share', async () => {
      const traffic = await trafficDuring(fleet().baseUrl, 'POST', () => fleet().scaleTo(4));
      expect(traffic.lost).toEqual([]);
      expect(Object.values(await whoAnswers(fleet().baseUrl, 40))).toEqual([10, 10, 10, 10]);
    });

    test('loses no POST while it shrinks, and the oldest stay', async () => {
      const before = await names(fleet());
      const traffic = await trafficDuring(fleet().baseUrl, 'POST', () => fleet().scaleTo(2));
      expect(traffic.lost).toEqual([]);
      expect(await names(fleet())).toEqual(before.slice(0, 2));
    });

    test('loses no POST while every instance is replaced', async () => {
      const before = await names(fleet());
      const traffic = await trafficDuring(fleet().baseUrl, 'POST', () => fleet().replaceAll());
      expect(traffic.lost).toEqual([]);
      const after = await names(fleet());
      expect(after).toHaveLength(2);
      expect(after.filter((name) => before.includes(name))).toEqual([]);
    });

    test('loses no POST while an instance drains, which ends with exit code 0', async () => {
      const [oldest = ''] = await names(fleet());
      const exitCodes: number[] = [];
      const traffic = await trafficDuring(fleet().baseUrl, 'POST', async () => {
        exitCodes.push(await fleet().drain(oldest));
      });
      expect(exitCodes).toEqual([0]);
      expect(traffic.lost).toEqual([]);
      expect(await names(fleet())).not.toContain(oldest);
    });

    test('gives no name twice', async () => {
      const seen = new Set(await names(fleet()));
      await fleet().scaleTo(1);
      await fleet().scaleTo(3);
      const [, ...newcomers] = await names(fleet());
      expect(newcomers.filter((name) => seen.has(name))).toEqual([]);
    });

    test('without instances, says so as JSON and when to come again, and works again afterwards', async () => {
      await fleet().scaleTo(0);
      const answer = await new Browser(fleet().baseUrl).get('/api/v1/me');
      expect(answer.status).toBe(503);
      expect(answer.body).toEqual({ status: 'error', message: expect.any(String) });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      await fleet().scaleTo(2);
      expect(Object.values(await whoAnswers(fleet().baseUrl, 20))).toEqual([10, 10]);
    });
  });
}

function describeFaults(startFleet: StartFleet): void {
  describe('when parts of it fail', () => {
    const fleet = sharedFleet(startFleet, { strategy: 'redis', instances: 3 });

    test('loses no GET when an instance is killed, and no longer lists it', async () => {
      await fleet().scaleTo(3);
      const [oldest = ''] = await names(fleet());
      const traffic = await trafficDuring(fleet().baseUrl, 'GET', () => fleet().kill(oldest));
      expect(traffic.lost).toEqual([]);
      expect(await names(fleet())).not.toContain(oldest);
    });

    test('still has the log of an instance that has ended', async () => {
      await fleet().scaleTo(3);
      const [oldest = ''] = await names(fleet());
      await fleet().kill(oldest);
      // Its last lines, and each has its name. Not its first one: an instance has answered thousands of requests by now.
      expect(await fleet().logOf(oldest)).toContainEqual(expect.stringContaining(oldest));
    });

    test('has an instance that was paused answer when it is resumed', async () => {
      await fleet().scaleTo(3);
      const [paused = ''] = await names(fleet());
      await fleet().pause(paused);
      const answered: (string | undefined)[] = [];
      // Three requests in round robin: one of them is the paused instance's.
      const requests = [1, 2, 3].map(async () => {
        answered.push((await new Browser(fleet().baseUrl).get('/api/v1/cart')).servedBy);
      });
      await until('two are answered', () => answered.length === 2, 4_000);
      expect(answered).not.toContain(paused);
      await fleet().resume(paused);
      await Promise.all(requests);
      expect(answered).toContain(paused);
    });

    const services = {
      redis: () => fleet().redis,
      postgres: () => fleet().postgres,
    };
    const faults: Record<
      string,
      (service: BackingService, isMissed: () => Promise<boolean>) => Promise<void>
    > = {
      'is stopped and started': async (service) => {
        await service.stop();
        await service.start();
      },
      'is killed and started': async (service) => {
        await service.kill();
        await service.start();
      },
      'is paused and resumed': async (service, isMissed) => {
        await service.pause();
        await until('it is missed', isMissed, 8_000);
        await service.resume();
      },
    };
    for (const [name, part] of Object.entries(services)) {
      for (const [fault, commit] of Object.entries(faults)) {
        test(`keeps what it stored when ${name} ${fault}`, async () => {
          await fleet().scaleTo(3);
          const client = new Browser(fleet().baseUrl);
          const username = `user-${name}-${fault.replaceAll(' ', '-')}`;
          const password = 'correct horse battery staple';
          expect(await client.post('/api/v1/signup', { username, password })).toMatchObject({ status: 201 });
          const before = await client.get('/api/v1/me');
          expect(before.status).toBe(200);

          const login = () => new Browser(fleet().baseUrl).post('/api/v1/login', { username, password });
          const needsIt = { redis: () => client.get('/api/v1/me'), postgres: login }[name] ?? login;
          await commit(part(), async () => (await needsIt()).status === 503);

          // Each instance gets over it in its own time.
          const asBefore = async () => isDeepStrictEqual((await client.get('/api/v1/me')).body, before.body);
          await until('the session is back as it was', asBefore, 8_000);
          await until('the user is back', async () => (await login()).status === 200, 8_000);
          // Round robin: as many requests as there are instances reach each of them.
          const allServe = async () => {
            for (let n = 0; n < 3; n++) if ((await client.get('/api/v1/me')).status !== 200) return false;
            for (let n = 0; n < 3; n++) if ((await login()).status !== 200) return false;
            return true;
          };
          await until('every instance serves', allServe, 8_000);
        });
      }
    }
  });
}

function describeMemory(startFleet: StartFleet): void {
  describe('with sessions in memory', () => {
    const fleet = sharedFleet(startFleet, { strategy: 'memory', instances: 2, heapMiB: 128 });

    test('shares requests exactly evenly among its instances', async () => {
      expect(Object.values(await whoAnswers(fleet().baseUrl, 40))).toEqual([20, 20]);
    });

    test('knows what an instance occupies, the same when nothing happens in between', async () => {
      const [name = ''] = await names(fleet());
      await fleet().memoryOf(name);
      const first = await fleet().memoryOf(name);
      const second = await fleet().memoryOf(name);
      expect(first.heapUsedBytes).toBeGreaterThan(2 * 2 ** 20);
      expect(first.heapUsedBytes).toBeLessThan(128 * 2 ** 20);
      expect(first.rssBytes).toBeGreaterThan(first.heapUsedBytes);
      expect(Math.abs(second.heapUsedBytes - first.heapUsedBytes)).toBeLessThan(2 ** 20);
    });

    test('knows how much Redis holds', async () => {
      expect(await fleet().redis.usedBytes()).toBeGreaterThan(100_000);
    });

    test('refuses what it cannot do in words', async () => {
      await expect(fleet().kill('nobody')).rejects.toThrow(/no instance nobody/);
      await expect(fleet().scaleTo(-1)).rejects.toThrow(/0 to 32/);
    });
  });
}

function describeSticky(startFleet: StartFleet): void {
  describe('with sticky routing', () => {
    const fleet = sharedFleet(startFleet, { strategy: 'sticky', instances: 3 });

    test('keeps a client on its instance', async () => {
      const client = new Browser(fleet().baseUrl);
      const { servedBy } = await client.get('/api/v1/cart');
      for (let request = 0; request < 10; request += 1) {
        expect((await client.get('/api/v1/cart')).servedBy).toBe(servedBy);
      }
    });

    test('spreads newcomers evenly', async () => {
      const answers = Object.values(await whoAnswers(fleet().baseUrl, 30));
      expect(answers).toHaveLength(3);
      // nginx may have learned of its instances one after the other, in the middle of a round: one more or less.
      for (const count of answers) expect(Math.abs(count - 10)).toBeLessThanOrEqual(1);
    });

    test('sets one cookie, out of the reach of scripts and of other sites', async () => {
      const client = new Browser(fleet().baseUrl);
      const [cookie = ''] = (await client.get('/api/v1/cart')).headers.getSetCookie();
      expect(cookie).toMatch(/httponly/i);
      expect(cookie).toMatch(/samesite=lax/i);
      // nginx's own `sticky` sets the same again with each answer.
      const again = (await client.get('/api/v1/cart')).headers.getSetCookie();
      expect(again.filter((other) => other !== cookie)).toEqual([]);
    });

    test('leaves a client where it is when instances are added', async () => {
      const clients = Array.from({ length: 3 }, () => new Browser(fleet().baseUrl));
      const before = await Promise.all(
        clients.map(async (client) => (await client.get('/api/v1/cart')).servedBy),
      );
      await fleet().scaleTo(4);
      const after = await Promise.all(
        clients.map(async (client) => (await client.get('/api/v1/cart')).servedBy),
      );
      expect(after).toEqual(before);
    });

    test('moves a client whose instance was killed, and keeps it where it came to', async () => {
      await expectMove(fleet(), (name) => fleet().kill(name));
    });

    test('moves a client whose instance drained, and keeps it where it came to', async () => {
      await fleet().scaleTo(3);
      await expectMove(fleet(), (name) => fleet().drain(name));
    });
  });
}

async function expectMove(fleet: Fleet, leave: (name: string) => Promise<unknown>): Promise<void> {
  const client = new Browser(fleet.baseUrl);
  const { servedBy: old = '' } = await client.get('/api/v1/cart');
  await leave(old);
  const moved = await client.get('/api/v1/cart');
  expect(moved.status).toBe(200);
  expect(moved.servedBy).not.toBe(old);
  for (let request = 0; request < 5; request += 1) {
    expect((await client.get('/api/v1/cart')).servedBy).toBe(moved.servedBy);
  }
}

function describeEnd(startFleet: StartFleet): void {
  test('can be disposed twice, with parts paused and dead, and answers nothing afterwards', async () => {
    const fleet = await startFleet({ strategy: 'redis', instances: 2 });
    const [first = '', second = ''] = await names(fleet);
    await fleet.pause(first);
    await fleet.kill(second);
    await fleet.postgres.pause();
    await fleet.redis.kill();
    await Promise.all([fleet[Symbol.asyncDispose](), fleet[Symbol.asyncDispose]()]);
    await fleet[Symbol.asyncDispose]();
    await expect(new Browser(fleet.baseUrl).get('/api/v1/cart', {}, 1_000)).rejects.toThrow();
  });
}

async function names(fleet: Fleet): Promise<readonly string[]> {
  return (await fleet.instances()).map(({ name }) => name);
}

/** One fleet for all tests of a block, since starting one takes seconds. */
function sharedFleet(startFleet: StartFleet, options: FleetOptions): () => Fleet {
  let fleet: Fleet | undefined;
  beforeAll(async () => {
    fleet = await startFleet(options);
  });
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
  });
  return () => {
    if (!fleet) throw new Error('The fleet did not start');
    return fleet;
  };
}
