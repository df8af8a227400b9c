// docker-compose.tls.yml: HTTPS at the baseUrl.

import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
async function send(method: string, path: string, cookie: string, body?: object) {
  const url = `https://localhost:${deployment.port('nginx', 8443)}${path}`;
  const headers = { cookie, 'content-type': 'application/json' };
  const asked = secureRequest(url, { method, headers, ca: certificate, agent: false });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await answerTo(asked);
  return { response, url, body: await text(response) };
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => asked.once('response', resolve).once('error', reject));
}

test('the session cookie is Secure, named for this host alone, and known on the other instance', async () => {
  const jar = new CookieJar(undefined, { allowSecureOnLocal: false });
  const signUp = await send('POST', '/api/v1/signup', '', { username: 'tess', password: 'correct horse' });
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

test('every answer asks browsers to stay on HTTPS, also an error of the proxy’s own', async () => {
  for (const path of ['/livez', '/api/v1/me', '/favicon.ico', `/${'x'.repeat(20_000)}`]) {
    const { response } = await send('GET', path, '');
    expect(response.headers['strict-transport-security']).toBe('max-age=31536000');
  }
});

test('plain HTTP leads to HTTPS', async () => {
  const asked = plainRequest(`${deployment.baseUrl}/api/v1/me?x=1`, { agent: false });
  asked.end();
  const response = await answerTo(asked);
  response.resume();
  expect(response.statusCode).toBe(308);
  expect(response.headers.location).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/api\/v1\/me\?x=1$/);
});
