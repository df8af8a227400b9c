// Which requests are refused, and in which form. Written to the socket by hand where fetch cannot send them.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestApp } from '../../support/app.ts';
import { startApp } from '../../support/app.ts';
import type { Answer } from '../../support/browser.ts';
import { Browser } from '../../support/browser.ts';

const opened = new AsyncDisposableStack();
let app: TestApp;
beforeAll(async () => {
  app = opened.use(await startApp({ INSTANCE_NAME: 'app-7' }));
});
afterAll(() => opened.disposeAsync());

const client = () => new Browser(app.url);
const login = (body?: unknown, headers?: Record<string, string>) =>
  client().post('/api/v1/login', body, headers);

function expectRefusal(answer: Answer, status: number) {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('X-Served-By')).toBe('app-7');
  expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
  expect(answer.body).toMatchObject({ status: 'fail', message: expect.any(String) });
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.[jt]s:\d|\n\s+at /);
}

/** Sends the text as it is and returns the whole answer. */
async function raw(text: string): Promise<string> {
  const socket = connect(app.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text, 'latin1');
  await once(socket, 'close');
  return answer;
}

function expectRawRefusal(answer: string, status: number) {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/\r\nX-Served-By: app-7/);
  expect(head).toMatch(/\r\ncache-control: no-store\r\n/i);
  expect(head).toMatch(/\r\ncontent-security-policy: default-src 'none'/i);
  expect(JSON.parse(body)).toMatchObject({ status: 'fail', message: expect.any(String) });
}

describe('a body', () => {
  test('that is not JSON is 400, with a message that repeats nothing of it', async () => {
    const answer = await login('{"username":"ann","password":"hunter2');
    expectRefusal(answer, 400);
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
    expect(JSON.stringify(app.log())).not.toContain('hunter2');
  });

  test.each([['"text"'], ['5'], ['null'], ['[]'], ['{}'], ['']])('of %s is 400', async (body) => {
    expectRefusal(await login(body), 400);
  });

  test('that is missing is 400', async () => {
    expectRefusal(await login(), 400);
  });

  test('of more than 16 KiB is 413, with its length announced or not', async () => {
    expectRefusal(await login({ username: 'ann', password: 'x'.repeat(20_000) }), 413);
    const chunk = `${(20_000).toString(16)}\r\n${'x'.repeat(20_000)}\r\n0\r\n\r\n`;
    const head =
      'POST /api/v1/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n';
    expectRawRefusal(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`), 413);
  });

  test.each([
    ['application/x-www-form-urlencoded'],
    ['text/plain'],
    ['multipart/form-data; boundary=x'],
    ['application/json; charset=iso-8859-1'],
    ['application/jsonp'],
    ['rubbish'],
  ])('of type %s is 415', async (type) => {
    expectRefusal(await login('{}', { 'Content-Type': type }), 415);
  });

  test('that is compressed is 415', async () => {
    expectRefusal(await login('{}', { 'Content-Encoding': 'gzip' }), 415);
  });
});

describe('an address', () => {
  test.each([['/'], ['/api/v1'], ['/api/v1/nothing'], ['/api/v2/me'], ['/favicon.ico']])(
    '%s is 404',
    async (path) => {
      expectRefusal(await client().get(path), 404);
    },
  );

  test('that is wrongly encoded is 400', async () => {
    expectRefusal(await client().send('DELETE', '/api/v1/cart/items/%E0%A4%A'), 400);
  });

  test.each([
    ['PUT', '/api/v1/login', 'POST'],
    ['GET', '/api/v1/signup', 'POST'],
    ['GET', '/api/v1/logout', 'POST'],
    ['POST', '/api/v1/me', 'GET, HEAD'],
    ['PATCH', '/api/v1/cart', 'GET, HEAD'],
    ['GET', '/api/v1/cart/items', 'POST'],
    ['GET', '/api/v1/cart/items/apple', 'DELETE'],
    ['POST', '/livez', 'GET, HEAD'],
    ['DELETE', '/readyz', 'GET, HEAD'],
  ])('asked with %s %s is 405 and names the allowed methods', async (method, path, allow) => {
    const answer = await client().send(method, path);
    expectRefusal(answer, 405);
    expect(answer.headers.get('Allow')).toBe(allow);
  });

  test('answers OPTIONS with the allowed methods', async () => {
    const answer = await client().send('OPTIONS', '/api/v1/login');
    expect(answer.status).toBe(204);
    expect(answer.headers.get('Allow')).toBe('POST');
  });
});

describe('a change that another site requests', () => {
  const change = (headers: Record<string, string>) => client().post('/api/v1/logout', undefined, headers);

  test.each([
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
    ['Origin', 'no address'],
    ['Origin', 'http://127.0.0.1'],
    ['Origin', 'http://127.0.0.1:1'],
  ])('is 403 by %s: %s, and an event in the log', async (name, value) => {
    const before = app.log().length;
    expectRefusal(await change({ [name]: value }), 403);
    expect(app.log().slice(before)).toContainEqual(
      expect.objectContaining({
        event: 'forbidden_origin',
        client: '127.0.0.1',
        reason: `${name}: ${value}`,
      }),
    );
  });

  test('is 403 from another port of the host that a proxy names', async () => {
    const otherPort = { Origin: 'https://shop.example:8443', 'X-Forwarded-Host': 'shop.example' };
    expectRefusal(await change(otherPort), 403);
  });

  test('fills no log with what it sends', async () => {
    await change({ Origin: `https://${'x'.repeat(5_000)}` });
    expect(JSON.stringify(app.log()).length).toBeLessThan(100_000);
    const lengths = app.log().map((line) => String(line.reason ?? '').length);
    expect(Math.max(...lengths)).toBeLessThan(200);
  });

  test('is accepted from the same origin, or from a client that is no browser', async () => {
    expect((await change({ 'Sec-Fetch-Site': 'same-origin', Origin: app.url })).status).toBe(200);
    expect((await change({ 'Sec-Fetch-Site': 'none' })).status).toBe(200);
    expect((await change({ Origin: app.url })).status).toBe(200);
    const throughProxy = { Origin: 'https://shop.example', 'X-Forwarded-Host': 'shop.example' };
    expect((await change(throughProxy)).status).toBe(200);
    const withPort = { Origin: 'https://shop.example', 'X-Forwarded-Host': 'shop.example:443' };
    expect((await change(withPort)).status).toBe(200);
    expect((await change({})).status).toBe(200);
  });

  test('does not forbid reading', async () => {
    expect((await client().get('/api/v1/cart', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(200);
  });
});

describe('where hosts are listed', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = opened.use(
      await startApp({ INSTANCE_NAME: 'app-7', ALLOWED_HOSTS: 'shop.example, Other.example:8443,[::1]' }),
    );
  });
  // The proxy names the host. What a client says itself, with Host, is the same for the app.
  const ask = (host: string, path = '/api/v1/cart') =>
    new Browser(app.url).get(path, { 'X-Forwarded-Host': host });

  test.each([
    ['shop.example'],
    ['SHOP.example'],
    ['shop.example:8080'],
    ['other.example:8443'],
    ['[::1]:8080'],
  ])('%s is served', async (host) => {
    expect((await ask(host)).status).toBe(200);
  });

  test.each([
    ['evil.example'],
    ['other.example'],
    ['shop.example.evil.example'],
    ['evil.example/shop.example'],
    [''],
  ])('another is 421: "%s"', async (host) => {
    expectRefusal(await ask(host), 421);
  });

  test('an instance is asked for its health under any name', async () => {
    expect((await ask('10.0.0.7', '/livez')).status).toBe(200);
  });
});

describe('malformed HTTP', () => {
  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a broken header', 'GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400],
    ['no host', 'GET /api/v1/me HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['headers of 20 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an address of 20 KiB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  ])('is refused as JSON: %s', async (_what, text, status) => {
    expectRawRefusal(await raw(text), status);
  });

  test('with an unknown expectation is accepted', async () => {
    const answer = await raw(
      'GET /livez HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });
});

test('every answer names its instance, and must be neither cached nor sniffed', async () => {
  for (const path of ['/livez', '/api/v1/cart', '/api/v1/me', '/nothing']) {
    const { headers } = await client().get(path);
    expect(headers.get('X-Served-By')).toBe('app-7');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('X-Powered-By')).toBeNull();
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy':
        "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  }
});
