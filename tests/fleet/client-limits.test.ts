// What one client may ask for, with the limits of production: whoever asks for more harms nobody else. Further clients are
// further addresses of loopback (tests/support/addresses.ts).

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Fleet } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { ClientAt, type PlainAnswer } from '../support/addresses.ts';
import { readDuring } from '../support/bystander.ts';
import { until } from '../support/wait.ts';

jest.setTimeout(90_000);

let fleet: Fleet;
let bystander: ClientAt;
let attacker: ClientAt;
let attackers = 0;
beforeAll(async () => {
  fleet = await startProcessFleet({ strategy: 'redis', instances: 3, clientLimits: 'production' });
  bystander = new ClientAt(fleet.baseUrl, '127.0.0.2');
});
afterAll(async () => {
  bystander?.[Symbol.dispose]();
  await fleet?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  // A new one for each test: the last one's share may be used up.
  attackers += 1;
  attacker = new ClientAt(fleet.baseUrl, `127.0.1.${attackers}`);
});
afterEach(() => attacker[Symbol.dispose]());

const read = async () => (await bystander.send({ path: '/api/v1/cart' })).status;
const statuses = (answers: readonly PlainAnswer[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

test('more requests than 100 a second, and 200 at once, are answered with 429 and when to come again', async () => {
  const answers: PlainAnswer[] = [];
  const reads = await readDuring(read, async () => {
    // 50 connections, so that none is refused for their number.
    const sender = async () => {
      for (let n = 0; n < 20; n++) answers.push(await attacker.send({ path: '/api/v1/cart' }));
    };
    await Promise.all(Array.from({ length: 50 }, sender));
  });
  expect(reads.failures).toEqual([]);
  const { 200: passed = 0, 429: refused = 0 } = statuses(answers);
  expect(passed + refused).toBe(1_000);
  expect(passed).toBeGreaterThanOrEqual(201);
  expect(refused).toBeGreaterThan(100);
  const one = answers.find(({ status }) => status === 429);
  expect(one?.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/json' });
  expect(one?.headers['x-served-by']).toBeUndefined();
  expect(JSON.parse(one?.body ?? '')).toEqual({ status: 'fail', message: expect.any(String) });

  await sleep(1_000);
  expect((await attacker.send({ path: '/api/v1/cart' })).status).toBe(200);
});

test('an address that a client claims to have changes nothing', async () => {
  let next = 0;
  const claims = () => ({
    'X-Forwarded-For': `198.51.100.${next++ % 250}`,
    'X-Real-IP': `198.51.100.${next}`,
  });
  const sender = async () => {
    const answers: PlainAnswer[] = [];
    for (let n = 0; n < 20; n++)
      answers.push(await attacker.send({ path: '/api/v1/cart', headers: claims() }));
    return answers;
  };
  const answers = await Promise.all(Array.from({ length: 50 }, sender));
  expect(statuses(answers.flat())[429]).toBeGreaterThan(100);
});

test('of 600 slow bodies 100 wait, and none for longer than 7 s', async () => {
  const sockets = await openMany(600, (socket) => {
    socket.write('POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n');
    socket.write('Content-Length: 16384\r\n\r\n{');
  });
  const answers = collect(sockets);
  const reads = await readDuring(read, async () => {
    await sleep(2_000);
    expect(answers().filter((answer) => answer.startsWith('HTTP/1.1 429 '))).toHaveLength(500);
    await until('the others are closed', () => sockets.every(({ closed }) => closed), 5_000);
  });
  expect(reads.failures).toEqual([]);
});

test('2,600 slow heads fail nobody else, and are closed after 5 s', async () => {
  const sockets = await openMany(2_600, (socket) => {
    socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(2_000)}`);
  });
  const reads = await readDuring(read, async () => {
    for (let n = 0; n < 4; n++) {
      await sleep(1_000);
      for (const socket of sockets) if (socket.writable) socket.write('x');
    }
    await until('they are closed', () => sockets.every(({ closed }) => closed), 5_000);
  });
  expect(reads.failures).toEqual([]);
  // It did read all the while. How often is a matter of the machine.
  expect(reads.answered).toBeGreaterThan(20);
});

/** In groups, since the system completes only some hundred connections before they are accepted. */
async function openMany(count: number, send: (socket: Socket) => void): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const group = Array.from({ length: 100 }, () => attacker.connect());
    for (const socket of group) send(socket);
    await Promise.all(group.map((socket) => until('it is connected', () => !socket.connecting)));
    sockets.push(...group);
  }
  return sockets;
}

/** What came back on each. */
function collect(sockets: readonly Socket[]): () => readonly string[] {
  const texts = sockets.map(() => '');
  for (const [n, socket] of sockets.entries()) {
    socket.setEncoding('latin1').on('data', (text: string) => {
      texts[n] += text;
    });
  }
  return () => texts;
}
