import { connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { spawnApp } from '../../support/app.ts';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/wait.ts';

/** Accepts connections and never answers, as a server that has just been frozen. Tells how many it has. */
async function silentServer() {
  const sockets = new Set<object>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return {
    port: address.port,
    connections: () => sockets.size,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'on %s while it waits for Redis and Postgres it ends with 0 at once, and never listens',
  async (signal) => {
    await using redis = await silentServer();
    await using postgres = await silentServer();
    const port = await freePort();
    const [drainDeadlineMs, startupWaitMs] = [2000, 30_000];
    await using app = await spawnApp({
      PORT: String(port),
      SESSION_STRATEGY: 'redis',
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      DATABASE_URL: `postgres://nobody@127.0.0.1:${postgres.port}/none`,
      STARTUP_WAIT_MS: String(startupWaitMs),
      DRAIN_DEADLINE_MS: String(drainDeadlineMs),
    });
    await until('it waits', () => redis.connections() > 0 && postgres.connections() > 0);
    const start = performance.now();
    process.kill(app.pid, signal);
    expect(await app.ended).toBe(0);
    expect(performance.now() - start).toBeLessThan(drainDeadlineMs);
    expect(await isListening(port)).toBe(false);
    expect(app.output()).not.toContain('"listening"');
    expect(app.output()).toContain('"stopped before it listened"');
    await until('its connections are closed', () => redis.connections() + postgres.connections() === 0);
  },
);

test('a signal that comes while its modules are being loaded ends it with 0 as well', async () => {
  // In a container it is process 1, for which the kernel ignores a signal that has no handler: it would be lost.
  const signalWhileLoading = `import { registerHooks } from 'node:module';
    let isSent = false;
    registerHooks({ resolve(name, context, next) {
      if (name === 'express' && !isSent) { isSent = true; process.kill(process.pid, 'SIGTERM'); }
      return next(name, context);
    } });`;
  const preload = `data:text/javascript,${encodeURIComponent(signalWhileLoading)}`;
  await using app = await spawnApp({}, ['--import', preload]);
  expect(await app.ended).toBe(0);
  expect(app.output()).not.toContain('"listening"');
});
