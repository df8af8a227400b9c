// Documents that are not as printed, and what becomes of what they have started.

import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { freePort } from '../../support/free-port.ts';
import { processesOf } from '../../support/processes.ts';
import { follow, type Place } from './follow.ts';
import { demandFreePorts } from './free-ports.ts';
import { Scene } from './scene.ts';
import { stepsIn } from './steps.ts';

/** Follows a document in an empty folder. @returns what it said, the folder's files, and why it failed, if it did */
async function followText(markdown: string, options: Partial<Place> = {}) {
  const said: string[] = [];
  const scene = await Scene.open({ endMs: 1_000, containers: false });
  let failure = '';
  let result = '';
  try {
    await mkdir(scene.clone);
    await follow(stepsIn(markdown), {
      document: 'docs/a.md',
      folder: scene.clone,
      openTerminal: () => scene.openTerminal(),
      users: { during: () => Promise.reject(new Error('no traffic is expected')) },
      deadlineMs: 20_000,
      say: (line) => said.push(line),
      ...options,
    });
    await scene.expectNothingRuns(500);
  } catch (error) {
    failure = String(Object(error).message);
  } finally {
    result = await readFile(join(scene.clone, 'result'), 'utf8').catch(() => '');
    await scene[Symbol.asyncDispose]();
  }
  return { said, failure, result, left: processesOf(scene.clone) };
}

const shell = (...lines: readonly string[]) => ['```sh', ...lines, '```'].join('\n');

test('a document is one session: variables, folders and functions stay', async () => {
  const first = shell(
    'export NAME=ada',
    'say() { echo "$NAME in $(basename "$PWD")" >> ../result; }',
    'mkdir b',
    'cd b',
  );
  const { failure, result, said } = await followText(`${first}\n\n${shell('say')}`);
  expect([failure, result]).toEqual(['', 'ada in b\n']);
  expect(said).toHaveLength(5);
  expect(said[4]).toMatch(/^docs\/a.md:9 .*\d\.\d s {2}say$/);
});

test('commands see a terminal', async () => {
  expect((await followText(shell('test -t 0 && test -t 1'))).failure).toBe('');
});

test('a command that fails names its document and line, and shows what it wrote', async () => {
  const { failure, result } = await followText(
    shell('true', 'echo the reason; (exit 3)', 'echo on > result'),
  );
  expect(failure).toBe(
    'docs/a.md:3: echo the reason; (exit 3)\nIt ended with exit code 3; 0 was expected. Its output:\n  | the reason',
  );
  expect(result).toBe('');
});

test('a command that is meant to fail and does not is a failure', async () => {
  const { failure } = await followText(shell('true   # exit code 99'));
  expect(failure).toContain('It ended with exit code 0; 99 was expected.');
});

test('a command that ends the shell is a failure', async () => {
  expect((await followText(shell('exit 0'))).failure).toContain('docs/a.md:2: exit 0\nThe shell has ended.');
});

test('a command that hangs is ended at its deadline, with all that it started', async () => {
  const hanging = '(trap "" TERM HUP; sleep 600) & setsid sleep 601 & echo still here; sleep 602';
  const { failure, left } = await followText(shell(hanging), { deadlineMs: 500 });
  expect(failure).toContain('It has not ended after 0.5 s. Its output:');
  expect(failure).toContain('| still here');
  expect(left).toEqual([]);
});

test('what a document starts and does not stop is a failure, and is stopped', async () => {
  const { failure, left } = await followText(shell('setsid sleep 600 & sleep 0.2'));
  expect(failure).toContain('At the end of the document there still runs:\n  sleep 600');
  expect(left).toEqual([]);
});

test('what stays in the foreground is left there for another terminal, and ended by Ctrl-C for the next in its own', async () => {
  const serve = "trap 'echo ended >> result; exit 0' INT; echo Listening; while :; do sleep 0.1; done";
  const { failure, result, left } = await followText(
    [
      '<!-- run: until "Listening" -->',
      shell(`bash -c ${JSON.stringify(serve)}`),
      '<!-- run: in another terminal -->',
      shell('echo beside it >> result'),
      '',
      shell('echo afterwards >> result'),
    ].join('\n'),
  );
  expect([failure, result, left]).toEqual(['', 'beside it\nended\nafterwards\n', []]);
});

test('what is still in the foreground at the end is ended by Ctrl-C', async () => {
  const { failure, left } = await followText(`<!-- run: until "up" -->\n${shell('echo up; sleep 600')}`);
  expect([failure, left]).toEqual(['', []]);
});

test('what was to stay in the foreground and ends is a failure', async () => {
  const { failure } = await followText(`<!-- run: until "up" -->\n${shell('echo down; false')}`);
  expect(failure).toContain('It was to stay in the foreground, and ended with exit code 1.');
});

test('what fails at Ctrl-C is a failure', async () => {
  const server = `bash -c 'trap "exit 5" INT; echo up; while :; do sleep 0.1; done'`;
  const { failure } = await followText(`<!-- run: until "up" -->\n${shell(server)}`);
  expect(failure).toContain('After Ctrl-C it ended with exit code 5.');
});

test('a promise that nobody notices is kept only where the users say so', async () => {
  const asked: string[] = [];
  const during = async (origin: string, task: () => Promise<void>) => {
    asked.push(origin);
    await task();
    throw new Error('Somebody noticed: 1 of 90 requests failed');
  };
  const text = shell('echo scaled; echo scaled > result   # nobody notices');
  const { failure, result } = await followText(text, { users: { during } });
  expect([asked, result]).toEqual([['http://localhost:8080'], 'scaled\n']);
  expect(failure).toContain('Somebody noticed: 1 of 90 requests failed Its output:\n  | scaled');
});

test('a file is written into the clone, and nowhere else', async () => {
  const file = (path: string) => `<!-- run: file ${path} -->\n\`\`\`yaml\na: 1\n\`\`\``;
  expect(await followText(`${file('b/c.yml')}\n\n${shell('cp b/c.yml result')}`)).toMatchObject({
    ...{ failure: '', result: 'a: 1\n' },
  });
  expect((await followText(file('../c.yml'))).failure).toContain('../c.yml is outside of the clone');
  expect((await followText(file('/etc/c.yml'))).failure).toContain('/etc/c.yml is outside of the clone');
});

test('a port that a document needs and that is in use is named before anything is run', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  try {
    const steps = stepsIn(shell(`npm start -- --port ${port}`)).map((step) => ({ ...step }));
    await expect(demandFreePorts('docs/a.md', steps)).rejects.toThrow(
      /^Port \d+ is in use, and the commands of docs\/a.md/,
    );
  } finally {
    other.close();
  }
});
