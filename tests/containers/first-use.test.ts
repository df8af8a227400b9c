// What somebody meets who has just copied the deployment: names, what the terminal shows, and mistakes.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { root } from '../../services/lab/src/fleet/compose/images.ts';
import { Browser } from '../support/browser.ts';
import { until } from '../support/wait.ts';
import { Deployment } from './deployment.ts';

jest.setTimeout(240_000);

let deployment: Deployment;
let firstStatus: number;
beforeAll(async () => {
  deployment = await Deployment.start({ instances: 2 });
  firstStatus = (await fetch(`${deployment.baseUrl}/api/v1/me`)).status;
}, 300_000);
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
}, 60_000);

/** Docker Compose on this folder, with a project name that nothing has yet. */
async function compose(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, ...variables };
  return promisify(execFile)('docker', ['compose', ...args], { cwd: root, env });
}
const newProject = () => `sessions-test-${randomBytes(4).toString('hex')}`;

/** The names that the instances give themselves, by their containers' ids: a label of all their metrics. */
async function namesByThemselves(): Promise<string[]> {
  const script = `console.log(/served_by="([^"]+)"/.exec(await (await fetch('http://127.0.0.1:9464/metrics')).text())[1])`;
  const containers = await deployment.containers('app');
  return Promise.all(
    containers.map(async (id) =>
      (await deployment.docker('exec', id, 'node', '--input-type=module', '--eval', script)).trim(),
    ),
  );
}

test('`up --wait` ends when a request is answered: an instance is healthy before nginx has heard of it', () => {
  expect(firstStatus).toBe(401);
});

describe('an instance', () => {
  test('is named as docker compose ps names it, also after a start with another address', async () => {
    expect(await deployment.instances()).toEqual(['app-1', 'app-2']);
    expect(await namesByThemselves()).toEqual(['app-1', 'app-2']);
    const [one = '', other = ''] = await deployment.containers('app');
    const addressOf = (id: string) =>
      deployment.docker(
        'inspect',
        '--format',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}',
        id,
      );
    const lastPart = async (id: string) => Number(/\.(\d+)\s/.exec(await addressOf(id))?.[1]);
    // The one with the higher address first: it gets the lowest that is free, and so the other's.
    const otherIsHigher = (await lastPart(other)) > (await lastPart(one));
    const [first, second] = otherIsHigher ? [other, one] : [one, other];
    const before = await addressOf(second);
    await deployment.docker('stop', first, second);
    await deployment.docker('start', first);
    await deployment.docker('start', second);
    expect(await addressOf(second)).not.toBe(before);
    await until('both answer', () => namesByThemselves().catch(() => undefined), 120_000);
    expect(await namesByThemselves()).toEqual(['app-1', 'app-2']);
  });

  test('says in one line that it listens, and in one for each request what it answered', async () => {
    await until(
      'it is served',
      async () => (await new Browser(deployment.baseUrl).get('/api/v1/cart')).status === 200,
      60_000,
    );
    const { servedBy } = await new Browser(deployment.baseUrl).get('/api/v1/me?token=secret');
    const log = await until('it is logged', async () => {
      const lines = (await deployment.compose('logs', '--no-log-prefix', 'app')).split('\n');
      return lines.some((line) => line.startsWith('GET /api/v1/me 401')) && lines;
    });
    expect(log).toContainEqual(expect.stringMatching(new RegExp(`^GET /api/v1/me 401 ${servedBy} \\d+ ms$`)));
    // Both were started twice.
    expect(
      log.filter((line) => line.startsWith('listening on port 3000, SESSION_STRATEGY=redis')),
    ).toHaveLength(4);
    expect(log.join('\n')).not.toMatch(/token|"level"/);
  });

  test.each([
    [
      'another pepper',
      ['PASSWORD_PEPPER_FILE=', `PASSWORD_PEPPER=${randomBytes(32).toString('hex')}`],
      /^PASSWORD_PEPPER: expected the pepper that hashed/,
    ],
    [
      'a wrong password for Redis',
      ['REDIS_URL_FILE=', 'REDIS_URL=redis://app:wrong@redis:6379'],
      /^REDIS_URL: Redis refuses its user or password: WRONGPASS/,
    ],
    [
      'a wrong password for Postgres',
      ['DATABASE_URL_FILE=', 'DATABASE_URL=postgres://app:wrong@postgres:5432/app'],
      /^DATABASE_URL: Postgres refuses it: password authentication failed/,
    ],
    [
      'a secret that it may not read',
      ['SESSION_SECRET_FILE=/etc/shadow'],
      /^SESSION_SECRET: expected the file \/etc\/shadow \(SESSION_SECRET_FILE\) to be readable by user 1000: EACCES: permission denied$/,
    ],
  ])('with %s ends with 78 and one sentence', async (_what, variables, sentence) => {
    const options = variables.flatMap((variable) => ['--env', variable]);
    const starting = deployment.compose('run', '--rm', '--no-deps', '--quiet-build', ...options, 'app');
    const { code, stdout, stderr } = await starting.then(
      () => ({ code: 0, stdout: '', stderr: '' }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    // The pepper and Postgres are asked when Redis is there.
    expect({ code, stdout: stdout.replace(/^connected to Redis\n/, '') }).toEqual({ code: 78, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toMatch(sentence);
  });
});

describe('docker compose', () => {
  test('refuses a strategy out of the shell, which the next command would not have, and says where it belongs', async () => {
    for (const command of [
      ['config', '--quiet'],
      ['up', '--detach'],
    ]) {
      const refused = compose(['-p', newProject(), ...command], { SESSION_STRATEGY: 'memory' });
      await expect(refused).rejects.toMatchObject({
        stderr: expect.stringContaining('echo SESSION_STRATEGY=memory > strategy.env'),
      });
    }
  });

  test('takes it from strategy.env for the instances, nginx and k6; and up shows the instances alone', async () => {
    const { stdout } = await compose(['--profile', '*', 'config', '--format', 'json']);
    const { services } = JSON.parse(stdout);
    for (const name of ['app', 'nginx', 'k6']) {
      expect([name, services[name].environment.SESSION_STRATEGY]).toEqual([name, 'redis']);
    }
    const shown = Object.keys(services).filter((name) => services[name].attach !== false);
    expect(shown.sort()).toEqual(['app', 'k6', 'migrate', 'prepare-redis', 'secrets']);
  });

  test('tells that the port is taken before any instance has started', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const project = newProject();
    try {
      const starting = compose(['-p', project, 'up', '--detach', '--no-build'], {
        PROXY_PORT: String(port),
        TLS_PORT: '0',
      });
      await expect(starting).rejects.toMatchObject({ stderr: expect.stringContaining(String(port)) });
      const states = await compose(['-p', project, 'ps', '--all', '--format', '{{.State}}', 'app']);
      expect(new Set(states.stdout.trim().split('\n'))).toEqual(new Set(['created']));
    } finally {
      other.close();
      await compose(['-p', project, 'down', '--volumes']);
    }
  });

  test("removes everything by the README's command, what only a profile starts too", async () => {
    const project = newProject();
    await compose(['-p', project, '--profile', 'observability', 'create', '--no-build', 'app', 'prometheus']);
    const left = async () => {
      const label = ['--filter', `label=com.docker.compose.project=${project}`, '--quiet'];
      const kinds = [
        ['ps', '--all'],
        ['volume', 'ls'],
        ['network', 'ls'],
      ];
      const lists = await Promise.all(kinds.map((kind) => deployment.docker(...kind, ...label)));
      return lists
        .join('')
        .split('\n')
        .filter((id) => id !== '').length;
    };
    expect(await left()).toBeGreaterThan(10);
    await compose(['-p', project, '--profile', '*', 'down', '--volumes']);
    expect(await left()).toBe(0);
  });
});
