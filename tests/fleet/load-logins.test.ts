// What the k6 scripts make of a deployment that turns logins away: because it hashes no faster, or because of a limit for
// one client.

import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fleet, FleetOptions } from '../../services/lab/src/fleet/fleet.ts';
import { startFleet } from '../../services/lab/src/fleet/start-fleet.ts';
import { runScript } from '../../services/lab/src/k6/run-script.ts';
import { findScript } from '../../services/lab/src/k6/scripts.ts';
import { k6OrReason, type LoadResult, missedIn, rowOf } from '../support/k6.ts';

const k6 = await k6OrReason();
const describeWithK6 = k6 ? describe : describe.skip;
const [held, crossed, gaveUp] = [0, 99, 108];

interface Credentials {
  readonly username: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'test-logins-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(
  fleet: Pick<Fleet, 'baseUrl' | 'strategy'>,
  name: string,
  settings: Readonly<Record<string, string>>,
) {
  const script = findScript(name);
  if (!k6 || !script) throw new Error(`There is no k6, or no script ${name}.`);
  const [jsonFile, log] = [join(folder, 'figures.json'), join(folder, 'output')];
  const outputFd = openSync(log, 'w');
  try {
    const exitCode = await runScript(
      {
        ...{ script, k6, jsonFile, outputFd, strategy: fleet.strategy, say: () => {} },
        signal: AbortSignal.timeout(90_000),
      },
      { BASE_URL: fleet.baseUrl, DURATION: '4s', ...settings },
    );
    const result: LoadResult = JSON.parse(readFileSync(jsonFile, 'utf8'));
    return { exitCode, result, output: readFileSync(log, 'utf8') };
  } finally {
    closeSync(outputFd);
  }
}

function fleetWith(options: Partial<FleetOptions>): () => Fleet {
  let fleet: Fleet | undefined;
  beforeAll(async () => {
    fleet = await startFleet('processes', { strategy: 'redis', instances: 2, ...options });
  }, 60_000);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
  }, 60_000);
  return () => {
    if (fleet === undefined) throw new Error('The fleet has not been started.');
    return fleet;
  };
}

describeWithK6('where each instance hashes one password at a time and lets none wait', () => {
  const fleet = fleetWith({ appSettings: { BCRYPT_ROUNDS: '10', HASH_THREADS: '1', HASH_QUEUE: '0' } });

  test('logins that are refused are counted apart, and come again when they are told to', async () => {
    const settings = { LOGINS_PER_SECOND: '100', USERS: '8' };
    const { exitCode, result } = await run(fleet(), '02', settings);
    expect([exitCode, missedIn(result)]).toEqual([held, []]);
    expect(rowOf(result, 'told to come back')).toMatch(
      /^[1-9]\d* logins and sign-ups \(503 with Retry-After\)$/,
    );
    expect(rowOf(result, 'logins')).toMatch(/, 0 failed,/);
    expect(rowOf(result, 'this deployment')).toMatch(
      /^logs in about [\d.]+ a second, and refused what was more/,
    );
  }, 120_000);

  test('07-login-storm says how many it does', async () => {
    const { result } = await run(fleet(), '07', { DURATION: '6s', USERS: '2', READ_P95_MS: '3000' });
    expect(missedIn(result)).toEqual([]);
    const [, most = 0] =
      /^logs in about ([\d.]+) a second at most$/.exec(rowOf(result, 'this deployment')) ?? [];
    expect(Number(most)).toBeGreaterThan(0);
    expect(Number(rowOf(result, 'logins done').split(',')[0])).toBeGreaterThan(0);
  }, 120_000);
});

describeWithK6('where a login takes longer than a second', () => {
  test('hardly two are under way at once, whatever LOGINS_PER_SECOND says', async () => {
    let underWay = 0;
    let most = 0;
    let answered = 0;
    const server = createServer(async (request, response) => {
      response.setHeader('X-Served-By', `app-${(answered++ % 2) + 1}`);
      if (request.method !== 'POST') return response.end(request.headers.cookie);
      most = Math.max(most, ++underWay);
      const [{ username }] = await Promise.all([json(request) as Promise<Credentials>, pause(1200)]);
      underWay--;
      response.setHeader('Set-Cookie', `sid=${username}`);
      response.writeHead(request.url?.endsWith('signup') ? 201 : 200).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    try {
      const settings = { USERS: '5', LOGINS_PER_SECOND: '20', DURATION: '8s' };
      const { exitCode } = await run({ baseUrl, strategy: 'redis' }, '02', settings);
      expect(exitCode).toBe(held);
      expect(most).toBeLessThanOrEqual(2);
    } finally {
      server.close();
    }
  }, 120_000);
});

describeWithK6('where nobody is refused', () => {
  const fleet = fleetWith({});

  test('all users together log in as often as LOGINS_PER_SECOND says, and no more', async () => {
    const { exitCode, result } = await run(fleet(), '02', { LOGINS_PER_SECOND: '2', DURATION: '5s' });
    expect(exitCode).toBe(held);
    // At 0, 0.5, … 4.5 s; the last users may be too late on a busy machine, and never too early.
    const [, logins = 0] = /\((\d+) logins\)/.exec(rowOf(result, 'sessions lost')) ?? [];
    expect(Number(logins)).toBeLessThanOrEqual(10);
    expect(rowOf(result, 'this deployment')).toMatch(/^logs in [\d.]+ a second or more: none was refused/);
  }, 120_000);
});

describeWithK6('where one client may do little', () => {
  const fleet = fleetWith({
    appSettings: { THROTTLE_SIGNUPS_PER_ADDRESS: '6', THROTTLE_GUESTS_PER_ADDRESS: '1' },
  });

  test('the settings for guests are named beside what was turned away', async () => {
    const { exitCode, result } = await run(fleet(), '08', { USERS: '3', LOGINS_PER_SECOND: '20' });
    expect(exitCode).toBe(crossed);
    expect(rowOf(result, 'turned away (429)')).toMatch(/^[1-9]\d* writes\. .*THROTTLE_GUESTS_PER_ADDRESS/);
  }, 120_000);

  test('a sign-up that is turned away ends the run with the setting’s name', async () => {
    const { exitCode, output } = await run(fleet(), '02', { USERS: '7', LOGINS_PER_SECOND: '20' });
    const [, said] = /✗ Nothing was measured: (.*)/.exec(output) ?? [];
    expect([exitCode, said]).toEqual([
      gaveUp,
      expect.stringMatching(/429.*THROTTLE_SIGNUPS_PER_ADDRESS, or wait/),
    ]);
  }, 120_000);

  test.each([
    ['DURATION', '2s', 'DURATION takes 3s or more'],
    ['USERS', '0', 'USERS takes a whole number from 1'],
    ['LOGINS_PER_SECOND', 'many', 'LOGINS_PER_SECOND takes a number above 0'],
    ['LOGIN_STATUS', '2xx', 'LOGIN_STATUS takes whole numbers above 0'],
    ['HEADERS', 'X: y', 'HEADERS takes JSON'],
  ])(
    '%s=%s is refused before anything is sent',
    async (name, value, sentence) => {
      const script = findScript('02');
      const log = join(folder, 'wrong');
      const outputFd = openSync(log, 'w');
      if (!k6 || !script) throw new Error('There is no k6.');
      const run = { script, k6, jsonFile: join(folder, 'wrong.json'), outputFd, strategy: 'redis' } as const;
      const settings = { BASE_URL: fleet().baseUrl, [name]: value };
      const ended = { signal: AbortSignal.timeout(30_000), say: () => {} };
      const exitCode = await runScript({ ...run, ...ended }, settings);
      closeSync(outputFd);
      expect([exitCode, readFileSync(log, 'utf8')]).toEqual([107, expect.stringContaining(sentence)]);
    },
    60_000,
  );

  test('k6’s own options, which would replace what the script does, are refused', async () => {
    const { exitCode, output } = await run(fleet(), '02', { K6_VUS: '2', K6_DURATION: '3s' });
    expect([exitCode, output]).toEqual([gaveUp, expect.stringMatching(/Nothing was measured: --vus/)]);
  }, 60_000);
});
