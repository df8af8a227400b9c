// What becomes of a fleet on plain processes when the laboratory, or a part of it, ends in one way or another.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, jest, test } from '@jest/globals';
import { NotPossibleHere } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { Client } from '../support/client.ts';
import { Laboratory } from '../support/laboratory.ts';

// Each test starts a fleet.
jest.setTimeout(60_000);

const baseUrlOf = (laboratory: Laboratory) => laboratory.says(/"baseUrl":"([^"]+)"/);

describe('nothing is left of a fleet', () => {
  test('after it was disposed', async () => {
    await using laboratory = await Laboratory.open();
    await baseUrlOf(laboratory);
    expect(laboratory.processes().length).toBeGreaterThan(5);
    laboratory.tell('dispose');
    await laboratory.says(/"done":"dispose"/);
    await laboratory.leavesNothing();
  });

  test('after its laboratory was killed with SIGKILL', async () => {
    await using laboratory = await Laboratory.open();
    const baseUrl = await baseUrlOf(laboratory);
    laboratory.kill('SIGKILL');
    await laboratory.leavesNothing();
    await expect(new Client(baseUrl).get('/livez')).rejects.toThrow();
  });

  test('after its laboratory was killed while parts were paused', async () => {
    await using laboratory = await Laboratory.open();
    await baseUrlOf(laboratory);
    laboratory.tell('pause');
    await laboratory.says(/"done":"pause"/);
    laboratory.kill('SIGKILL');
    await laboratory.leavesNothing();
  });

  test.each([10, 150, 400, 900])('after its start was given up %i ms after it began', async (ms) => {
    await using laboratory = await Laboratory.open('--abort-after', String(ms));
    expect(await laboratory.says(/"failed":"([^"]+)"/)).toBe('TimeoutError');
    await laboratory.leavesNothing();
  });
});

describe('the unasked end of a part', () => {
  test.each(['redis-server', 'postgres', 'nginx'])('is told when %s dies', async (program) => {
    await using laboratory = await Laboratory.open();
    await baseUrlOf(laboratory);
    const [part] = laboratory.processes().filter(({ command }) => command.includes(program));
    process.kill(Number(part?.pid), 'SIGKILL');
    expect(await laboratory.says(/"died":"([^"]+)/)).toContain(`${program.split('-')[0]} ended by SIGKILL`);
    laboratory.tell('dispose');
    await laboratory.leavesNothing();
  });
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
    expect((await new Client(other.baseUrl).get('/livez')).status).toBe(503);
    expect((await new Client(one.baseUrl).get('/livez')).status).toBe(200);
  });
});
