// The k6 scripts against an app that is not ours, by the command that docs/load-testing.md gives for it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { k6OrReason, type LoadResult, missedIn, rowOf } from '../support/k6.ts';
import { type Shop, startShop } from './foreign-app/shop.ts';

const folder = join(import.meta.dirname, 'foreign-app');
const page = await readFile(join(import.meta.dirname, '../../docs/load-testing.md'), 'utf8');
const [, command = ''] = /runs this very command -->\n```sh\n(.*?)\n```/s.exec(page) ?? [];
const describeWithK6 = (await k6OrReason()) ? describe : describe.skip;
const [held, crossed, gaveUp] = [0, 99, 108];

let figures: string;
beforeAll(async () => {
  figures = await mkdtemp(join(tmpdir(), 'test-figures-'));
});
afterAll(() => rm(figures, { recursive: true, force: true }));

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
  readonly result: LoadResult;
}

/** Types the page's command in the app's folder, on this shop's port, for as short as a script allows. */
async function load(shop: Shop, change: (command: string) => string = (text) => text): Promise<Run> {
  const json = join(figures, `${crypto.randomUUID()}.json`);
  const typed = `${change(command.replace('https://127.0.0.1:8443', shop.url))} --json ${json}`;
  const child = spawn('sh', ['-c', typed], {
    cwd: folder,
    // It hashes nothing, and need not be spared.
    env: { ...process.env, DURATION: '3s', LOGINS_PER_SECOND: '20', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [exitCode] = await once(child, 'close');
  return { exitCode, output, result: JSON.parse(await readFile(json, 'utf8')) };
}

/** The command with one setting more, or another value for it. */
const setting = (assignment: string) => (text: string) => {
  const [name = ''] = assignment.split('=');
  return `${assignment} ${text.replace(new RegExp(`${name}=\\S+ `), '')}`;
};

describeWithK6('with the shared store', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await startShop('redis');
  }, 60_000);
  afterAll(async () => shop?.[Symbol.asyncDispose]());

  test('the command of the page passes', async () => {
    const { exitCode, output, result } = await load(shop);
    expect([exitCode, output]).toEqual([held, expect.stringContaining('strategy unknown')]);
    expect(result).toMatchObject({ passed: true, finished: true, instances: ['shop-1', 'shop-2'] });
    expect(rowOf(result, 'from another instance')).toMatch(/^(\d+) of \1 knew the user$/);
  }, 90_000);

  test('a report lands where it was asked for, from where that was typed, and names its run', async () => {
    const file = join(figures, 'report.html');
    const withReport = (text: string) => `DURATION=5s ${text} --html ${relative(folder, file)}`;
    expect((await load(shop, withReport)).exitCode).toBe(held);
    expect(await readFile(file, 'utf8')).toMatch(
      /<title>02-cross-instance-login · strategy unknown · 2 instances · \d{4}-\d\d-\d\d \d\d:\d\d UTC<\/title>/,
    );
  }, 90_000);

  test('01-smoke passes', async () => {
    const { exitCode, output } = await load(shop, (text) => text.replace('02-cross-instance-login', '01'));
    expect([exitCode, output]).toEqual([held, expect.stringContaining('✓ iterations: count==5')]);
  }, 90_000);

  test('a header that the proxy adds will do', async () => {
    const { exitCode, result } = await load(shop, setting('SERVED_BY_HEADER=X-Upstream'));
    expect([exitCode, result.instances.length]).toEqual([held, 2]);
  }, 90_000);

  test('the authority that signed the certificate can be trusted instead of any', async () => {
    const trusting = (text: string) => `SSL_CERT_FILE=${shop.authority} ${text.replace(' --insecure', '')}`;
    expect((await load(shop, trusting)).exitCode).toBe(held);
  }, 90_000);

  test('without a header the run says that it proves no second instance', async () => {
    const { exitCode, result } = await load(shop, setting('SERVED_BY_HEADER=none'));
    expect([exitCode, missedIn(result)]).toEqual([held, []]);
    expect(rowOf(result, 'from another instance')).toMatch(
      /^NOT KNOWN: .* does not prove that there are two/,
    );
  }, 90_000);

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'plain HTTP',
      (text) => text.replace(shop.url, shop.plainUrl),
      /leads to https:\S+: give the scripts https:/,
    ],
    [
      'a certificate that is not trusted',
      (text) => text.replace(' --insecure', ''),
      /not trusted.*--insecure/,
    ],
    ['another header', setting('SERVED_BY_HEADER=X-Served-By'), /without the header x-served-by/],
    ['a route that is not there', setting('WHOAMI_PATH=/me'), /does not know anna.*404.*WHOAMI_PATH/],
    ['a text that guests see as well', setting('KNOWN_TEXT=login KNOWN_STATUS=302'), /answers a guest as if/],
    ['another status', setting('LOGIN_STATUS=200'), /must answer 200 \(LOGIN_STATUS\), not 302 to \/account/],
    [
      'another cookie',
      setting('SESSION_COOKIE=connect.sid'),
      /set no cookie connect\.sid \(SESSION_COOKIE\)/,
    ],
  ])(
    '%s is named in one line, and nothing is ticked',
    async (_what, change, sentence) => {
      const { exitCode, output } = await load(shop, change);
      expect(exitCode).toBe(gaveUp);
      const [, said] = /✗ Nothing was measured: (.*)/.exec(output) ?? [];
      expect(said).toMatch(sentence);
      expect(output).not.toContain('✓');
    },
    90_000,
  );

  test.each([
    [
      'wrong.csv',
      'anna@example.com,wrong\n',
      /answered 302 to \/auth\/login\?wrong .*set no cookie shop\.sid/,
    ],
    ['empty.csv', '\n', /USERS_FILE has no line/],
    ['broken.csv', 'anna@example.com,x\nben\n', /line 2 of USERS_FILE is not/],
  ])(
    '%s as the file of users is named in one line',
    async (name, lines, sentence) => {
      const file = join(figures, name);
      await writeFile(file, lines);
      const { exitCode, output } = await load(shop, (text) => text.replace('users.csv', file));
      const [, said] = /✗ Nothing was measured: (.*)/.exec(output) ?? [];
      expect([exitCode, said]).toEqual([gaveUp, expect.stringMatching(sentence)]);
    },
    90_000,
  );
});

describeWithK6('with sessions in memory', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await startShop('memory');
  }, 60_000);
  afterAll(async () => shop?.[Symbol.asyncDispose]());

  test('the command of the page crosses its thresholds, and shows who was not known beside what failed', async () => {
    const { exitCode, result } = await load(shop);
    expect(exitCode).toBe(crossed);
    expect(missedIn(result)).toEqual(['cross_instance_session_ok: rate==1', 'sessions_lost: count==0']);
    expect(rowOf(result, 'reads')).toMatch(/, 0 failed, [1-9]\d* did not know the user,/);
    for (const { ok, was } of result.thresholds) if (!ok) expect(was).toEqual(expect.any(Number));
  }, 90_000);

  test('without a header as well: sessions are lost', async () => {
    const { exitCode, result } = await load(shop, setting('SERVED_BY_HEADER=none'));
    expect([exitCode, missedIn(result)]).toEqual([crossed, ['sessions_lost: count==0']]);
  }, 90_000);
});
