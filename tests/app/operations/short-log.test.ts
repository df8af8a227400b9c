// LOG_FORMAT=short: what somebody sees who watches a terminal.

import { expect, test } from '@jest/globals';
import { openLog } from '../../../services/app/src/operations/log.ts';
import { logSecurityEvent } from '../../../services/app/src/operations/security-events.ts';
import { shortLog } from '../../../services/app/src/operations/short-log.ts';
import { spawnApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { until } from '../../support/wait.ts';

/** The lines that come of what is logged. */
function shown(write: (log: ReturnType<typeof openLog>) => void): string[] {
  const lines: string[] = [];
  const stream = shortLog((text) => void lines.push(text));
  write(openLog('info', 'app-3', stream));
  return lines;
}

const request = { requestId: 'a', method: 'POST', path: '/api/v1/login', status: 401, ms: 11.6 };

test('a request is one line, with the names of its security events and of no other request’s', () => {
  const lines = shown((log) => {
    logSecurityEvent(log.child({ requestId: 'a' }), 'login_failed', { user: 'someone', client: '192.0.2.1' });
    logSecurityEvent(log.child({ requestId: 'b' }), 'throttled');
    log.info(request, 'answered');
    log.info({ ...request, requestId: 'c', status: 200 }, 'answered');
  });
  expect(lines).toEqual([
    'POST /api/v1/login 401 app-3 12 ms  login_failed\n',
    'POST /api/v1/login 200 app-3 12 ms\n',
  ]);
});

test('what belongs to no request is told in words: an outage with its reason, and its event', () => {
  const lines = shown((log) => {
    log.error({ err: new Error('connect ECONNREFUSED') }, 'cannot reach Redis');
    logSecurityEvent(log, 'store_down');
    log.warn({ ...request, reason: 'Redis gave no answer', status: 503 }, 'failed');
  });
  expect(lines).toEqual([
    'error: cannot reach Redis: connect ECONNREFUSED\n',
    'store_down\n',
    'POST /api/v1/login 503 app-3 12 ms  Redis gave no answer\n',
  ]);
});

test('what a client sends controls no terminal and makes no line of its own', () => {
  const [line, ...more] = shown((log) => log.info({ ...request, path: '/\x1b[31m\n\x9b31m' }, 'answered'));
  expect(more).toEqual([]);
  expect(line).toBe('POST /?[31m??31m 401 app-3 12 ms\n');
});

test('a request that never ends is forgotten', () => {
  const lines = shown((log) => {
    for (let n = 0; n <= 1000; n++) logSecurityEvent(log.child({ requestId: `request-${n}` }), 'login');
    log.info({ ...request, requestId: 'request-0' }, 'answered');
    log.info({ ...request, requestId: 'request-1000' }, 'answered');
  });
  expect(lines.map((line) => line.includes('  login'))).toEqual([false, true]);
});

test('an instance’s start is one line, and so is a request to it', async () => {
  const settings = { LOG_FORMAT: 'short', INSTANCE_NAME: 'app-3', ALLOWED_HOSTS: '127.0.0.1' };
  await using app = await spawnApp(settings);
  const port = await until('it listens', () => /^listening on port (\d+)/m.exec(app.output())?.[1], 25_000);
  await new Browser(`http://127.0.0.1:${port}`).get('/api/v1/cart?token=secret');
  await until('the request is logged', () => app.output().includes('GET '));
  const lines = app.output().split('\n');
  expect(lines.filter((line) => line.startsWith('listening'))).toEqual([
    `listening on port ${port}, SESSION_STRATEGY=memory (not for real users: ALLOW_INSECURE=cookie,rounds,threads)`,
  ]);
  expect(lines.filter((line) => line.startsWith('GET'))).toEqual([
    expect.stringMatching(/^GET \/api\/v1\/cart 200 app-3 \d+ ms$/),
  ]);
  expect(app.output()).not.toContain('{');
});
