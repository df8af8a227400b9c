import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { startChild } from '../support/child.ts';
import { startPostgres } from '../support/postgres.ts';

const program = fileURLToPath(new URL('../../services/app/src/migrate.ts', import.meta.url));

async function migrate(databaseUrl?: string): Promise<{ code: number | string; output: string }> {
  await using child = await startChild(process.execPath, [program], {
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
  });
  return { code: await child.ended, output: child.output() };
}

test('migrations run once, also when two are started at the same time', async () => {
  await using postgres = await startPostgres();
  await postgres.ask('CREATE DATABASE fresh');
  const url = postgres.url.replace(/postgres$/, 'fresh');
  const first = await Promise.all([migrate(url), migrate(url)]);
  expect(first.map(({ code }) => code)).toEqual([0, 0]);
  const done = first.map(({ output }) => JSON.parse(output).migrations.length).sort();
  const all = await readdir(new URL('../../services/app/migrations', import.meta.url));
  expect(done).toEqual([0, all.length]);
  expect(await migrate(url)).toEqual({ code: 0, output: '{"msg":"migrated","migrations":[]}\n' });
});

test('migrations name the setting that is missing, and fail when the database is down', async () => {
  const unset = await migrate();
  expect(unset.code).toBe(78);
  expect(unset.output).toMatch(/^DATABASE_URL: expected an address/);
  const down = await migrate('postgres://nobody@127.0.0.1:1/none');
  expect(down.code).toBe(1);
  expect(down.output).toContain('ECONNREFUSED');
});
