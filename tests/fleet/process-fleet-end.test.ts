// What becomes of a fleet on plain processes when the laboratory, or a part of it, ends in one way or another.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, jest, test } from '@jest/globals';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { NotPossibleHere } from '../../services/lab/src/supervision/errors.ts';
import { Browser } from '../support/browser.ts';
import { Command } from '../support/command.ts';

// Each test starts a fleet.
jest.setTimeout(60_000);

/** For all that it started to end. */
const endMs = 40_000;

const runFleet = (...args: string[]) => new Command('tests/support/run-fleet.ts', args);
const baseUrlOf = (command: Command) => command.waitForOutput(/"baseUrl":"([^"]+)"/);

describe('nothing is left of a fleet', () => {
  test('after it was disposed', async () => {
    await using command = runFleet();
    await baseUrlOf(command);
    expect(command.processes().length).toBeGreaterThan(5);
    command.write('dispose');
    await command.waitForOutput(/"done":"dispose"/);
    await command.waitUntilNothingIsLeft(endMs);
  });

  test('after its laboratory was killed with SIGKILL', async () => {
    await using command = runFleet();
    const baseUrl = await baseUrlOf(command);
    command.signal('SIGKILL');
    await command.waitUntilNothingIsLeft(endMs);
    await expect(new Browser(baseUrl).get('/api/v1/cart')).rejects.toThrow();
  });

  test('after its laboratory was killed while parts were paused', async () => {
    await using command = runFleet();
    await baseUrlOf(command);
    command.write('pause');
    await command.waitForOutput(/"done":"pause"/);
    command.signal('SIGKILL');
    await command.waitUntilNothingIsLeft(endMs);
  });

  test.each([10, 150, 400, 900])('after its start was given up %i ms after it began', async (ms) => {
    await using command = runFleet('--abort-after', String(ms));
    expect(await command.waitForOutput(/"failed":"([^"]+)"/)).toBe('TimeoutError');
    await command.waitUntilNothingIsLeft(endMs);
  });
});

test('the unasked end of a part is told, whichever it is', async () => {
  await using command = runFleet();
  await baseUrlOf(command);
  for (const program of ['nginx', 'redis-server', 'postgres']) {
    const [part] = command.processes().filter((running) => running.command.includes(program));
    process.kill(Number(part?.pid), 'SIGKILL');
    await command.waitForOutput(new RegExp(`"died":"${program.split('-')[0]} ended by SIGKILL`));
  }
  command.write('dispose');
  await command.waitUntilNothingIsLeft(endMs);
});

describe('a place for a fleet', () => {
  test('says which port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? Number(address?.port) : 0;
    try {
      const start = startProcessFleet({ strategy: 'memory', instances: 1, port });
      await expect(start).rejects.toThrow(NotPossibleHere);
      await expect(start).rejects.toThrow(new RegExp(`Port ${port} .* is in use`));
    } finally {
      server.close();
    }
  });

  test('is shared by two fleets that do not touch each other', async () => {
    const [one, other] = await Promise.all([
      startProcessFleet({ strategy: 'memory', instances: 1 }),
      startProcessFleet({ strategy: 'memory', instances: 1 }),
    ]);
    await using _ = one;
    await using __ = other;
    await other.scaleTo(0);
    expect((await new Browser(other.baseUrl).get('/api/v1/cart')).status).toBe(503);
    expect((await new Browser(one.baseUrl).get('/api/v1/cart')).status).toBe(200);
  });
});
