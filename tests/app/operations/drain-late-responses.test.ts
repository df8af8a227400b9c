// Responses whose head was sent before the drain began, so that they cannot say `Connection: close` any more.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { Drain } from '../../../services/app/src/operations/draining.ts';
import { until } from '../../support/wait.ts';

/** A server and a keep-alive connection on which a response has begun and not ended. */
async function halfAnswered() {
  const responses: ServerResponse[] = [];
  const server = createServer((_req, res) => {
    responses.push(res);
    res.write('begun ');
  });
  const drain = new Drain(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  const client = connect(address.port, '127.0.0.1');
  let received = '';
  client.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  const closed = once(client, 'close');
  const ask = () => client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  ask();
  await until('the response has begun', () => received.includes('begun'));
  return {
    drain,
    responses,
    ask,
    received: () => received,
    closed,
    async [Symbol.asyncDispose]() {
      client.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a connection whose response ends after the idle time is closed soon after, and is not cut', async () => {
  await using server = await halfAnswered();
  const start = performance.now();
  const drained = server.drain.finish({ delayMs: 0, idleMs: 100, deadlineMs: 20_000 });
  await sleep(300);
  server.responses[0]?.end('and ended');
  expect(await drained).toEqual({ cut: 0 });
  expect(performance.now() - start).toBeLessThan(10_000);
  await server.closed;
  expect(server.received()).toContain('and ended');
});

test('a request that still comes on it is answered, with Connection: close', async () => {
  await using server = await halfAnswered();
  const drained = server.drain.finish({ delayMs: 0, idleMs: 2_000, deadlineMs: 20_000 });
  await sleep(2_200);
  server.responses[0]?.end();
  server.ask();
  await until('the second request has come', () => server.responses.length === 2);
  server.responses[1]?.end('answered');
  expect(await drained).toEqual({ cut: 0 });
  await server.closed;
  expect(server.received()).toMatch(/Connection: close.*answered/is);
});

test('a connection that is idle at the deadline is closed, and only one that is being answered is cut', async () => {
  await using server = await halfAnswered();
  const drained = server.drain.finish({ delayMs: 0, idleMs: 200, deadlineMs: 500 });
  await sleep(400);
  server.responses[0]?.end();
  expect(await drained).toEqual({ cut: 0 });

  await using busy = await halfAnswered();
  expect(await busy.drain.finish({ delayMs: 0, idleMs: 100, deadlineMs: 300 })).toEqual({ cut: 1 });
});
