// What becomes of a fleet in containers when the laboratory, or a part of it, ends in one way or another.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { startComposeFleet } from '../../services/lab/src/fleet/compose/start-compose-fleet.ts';
import { Command } from '../support/command.ts';
import { until } from '../support/wait.ts';

// Each test starts a fleet.
jest.setTimeout(240_000);

/** For its containers to start. */
const startMs = 120_000;
/** For all that it started to end. */
const endMs = 120_000;

const runFleet = (...args: string[]) =>
  new Command('tests/support/run-fleet.ts', ['--kind', 'compose', ...args]);

async function docker(...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('docker', args);
  return stdout.split('\n').filter((line) => line !== '');
}

/** The name of the Compose project behind a base URL. */
async function projectOf(command: Command): Promise<string> {
  const port = await command.waitForOutput(/"baseUrl":"[^"]+:(\d+)"/, startMs);
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
  until(`nothing is left of ${project}`, async () => (await whatIsThere(project)).length === 0, 60_000);

test('nothing is left of a fleet whose laboratory was killed while parts were paused', async () => {
  await using command = runFleet();
  const project = await projectOf(command);
  expect((await whatIsThere(project)).length).toBeGreaterThan(10);
  command.write('pause');
  await command.waitForOutput(/"done":"pause"/, startMs);
  command.signal('SIGKILL');
  await command.waitUntilNothingIsLeft(endMs);
  await nothingIsLeftOf(project);
});

test.each([10, 1_500, 5_000])(
  'nothing is left of a fleet whose start was given up after %i ms',
  async (ms) => {
    const before = new Set(await whatIsThere());
    await using command = runFleet('--abort-after', String(ms));
    expect(await command.waitForOutput(/"failed":"([^"]+)"/, startMs)).toBe('TimeoutError');
    await command.waitUntilNothingIsLeft(endMs);
    expect((await whatIsThere()).filter((name) => !before.has(name))).toEqual([]);
  },
);

test('the unasked end of a part is told', async () => {
  await using command = runFleet();
  const project = await projectOf(command);
  await docker('kill', `${project}-redis-1`);
  expect(await command.waitForOutput(/"died":"([^"]+)/, startMs)).toContain('redis ended with exit code 137');
  command.write('dispose');
  await command.waitUntilNothingIsLeft(endMs);
  await nothingIsLeftOf(project);
});

test('another program than that of the image is refused in words', async () => {
  const start = startComposeFleet({ strategy: 'redis', instances: 1, appEntry: '/tmp/other.ts' });
  await expect(start).rejects.toThrow('appEntry is for processes');
});
