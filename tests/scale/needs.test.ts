import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Assumptions, defaultAssumptions } from '../../services/scale/src/model/assumptions.ts';
import { limitsOf } from '../../services/scale/src/model/limits.ts';
import { type Costs, loadOf, needsOf, usedBy } from '../../services/scale/src/model/needs.ts';

const costs: Costs = {
  ...{ readMs: 0.5, writeMs: 1, loginMs: 400, sessionBytes: 1_000 },
  ...{ redisReadUs: 20, redisWriteUs: 50, redisRenewalUs: 10, redisLoginUs: 200 },
  ...{ idleCores: 0, redisIdleCores: 0 },
};
/** 12 people send 1 request a second, and log in once an hour; nothing is kept free. */
const plain: Assumptions = {
  ...{ requestsPerHour: 300, writeShare: 0, peak: 1, hoursBetweenLogins: 1, renewalMinutes: 60 },
  ...{ coreBusy: 1, redisBusy: 1, redisGiB: 1, redisFull: 1 },
  ...{ hashThreads: 1, poolMax: 10, maxConnections: 100, connectionsKept: 0 },
};

describe('what so many people need', () => {
  test('the load follows from what one person does', () => {
    expect(loadOf(3_600, plain)).toEqual({ requestsPerSecond: 300, loginsPerSecond: 1 });
    expect(loadOf(3_600, { ...plain, peak: 3 })).toEqual({ requestsPerSecond: 900, loginsPerSecond: 3 });
  });

  test('is in use: each request, login and session at its cost', () => {
    const used = usedBy(loadOf(3_600, plain), 3_600, costs, plain);
    expect(used.requestCores).toBeCloseTo(300 * 0.0005, 9);
    expect(used.hashCores).toBeCloseTo(0.4, 9);
    // 300 reads, 1 login, and each person's session is renewed once an hour.
    expect(used.redisCores).toBeCloseTo((300 * 20 + 200 + 10) / 1e6, 9);
    expect(used.redisBytes).toBe(3_600_000);
  });

  test('a share of the requests changes sessions, at another cost', () => {
    const half = { ...plain, writeShare: 0.5 };
    const used = usedBy(loadOf(3_600, half), 3_600, costs, half);
    expect(used.requestCores).toBeCloseTo(150 * 0.0005 + 150 * 0.001, 9);
    expect(used.redisCores).toBeCloseTo((150 * 20 + 150 * 50 + 200 + 10) / 1e6, 9);
  });

  test('what an idle instance uses is not there for requests, and each makes Redis work', () => {
    const idle = { ...costs, idleCores: 0.5, redisIdleCores: 0.01 };
    const needs = needsOf(36_000, idle, plain);
    // 3000 requests at 0.5 ms are 1.5 cores, of half a core each; 3000 reads, 10 logins and 10 renewals a second.
    expect(needs).toMatchObject({ coresForRequests: 3, coresForHashes: 4, instances: 4 });
    expect(needs.redisCores).toBeCloseTo((3_000 * 20 + 10 * 200 + 10 * 10) / 1e6 + 4 * 0.01, 9);
  });

  test('nobody renews more often than there are requests', () => {
    const rare = { ...plain, requestsPerHour: 1, renewalMinutes: 1 };
    const free = { ...costs, redisReadUs: 0, redisLoginUs: 0 };
    expect(usedBy(loadOf(3_600, rare), 3_600, free, rare).redisCores).toBeCloseTo(10 / 1e6, 12);
  });

  test('a few people need one of everything', () => {
    const { instances, primaries, needsPooler } = needsOf(1, costs, plain);
    expect({ instances, primaries, needsPooler }).toEqual({ instances: 1, primaries: 1, needsPooler: false });
  });

  test('instances are as many as their requests or their hashes need, whatever is more', () => {
    // 10 logins a second at 0.4 s of a core each, and 3000 requests at 0.5 ms.
    const needs = needsOf(36_000, costs, plain);
    expect(needs).toMatchObject({ coresForRequests: 2, coresForHashes: 4, instances: 4 });
    expect(needsOf(36_000, costs, { ...plain, hashThreads: 4 }).instances).toBe(2);
    expect(needsOf(36_000, costs, { ...plain, coreBusy: 0.5 }).instances).toBe(8);
  });

  test('primaries are as many as memory or commands need, whatever is more', () => {
    const people = 3_000_000;
    expect(needsOf(people, costs, plain)).toMatchObject({
      primariesByMemory: 3,
      primariesByCommands: 6,
      primaries: 6,
    });
    const large = { ...costs, sessionBytes: 4_000 };
    expect(needsOf(people, large, plain)).toMatchObject({ primariesByMemory: 12, primaries: 12 });
  });

  test('a pooler is needed when all pools together exceed what Postgres takes', () => {
    // 10 instances of 10 connections each are 100.
    const all = (people: number) => needsOf(people, costs, plain);
    expect(all(90_000)).toMatchObject({ instances: 10, connections: 100, needsPooler: false });
    expect(all(90_001)).toMatchObject({ instances: 11, connections: 110, needsPooler: true });
    expect(needsOf(90_000, costs, { ...plain, connectionsKept: 1 }).needsPooler).toBe(true);
  });

  test('is refused for nobody, and for what is no number', () => {
    for (const people of [0, -1, Number.NaN]) expect(() => needsOf(people, costs, plain)).toThrow(RangeError);
  });
});

/** Of a cost: with far less than there is, a limit would be at more people than there are. */
const positive = (most: number) => fc.double({ min: Math.min(0.1, most / 10), max: most, noNaN: true });
const anyCosts: fc.Arbitrary<Costs> = fc.record({
  ...{
    readMs: positive(10),
    writeMs: positive(10),
    loginMs: positive(2_000),
    sessionBytes: positive(10_000),
  },
  ...{ redisReadUs: positive(200), redisWriteUs: positive(500), redisRenewalUs: positive(200) },
  redisLoginUs: positive(2_000),
  ...{ idleCores: positive(0.1), redisIdleCores: positive(0.01) },
});
const anyPeople = fc.integer({ min: 1, max: 100_000_000 });
const counted = ['coresForRequests', 'coresForHashes', 'instances', 'primaries', 'connections'] as const;

describe('whatever things cost', () => {
  test('more people never need less', () => {
    fc.assert(
      fc.property(anyCosts, anyPeople, anyPeople, (costs, a, b) => {
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)].map((n) =>
          needsOf(n, costs, defaultAssumptions),
        );
        for (const name of counted) expect(more?.[name]).toBeGreaterThanOrEqual(fewer?.[name] ?? Number.NaN);
      }),
    );
  });

  test('a thing that costs more never makes anything less', () => {
    fc.assert(
      fc.property(anyCosts, anyPeople, fc.constantFrom(...Object.keys(costs)), (cheap, people, name) => {
        const dear = { ...cheap, [name]: 2 * (cheap[name as keyof Costs] ?? Number.NaN) };
        const [less, more] = [cheap, dear].map((costs) => needsOf(people, costs, defaultAssumptions));
        for (const name of counted) expect(more?.[name]).toBeGreaterThanOrEqual(less?.[name] ?? Number.NaN);
      }),
    );
  });

  test('nothing is fuller than it may be', () => {
    fc.assert(
      fc.property(anyCosts, anyPeople, (costs, people) => {
        const { coreBusy, redisBusy, redisGiB, redisFull, hashThreads } = defaultAssumptions;
        const needs = needsOf(people, costs, defaultAssumptions);
        const almost = 1 + 1e-9;
        const forRequests = needs.instances * (coreBusy - costs.idleCores);
        expect(needs.requestCores).toBeLessThanOrEqual(forRequests * almost);
        expect(needs.hashCores).toBeLessThanOrEqual(needs.instances * hashThreads * coreBusy * almost);
        expect(needs.redisCores).toBeLessThanOrEqual(needs.primaries * redisBusy * almost);
        expect(needs.redisBytes).toBeLessThanOrEqual(
          needs.primaries * redisGiB * 2 ** 30 * redisFull * almost,
        );
      }),
    );
  });

  test('a limit is the most people for whom one of it is enough', () => {
    fc.assert(
      fc.property(anyCosts, (costs) => {
        const limits = limitsOf(costs, defaultAssumptions);
        expect(limits.map(({ people }) => people)).toEqual(
          limits.map(({ people }) => people).sort((a, b) => a - b),
        );
        const enough = (what: string, people: number) => {
          const needs = needsOf(people, costs, defaultAssumptions);
          if (what.startsWith('hashing')) return needs.coresForHashes <= 1;
          if (what.startsWith('requests')) return needs.coresForRequests <= 1;
          if (what.startsWith('connections')) return !needs.needsPooler;
          if (what.startsWith('memory')) return needs.primariesByMemory <= 1;
          if (what.startsWith('commands')) return needs.primariesByCommands <= 1;
          throw new Error(`What is ${what}?`);
        };
        expect(limits).toHaveLength(5);
        for (const { what, people } of limits) {
          if (people > 1) expect([what, enough(what, Math.floor(people * 0.999))]).toEqual([what, true]);
          expect([what, enough(what, Math.ceil(people * 1.001) + 1)]).toEqual([what, false]);
        }
      }),
    );
  });
});
