import { expect, test } from '@jest/globals';
import { spawnApp, startAppProcess } from '../support/app.ts';
import { Browser } from '../support/browser.ts';

/** Nothing that is insecure, and so nothing that a start warns of. */
const secure = { ALLOW_INSECURE: '', COOKIE_SECURE: 'true', BCRYPT_ROUNDS: '12', HASH_THREADS: '1' };

const lines = (output: string) => output.split('\n').filter((line) => line.startsWith('{'));

test('a wrong configuration ends it with 78 and a line for each setting that is wrong', async () => {
  await using app = await spawnApp({ PORT: 'web', SESSION_SECRET: undefined, BCRYPT_ROUNDS: '99' });
  expect(await app.ended).toBe(78);
  expect(app.output().trim().split('\n')).toEqual([
    'PORT: expected a whole number, 0 to 65535',
    'SESSION_SECRET: expected one or several, separated by commas or new lines, each at least 32 characters; is not set',
    'BCRYPT_ROUNDS: expected a whole number, 4 to 15',
  ]);
});

test('a port that is taken ends it with 1 and is logged', async () => {
  await using first = await startAppProcess();
  // It would also warn of the database, which is not there.
  await using second = await spawnApp({ ...secure, PORT: String(first.port), LOG_LEVEL: 'error' });
  expect(await second.ended).toBe(1);
  const fatal = lines(second.output()).filter((line) => JSON.parse(line).level === 60);
  expect(fatal).toEqual([expect.stringContaining('EADDRINUSE')]);
});

test.each([
  ['a rejection', 'Promise.reject(new Error("nobody cares"))'],
  ['an exception', 'throw new Error("nobody cares")'],
])('%s that nobody handles is logged once and ends it with 1', async (_what, failure) => {
  const onSignal = `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${failure} })`)}`;
  await using app = await startAppProcess({}, ['--import', onSignal]);
  process.kill(app.pid, 'SIGUSR2');
  expect(await app.ended).toBe(1);
  const logged = lines(app.output()).filter((line) => line.includes('nobody cares'));
  expect(logged).toHaveLength(1);
  expect(JSON.parse(logged[0] ?? '')).toMatchObject({ level: 60, msg: 'unhandled failure' });
});

test('insecure settings end it in production, and each start warns of those that are allowed', async () => {
  await using refused = await spawnApp({ ...secure, COOKIE_SECURE: 'false', HASH_THREADS: '0' });
  expect(await refused.ended).toBe(78);
  expect(refused.output().trim().split('\n')).toEqual([
    expect.stringMatching(/^COOKIE_SECURE: expected true in production.*; ALLOW_INSECURE=cookie allows it$/),
    expect.stringMatching(
      /^HASH_THREADS: expected 1 or more in production.*; ALLOW_INSECURE=threads allows it$/,
    ),
  ]);
  await using allowed = await startAppProcess();
  expect(lines(allowed.output()).map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({
      level: 40,
      insecure: ['cookie', 'rounds', 'threads'],
      msg: 'insecure settings are allowed (ALLOW_INSECURE): not for real users',
    }),
  );
  await using safe = await startAppProcess(secure);
  expect(safe.output()).not.toContain('insecure');
});

test('with sessions in memory express-session prints its warning', async () => {
  await using app = await startAppProcess();
  expect(app.output()).toMatch(/MemoryStore is not\s+designed for a production environment/);
});

test('it hashes in worker threads when started as it is in production', async () => {
  await using app = await startAppProcess({ HASH_THREADS: '2' });
  expect((await new Browser(app.url).get('/livez')).status).toBe(200);
  process.kill(app.pid, 'SIGTERM');
  expect(await app.ended).toBe(0);
});
