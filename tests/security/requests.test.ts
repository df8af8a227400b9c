// Which requests are refused, and what addresses and headers cannot do (ASVS chapters V3, V4, V13 and V14).

import { afterAll, beforeAll, expect } from '@jest/globals';
import { until } from '../support/wait.ts';
import { sendRaw } from './raw-http.ts';
import { requirement } from './requirement.ts';
import { type Site, startSite } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

const onAll = (status: number) => [status, status, status];
const statuses = async (
  ...[method, path, body, headers]: Parameters<ReturnType<Site['visitor']>['send']>
) => {
  const answers = await site.everywhere(() => site.visitor().send(method, path, body, headers));
  return answers.map(({ status }) => status);
};
/** Not fetch: it would tidy up the address. */
const ask = (method: string, path: string) =>
  sendRaw(
    site.baseUrl,
    `${method} ${path} HTTP/1.1\r\nHost: ${new URL(site.baseUrl).host}\r\nConnection: close\r\n\r\n`,
  );
/** Those of the addresses that are answered with something else than one of these statuses. */
async function otherwise(
  expected: readonly number[],
  paths: readonly string[],
  method = 'GET',
): Promise<string[]> {
  const answered: string[] = [];
  for (const path of paths) {
    const { status } = await ask(method, path);
    if (!expected.includes(status)) answered.push(`${method} ${path}: ${status}`);
  }
  return answered;
}

requirement('V3.5.1', 'a change that another site or another port asks for is refused', async () => {
  const own = new URL(site.baseUrl);
  for (const headers of [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: `http://${own.hostname}:1` },
    { Origin: `http://${own.hostname}` },
  ]) {
    expect([headers, await statuses('POST', '/api/v1/logout', undefined, headers)]).toEqual([
      headers,
      onAll(403),
    ]);
  }
  expect(await statuses('POST', '/api/v1/logout', undefined, { Origin: own.origin })).toEqual(onAll(200));
});

requirement('V3.5.2', 'a body that a form can send is refused', async () => {
  const { credentials } = await site.user();
  const body = JSON.stringify(credentials);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    expect(await statuses('POST', '/api/v1/login', body, { 'Content-Type': type })).toEqual(onAll(415));
  }
  expect(await statuses('POST', '/api/v1/login', body)).toEqual(onAll(200));
});

requirement('V3.5.3', 'methods that are safe change nothing', async () => {
  const { browser } = await site.user();
  for (const path of ['/api/v1/logout', '/api/v1/login', '/api/v1/signup', '/api/v1/cart/items']) {
    for (const method of ['GET', 'HEAD']) {
      const answers = await site.everywhere(() => browser.send(method, path));
      expect(answers.map(({ status }) => status)).toEqual(onAll(405));
    }
  }
  expect((await browser.get('/api/v1/me')).status).toBe(200);
});

requirement('V3.5.6', 'a callback in the query does not make a script of an answer', async () => {
  const { browser } = await site.user();
  for (const { headers, body } of await site.everywhere(() =>
    browser.get('/api/v1/me?callback=steal&jsonp=steal'),
  )) {
    expect(headers.get('Content-Type')).toMatch(/^application\/json/);
    expect(JSON.stringify(body)).not.toContain('steal');
  }
});

requirement('V3.7.2', 'no address leads elsewhere', async () => {
  const elsewhere = [
    '//evil.example/',
    '/%2f%2fevil.example',
    '/\\evil.example',
    '/api/v1/me?next=//evil.example',
  ];
  for (const path of [...elsewhere, 'http://evil.example/']) {
    const { status, head } = await ask('GET', path);
    expect([path, status >= 400, /^location:/im.test(head)]).toEqual([path, true, false]);
  }
});

requirement('V4.1.3', 'what the proxy says about a client cannot be said by the client', async () => {
  const claims = {
    'X-Forwarded-For': '203.0.113.7',
    'X-Real-IP': '203.0.113.7',
    Forwarded: 'for=203.0.113.7',
    'X-Request-Id': 'made-up-by-a-client',
  };
  const answers = await site.everywhere(() => site.visitor().get('/api/v1/me?claims', claims));
  for (const { headers } of answers) expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{32}$/);
  const ids = answers.map(({ headers }) => headers.get('X-Request-Id'));
  const lines = (await site.logAfter(answers)).filter(({ requestId }) => ids.some((id) => id === requestId));
  expect(lines.map(({ client }) => client)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
});

requirement('V4.1.4', 'a method that no route has is refused', async () => {
  for (const method of ['PUT', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'FOO', 'get']) {
    expect(await otherwise([400, 405], ['/api/v1/me'], method)).toEqual([]);
  }
});

requirement('V4.2.2', 'an answer is as long as it says', async () => {
  for (const [method, path] of [
    ['GET', '/api/v1/me'],
    ['GET', '/api/v1/cart'],
    ['GET', '/nothing'],
    ['HEAD', '/nothing'],
  ] as const) {
    const { head, body } = await ask(method, path);
    const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
    expect([path, body.length]).toEqual([path, method === 'HEAD' ? 0 : Number(length)]);
  }
});

requirement('V13.4.1', 'no file of version control is at any address', async () => {
  const paths = [
    '/.git/HEAD',
    '/.git/config',
    '/.svn/entries',
    '/api/v1/.git/HEAD',
    '/../.git/HEAD',
    '/.env',
  ];
  expect(await otherwise([400, 404], paths)).toEqual([]);
});

requirement('V13.4.2', 'no debugging route answers, and no error shows where it was thrown', async () => {
  expect(await otherwise([404], ['/debug', '/json/version', '/json/list', '/console', '/status'])).toEqual(
    [],
  );
  const broken = await site.everywhere(() => site.visitor().post('/api/v1/login', '{"username":'));
  expect(JSON.stringify(broken)).not.toMatch(/node_modules|\.[jt]s:\d|\bat [\w.]+ \(/);
});

requirement('V13.4.3', 'no folder is listed', async () => {
  expect(await otherwise([404], ['/', '/api/', '/api/v1/', '/static/', '/assets/', '/.well-known/'])).toEqual(
    [],
  );
});

requirement('V13.4.4', 'TRACE gives nothing back', async () => {
  const text = `TRACE /api/v1/me HTTP/1.1\r\nHost: ${new URL(site.baseUrl).host}\r\nCookie: sid=secret\r\n\r\n`;
  const { status, head, body } = await sendRaw(site.baseUrl, text);
  expect([status, head.includes('secret'), body.includes('secret')]).toEqual([405, false, false]);
});

requirement('V13.4.5', 'monitoring cannot be had through the proxy, in any spelling', async () => {
  const spellings = (name: string) => [
    `/${name}`,
    `/${name}/`,
    `/${name.toUpperCase()}`,
    `//${name}`,
    `/./${name}`,
    `/x/../${name}`,
    `/%2f${name}`,
    `/${name}%2f`,
    `/${name};x=1`,
    `/${name}?x=1`,
    `/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
  ];
  const names = ['livez', 'readyz', 'metrics', 'status', 'nginx_status', '.proxy/404'];
  expect(await otherwise([400, 404], names.flatMap(spellings))).toEqual([]);
});

requirement('V14.2.1', 'credentials in an address are of no use, and are not kept', async () => {
  const { credentials } = await site.user();
  const query = `?username=${credentials.username}&password=${encodeURIComponent(credentials.password)}&token=kept-secret`;
  expect(await statuses('POST', `/api/v1/login${query}`, {})).toEqual(onAll(400));
  expect(await statuses('GET', `/api/v1/login${query}`)).toEqual(onAll(405));
  const last = await site.everywhere(() => site.visitor().get('/api/v1/cart'));
  expect(JSON.stringify(await site.logAfter(last))).not.toContain('kept-secret');
  // The proxy quotes requests when it complains of them.
  await site.visitor().post(`/api/v1/login${query}`, 'x'.repeat(100_000));
  const complaints = await until('the proxy complains', async () => {
    const lines = (await site.fleet.proxyLog()).join('\n');
    return lines.includes('too large body') && lines;
  });
  expect(complaints).not.toContain('kept-secret');
});

requirement(
  'V14.2.5',
  'an address that looks like a file is no way to have somebody else’s answer cached',
  async () => {
    const { browser } = await site.user();
    for (const path of [
      '/api/v1/me/style.css',
      '/api/v1/me.js',
      '/api/v1/me/%2e%2e/x.png',
      '/api/v1/cart/a.jpg',
    ]) {
      for (const answer of await site.everywhere(() => browser.get(path))) {
        expect([path, answer.status, answer.headers.get('Cache-Control')]).toEqual([path, 404, 'no-store']);
      }
    }
  },
);
