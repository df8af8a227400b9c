import { expect, test } from '@jest/globals';
import { ControlServer } from '../../../services/lab/src/k6/control-server.ts';

const post = (url: string, body?: string) => fetch(url, { method: 'POST', ...(body && { body }) });

test('answers when the action is done, with what it returned', async () => {
  const bodies: unknown[] = [];
  await using control = await ControlServer.listen({
    load: async (body) => {
      bodies.push(body);
      return { instances: 3 };
    },
  });
  const answer = await post(`${control.url}/load`, '{"users": 12}');
  expect([answer.status, await answer.json(), bodies]).toEqual([200, { instances: 3 }, [{ users: 12 }]]);
});

test('takes a request without a body', async () => {
  await using control = await ControlServer.listen({ change: async () => undefined });
  expect((await post(`${control.url}/change`)).status).toBe(200);
});

test('says why an action failed', async () => {
  await using control = await ControlServer.listen({
    change: async () => {
      throw new Error('app-2 did not start');
    },
  });
  const answer = await post(`${control.url}/change`);
  expect([answer.status, await answer.json()]).toEqual([500, { message: 'app-2 did not start' }]);
});

test('does nothing for another path, another method or a body that is no JSON', async () => {
  let done = 0;
  await using control = await ControlServer.listen({
    change: async () => {
      done++;
    },
  });
  const answers = [
    await post(`${control.url}/toString`),
    await fetch(`${control.url}/change`),
    await post(`${control.url}/change`, 'now!'),
  ];
  expect([answers.map(({ status }) => status), done]).toEqual([[404, 404, 500], 0]);
});
