import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import express from 'express';
import session from 'express-session';
import { sessionCookie } from '../../../services/app/src/sessions/cookie.ts';
import { loadSession } from '../../../services/app/src/sessions/session-middleware.ts';

test('an answer leaves when the store has refreshed the session, and then whole', async () => {
  const touched = Promise.withResolvers<() => void>();
  class SlowToTouch extends session.MemoryStore {
    override touch(...[, , callback]: Parameters<session.MemoryStore['touch']>): void {
      touched.resolve(() => callback?.());
    }
  }
  const app = express();
  app.use(
    loadSession({
      store: new SlowToTouch(),
      cookie: sessionCookie({ cookieSecure: false }),
      secrets: ['the secret of the tests is long enough'],
      idleMs: 60_000,
      absoluteMs: 3_600_000,
      storeEndsIdle: false,
      keyForm: 'hashed',
    }),
  );
  app.get('/begin', (req, res) => {
    req.session.createdAt = 1;
    res.json({ begun: true });
  });
  app.get('/read', (_req, res) => {
    res.json({ answer: 'complete' });
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await using _ = { [Symbol.asyncDispose]: async () => void server.close().closeAllConnections() };
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const begun = await fetch(`http://127.0.0.1:${port}/begin`);
  const cookie = begun.headers.getSetCookie()[0]?.split(';')[0];

  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  socket.write(`GET /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ${cookie}\r\n\r\n`);
  const finish = await touched.promise;
  // Another request goes all the way in between: whatever was sent for the first one has arrived by then.
  await fetch(`http://127.0.0.1:${port}/nowhere`);
  expect(received).toBe('');

  finish();
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1.1 200 [\s\S]*\{"answer":"complete"\}$/);
});
