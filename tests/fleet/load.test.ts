// `npm run load` from outside: each k6 script holds against the shared store, and those about sessions tell memory from it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { NotPossibleHere } from '../../services/lab/src/fleet/fleet.ts';
import { findK6 } from '../../services/lab/src/k6/find-k6.ts';
import { Command } from '../support/command.ts';

const crossedThresholds = 99;

/** In seconds: as short as the question allows. Changes have to end under traffic, on a busy machine too. */
const durations = {
  '01-smoke': 5,
  '02-cross-instance-login': 6,
  '03-scale-out': 20,
  '04-scale-in': 12,
  '05-crash': 8,
  '06-rolling-deploy': 40,
  '07-login-storm': 9,
  '08-spike': 8,
  '09-soak': 6,
  '10-breakpoint': 6,
  '11-autoscale': 30,
} as const;
type Script = keyof typeof durations;

const aboutSessions: readonly Script[] = [
  '02-cross-instance-login',
  '03-scale-out',
  '04-scale-in',
  '05-crash',
  '06-rolling-deploy',
  '11-autoscale',
];

// Times are not what is tested here, on a machine that may have other work. Steps that any machine holds.
process.env.READ_P95_MS = '3000';
process.env.RATES = '20,40';

const describeWithK6 = (await k6IsHere()) ? describe : describe.skip;

describeWithK6('npm run load', () => {
  test.each(Object.entries(durations))(
    '%s holds with redis',
    async (script, seconds) => {
      const { exitCode, output, result } = await load(script, 'redis', seconds);
      if (exitCode !== 0) throw new Error(`Exit code ${exitCode}: ${output}`);
      expect(result).toMatchObject({ script, strategy: 'redis', passed: true });
    },
    180_000,
  );

  test.each(aboutSessions.map((name) => [name]))(
    '%s fails with memory: users are logged out',
    async (script) => {
      // Half the time will do: it need not suffice for the other thresholds.
      const { exitCode, result } = await load(script, 'memory', durations[script] / 2);
      expect(exitCode).toBe(crossedThresholds);
      expect(missed(result)).toContain('sessions_lost: count==0');
      expect(missed(result)).toContain('cross_instance_session_ok{strategy:memory}: rate==1');
    },
    180_000,
  );

  test('Ctrl-C stops k6 and the fleet, shows what there is, and leaves nothing behind', async () => {
    await using command = new Command('services/lab/src/commands/load.ts', ['02', '--duration', '60s']);
    await command.waitForOutput(/running \(0m0[1-9]/);
    command.signalGroup('SIGINT');
    expect([await command.exitCode(), command.output]).toEqual([
      130,
      expect.stringContaining('from another instance'),
    ]);
    await command.waitUntilNothingIsLeft(20_000);
  }, 120_000);

  test('when the laboratory is killed, k6 does not outlive it', async () => {
    await using command = new Command('services/lab/src/commands/load.ts', ['02', '--duration', '60s']);
    await command.waitForOutput(/running \(0m0[1-9]/);
    command.signalGroup('SIGKILL');
    expect(await command.exitCode()).toBeNull();
    await command.waitUntilNothingIsLeft(20_000);
  }, 120_000);

  test('a deployment that is not there ends the run at once, with a sentence', async () => {
    await using command = new Command('services/lab/src/commands/load.ts', [
      '01',
      '--url',
      'http://127.0.0.1:1',
    ]);
    expect(await command.exitCode()).toBe(107); // k6: the script threw
    expect(command.output).toMatch(/does not answer with the header x-served-by/);
  }, 60_000);
});

test('without k6 and without a way to it, says how to come to one', async () => {
  const before = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    await expect(findK6({ build: true, say: () => {}, builtHere: '/nowhere/k6' })).rejects.toThrow(
      NotPossibleHere,
    );
  } finally {
    process.env.PATH = before;
  }
});

interface Result {
  readonly thresholds: readonly { readonly metric: string; readonly source: string; readonly ok: boolean }[];
}

async function load(script: string, strategy: string, seconds: number) {
  const file = join(import.meta.dirname, '../../.cache/load-test', `${script}-${strategy}.json`);
  const args = [script, '--strategy', strategy, '--duration', `${seconds}s`, '--json', file];
  await using command = new Command('services/lab/src/commands/load.ts', args);
  const exitCode = await command.exitCode();
  const result: Result = JSON.parse(readFileSync(file, 'utf8'));
  return { exitCode, output: command.output, result };
}

function missed({ thresholds }: Result): string[] {
  return thresholds.filter(({ ok }) => !ok).map(({ metric, source }) => `${metric}: ${source}`);
}

/** CI has to have k6 (REQUIRE_K6=true); elsewhere it may be missing, and then the reason is printed. */
async function k6IsHere(): Promise<boolean> {
  try {
    await findK6({ build: false, say: () => {} });
    return true;
  } catch (error) {
    if (process.env.REQUIRE_K6 === 'true') throw error;
    console.log(
      'The tests of the k6 scripts are left out: there is no k6 here. `npm run load -- 01` gets it.',
    );
    return false;
  }
}
