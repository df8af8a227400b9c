// The commands of infra/kubernetes-engine, while its cluster is up. Skipped, with a word, where the tests run on another one.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root } from '../../services/lab/src/fleet/compose/images.ts';
import { engineFolder } from '../../services/lab/src/fleet/kubernetes/cluster.ts';

const isUp = existsSync(`${engineFolder}/run/processes`);
if (!isUp) console.log('The cluster is not that of infra/kubernetes-engine: its commands are not tested.');

/** @returns the exit code and all that it wrote */
function run(program: string, ...args: readonly string[]): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(join(root, 'infra/kubernetes-engine', program), args, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, said: stdout + stderr }),
    );
  });
}

(isUp ? describe : describe.skip)('while its cluster is up', () => {
  test('`up` does nothing, and says how to use it', async () => {
    const { code, said } = await run('up');
    expect(code).toBe(0);
    expect(said).toMatch(/a cluster of \d nodes is up already: nothing to do \(export KUBECONFIG=\S+\)/);
  });

  test('an image that every node has is not loaded again, and one that Docker has not is an error', async () => {
    await run('load', 'redis:8');
    expect(await run('load', 'redis:8')).toEqual({ code: 0, said: '' });
    expect(await run('load', 'redis:0')).toMatchObject({
      code: 1,
      said: expect.stringContaining('Docker has no image redis:0'),
    });
  });

  test('what it listens on is on loopback alone', async () => {
    const ports = [16443, ...Array.from({ length: 10 }, (_, n) => 30_080 + n)];
    const listening = (await readFile('/proc/net/tcp', 'utf8'))
      .split('\n')
      .flatMap((line) => / ([0-9A-F]{8}):([0-9A-F]{4}) \S+ 0A /.exec(line)?.slice(1) ?? []);
    for (const port of ports) {
      const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
      const addresses = listening.filter((_, n) => listening[n + 1] === hexadecimal);
      expect({ port, addresses }).toEqual({ port, addresses: ['0100007F'] });
    }
  });
});

test.each([
  ['up', ['--nodes', '0'], '--nodes takes 1 to 9, not 0'],
  ['up', ['--node', '3'], 'unknown option --node; known: --nodes N, --mirror URL, --build-only'],
  ['power', ['off'], 'which node? power on NUMBER, power off NUMBER'],
  ['down', ['--keep'], 'unknown option --keep; known: --all'],
  ['load', [], 'which images? load IMAGE...'],
])('`%s %j` is refused with a word', async (program, args, message) => {
  const { code, said } = await run(program, ...args);
  expect({ code, said: said.trim() }).toEqual({ code: 1, said: `kubernetes-engine: ${message}` });
});
