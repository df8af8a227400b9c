// docker-compose.tls.yml: HTTPS at the baseUrl.

import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CookieJar } from 'tough-cookie';
import { Deployment } from './deployment.ts';

let deployment: Deployment;
let certificate: string;

beforeAll(async () => {
  deployment = await Deployment.start({ instances: 2, overlays: ['docker-compose.tls.yml'] });
  certificate = await deployment.compose('exec', '-T', 'nginx', 'cat', '/secrets/certificate.pem');
}, 300_000);
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
}, 60_000);

/** Checks the certificate against the one that the deployment made, as a browser does against its authorities. */
async function send(
  method: string,
  path: string,
  cookie: string,
  body?: object,
  more: Readonly<Record<string, string>> = {},
) {
  const url = `https://localhost:${deployment.port('nginx', 8443)}${path}`;
  const headers = { cookie, 'content-type': 'application/json', ...more };
  const asked = secureRequest(url, {
    method,
    headers,
    servername: 'localhost',
    ca: certificate,
    agent: false,
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await answerTo(asked);
  return { response, url, body: await text(response) };
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => asked.once('response', resolve).once('error', reject));
}

test('the session cookie is Secure, named for this host alone, and known on the other instance', async () => {
  const jar = new CookieJar(undefined, { allowSecureOnLocal: false });
  const signUp = await send('POST', '/api/v1/signup', '', {
    username: 'tess',
    password: 'correct horse battery',
  });
  expect(signUp.response.statusCode).toBe(201);
  const [setCookie = ''] = signUp.response.headers['set-cookie'] ?? [];
  expect(setCookie).toMatch(/^__Host-sid=.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/);
  // A browser’s rules: it takes the cookie, and sends it back over HTTPS only.
  await jar.setCookie(setCookie, signUp.url);
  expect(await jar.getCookieString(signUp.url.replace('https:', 'http:'))).toBe('');

  const me = await send('GET', '/api/v1/me', await jar.getCookieString(signUp.url));
  expect(me.response.statusCode).toBe(200);
  expect(JSON.parse(me.body)).toMatchObject({ data: { user: { username: 'tess' } } });
  expect(me.response.headers['x-served-by']).not.toBe(signUp.response.headers['x-served-by']);
});

const paths = ['/livez', '/api/v1/me', '/favicon.ico'];

test('every answer asks browsers once to stay on HTTPS, also an error of the proxy’s own', async () => {
  for (const path of paths) {
    const { response } = await send('GET', path, '', undefined, { host: 'shop.example' });
    expect(response.headersDistinct['strict-transport-security']).toEqual(['max-age=31536000']);
  }
});

test('no answer does so for this machine’s own names, where other servers speak plain HTTP', async () => {
  for (const host of ['localhost', 'localhost:8443', 'shop.localhost', '127.0.0.1:8443', '[::1]']) {
    for (const path of [...paths, `/${'x'.repeat(20_000)}`]) {
      const { response } = await send('GET', path, '', undefined, { host });
      expect(response.headers['strict-transport-security']).toBeUndefined();
    }
  }
});

describe('plain HTTP', () => {
  const sendPlain = async (method: string, path: string, headers: Record<string, string>) => {
    const asked = plainRequest(deployment.baseUrl + path, { method, headers, agent: false });
    asked.end();
    const response = await answerTo(asked);
    return { response, body: await text(response) };
  };

  test.each([['/api/v1/login'], ['/API/v1/login'], ['//api/v1/login'], ['/%61pi/v1/login'], ['/api']])(
    'is refused for the API, with no redirect and no cookie: %s',
    async (path) => {
      const { response, body } = await sendPlain('POST', path, { host: 'shop.example' });
      expect(response.statusCode).toBe(403);
      expect(JSON.parse(body)).toEqual({ status: 'fail', message: expect.any(String) });
      expect(response.headers).not.toHaveProperty('location');
      expect(response.headers).not.toHaveProperty('set-cookie');
    },
  );

  test('leads to HTTPS elsewhere, for this once', async () => {
    const { response } = await sendPlain('GET', '/a/page?x=1', { host: 'shop.example' });
    expect(response.statusCode).toBe(307);
    expect(response.headers.location).toMatch(/^https:\/\/shop\.example:\d+\/a\/page\?x=1$/);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers).not.toHaveProperty('strict-transport-security');
  });

  test('leads nowhere on this machine itself', async () => {
    const { response } = await sendPlain('GET', '/', { host: 'localhost:8080' });
    expect(response.statusCode).toBe(403);
    expect(response.headers).not.toHaveProperty('location');
  });
});
