// The bench on real parts, but with very short measurements: that it measures everything, not how much. Only the
// commands per request are exact, and compared.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { goals, judge } from '../../services/bench/src/goals.ts';
import { type Plan, sections } from '../../services/bench/src/plan.ts';
import { runBench } from '../../services/bench/src/run-bench.ts';
import { TestBed } from '../../services/bench/src/test-bed.ts';
import { Command } from '../support/command.ts';

const tiny: Plan = {
  ...{
    rounds: 1,
    longRounds: 1,
    warmUpMs: 50,
    compileMs: 100,
    slices: 2,
    sharingSlices: 2,
    sliceMs: 100,
    readMs: 200,
    stormMs: 300,
    loginsMs: 1_000,
    costRounds: 1,
    costUsers: 2,
    memoryRounds: 1,
    memorySessions: 3,
    profileMs: 300,
  },
  ...{ outageMs: 700, afterOutageMs: 1_200, replicatedLogins: 3 },
};
const positive = expect.closeTo(5e8, -9); // above 0 and below a billion
const one = [positive];

test('measures every section once, and judges every goal', async () => {
  const exited: Error[] = [];
  await using testBed = await TestBed.open(new AbortController().signal, (error) => exited.push(error));
  const said: string[] = [];
  const figures = await runBench(testBed, { plan: tiny, sections, cores: 2 }, (line) => said.push(line));
  expect(exited).toEqual([]);

  expect(figures.read?.map(({ sessions, redis }) => [sessions, redis])).toEqual([
    ['none', 'not used'],
    ['memory', 'not used'],
    ['bare', 'loopback'],
    ['hardened', 'loopback'],
    ['connect-redis', 'loopback'],
    ['redis', 'loopback'],
    ['connect-redis', '2 ms'],
    ['redis', '2 ms'],
  ]);
  for (const read of figures.read ?? []) {
    expect(read).toMatchObject({
      perSecond: [positive, positive],
      p99MsAtFullLoad: positive,
      generatorCpu: positive,
      cpuUs: process.platform === 'linux' ? [positive, positive] : [],
      p50Ms: one,
      p99Ms: one,
    });
  }
  const inMiB = process.platform === 'linux' ? one : [];
  expect(figures.memory).toEqual(
    ['bare', 'hardened', 'redis'].map((candidate) => ({ candidate, atRestMiB: inMiB, inUseMiB: inMiB })),
  );
  expect(figures.requestCosts?.map(({ candidate }) => candidate)).toEqual([
    ...['bare', 'hardened', 'connect-redis', 'redis'],
  ]);
  if (process.platform === 'linux') {
    for (const { cpuUs } of figures.requestCosts ?? [])
      expect(cpuUs).toEqual({
        write: [expect.any(Number)],
        login: [expect.any(Number)],
        logout: [expect.any(Number)],
      });
  }
  expect(figures.addedRoundTripMs?.measured).toBeGreaterThan(1.9);
  expect(figures.generatorMaxPerSecond).toBeGreaterThan(1_000);
  expect(figures.loginStorms?.map(({ strategy, hashThreads }) => [strategy, hashThreads])).toEqual([
    ['connect-redis', 0],
    ['redis', 1],
    ['redis', 2],
  ]);
  for (const storm of figures.loginStorms ?? [])
    expect(storm).toMatchObject({ quietP99Ms: one, stormP99Ms: one });
  expect(figures.logins).toMatchObject({ cores: 2, oneHashMs: one, bareHashesPerSecond: one });
  expect(figures.outages?.map(({ strategy, fault }) => `${strategy}, ${fault}`)).toEqual([
    'connect-redis, paused',
    'redis, paused',
    'connect-redis, killed',
    'redis, killed',
  ]);
  expect(figures.replicatedLogins).toEqual(
    [0, 1].map((replicas) => ({
      replicas,
      loginMs: [positive, positive, positive],
      logoutMs: [positive, positive, positive],
    })),
  );
  expect(judge(figures).map(({ name }) => name)).toEqual(goals.map(({ name }) => name));
}, 180_000);

test('saves the figures and the tables, with the commands that each request costs', async () => {
  const [json, markdown] = ['.cache/bench-test.json', '.cache/bench-test.md'];
  await using command = new Command('services/bench/src/main.ts', [
    ...['--quick', '--strict', '--only', 'commands', '--json', json, '--markdown', markdown],
  ]);
  expect([await command.exitCode(), command.output]).toEqual([0, expect.stringContaining(json)]);
  await command.waitUntilNothingIsLeft(20_000);

  const root = join(import.meta.dirname, '../..');
  const { environment, plan, goals, figures } = JSON.parse(readFileSync(join(root, json), 'utf8'));
  expect(environment.versions).toMatchObject({ node: process.versions.node, redis: expect.any(String) });
  expect(plan.rounds).toBe(1);
  expect(goals).toEqual([]);
  const addresses = { zscore: 1, zadd: 1, zremrangebyrank: 1, expire: 1 };
  const list = { hget: 2, hgetall: 1, hset: 1, pexpire: 1 };
  const cost = (strategy: string, kind: string, roundTrips: number, commands: object) => ({
    ...{ strategy, kind, commands, roundTrips },
  });
  // Before the password is checked, what the throttles have counted; afterwards, what they take back. Scripts call the rest.
  const throttles = { ...{ evalsha: 5, get: 3, set: 2, pttl: 3, del: 2, time: 2 }, ...addresses };
  expect(figures).toEqual({
    commands: [
      cost('connect-redis', 'read', 2, { get: 1, expire: 1 }),
      cost('connect-redis', 'write', 3, { get: 1, set: 1, expire: 1 }),
      cost('connect-redis', 'login', 5, { ...throttles, set: throttles.set + 2 }),
      cost('connect-redis', 'logout', 2, { get: 1, del: 1 }),
      cost('redis', 'read', 1, { get: 1, pttl: 1 }),
      // The script gets and sets.
      cost('redis', 'write', 2, { get: 2, pttl: 1, evalsha: 1, set: 1 }),
      // One script stores the session and puts it into the user's list, where it asks whether the others are still there.
      cost('redis', 'login', 4, {
        ...{ ...throttles, ...list, set: throttles.set + 1, evalsha: throttles.evalsha + 1 },
        pttl: expect.any(Number),
      }),
      cost('redis', 'logout', 2, { get: 1, pttl: 1, evalsha: 1, del: 1, hdel: 1 }),
    ],
  });
  expect(readFileSync(join(root, markdown), 'utf8')).toContain('| read | 1 EXPIRE, 1 GET; 2 round trips |');
}, 90_000);

test('--profile prints where the time of a read goes, by package', async () => {
  await using command = new Command('services/bench/src/main.ts', [
    ...['--quick', '--profile', '--json', '.cache/bench-profile.json'],
  ]);
  expect([await command.exitCode(), command.output]).toEqual([
    0,
    expect.stringMatching(/ express-session +│/),
  ]);
  await command.waitUntilNothingIsLeft(20_000);
}, 90_000);

test('Ctrl-C in the middle of a measurement leaves no process and no folder behind', async () => {
  await using command = new Command('services/bench/src/main.ts', ['--quick', '--only', 'read']);
  await command.waitForOutput(/read: processor time of 8 candidates/);
  command.signalGroup('SIGINT');
  expect([await command.exitCode(), command.output]).toEqual([130, expect.stringContaining('Stopping')]);
  await command.waitUntilNothingIsLeft(20_000);
}, 90_000);
