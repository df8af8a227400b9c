// infra/compose/backup and restore, as an operator types them: from one deployment into an empty one of another name.

import { randomBytes } from 'node:crypto';
import { appendFile, cp, mkdtemp, readdir, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { User } from '../../services/lab/src/users/user.ts';
import { until } from '../support/wait.ts';
import { Deployment } from './deployment.ts';
import { Operator } from './operator.ts';

jest.setTimeout(300_000);

let deployment: Deployment;
let client: HttpClient;
let user: User;
let folder: string;
let backup: string;

beforeAll(async () => {
  deployment = await Deployment.start({ instances: 1, overlays: ['tests/containers/many-users.yml'] });
  client = new HttpClient(deployment.baseUrl);
  folder = await mkdtemp(join(tmpdir(), 'backup-test-'));
  backup = join(folder, 'whole');
  user = new User(client);
  await user.signUp();
  // A value that has been changed has to be restored, too.
  await deployment.operate('rotate', 'database-owner-password');
  await deployment.operate('backup', '--sessions', backup);
}, 300_000);
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await deployment?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true });
}, 60_000);

/** An operator of a deployment that does not exist yet. Its volumes and containers go in the end. */
function newOperator(): Operator {
  return new Operator(`sessions-test-${randomBytes(4).toString('hex')}`, {
    PROXY_PORT: '0',
    COMPOSE_FILE: 'docker-compose.yml:tests/containers/many-users.yml',
    STORE_DEADLINE_MS: '2000',
  });
}

describe('a backup', () => {
  test('can be read by its owner alone', async () => {
    expect((await stat(backup)).mode & 0o777).toBe(0o700);
    for (const part of await readdir(backup)) expect((await stat(join(backup, part))).mode & 0o077).toBe(0);
  });

  test('has every file of the secrets, and is not made over another', async () => {
    const { stdout } = await newOperator().run('tar', '--list', '--file', join(backup, 'secrets.tar'));
    const secrets = await deployment.compose(
      ...[
        'run',
        '--rm',
        '--no-deps',
        '-T',
        '--entrypoint',
        'bash',
        'secrets',
        '-c',
        'cd /secrets && ls -1 */*',
      ],
    );
    expect(stdout).toBe(secrets);
    await expect(deployment.operate('backup', backup)).rejects.toThrow(`${backup} is there already`);
  });

  test('leaves nothing behind when a part cannot be written', async () => {
    const missing = join(folder, 'missing');
    const operator = newOperator();
    const { exitCode, stderr } = await operator.try('infra/compose/backup', missing);
    expect([exitCode, stderr.trim()]).toEqual([
      1,
      expect.stringMatching(/^backup: database\.dump could not be written: .*postgres/),
    ]);
    expect((await readdir(folder)).filter((name) => name.startsWith('missing'))).toEqual([]);
  });

  test('leaves nothing behind when it is interrupted', async () => {
    const interrupted = join(folder, 'interrupted');
    const operator = new Operator(deployment.project, {});
    const running = operator.start('infra/compose/backup', '--sessions', interrupted);
    await until('it has begun', async () =>
      (await readdir(folder)).some((name) => name.startsWith('interrupted.unfinished')),
    );
    running.interrupt();
    expect((await running.ended).exitCode).toBe(130);
    expect((await readdir(folder)).filter((name) => name.startsWith('interrupted'))).toEqual([]);
  });
});

describe('a restore', () => {
  test('into an empty deployment of another name knows the users, their sessions and every password', async () => {
    await using operator = newOperator();
    await operator.run('infra/compose/restore', backup);
    await operator.run('docker', 'compose', 'up', '--detach', '--wait');
    const { stdout: address } = await operator.run('docker', 'compose', 'port', 'nginx', '8080');
    await using restored = new HttpClient(`http://${address.trim()}`);
    const same = Object.assign(new User(restored), user.credentials);
    same.useCookies(await user.copyCookies());
    expect(same.isKnownIn(await same.me())).toBe(true);
    const login = await same.logIn();
    expect(login.status).toBe(200);
    expect(same.isKnownIn(await same.me())).toBe(true);
    // The rights are those of before: the app may not delete, the owner may migrate.
    await operator.run('docker', 'compose', 'run', '--rm', 'migrate');

    // What is there is not replaced unasked.
    const again = await operator.try('infra/compose/restore', backup);
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      expect.stringMatching(/has data \(.*postgres-data.*--overwrite/),
    ]);
    expect(same.isKnownIn(await same.me())).toBe(true);

    // Sessions also survive that Redis starts again: they are in its append-only file.
    await operator.run('docker', 'compose', 'restart', 'redis');
    await until('the session is known again', async () => same.isKnownIn(await same.me()), 30_000);
  });

  test.each(['SHA256SUMS', 'database.dump', 'secrets.tar', 'sessions.rdb'])(
    'names %s when it is missing, and makes nothing',
    async (part) => {
      const broken = join(folder, `without-${part}`);
      await cp(backup, broken, { recursive: true });
      await unlink(join(broken, part));
      await expectRefusal(broken, part);
    },
  );

  test('names a part that was changed', async () => {
    const broken = join(folder, 'changed');
    await cp(backup, broken, { recursive: true });
    await appendFile(join(broken, 'database.dump'), 'x');
    await expectRefusal(broken, 'database.dump');
  });

  async function expectRefusal(broken: string, part: string): Promise<void> {
    const operator = newOperator();
    const { exitCode, stderr } = await operator.try('infra/compose/restore', broken);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(part)]);
    expect(await operator.volumes()).toEqual([]);
  }

  test('that fails halfway leaves an empty deployment, which can be filled', async () => {
    await using operator = newOperator();
    const broken = join(folder, 'no-dump');
    await cp(backup, broken, { recursive: true });
    await operator.run(
      'bash',
      '-c',
      `cd '${broken}' && echo no dump >database.dump && sha256sum *.dump *.tar *.rdb >SHA256SUMS`,
    );
    const { exitCode, stderr } = await operator.try('infra/compose/restore', broken);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('was not restored, and is empty now')]);
    expect(await operator.volumes()).toEqual([]);
  });
});
