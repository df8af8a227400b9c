// docs/production.md, "A newer Redis, a newer Postgres": the commands there, from the majors before to those of .env.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { docker } from '../../services/lab/src/fleet/compose/docker.ts';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { User } from '../../services/lab/src/users/user.ts';
import { until } from '../support/wait.ts';
import { Operator } from './operator.ts';

const before = { REDIS_IMAGE: 'redis:7', POSTGRES_IMAGE: 'postgres:17' };
const files = 'docker-compose.yml:tests/containers/many-users.yml';
const isHere = await majorsBeforeAreHere();

async function majorsBeforeAreHere(): Promise<boolean> {
  for (const image of Object.values(before)) {
    const isThere = await docker(['image', 'inspect', image])
      .catch(() => docker(['pull', '--quiet', image]))
      .then(
        () => true,
        () => false,
      );
    if (!isThere) {
      const why = `${image} is not here and cannot be pulled; infra/offline-images/build redis-7 postgres-17 makes stand-ins.`;
      if (process.env.REQUIRE_CONTAINERS === 'true') throw new Error(why);
      console.log(`SKIPPED: the upgrade of Redis and Postgres. ${why}`);
      return false;
    }
  }
  return true;
}

(isHere ? test : test.skip)(
  'Redis 7 to 8 logs nobody out, and Postgres 17 to 18 keeps every user and session',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'upgrade-test-'));
    await using former = new Operator(`sessions-test-${randomBytes(4).toString('hex')}`, {
      ...before,
      COMPOSE_FILE: `${files}:tests/containers/older-majors.yml`,
      PROXY_PORT: '0',
      STORE_DEADLINE_MS: '2000',
    });
    try {
      await former.run('docker', 'compose', 'up', '--detach', '--wait');
      const versions = async (operator: Operator) => {
        const redis = await operator.run(
          'docker',
          'compose',
          'exec',
          '-T',
          'redis',
          'redis-server',
          '--version',
        );
        const postgres = await operator.run(
          'docker',
          'compose',
          'exec',
          '-T',
          'postgres',
          'postgres',
          '--version',
        );
        return [/v=(\d+)/.exec(redis.stdout)?.[1], /\) (\d+)/.exec(postgres.stdout)?.[1]];
      };
      expect(await versions(former)).toEqual(['7', '17']);
      const user = new User(await clientOf(former));
      await user.signUp();

      // The overlay is for the images of before: Redis' part of it would suit the newer one as well.
      const newerRedis = former.with({ REDIS_IMAGE: 'redis:8' });
      await newerRedis.run('infra/compose/backup', '--sessions', join(folder, 'before-redis'));
      await newerRedis.run('docker', 'compose', 'up', '--detach', '--wait', '--no-deps', 'redis');
      await until('Redis knows the user', async () => user.isKnownIn(await user.me()), 30_000);
      expect(await versions(newerRedis)).toEqual(['8', '17']);

      await newerRedis.run('docker', 'compose', 'stop', 'nginx', 'app');
      await newerRedis.run('infra/compose/backup', '--sessions', join(folder, 'before-postgres'));
      const newer = newerRedis.with({ POSTGRES_IMAGE: 'postgres:18', COMPOSE_FILE: files });
      await newer.run('infra/compose/restore', '--overwrite', join(folder, 'before-postgres'));
      await newer.run('docker', 'compose', 'up', '--detach', '--wait');
      expect(await versions(newer)).toEqual(['8', '18']);
      const same = Object.assign(new User(await clientOf(newer)), user.credentials);
      same.useCookies(await user.copyCookies());
      expect(same.isKnownIn(await same.me())).toBe(true);
      expect((await same.logIn()).status).toBe(200);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  500_000,
);

async function clientOf(operator: Operator): Promise<HttpClient> {
  const { stdout } = await operator.run('docker', 'compose', 'port', 'nginx', '8080');
  return new HttpClient(`http://${stdout.trim()}`);
}
