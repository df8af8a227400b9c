import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError, readConfig } from '../../services/app/src/config.ts';
import { type Certificates, makeCertificates, readPem } from '../support/certificates.ts';

const secret = 'a secret that is truly long enough';
const enough = {
  SESSION_SECRET: secret,
  PASSWORD_PEPPER: secret,
  REDIS_URL: 'redis://127.0.0.1:6379',
  DATABASE_URL: 'postgres://app@127.0.0.1/app',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  test('needs the secrets and the addresses, and nothing else', () => {
    const config = readConfig(enough);
    expect(config.session).toMatchObject({
      ...{ strategy: 'redis', cookieSecure: true, idleMs: 1_800_000 },
      store: { deadlineMs: 250, touchAfter: 0.1, breakerThreshold: 3, longestPauseMs: 400 },
    });
    expect(config).toMatchObject({
      port: 3000,
      nodeEnv: 'production',
      hashing: { rounds: 12, threads: 1, queue: 64 },
    });
    expect(problemsOf({}).map((problem) => problem.split(':')[0])).toEqual([
      'SESSION_SECRET',
      'PASSWORD_PEPPER',
      'DATABASE_URL',
      'REDIS_URL',
    ]);
  });

  test.each([
    ['redis://ada:pw@redis:6379/0', { kind: 'standalone', url: 'redis://ada:pw@redis:6379/0' }],
    ['rediss://redis', { kind: 'standalone', url: 'rediss://redis', tls: {} }],
    [
      'redis-sentinel://ada:p%40ss@one:26380,[::1]/sessions',
      {
        ...{ kind: 'sentinel', name: 'sessions', username: 'ada', password: 'p@ss' },
        sentinels: [
          { host: 'one', port: 26_380 },
          { host: '::1', port: 26_379 },
        ],
      },
    ],
    [
      'redis-cluster://:secret@one:7000,two:7001',
      { kind: 'cluster', urls: ['redis://one:7000', 'redis://two:7001'], password: 'secret' },
    ],
    [
      'rediss-sentinel://one/sessions',
      { kind: 'sentinel', name: 'sessions', sentinels: [{ host: 'one', port: 26_379 }], tls: {} },
    ],
    ['rediss-cluster://one:7000', { kind: 'cluster', urls: ['rediss://one:7000'], tls: {} }],
  ])('reads the address of Redis %s', (REDIS_URL, address) => {
    expect(readConfig({ ...enough, REDIS_URL }).session.redis).toEqual(address);
  });

  test.each([
    'redis://',
    'http://redis:6379',
    'redis-sentinel://hidden:26379',
    'redis-sentinel://hidden:26379/',
    'redis-sentinel://hidden:port/name',
    'redis-sentinel://hidden,,two/name',
    'redis-sentinel://%zz@hidden/name',
    'redis-cluster://hidden:7000/name',
    'redis-cluster://',
  ])('refuses the address of Redis %s, and does not repeat it', (REDIS_URL) => {
    const [problem, ...others] = problemsOf({ ...enough, REDIS_URL });
    expect(problem).toMatch(/^REDIS_URL: expected an address such as/);
    expect(problem).not.toContain('hidden');
    expect(others).toEqual([]);
  });

  describe('with certificates', () => {
    let certificates: Certificates;
    beforeAll(async () => {
      certificates = await makeCertificates('IP:127.0.0.1');
    });
    afterAll(async () => {
      await certificates[Symbol.asyncDispose]();
    });

    test('reads the authorities for a Redis with TLS, and refuses them for one without', async () => {
      const REDIS_CA_FILE = certificates.authority;
      const ca = await readPem(REDIS_CA_FILE);
      for (const REDIS_URL of ['rediss://one', 'rediss-sentinel://one/name', 'rediss-cluster://one']) {
        expect(readConfig({ ...enough, REDIS_URL, REDIS_CA_FILE }).session.redis).toMatchObject({
          tls: { ca },
        });
      }
      expect(problemsOf({ ...enough, REDIS_CA_FILE })).toEqual([
        'REDIS_CA_FILE: expected a REDIS_URL with TLS (rediss:, rediss-sentinel: or rediss-cluster:)',
      ]);
    });

    test('refuses a file of authorities that has no certificate or is not there', () => {
      for (const REDIS_CA_FILE of [certificates.key, '/does/not/exist']) {
        expect(problemsOf({ ...enough, REDIS_URL: 'rediss://one', REDIS_CA_FILE })).toEqual([
          'REDIS_CA_FILE: expected the path of a PEM file with certificates',
        ]);
      }
    });

    test('accepts TLS to Postgres only with all checks', () => {
      const problems = (parameters: string) =>
        problemsOf({ ...enough, DATABASE_URL: `postgres://app:hidden@db/app${parameters}` });
      const path = encodeURIComponent(certificates.authority);
      for (const sound of [
        '',
        '?sslmode=disable',
        '?sslmode=verify-full',
        `?sslmode=verify-full&sslrootcert=${path}`,
      ]) {
        expect(problems(sound)).toEqual([]);
      }
      const refused = [
        ...['prefer', 'require', 'verify-ca', 'no-verify', 'verify-ful'].map((mode) => `?sslmode=${mode}`),
        ...[
          '?ssl=true',
          '?ssl=no-verify',
          `?sslrootcert=${path}`,
          '?sslmode=verify-full&uselibpqcompat=true',
        ],
        '?sslmode=verify-full&sslrootcert=/does/not/exist',
      ];
      for (const parameters of refused) {
        const [problem, ...others] = problems(parameters);
        expect(problem).toMatch(/^DATABASE_URL: expected sslmode=verify-full/);
        expect(problem).not.toContain('hidden');
        expect(others).toEqual([]);
      }
    });
  });

  test('accepts only one Redis server with the strategy connect-redis', () => {
    const env = { ...enough, SESSION_STRATEGY: 'connect-redis', REDIS_URL: 'redis-cluster://one:7000' };
    expect(problemsOf(env)).toEqual([expect.stringMatching(/^REDIS_URL: expected one server/)]);
  });

  test('needs no Redis for sessions in memory', () => {
    const { REDIS_URL, ...rest } = enough;
    expect(REDIS_URL).toBeDefined();
    expect(problemsOf({ ...rest, SESSION_STRATEGY: 'memory' })).toEqual([]);
    expect(problemsOf({ ...rest, SESSION_STRATEGY: 'sticky' })).toEqual([]);
  });

  test('needs Redis for either strategy that keeps sessions there', () => {
    const { REDIS_URL: _, ...rest } = enough;
    for (const strategy of ['redis', 'connect-redis']) {
      expect(problemsOf({ ...rest, SESSION_STRATEGY: strategy })).toEqual([
        expect.stringMatching(/^REDIS_URL: expected/),
      ]);
    }
  });

  test.each([
    ['NODE_ENV', 'test', 'production or development'],
    ['INSTANCE_NAME', 'two words', '1 to 64'],
    ['PORT', '-1', 'a whole number, 0 to 65535'],
    ['PORT', '65536', 'a whole number, 0 to 65535'],
    ['PORT', '3e3', 'a whole number, 0 to 65535'],
    ['SESSION_STRATEGY', 'cookie', 'memory, sticky, connect-redis or redis'],
    ['SESSION_SECRET', 'short', 'at least 32 characters'],
    ['SESSION_SECRET', `${secret},short`, 'at least 32 characters'],
    ['SESSION_SECRET', ' , \n', 'at least one secret'],
    ['PASSWORD_PEPPER', 'short', 'at least 32 characters'],
    ['BCRYPT_ROUNDS', '3', 'a whole number, 4 to 15'],
    ['BCRYPT_ROUNDS', '16', 'a whole number, 4 to 15'],
    ['HASH_THREADS', 'two', 'a whole number, 0 to 64'],
    ['SESSION_IDLE_SECONDS', '0', 'a whole number, 1 to'],
    ['STORE_DEADLINE_MS', '0', 'a whole number, 10 to 10000'],
    ['STORE_TOUCH_AFTER_PERCENT', '91', 'a whole number, 0 to 90'],
    ['STORE_BREAKER_CALLS', '0', 'a whole number, 1 to 1000'],
    ['STORE_BREAKER_PAUSE_MS', '5', 'a whole number, 10 to 10000'],
    ['COOKIE_SECURE', 'yes', 'true or false'],
    ['TRUST_PROXY', 'true', 'addresses or subnets'],
    ['TRUST_PROXY', '10.0.0.0/99', 'addresses or subnets'],
    ['ALLOWED_HOSTS', 'https://shop.example', 'host names'],
    ['ALLOWED_HOSTS', 'shop.example,,other.example', 'host names'],
    ['ALLOWED_HOSTS', 'shop.example:x', 'host names'],
    ['REDIS_URL', 'http://127.0.0.1', 'redis://'],
    ['DATABASE_URL', 'mysql://127.0.0.1/app', 'postgres://'],
    ['DATABASE_URL', 'not an address', 'postgres://'],
    ['DATABASE_POOL_MAX', '0', 'a whole number, 1 to 100'],
    ['LOG_LEVEL', 'loud', 'info'],
  ])('refuses %s=%j and says what was expected', (name, value, expected) => {
    const problems = problemsOf({ ...enough, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: expected .*${expected}`));
  });

  test('never repeats a secret in a message', () => {
    const message = problemsOf({
      ...enough,
      SESSION_SECRET: 'hunter2',
      DATABASE_URL: 'mysql://u:hunter2@db',
    }).join();
    expect(message).not.toContain('hunter2');
  });

  test('accepts several secrets, separated by commas or new lines', () => {
    const config = readConfig({ ...enough, SESSION_SECRET: `${secret}1,${secret}2\n ${secret}3\n` });
    expect(config.session.secrets).toEqual([`${secret}1`, `${secret}2`, `${secret}3`]);
  });

  test('treats an empty variable as not set', () => {
    expect(readConfig({ ...enough, PORT: '' }).port).toBe(3000);
    expect(problemsOf({ ...enough, SESSION_SECRET: '' })).toHaveLength(1);
  });

  test('sends the cookie over plain HTTP only outside of production, or when told and allowed', () => {
    expect(readConfig({ ...enough, NODE_ENV: 'development' }).session.cookieSecure).toBe(false);
    const allowed = { ...enough, COOKIE_SECURE: 'false', ALLOW_INSECURE: 'cookie' };
    expect(readConfig(allowed).session.cookieSecure).toBe(false);
    expect(
      readConfig({ ...enough, NODE_ENV: 'development', COOKIE_SECURE: 'true' }).session.cookieSecure,
    ).toBe(true);
  });

  describe('in production', () => {
    const insecure = [
      ['COOKIE_SECURE', 'false', 'cookie'],
      ['BCRYPT_ROUNDS', '9', 'rounds'],
      ['HASH_THREADS', '0', 'threads'],
    ] as const;

    test.each(insecure)('refuses %s=%s unless ALLOW_INSECURE names it', (name, value, permission) => {
      const others = insecure.map(([, , other]) => other).filter((other) => other !== permission);
      for (const ALLOW_INSECURE of ['', others.join()]) {
        expect(problemsOf({ ...enough, [name]: value, ALLOW_INSECURE })).toEqual([
          expect.stringMatching(
            new RegExp(`^${name}: expected .* in production: .*; ALLOW_INSECURE=${permission} allows it$`),
          ),
        ]);
      }
      expect(readConfig({ ...enough, [name]: value, ALLOW_INSECURE: permission }).insecure).toEqual([
        permission,
      ]);
      expect(readConfig({ ...enough, [name]: value, NODE_ENV: 'development' }).insecure).toEqual([]);
    });

    test('does not count what is allowed and not used', () => {
      expect(readConfig({ ...enough, ALLOW_INSECURE: 'cookie, rounds' }).insecure).toEqual([]);
    });

    test('knows no other permission', () => {
      expect(problemsOf({ ...enough, ALLOW_INSECURE: 'cookie,all' })).toEqual([
        'ALLOW_INSECURE: expected some of cookie, rounds, threads, separated by commas',
      ]);
    });
  });

  test.each([
    ['one character', 'x'.repeat(64)],
    ['a repeated word', 'password'.repeat(5)],
    ['the example of express-session', 'keyboard cat and what else is needed'],
    ['what a template asks to replace', 'CHANGE_ME_before_you_go_to_production'],
    ['what a tutorial shows', 'this-is-your-256-bit-secret-for-sessions'],
  ])('refuses a secret that is %s, whatever else is allowed', (_, weak) => {
    const allowed = { ...enough, NODE_ENV: 'development', ALLOW_INSECURE: 'cookie,rounds,threads' };
    for (const name of ['SESSION_SECRET', 'PASSWORD_PEPPER']) {
      const [problem, ...others] = problemsOf({ ...allowed, [name]: weak });
      expect(problem).toMatch(new RegExp(`^${name}: expected a random secret`));
      expect(problem).not.toContain(weak);
      expect(others).toEqual([]);
    }
    expect(problemsOf({ ...allowed, SESSION_SECRET: `${secret},${weak}` })).toHaveLength(1);
  });

  describe('from files', () => {
    async function withFile(content: string, use: (path: string) => void) {
      const folder = await mkdtemp(join(tmpdir(), 'test-config-'));
      try {
        const path = join(folder, 'secret');
        await writeFile(path, content);
        use(path);
      } finally {
        await rm(folder, { recursive: true });
      }
    }
    const { SESSION_SECRET, ...rest } = enough;

    test('reads a secret, without the line end that editors put there', async () => {
      await withFile(`${SESSION_SECRET}\n`, (path) => {
        expect(readConfig({ ...rest, SESSION_SECRET_FILE: path }).session.secrets).toEqual([SESSION_SECRET]);
      });
    });

    test('refuses a secret that is given both ways', async () => {
      await withFile(SESSION_SECRET, (path) => {
        const problems = problemsOf({ ...enough, SESSION_SECRET_FILE: path });
        expect(problems).toEqual([
          'SESSION_SECRET: set either SESSION_SECRET or SESSION_SECRET_FILE, not both',
        ]);
      });
    });

    test('names the setting whose file cannot be read', () => {
      const problems = problemsOf({ ...rest, SESSION_SECRET_FILE: '/does/not/exist' });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toBe(
        `SESSION_SECRET: expected the file /does/not/exist (SESSION_SECRET_FILE) to be readable by user ${process.getuid?.()}: ENOENT: no such file or directory`,
      );
    });
  });
});
