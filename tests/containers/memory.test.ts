// The counterpart: with SESSION_STRATEGY=memory what holds for the shared store must be seen to fail.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { askEveryInstance } from '../../services/lab/src/users/survival.ts';
import { User } from '../../services/lab/src/users/user.ts';
import { Deployment } from './deployment.ts';
import { imageIsHere } from './images.ts';

jest.setTimeout(300_000);

const testWithK6 = (await imageIsHere('K6', 'k6 on sessions in memory')) ? test : test.skip;

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.start({ instances: 3, strategy: 'memory' });
});
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
});

test('with sessions in memory, a login on one instance is known there and nowhere else', async () => {
  await using client = new HttpClient(deployment.baseUrl);
  const user = new User(client);
  await user.signUp();
  const { answeredBy, knownBy } = await askEveryInstance(user, await deployment.instances());
  expect(answeredBy.size).toBe(3);
  expect([...knownBy]).toEqual([user.loginInstance]);
});

testWithK6('k6 finds that too', async () => {
  // k6's word for thresholds that were crossed.
  const { exitCode, output } = await deployment.k6('02-cross-instance-login', { DURATION: '6s' });
  expect([exitCode, output]).toEqual([99, expect.stringMatching(/sessions_lost/)]);
});
