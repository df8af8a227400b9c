import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { AppProcess } from '../../support/app.ts';
import { startAppProcess } from '../../support/app.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

/** A connection on which requests are written by hand, so that the test decides which of them share it. */
class Connection {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  #received = '';

  constructor(app: AppProcess) {
    this.socket = connect(app.port, '127.0.0.1');
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  /** Sends and waits for one answer, which ends with its JSON. */
  async ask(text: string): Promise<string> {
    this.#received = '';
    this.socket.write(text);
    return await until(
      'an answer',
      () => (/\r\n\r\n.*\}$/s.test(this.#received) ? this.#received : undefined),
      5000,
    );
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const body = '{"sku":"apple","quantity":1}';
const postHead = `POST /api/v1/cart/items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;

async function drain(app: AppProcess, signal: NodeJS.Signals = 'SIGTERM') {
  process.kill(app.pid, signal);
  await until('it drains', () => app.output().includes('"draining"'));
}

function isRefused(app: AppProcess): Promise<boolean> {
  const socket = connect(app.port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(false));
    socket.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'));
  }).finally(() => socket.destroy());
}

/** Expects exit code 0 and, by the app's own log, a drain no longer than this. Returns its milliseconds. */
async function expectDrained(app: AppProcess, atMostMs: number): Promise<number> {
  expect(await app.ended).toBe(0);
  const time = (msg: string) => {
    const line = app
      .output()
      .split('\n')
      .find((text) => text.includes(`"msg":"${msg}"`));
    return Date.parse(JSON.parse(line ?? '{}').time);
  };
  const ms = time('drained') - time('draining');
  expect(ms).toBeLessThanOrEqual(atMostMs);
  return ms;
}

describe.each(['SIGTERM', 'SIGINT'] as const)('on %s', (signal) => {
  test('an instance that is idle ends with 0 at once', async () => {
    await using app = await startAppProcess({ DRAIN_IDLE_MS: '5000' });
    await drain(app, signal);
    await expectDrained(app, 2000);
    expect(app.output()).toContain('"drained"');
  });

  test('what is in flight is finished, with Connection: close, while new connections are refused', async () => {
    await using app = await startAppProcess({ DRAIN_IDLE_MS: '5000' });
    const inFlight = new Connection(app);
    inFlight.socket.write(postHead + body.slice(0, 10));
    // Answered on the same event loop, so the half request has been read as well.
    await new Connection(app).ask(get('/livez').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    await drain(app, signal);

    await until('connections are refused', () => isRefused(app));

    const answer = await inFlight.ask(body.slice(10));
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    await inFlight.closed;
    await expectDrained(app, 2000);
  });
});

test('a request on an idle keep-alive connection is still answered, POST too, with Connection: close', async () => {
  await using app = await startAppProcess({ DRAIN_IDLE_MS: '5000' });
  const [one, two] = [new Connection(app), new Connection(app)];
  for (const connection of [one, two]) expect(await connection.ask(get('/livez'))).toMatch(/keep-alive/i);
  await drain(app);
  for (const [connection, request] of [
    [one, get('/api/v1/cart')] as const,
    [two, postHead + body] as const,
  ]) {
    const answer = await connection.ask(request);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    await connection.closed;
  }
  await expectDrained(app, 2000);
});

test('readiness is 503 while it drains, liveness is not', async () => {
  await using app = await startAppProcess({ DRAIN_IDLE_MS: '5000' });
  const [one, two] = [new Connection(app), new Connection(app)];
  for (const connection of [one, two]) await connection.ask(get('/livez'));
  await drain(app);
  const ready = await one.ask(get('/readyz'));
  expect(ready).toMatch(/^HTTP\/1.1 503 /);
  expect(ready).toMatch(/"message":"draining"/);
  expect(await two.ask(get('/livez'))).toMatch(/^HTTP\/1.1 200 /);
});

describe('with DRAIN_DELAY_MS', () => {
  const settings = { DRAIN_IDLE_MS: '100', DRAIN_DEADLINE_MS: '20000' };

  test('says so at once and goes on as before, until no request has come for so long', async () => {
    await using app = await startAppProcess({ ...settings, DRAIN_DELAY_MS: '1500' });
    await drain(app);
    const start = performance.now();
    expect(await new Connection(app).ask(get('/readyz'))).toMatch(/^HTTP\/1.1 503 .*"message":"draining"/s);
    // New connections are accepted, and kept open, for as long as they come in time.
    while (performance.now() - start < 4_000) {
      const answer = await new Connection(app).ask(get('/api/v1/cart'));
      expect(answer).toMatch(/^HTTP\/1.1 200 .*Connection: keep-alive/s);
      await sleep(200);
    }
    const lastMs = performance.now();
    // Probes go on all the while, and delay nothing.
    await until('connections are refused', async () => {
      await new Connection(app).ask(get('/readyz')).catch(() => {});
      return isRefused(app);
    });
    expect(performance.now() - lastMs).toBeGreaterThan(1_200);
    expect(await app.ended).toBe(0);
  });

  test('goes on for no longer than half of its deadline', async () => {
    await using app = await startAppProcess({
      ...{ DRAIN_IDLE_MS: '100', DRAIN_DEADLINE_MS: '6000', DRAIN_DELAY_MS: '60000' },
    });
    await drain(app);
    await until('connections are refused', () => isRefused(app), 6_000);
    await expectDrained(app, 6_000);
  });
});

test('connections that stay idle are closed after DRAIN_IDLE_MS and not before, also those without any request', async () => {
  await using app = await startAppProcess({ DRAIN_IDLE_MS: '600', DRAIN_DEADLINE_MS: '8000' });
  const connections = [new Connection(app), new Connection(app)];
  await connections[0]?.ask(get('/livez'));
  const start = performance.now();
  await drain(app);
  await Promise.all(connections.map(({ closed }) => closed));
  expect(performance.now() - start).toBeGreaterThan(550);
  await expectDrained(app, 2000);
});

test('a client that hangs does not delay it past its deadline, and it still ends with 0', async () => {
  await using app = await startAppProcess({ DRAIN_IDLE_MS: '100', DRAIN_DEADLINE_MS: '3000' });
  const hanging = new Connection(app);
  hanging.socket.write(postHead + body.slice(0, 10));
  await new Connection(app).ask(get('/livez').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  await drain(app);
  const ms = await expectDrained(app, 3000);
  expect(ms).toBeGreaterThan(1500);
  expect(app.output()).toContain('cut connections');
});

test('a Redis that does not answer does not delay it past its deadline', async () => {
  await using redis = await startRedis();
  await using app = await startAppProcess({
    SESSION_STRATEGY: 'redis',
    REDIS_URL: redis.url,
    DRAIN_DEADLINE_MS: '3000',
  });
  redis.pause();
  const inFlight = new Connection(app);
  await inFlight.ask(get('/livez'));
  const answer = inFlight.ask(postHead + body);
  await drain(app);
  expect(await answer).toMatch(/^HTTP\/1.1 503 /);
  await expectDrained(app, 3000);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second signal, %s, ends it at once', async (signal, code) => {
  await using app = await startAppProcess({ DRAIN_IDLE_MS: '20000', DRAIN_DEADLINE_MS: '30000' });
  const idle = new Connection(app);
  await idle.ask(get('/livez'));
  await drain(app);
  process.kill(app.pid, signal);
  expect(await app.ended).toBe(code);
  expect(app.output()).not.toContain('"drained"');
});
