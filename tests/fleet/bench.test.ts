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
    sliceMs: 100,
    readMs: 200,
    stormMs: 300,
    loginsMs: 1_000,
  },
  ...{ outageMs: 700, afterOutageMs: 1_200, replicatedLogins: 3 },
};
const positive = expect.closeTo(5_000, -4); // above 0 and below 10,000
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
      cpuUsPerRequest: process.platform === 'linux' ? positive : undefined,
      p50Ms: one,
      p99Ms: one,
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
  const cost = (strategy: string, kind: string, roundTrips: number, commands: object) => ({
    ...{ strategy, kind, commands, roundTrips },
  });
  expect(figures).toEqual({
    commands: [
      cost('connect-redis', 'read', 2, { get: 1, expire: 1 }),
      cost('connect-redis', 'write', 3, { get: 1, set: 1, expire: 1 }),
      cost('connect-redis', 'login', 2, { set: 2 }),
      cost('connect-redis', 'logout', 2, { get: 1, del: 1 }),
      cost('redis', 'read', 1, { get: 1, pttl: 1 }),
      // The script gets and sets.
      cost('redis', 'write', 2, { get: 2, pttl: 1, evalsha: 1, set: 1 }),
      cost('redis', 'login', 1, { set: 1 }),
      cost('redis', 'logout', 2, { get: 1, pttl: 1, del: 1 }),
    ],
  });
  expect(readFileSync(join(root, markdown), 'utf8')).toContain('| read | 1 EXPIRE, 1 GET; 2 round trips |');
}, 90_000);

test('Ctrl-C in the middle of a measurement leaves no process and no folder behind', async () => {
  await using command = new Command('services/bench/src/main.ts', ['--quick', '--only', 'read']);
  await command.waitForOutput(/read: requests per second of 6 candidates/);
  command.signalGroup('SIGINT');
  expect([await command.exitCode(), command.output]).toEqual([130, expect.stringContaining('Stopping')]);
  await command.waitUntilNothingIsLeft(20_000);
}, 90_000);
