// `npm run demo` from outside: what it prints and writes, how it ends, and that it leaves nothing behind.

import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { experiments } from '../../services/lab/src/experiments/all-experiments.ts';
import { resultsOf } from '../../services/lab/src/experiments/run-experiments.ts';
import { strategies } from '../../services/lab/src/fleet/fleet.ts';
import { Command } from '../support/command.ts';

const demo = (...args: string[]) => new Command('services/lab/src/commands/demo.ts', args);
/** Long enough for the deadlines of a stop that goes wrong, so that the test says what is left and not that it waited. */
const stoppingMs = 20_000;

// Some that take seconds; with FULL=true the one that the picture shows, too. All of them are what CI begins with.
const full = process.env.FULL === 'true';
const names = ['cross-instance-login', 'logout', 'lost-update', ...(full ? ['autoscale'] : [])];
const chosen = experiments.filter(({ name }) => names.includes(name));

test(`shows ${names.length} experiments for each strategy that they compare, as expected, and writes the figures`, async () => {
  const expected = resultsOf({ experiments: chosen, strategies });
  const cache = join(import.meta.dirname, '../../.cache');
  const picture = `${cache}/demo-test.svg`;
  const form = ['--only', names.join(','), ...(full ? ['--picture', picture] : [])];
  await using command = demo('--json', `${cache}/demo-test.json`, ...form);
  await command.exitCode();
  // Alone, and not in the midst of all that a demo prints: what a reader of a failed run wants to know.
  expect(command.output.split('\n').filter((line) => line.includes('NOT as expected: '))).toEqual([]);
  expect([await command.exitCode(), command.output]).toEqual([
    0,
    expect.stringContaining(`${expected} of ${expected} outcomes as expected`),
  ]);

  if (full) expect(readFileSync(picture, 'utf8')).toMatch(/^<svg .*<\/svg>\s*$/s);
  const { environment, results } = JSON.parse(readFileSync('.cache/demo-test.json', 'utf8'));
  expect(environment.versions).toMatchObject({
    nginx: expect.any(String),
    redis: expect.any(String),
    postgres: expect.any(String),
  });
  expect(results).toHaveLength(expected);
  for (const result of results) {
    expect(result).toMatchObject({ fleet: 'processes', instances: 4, verdict: 'expected', reasons: [] });
    expect(result).toMatchObject({
      expected: expect.any(String),
      observed: expect.any(String),
      seconds: expect.any(Number),
    });
  }
  await command.waitUntilNothingIsLeft(stoppingMs);
  // The whole demo takes a good minute of two idle cores, and twice that of busy ones.
}, 240_000);

describe('Ctrl-C leaves no process and no folder behind', () => {
  test.each([
    ['at once', /experiments/],
    ['while the fleets start', /starting the fleet|experiments/],
    ['in the middle of an experiment', /\[ ?1\//],
  ])(
    '%s',
    async (_when, moment) => {
      await using command = demo(
        '--only',
        'cross-instance-login,rolling-replacement',
        '--strategy',
        'memory,redis',
      );
      await command.waitForOutput(moment);
      command.signalGroup('SIGINT');
      expect([await command.exitCode(), command.output]).toEqual([130, expect.stringContaining('Stopping')]);
      await command.waitUntilNothingIsLeft(stoppingMs);
    },
    90_000,
  );
});

test('when the laboratory itself is killed, nothing of the fleet outlives it', async () => {
  await using command = demo('--only', 'cross-instance-login,rolling-replacement', '--strategy', 'redis');
  await command.waitForOutput(/\[1\//);
  command.signalGroup('SIGKILL');
  expect(await command.exitCode()).toBeNull();
  await command.waitUntilNothingIsLeft(stoppingMs);
}, 90_000);

test.each([
  ['--instances', 'many'],
  ['--only', 'nothing-known'],
])('%s %s ends with exit code 2 and one sentence', async (...args) => {
  await using command = demo(...args);
  expect(await command.exitCode()).toBe(2);
  expect(command.output.trim().split('\n')).toHaveLength(1);
});

test('with a program missing, says which one and what to type, and ends with exit code 2', async () => {
  // A system with hardly anything on it; nor is apt-get there, so nothing is installed.
  const { PATH } = process.env;
  const bare = mkdtempSync(join(tmpdir(), 'bare-path-'));
  symlinkSync('/usr/bin/id', join(bare, 'id'));
  process.env.PATH = bare;
  try {
    await using command = demo();
    expect([await command.exitCode(), command.output]).toEqual([
      2,
      expect.stringMatching(/redis-server (is|are) missing: install/),
    ]);
    await command.waitUntilNothingIsLeft(stoppingMs);
  } finally {
    process.env.PATH = PATH;
    rmSync(bare, { recursive: true });
  }
});
