// Users who ask all along notice what goes wrong, on a site that is told to let it.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { LoggedInUsers } from './logged-in-users.ts';

type State = 'well' | 'failing' | 'logged out' | 'silent';
let state: State;
let signUps: number;
let origin: string;

/** Knows a user by the cookie, which is the name. */
const site = createServer((request, response) => {
  const answer = (status: number, body: object, cookie = '') => {
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(cookie && { 'set-cookie': cookie }),
    });
    response.end(JSON.stringify(body));
  };
  if (request.url === '/api/v1/signup') {
    signUps += 1;
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => answer(201, {}, `name=${JSON.parse(text).username}; Path=/`));
    return;
  }
  const username = /name=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  if (state === 'failing') answer(502, {});
  else if (state === 'logged out' || username === undefined) answer(401, {});
  else if (state === 'well') answer(200, { data: { user: { id: '1', username } } });
});

beforeAll(async () => {
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const address = site.address();
  origin = `http://localhost:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(() => {
  site.closeAllConnections();
  site.close();
});
beforeEach(() => {
  [state, signUps] = ['well', 0];
});

const forAMoment = (during: State) => async () => {
  state = during;
  await new Promise((resolve) => setTimeout(resolve, 500));
  state = 'well';
};

test('where nothing happens nobody notices anything', async () => {
  await using users = new LoggedInUsers();
  expect(await users.during(origin, forAMoment('well'))).toBeGreaterThanOrEqual(50);
});

test.each([
  ['failing' as const, /Somebody noticed: [1-9]\d* of \d+ requests failed, 0 of 5 users were logged out/],
  ['logged out' as const, /Somebody noticed: 0 of \d+ requests failed, 5 of 5 users were logged out/],
])('a moment in which the site is %s is noticed', async (moment, message) => {
  await using users = new LoggedInUsers();
  await expect(users.during(origin, forAMoment(moment))).rejects.toThrow(message);
});

test('they sign up once, and again only when the site does not know them any more', async () => {
  await using users = new LoggedInUsers();
  await users.during(origin, async () => {});
  await users.during(origin, async () => {});
  expect(signUps).toBe(5);
});

test('what the task throws is what is told', async () => {
  await using users = new LoggedInUsers();
  await expect(users.during(origin, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
});
