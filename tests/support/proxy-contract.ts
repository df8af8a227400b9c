// What the proxy must do with what clients send, on plain processes and in containers alike.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ClientAt } from './addresses.ts';
import { readDuring } from './bystander.ts';
import { malformedRequests } from './malformed-requests.ts';
import { rawRequest } from './raw-request.ts';
import { until } from './wait.ts';

/** A deployment of three instances. */
export interface ProxiedDeployment extends AsyncDisposable {
  readonly baseUrl: string;
  /** What nginx has logged so far of what went wrong. */
  nginxLog(): Promise<string>;
  /** Ends all instances at once, without nginx being told. */
  killInstances(): Promise<void>;
}

export function describeProxy(kind: string, start: () => Promise<ProxiedDeployment>): void {
  describe(`the proxy ${kind}`, () => {
    let deployment: ProxiedDeployment;
    let host: string;
    beforeAll(async () => {
      deployment = await start();
      ({ host } = new URL(deployment.baseUrl));
    }, 300_000);
    afterAll(async () => deployment?.[Symbol.asyncDispose](), 60_000);

    /** @param lines after the request line; the last of them may be followed by a body */
    const ask = async (requestLine: string, ...lines: string[]) => {
      const text = [requestLine, 'Connection: close', ...lines].join('\r\n');
      return parsed(
        await rawRequest(deployment.baseUrl, text.includes('\r\n\r\n') ? text : `${text}\r\n\r\n`),
      );
    };
    const get = (path: string, ...lines: string[]) => ask(`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines);

    describe('when one client sends ten malformed requests a second', () => {
      test.each(Object.entries(malformedRequests))('%s fails nobody else', async (_, text) => {
        using bystander = new ClientAt(deployment.baseUrl, '127.0.0.2');
        const read = async () => (await bystander.send({ path: '/api/v1/cart' })).status;
        const answers: Promise<string>[] = [];
        const reads = await readDuring(read, async () => {
          for (let n = 0; n < 40; n++) {
            answers.push(rawRequest(deployment.baseUrl, text, { localAddress: '127.0.0.3' }).catch(String));
            await sleep(100);
          }
        });
        expect(reads.failures).toEqual([]);
        // It did read all the while. How often is a matter of the machine.
        expect(reads.answered).toBeGreaterThan(20);
        // Each is answered as what it is, the client's own fault.
        const wrong = (await Promise.all(answers)).filter((answer) => !/^HTTP\/1\.1 4\d\d /.test(answer));
        expect(wrong).toEqual([]);
      });

      test('a control character with a body that instances take fails nobody else', async () => {
        using bystander = new ClientAt(deployment.baseUrl, '127.0.0.2');
        const read = async () => (await bystander.send({ path: '/api/v1/cart' })).status;
        const answers: Promise<Answer>[] = [];
        const body = 'x'.repeat(16_384);
        const reads = await readDuring(read, async () => {
          for (let n = 0; n < 40; n++) {
            answers.push(
              ask(
                'POST /api/v1/me HTTP/1.1',
                `Host: ${host}`,
                `Content-Length: ${body.length}`,
                `X: a\x01b\r\n\r\n${body}`,
              ),
            );
            await sleep(100);
          }
        });
        expect(reads.failures).toEqual([]);
        // nginx lets it pass, and the instance refuses it.
        for (const { status, head } of await Promise.all(answers)) {
          expect(status).toBe(400);
          expect(head).toMatch(/^x-served-by: /im);
        }
      });
    });

    const tooLong = 'x'.repeat(16_385);
    const refused: Record<string, [number, () => Promise<Answer>]> = {
      'an unknown method': [405, () => ask('FOO / HTTP/1.1', `Host: ${host}`)],
      TRACE: [405, () => ask('TRACE / HTTP/1.1', `Host: ${host}`)],
      'no host': [400, () => ask('GET / HTTP/1.1')],
      'two hosts': [400, () => get('/', 'Host: other')],
      'a host that is none': [400, () => ask('GET / HTTP/1.1', 'Host: a b')],
      'a host that is too long': [400, () => ask('GET / HTTP/1.1', `Host: ${'a.'.repeat(150)}`)],
      'a zero byte in a header': [400, () => get('/', 'X: a\0b')],
      'a control character in the address': [400, () => get('/a\x01b')],
      'a control character in the name of a header': [400, () => get('/', 'X\x01: a')],
      'a folded header': [400, () => get('/', 'X: a', ' b')],
      'a header of 9 KB': [431, () => get('/', `X: ${'x'.repeat(9_000)}`)],
      '12 KB of headers': [
        431,
        () => get('/', ...[1, 2, 3, 4, 5, 6].map((n) => `X-${n}: ${'x'.repeat(2_000)}`)),
      ],
      'an address of 9 KB': [414, () => get(`/${'x'.repeat(9_000)}`)],
      'a body of more than 16 KiB': [
        413,
        () => ask('POST / HTTP/1.1', `Host: ${host}`, `Content-Length: 16385\r\n\r\n${tooLong}`),
      ],
      'the same in chunks': [
        413,
        () =>
          ask(
            'POST / HTTP/1.1',
            `Host: ${host}`,
            `Transfer-Encoding: chunked\r\n\r\n4001\r\n${tooLong}\r\n0\r\n\r\n`,
          ),
      ],
      'an unknown encoding': [400, () => ask('POST / HTTP/1.1', `Host: ${host}`, 'Transfer-Encoding: gzip')],
      'a version of HTTP that there is not': [400, () => ask('GET / HTTP/7.0', `Host: ${host}`)],
    };
    test.each(Object.entries(refused))(
      'refuses before an instance sees it: %s',
      async (_, [status, send]) => {
        const answer = await send();
        expect(answer.status).toBe(status);
        expect(answer.head).not.toMatch(/^x-served-by: /im);
        expect(answer.body).toEqual({ status: 'fail', message: expect.any(String) });
        expect(securityHeaders(answer)).toEqual(expectedHeaders);
      },
    );

    test('passes a body on that is as large as the app takes', async () => {
      const body = JSON.stringify({ username: 'nobody', password: '' }).padEnd(16_384);
      const answer = await ask(
        'POST /api/v1/login HTTP/1.1',
        `Host: ${host}`,
        'Content-Type: application/json',
        `Content-Length: 16384\r\n\r\n${body}`,
      );
      // The app has read it: it says what is wrong in it.
      expect(answer).toMatchObject({ status: 400, body: { fields: [{ field: 'password' }] } });
    });

    test('passes headers of 8 KB on', async () => {
      const answer = await get('/api/v1/cart', `Cookie: a=${'x'.repeat(7_000)}`);
      expect(answer.status).toBe(200);
    });

    test.each([['/api/v1/cart'], ['/api/v1/me'], ['/nothing'], ['/favicon.ico'], ['/livez']])(
      'has the same security headers on every answer, and none twice: %s',
      async (path) => {
        expect(securityHeaders(await get(path))).toEqual(expectedHeaders);
      },
    );

    test.each([
      ['/livez'],
      ['/readyz'],
      ['/LiveZ'],
      ['/READYZ'],
      ['/livez/'],
      ['/readyz/'],
      ['//livez'],
      ['/./readyz'],
      ['/x/../livez'],
      ['/%6civez'],
      ['/%72eadyz'],
      ['/livez%2f'],
      ['/%2flivez'],
      ['/livez%3f'],
      ['/livez?x'],
      ['/livez;x=1'],
      ['/readyz/;x'],
      ['/livez#x'],
      ['/livez%00'],
      ['/%2e/livez'],
      ['/livez/..%2flivez'],
      ['http://other/livez'],
    ])('does not let anybody ask an instance how it is: %s', async (path) => {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
        const { status, head } = await ask(`${method} ${path} HTTP/1.1`, `Host: ${host}`);
        expect([400, 403, 404, 421]).toContain(status);
        expect(head).not.toMatch(/^allow: /im);
      }
    });

    test('serves no other host', async () => {
      const answer = await ask(
        'GET /api/v1/cart HTTP/1.1',
        'Host: evil.example',
        `X-Forwarded-Host: ${host}`,
      );
      expect(answer).toMatchObject({ status: 421, body: { status: 'fail', message: expect.any(String) } });
    });

    test('lets a page of the same origin change something, and none of another port', async () => {
      const logOut = (origin: string) =>
        ask('POST /api/v1/logout HTTP/1.1', `Host: ${host}`, `Origin: ${origin}`);
      expect((await logOut(`http://${host}`)).status).toBe(200);
      const { hostname } = new URL(deployment.baseUrl);
      expect((await logOut(`http://${hostname}:1`)).status).toBe(403);
      expect((await logOut(`http://${hostname}`)).status).toBe(403);
    });

    test('logs no query when a request fails', async () => {
      const secret = '?token=in-the-query';
      const referrer = 'Referer: http://x.example/a?token=in-the-referrer and "more';
      const large = `Content-Length: 16385\r\n\r\n${tooLong}`;
      await ask(`POST /too-large${secret} HTTP/1.1`, `Host: ${host}`, referrer, large);
      await ask(`POST /quote"?a="token=in-the-query HTTP/1.1`, `Host: ${host}`, large);
      await deployment.killInstances();
      await get(`/api/v1/me${secret}`, referrer);
      // The lines are there, and say what an operator needs.
      const said = async () => {
        const log = await deployment.nginxLog();
        return (
          /too large body.* request: "POST \/too-large.* HTTP\/1\.1"/.test(log) &&
          /upstream: "http:.*\/api\/v1\/me/.test(log)
        );
      };
      await until('both are logged', said);
      expect(await deployment.nginxLog()).not.toMatch(/token|in-the-/);
    });
  });
}

interface Answer {
  readonly status: number;
  readonly head: string;
  /** Parsed JSON, text where it is none. */
  readonly body: unknown;
}

function parsed(text: string): Answer {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(head)?.[1] ?? 0);
  try {
    return { status, head, body: JSON.parse(body) };
  } catch {
    return { status, head, body };
  }
}

/** By name; of one that is sent twice, both values. */
function securityHeaders({ head }: Answer): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const line of head.split('\r\n').slice(1)) {
    const [name = '', value = ''] = line.split(/: (.*)/s);
    const key = name.toLowerCase();
    if (key in expectedHeaders) found[key] = [...(found[key] ?? []), value];
  }
  return found;
}

const expectedHeaders = {
  'content-security-policy': ["default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'"],
  'x-content-type-options': ['nosniff'],
  'x-frame-options': ['DENY'],
  'referrer-policy': ['no-referrer'],
  'cross-origin-opener-policy': ['same-origin'],
  'cross-origin-resource-policy': ['same-origin'],
  'cache-control': ['no-store'],
};
