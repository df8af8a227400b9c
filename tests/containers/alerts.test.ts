// Two of the alerts of infra/prometheus/rules on a real deployment, from the fault until Prometheus shows them at /alerts.
// When each fires, and when not: alert-rules.test.ts.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { User } from '../../services/lab/src/users/user.ts';
import { until } from '../support/wait.ts';
import { Deployment } from './deployment.ts';

// A rate over a minute, and a minute for which it has to last.
jest.setTimeout(300_000);
const firesWithinMs = 240_000;

let deployment: Deployment;
let client: HttpClient;
let user: User;
beforeAll(async () => {
  deployment = await Deployment.start({ instances: 2, profiles: ['observability'] });
  client = new HttpClient(deployment.baseUrl);
  user = new User(client);
  await user.signUp();
}, 300_000);
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await deployment?.[Symbol.asyncDispose]();
}, 60_000);

const answer = z.object({
  data: z.object({
    alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })),
  }),
});

/** The names of the alerts that fire. */
async function firing(): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${deployment.port('prometheus', 9090)}/api/v1/alerts`);
  const { alerts } = answer.parse(await response.json()).data;
  return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname ?? '');
}

test('Redis falls silent: SessionsUnavailable, and not that users are logged out or that the program fails', async () => {
  expect(user.isKnownIn(await user.me())).toBe(true);
  expect(await firing()).toEqual([]);
  await deployment.compose('pause', 'redis');
  try {
    const alerts = await until(
      'SessionsUnavailable fires',
      async () => {
        expect((await user.me()).status).toBe(503);
        const names = await firing();
        return names.includes('SessionsUnavailable') && names;
      },
      firesWithinMs,
    );
    expect(alerts).not.toContain('UsersAreLoggedOut');
    expect(alerts).not.toContain('RequestsFail');
  } finally {
    await deployment.compose('unpause', 'redis');
  }
  await until('the user is known again', async () => user.isKnownIn(await user.me()), 30_000);
});

test('all instances end: NoInstanceAnswers', async () => {
  await deployment.compose('stop', 'app');
  await until(
    'NoInstanceAnswers fires',
    async () => (await firing()).includes('NoInstanceAnswers'),
    firesWithinMs,
  );
});
