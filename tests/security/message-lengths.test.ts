// Where a message ends, and how long it may be (ASVS section V4.2): the proxy and the instances have to agree.

import { afterAll, beforeAll, expect } from '@jest/globals';
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

const crlf = (...lines: string[]) => lines.join('\r\n');
/** A second request inside of the body of the first. */
const hidden = 'GET /api/v1/hidden-request HTTP/1.1\r\nHost: a\r\n\r\n';

/** Headers that one reader may take for another length than the next. */
const ambiguous: readonly (readonly string[])[] = [
  [`Content-Length: ${hidden.length}`, 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked', 'Content-Length: 4'],
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
  ['Transfer-Encoding: xchunked'],
  ['Transfer-Encoding : chunked'],
  ['Transfer-Encoding: chunked, identity'],
  ['Transfer-Encoding:\x0bchunked'],
  ['X: x\nTransfer-Encoding: chunked', 'Content-Length: 4'],
  ['Content-Length: 0', `Content-Length: ${hidden.length + 5}`],
  ['Content-Length: +5'],
  ['Content-Length: 0x10'],
  ['Content-Length: 5, 5'],
  ['Content-Length: -1'],
];

requirement('V4.2.1', 'a request whose end is ambiguous is never two requests', async () => {
  const { browser, credentials } = await site.user();
  for (const headers of ambiguous) {
    const head = crlf(
      'POST /api/v1/logout HTTP/1.1',
      `Host: ${new URL(site.baseUrl).host}`,
      ...headers,
      '',
      '',
    );
    // Both endings: whichever header a reader believes, for the other one a request is left over.
    await sendRaw(site.baseUrl, `${head}0\r\n\r\n${hidden}`);
    // The next requests on the proxy's connections to the instances get their own answers and not that of the hidden one.
    const answers = await site.everywhere(() => browser.get('/api/v1/me'));
    expect([headers, answers.map(({ status }) => status)]).toEqual([headers, [200, 200, 200]]);
    for (const { body } of answers) {
      expect(body).toMatchObject({ data: { user: { username: credentials.username } } });
    }
  }
  const last = await site.everywhere(() => browser.get('/api/v1/me'));
  const paths = (await site.logAfter(last)).map(({ path }) => path);
  expect(paths).not.toContain('/api/v1/hidden-request');
  expect(paths).toContain('/api/v1/me');
});

requirement('V4.2.5', 'what the proxy takes is never too long for an instance', async () => {
  // Up to far more than either takes, in steps that are finer than the limits' distance.
  for (let length = 500; length <= 40_000; length += 1500) {
    for (const text of [
      crlf(
        'GET /api/v1/me HTTP/1.1',
        `Host: ${new URL(site.baseUrl).host}`,
        `X: ${'x'.repeat(length)}`,
        '',
        '',
      ),
      crlf(`GET /${'x'.repeat(length)} HTTP/1.1`, `Host: ${new URL(site.baseUrl).host}`, '', ''),
      crlf(
        'GET /api/v1/me HTTP/1.1',
        `Host: ${new URL(site.baseUrl).host}`,
        ...Array.from({ length: length / 100 }, (_, n) => `X-${n}: ${'x'.repeat(90)}`),
        '',
        '',
      ),
    ]) {
      const { status, head } = await sendRaw(site.baseUrl, text.replace('\r\n', '\r\nConnection: close\r\n'));
      const isRefusal = [400, 413, 414, 431, 494].includes(status);
      expect([length, status, isRefusal && /x-served-by/i.test(head)]).toEqual([length, status, false]);
      expect([length, status]).toEqual([length, isRefusal ? status : text.startsWith('GET /x') ? 404 : 401]);
    }
  }
});
