// `npm start` from outside.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { Command } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';

const stoppingMs = 20_000;

test('starts the deployment, says what to try, and stops at Ctrl-C with exit code 0', async () => {
  const port = await freePort();
  await using command = new Command('services/lab/src/commands/start.ts', [
    '--instances',
    '2',
    '--port',
    String(port),
  ]);
  await command.waitForOutput(/Ctrl-C stops everything/);
  expect(command.output).toContain(`http://127.0.0.1:${port}/api/v1/signup`);

  const servedBy = new Set<string | null>();
  for (let n = 0; n < 4; n++) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/me`, { signal: AbortSignal.timeout(5000) });
    expect(answer.status).toBe(401);
    servedBy.add(answer.headers.get('x-served-by'));
  }
  expect(servedBy.size).toBe(2);

  command.signalGroup('SIGINT');
  expect(await command.exitCode()).toBe(0);
  await command.waitUntilNothingIsLeft(stoppingMs);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
}, 60_000);

test('with the port in use, ends with exit code 2 and a sentence that names it', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  try {
    await using command = new Command('services/lab/src/commands/start.ts', ['--port', String(port)]);
    expect(await command.exitCode()).toBe(2);
    expect(command.output).toMatch(new RegExp(`port ${port}`, 'i'));
    await command.waitUntilNothingIsLeft(stoppingMs);
  } finally {
    other.close();
  }
}, 60_000);
