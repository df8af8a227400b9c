// The k6 scripts in loadtest/: each holds against the shared store, and those about sessions fail with memory.
//
// The short form runs scripts one after the other against one fleet for each strategy, and ends a script whose change takes
// time as soon as the change is done. FULL=true (CI sets it) runs every script as a user does, with `npm run load`, for
// as long as its question needs, each against a fleet of its own.

import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fleet, Strategy } from '../../services/lab/src/fleet/fleet.ts';
import { startFleet } from '../../services/lab/src/fleet/start-fleet.ts';
import { runScriptOnFleet } from '../../services/lab/src/k6/run-script.ts';
import { findScript } from '../../services/lab/src/k6/scripts.ts';
import { Command } from '../support/command.ts';
import { k6OrReason, type LoadResult, missedIn } from '../support/k6.ts';

const crossedThresholds = 99;
const figuresFolder = join(import.meta.dirname, '../../.cache/load-test');
const full = process.env.FULL === 'true';

// Times are not what is tested here, on a machine that may have other work. Rates that any machine holds.
process.env.READ_P95_MS = '3000';
process.env.RATES = '20,40';

const k6 = await k6OrReason();
const describeWithK6 = k6 ? describe : describe.skip;
const describeFull = k6 && full ? describe : describe.skip;
const describeShort = k6 && !full ? describe : describe.skip;
if (k6 && !full)
  console.log('Left to FULL=true: 09-soak, 11-autoscale, 06-rolling-deploy with memory, full durations.');

describeShort('one fleet with redis', () => {
  const fleet = sharedFleet('redis');

  // Each leaves as many instances as the next one begins with.
  test.each<[string, Duration]>([
    ['01-smoke', '3s'],
    ['02-cross-instance-login', '3s'],
    ['08-spike', '5s'],
    ['10-breakpoint', '4s'],
    ['06-rolling-deploy', 'until changed'],
    ['04-scale-in', 'until changed'],
    ['03-scale-out', 'until changed'],
    // As long as its threshold needs: of few POSTs, one or two that are lost would be too many.
    ['05-crash', '8s'],
  ])(
    '%s holds',
    async (script, duration) => {
      const { output, result } = await loadOn(fleet(), script, duration);
      // Not `passed`: one that is ended when its change is done has not run to its end.
      if (missedIn(result).length > 0) throw new Error(output);
    },
    120_000,
  );

  test('02-cross-instance-login fails where there is one instance only: nothing is proven', async () => {
    await fleet().scaleTo(1);
    const { result } = await loadOn(fleet(), '02-cross-instance-login', '3s');
    expect([missedIn(result), result.passed]).toEqual([['instances_seen: max>1'], false]);
  }, 120_000);
});

describeShort('one fleet with memory', () => {
  const fleet = sharedFleet('memory');

  test.each<[string, Duration]>([
    ['02-cross-instance-login', '3s'],
    ['04-scale-in', 'until changed'],
    ['03-scale-out', 'until changed'],
    ['05-crash', '3s'],
  ])(
    '%s fails: users are logged out',
    async (script, duration) => {
      expectUsersLoggedOut((await loadOn(fleet(), script, duration)).result);
    },
    120_000,
  );
});

describeFull('npm run load, in full', () => {
  /** In seconds. Changes have to end under traffic, on a busy machine too. The soak outlasts the idle timeout, 60 s. */
  const durations = {
    '01-smoke': 5,
    '02-cross-instance-login': 6,
    '03-scale-out': 20,
    '04-scale-in': 12,
    '05-crash': 8,
    '06-rolling-deploy': 40,
    '08-spike': 8,
    '09-soak': 70,
    '10-breakpoint': 6,
    '11-autoscale': 30,
  };
  const aboutSessions = [
    '02-cross-instance-login',
    '03-scale-out',
    '04-scale-in',
    '05-crash',
    '06-rolling-deploy',
    '11-autoscale',
  ] as const;

  test.each(Object.entries(durations))(
    '%s holds with redis',
    async (script, seconds) => {
      const { exitCode, output, result } = await load(script, 'redis', seconds);
      if (exitCode !== 0) throw new Error(`Exit code ${exitCode}: ${output}`);
      expect(result).toMatchObject({ script, strategy: 'redis', passed: true });
    },
    180_000,
  );

  test.each(aboutSessions)(
    '%s fails with memory: users are logged out',
    async (script) => {
      // Half the time will do: it need not suffice for the other thresholds.
      const { exitCode, result } = await load(script, 'memory', durations[script] / 2);
      expect(exitCode).toBe(crossedThresholds);
      expectUsersLoggedOut(result);
    },
    180_000,
  );
});

describeWithK6('npm run load', () => {
  // Not on a shared fleet: it is about what a password costs in production.
  test('07-login-storm holds with redis', async () => {
    const { exitCode, output, result } = await load('07-login-storm', 'redis', 9);
    if (exitCode !== 0) throw new Error(`Exit code ${exitCode}: ${output}`);
    expect(result).toMatchObject({ script: '07-login-storm', strategy: 'redis', passed: true });
  }, 180_000);
});

// These wait more than they work, so they run at the same time.
describeWithK6('the end of npm run load', () => {
  test.concurrent('Ctrl-C stops k6 and the fleet, says that the run has not finished, and leaves nothing behind', async () => {
    const json = join(figuresFolder, 'stopped.json');
    const args = ['02', '--duration', '60s', '--json', json];
    await using command = new Command('services/lab/src/commands/load.ts', args);
    await command.waitForOutput(/running \(0m0[1-9]/);
    command.signalGroup('SIGINT');
    expect([await command.exitCode(), command.output]).toEqual([
      130,
      expect.stringMatching(/✗ NOT FINISHED: [\d.]+ of 60 s\n.*from another instance/s),
    ]);
    // What was measured so far holds, and the run does not count as passed all the same.
    expect(resultIn(json)).toMatchObject({ finished: false, passed: false });
    await command.waitUntilNothingIsLeft(20_000);
  }, 120_000);

  test.concurrent('when the laboratory is killed, k6 does not outlive it', async () => {
    await using command = new Command('services/lab/src/commands/load.ts', ['02', '--duration', '60s']);
    await command.waitForOutput(/running \(0m0[1-9]/);
    command.signalGroup('SIGKILL');
    expect(await command.exitCode()).toBeNull();
    await command.waitUntilNothingIsLeft(20_000);
  }, 120_000);

  test.concurrent('a deployment that is not there ends the run at once, with one line and without a tick', async () => {
    const args = ['01', '--url', 'http://127.0.0.1:1'];
    await using command = new Command('services/lab/src/commands/load.ts', args);
    expect(await command.exitCode()).toBe(108); // k6: the script gave up
    expect(command.output).toMatch(/✗ Nothing was measured: nobody answers at http:\/\/127\.0\.0\.1:1 /);
    expect(command.output).not.toContain('✓');
  }, 60_000);
});

/** A fleet of three instances for all tests of a `describe`. */
function sharedFleet(strategy: Strategy): () => Fleet {
  let fleet: Fleet | undefined;
  beforeAll(async () => {
    fleet = await startFleet('processes', { strategy, instances: 3 });
  }, 60_000);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
  }, 60_000);
  return () => {
    if (fleet === undefined) throw new Error('The fleet has not been started.');
    return fleet;
  };
}

/** `until changed`: two seconds longer than the change takes, by when users have met its outcome, and a minute at most. */
type Duration = `${number}s` | 'until changed';

async function loadOn(fleet: Fleet, name: string, duration: Duration) {
  const script = findScript(name);
  if (!k6 || !script) throw new Error(`There is no k6, or no script ${name}.`);
  const files = join(figuresFolder, `${name}-${fleet.strategy}`);
  mkdirSync(figuresFolder, { recursive: true });
  const outputFd = openSync(`${files}.log`, 'w');
  const enough = new AbortController();
  const changeThenStop = async (instances: number) => {
    await script.change?.(fleet, instances);
    if (duration === 'until changed') setTimeout(() => enough.abort(), 2_000);
  };
  process.env.CHANGE_AFTER = '1s';
  try {
    await runScriptOnFleet(fleet, 3, {
      script: { ...script, ...(script.change && { change: (_, instances) => changeThenStop(instances) }) },
      strategy: fleet.strategy,
      duration: duration === 'until changed' ? '60s' : duration,
      jsonFile: `${files}.json`,
      k6,
      signal: enough.signal,
      say: () => {},
      outputFd,
    }).catch((error) => {
      if (!enough.signal.aborted) throw error;
    });
    return { output: readFileSync(`${files}.log`, 'utf8'), result: resultIn(`${files}.json`) };
  } finally {
    delete process.env.CHANGE_AFTER;
    closeSync(outputFd);
  }
}

async function load(script: string, strategy: string, seconds: number) {
  const file = join(figuresFolder, `${script}-${strategy}.json`);
  const args = [script, '--strategy', strategy, '--duration', `${seconds}s`, '--json', file];
  await using command = new Command('services/lab/src/commands/load.ts', args);
  const exitCode = await command.exitCode();
  return { exitCode, output: command.output, result: resultIn(file) };
}

function resultIn(file: string): LoadResult {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function expectUsersLoggedOut(result: LoadResult): void {
  expect(missedIn(result)).toContain('sessions_lost: count==0');
  expect(missedIn(result)).toContain('cross_instance_session_ok: rate==1');
}
