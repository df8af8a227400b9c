import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let programs: string;
beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'programs-'));
});
afterEach(() => rmSync(programs, { recursive: true }));

test('without k6, Go and Docker, says how to come to k6', async () => {
  expect(await findK6()).toEqual({
    exitCode: 2,
    output: expect.stringMatching(/k6 is needed: install k6 .*, or Go .* or start a Docker engine/),
  });
});

test('where the image cannot be pulled, names it and the reason, and says what to do', async () => {
  program('docker', 'case $1 in version) echo 28.2.2;; *) echo "no such host" >&2; exit 1;; esac');
  const { exitCode, output } = await findK6();
  expect(exitCode).toBe(2);
  for (const words of ['grafana/k6:2.2.0 could not be pulled (no such host)', 'install k6', 'or Go 1.25']) {
    expect(output).toContain(words);
  }
  expect(output).toContain('infra/offline-images/build');
});

test('takes the image when it is there or can be pulled', async () => {
  program('docker', 'case $1 in image) exit 1;; esac');
  expect(await findK6()).toEqual({ exitCode: 0, output: expect.stringContaining('the image grafana/k6') });
});

test('passes by a k6 that is too old or does not run', async () => {
  program('k6', 'echo "k6 v0.57.0 (go1.23.6, linux/amd64)"');
  const sentences = (await findK6()).output.split('\n');
  expect(sentences[0]).toMatch(/is k6 0\.57\.0, too old to run TypeScript/);
  expect(sentences[1]).toMatch(/^k6 is needed/);
  program('k6', 'exit 1');
  expect((await findK6()).output).toMatch(/^k6 is needed/);
});

test('takes the k6 in PATH', async () => {
  program('k6', 'echo "k6 v1.4.0 (go1.25.0, linux/amd64)"');
  expect(await findK6()).toEqual({ exitCode: 0, output: `k6 1.4.0 (${join(programs, 'k6')})\n` });
});

/** Puts a shell script into the folder that is the whole PATH. */
function program(name: string, script: string): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(programs, name), 0o755);
}

/** Looks for k6 as a program of the laboratory does, with an exit code. */
function findK6(): Promise<{ exitCode: number; output: string }> {
  const source = `
    import { runMainProgram } from './services/lab/src/commands/main-program.ts';
    import { findK6 } from './services/lab/src/k6/find-k6.ts';
    await runMainProgram(async () => {
      const { description } = await findK6({ build: true, say: console.error, builtPath: '/nowhere/k6' });
      console.error(description);
      return 0;
    });`;
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; output: string }>();
  const child = execFile(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', source],
    {
      cwd: join(import.meta.dirname, '../../..'),
      env: { PATH: programs, HOME: process.env.HOME },
      timeout: 20_000,
    },
    (_error, _stdout, output) => resolve({ exitCode: child.exitCode ?? -1, output }),
  );
  return promise;
}
