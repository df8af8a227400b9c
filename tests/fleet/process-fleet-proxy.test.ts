// What the proxy does to requests on their way, and what it answers itself.

import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import type { Fleet } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';

jest.setTimeout(60_000);

// nginx routes by round robin with all strategies but `sticky`.
describe.each(['redis', 'sticky'] as const)('the proxy, with %s', (strategy) => {
  let fleet: Fleet;
  beforeAll(async () => {
    const appEntry = fileURLToPath(new URL('./echo-app.ts', import.meta.url));
    fleet = await startProcessFleet({ strategy, instances: 2, appEntry });
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
  });

  const echo = async (path: string, init?: RequestInit) => {
    return z.record(z.string(), z.unknown()).parse(await (await fetch(fleet.baseUrl + path, init)).json());
  };

  test('drops what a client claims about where it comes from', async () => {
    const claims = ['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Real-IP', 'Forwarded'];
    const headers = Object.fromEntries(claims.map((name) => [name, 'forged']));
    const { headers: seen } = await echo('/', { headers: { ...headers, 'X-Request-Id': 'forged' } });
    expect(JSON.stringify(seen)).not.toContain('forged');
    expect(seen).toMatchObject({
      host: new URL(fleet.baseUrl).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test('leaves the address as it was sent', async () => {
    const path = '/a%2Fb/%C3%A4//c?q=%20+x';
    expect(await echo(path)).toMatchObject({ url: path });
  });

  test('passes a body on that is as large as the app takes', async () => {
    const body = 'x'.repeat(16_384);
    expect(await echo('/', { method: 'POST', body })).toMatchObject({ length: body.length });
  });

  test('refuses a body that no route takes, as JSON', async () => {
    const answer = await fetch(fleet.baseUrl, { method: 'POST', body: 'x'.repeat(16_385) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ status: 'fail', message: expect.any(String) });
  });

  test('refuses an address that is too long, as JSON', async () => {
    const answer = await fetch(`${fleet.baseUrl}/${'x'.repeat(20_000)}`);
    expect(answer.status).toBe(414);
    expect(await answer.json()).toEqual({ status: 'fail', message: expect.any(String) });
  });

  test('refuses what is not HTTP, as JSON', async () => {
    const { hostname, port } = new URL(fleet.baseUrl);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    socket.end('GET / HTTP/1.1\r\nHost: a b\r\n\r\n');
    const answer = (await socket.toArray()).join('');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toMatch(/\{"status":"fail","message":"[^"]+"\}$/);
  });

  test('answers the question for an icon itself, so that it does not disturb the round robin', async () => {
    const answer = await fetch(`${fleet.baseUrl}/favicon.ico`);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('server')).toBe('nginx');
  });

  test('says so as JSON when no instance can be reached', async () => {
    for (const { name } of await fleet.instances()) await fleet.kill(name);
    const answer = await fetch(fleet.baseUrl);
    expect(answer.status).toBe(502);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toEqual({ status: 'error', message: expect.any(String) });
  });
});
