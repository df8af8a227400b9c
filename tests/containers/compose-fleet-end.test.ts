// What becomes of a fleet in containers when the laboratory, or a part of it, ends in one way or another.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { startComposeFleet } from '../../services/lab/src/fleet/compose/start-compose-fleet.ts';
import { eventually } from '../../services/lab/src/fleet/eventually.ts';
import { Laboratory } from '../support/laboratory.ts';

// Each test starts a fleet.
jest.setTimeout(240_000);

const openLaboratory = (...args: string[]) => Laboratory.open('--kind', 'compose', ...args);

async function docker(...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('docker', args);
  return stdout.split('\n').filter((line) => line !== '');
}

/** The name of the Compose project behind an baseUrl. */
async function projectOf(laboratory: Laboratory): Promise<string> {
  const port = await laboratory.says(/"baseUrl":"[^"]+:(\d+)"/);
  const label = '{{.Label "com.docker.compose.project"}}';
  const [project = ''] = await docker('ps', '--filter', `publish=${port}`, '--format', label);
  expect(project).toMatch(/^sessions-lab-/);
  return project;
}

/** Containers, networks and volumes of a project, or of all fleets. */
async function whatIsThere(project = 'sessions-lab-'): Promise<string[]> {
  const all = await Promise.all([
    docker('ps', '--all', '--format', '{{.Names}}'),
    docker('network', 'ls', '--format', '{{.Name}}'),
    docker('volume', 'ls', '--format', '{{.Name}}'),
  ]);
  return all.flat().filter((name) => name.startsWith(project));
}

const nothingIsLeftOf = (project: string) =>
  eventually(`nothing is left of ${project}`, async () => (await whatIsThere(project)).length === 0, {
    deadlineMs: 60_000,
    everyMs: 200,
  });

test('nothing is left of a fleet whose laboratory was killed while parts were paused', async () => {
  await using laboratory = await openLaboratory();
  const project = await projectOf(laboratory);
  expect((await whatIsThere(project)).length).toBeGreaterThan(10);
  laboratory.tell('pause');
  await laboratory.says(/"done":"pause"/);
  laboratory.kill('SIGKILL');
  await laboratory.leavesNothing();
  await nothingIsLeftOf(project);
});

test.each([10, 1_500, 5_000])(
  'nothing is left of a fleet whose start was given up after %i ms',
  async (ms) => {
    const before = new Set(await whatIsThere());
    await using laboratory = await openLaboratory('--abort-after', String(ms));
    expect(await laboratory.says(/"failed":"([^"]+)"/)).toBe('TimeoutError');
    await laboratory.leavesNothing();
    expect((await whatIsThere()).filter((name) => !before.has(name))).toEqual([]);
  },
);

test('the unasked end of a part is told', async () => {
  await using laboratory = await openLaboratory();
  const project = await projectOf(laboratory);
  await docker('kill', `${project}-redis-1`);
  expect(await laboratory.says(/"died":"([^"]+)/)).toContain('redis ended with exit code 137');
  laboratory.tell('dispose');
  await laboratory.leavesNothing();
  await nothingIsLeftOf(project);
});

test('another program than that of the image is refused in words', async () => {
  const start = startComposeFleet({ strategy: 'redis', instances: 1, appEntry: '/tmp/other.ts' });
  await expect(start).rejects.toThrow('appEntry is for processes');
});
