// What answers say to browsers (ASVS chapters V3, V4 and V14): of every instance and of the proxy itself.

import { afterAll, beforeAll, expect } from '@jest/globals';
import { everyKindOfAnswer, type SeenAnswer, without } from './answers.ts';
import { requirement } from './requirement.ts';
import { type Site, startSite } from './site.ts';

let site: Site;
let seen: readonly SeenAnswer[];
beforeAll(async () => {
  site = await startSite();
  seen = await everyKindOfAnswer(site);
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

/** The directives of a policy, by their names. */
const policy = (value: string) =>
  new Map(value.split(';').map((directive) => directive.trim().split(/ (.*)/s, 2) as [string, string]));

requirement('V3.2.1', 'no answer can be taken for a page or a script', async () => {
  expect(without(seen, 'X-Content-Type-Options', (value) => value === 'nosniff')).toEqual([]);
  expect(
    without(seen, 'Content-Security-Policy', (value) => policy(value).get('default-src') === "'none'"),
  ).toEqual([]);
  const bodies = seen.filter(({ body }) => body !== '');
  expect(without(bodies, 'Content-Type', (value) => value.startsWith('application/json'))).toEqual([]);
});

requirement('V3.4.2', 'no answer allows another origin, whichever asks', async () => {
  const origins = ['https://evil.example', 'null', site.baseUrl];
  for (const origin of origins) {
    const answers = await site.everywhere(() => site.visitor().get('/api/v1/me', { Origin: origin }));
    for (const { headers } of answers) expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
  }
  expect(without(seen, 'Access-Control-Allow-Origin', (value) => value === '')).toEqual([]);
});

requirement('V3.4.3', 'every answer has a policy that lets nothing load', async () => {
  const strict = (value: string) => {
    const directives = policy(value);
    const objects = directives.get('object-src') ?? directives.get('default-src');
    return objects === "'none'" && directives.get('base-uri') === "'none'" && !value.includes('unsafe');
  };
  expect(without(seen, 'Content-Security-Policy', strict)).toEqual([]);
});

requirement('V3.4.4', 'every answer is to be taken for what it says it is', async () => {
  expect(without(seen, 'X-Content-Type-Options', (value) => value === 'nosniff')).toEqual([]);
});

requirement('V3.4.5', 'every answer keeps addresses from other sites', async () => {
  expect(without(seen, 'Referrer-Policy', (value) => value === 'no-referrer')).toEqual([]);
});

requirement('V3.4.6', 'no answer can be framed', async () => {
  expect(
    without(seen, 'Content-Security-Policy', (value) => policy(value).get('frame-ancestors') === "'none'"),
  ).toEqual([]);
});

requirement('V3.4.8', 'every answer would be alone in its window', async () => {
  expect(without(seen, 'Cross-Origin-Opener-Policy', (value) => value === 'same-origin')).toEqual([]);
});

requirement('V3.5.8', 'no other site can embed an answer', async () => {
  expect(without(seen, 'Cross-Origin-Resource-Policy', (value) => value === 'same-origin')).toEqual([]);
});

requirement('V4.1.1', 'every answer with a body is JSON and says so', async () => {
  const bodies = seen.filter(({ body }) => body !== '');
  expect(bodies.length).toBeGreaterThan(30);
  expect(
    without(bodies, 'Content-Type', (value) => /^application\/json(; charset=utf-8)?$/.test(value)),
  ).toEqual([]);
  for (const { body } of bodies) expect(JSON.parse(body)).toMatchObject({ status: expect.any(String) });
});

requirement('V13.4.6', 'no answer names a version', async () => {
  expect(without(seen, 'Server', (value) => value === 'nginx')).toEqual([]);
  expect(without(seen, 'X-Powered-By', (value) => value === '')).toEqual([]);
  for (const { body } of seen) expect(body).not.toMatch(/nginx|express|node|\d+\.\d+\.\d+/i);
});

requirement('V14.3.2', 'no answer with data may be stored', async () => {
  const withData = seen.filter(({ answer }) => answer.headers.has('x-served-by'));
  expect(without(withData, 'Cache-Control', (value) => value === 'no-store')).toEqual([]);
});
