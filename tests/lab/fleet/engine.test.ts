import { afterEach, expect, test } from '@jest/globals';
import { demandEngine, engineAnswers } from '../../../services/lab/src/fleet/compose/engine.ts';
import { NotPossibleHere } from '../../../services/lab/src/supervision/errors.ts';

const { DOCKER_HOST: before } = process.env;
afterEach(() => {
  if (before === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = before;
});

test('where no engine answers, says so in one sentence with what to do', async () => {
  process.env.DOCKER_HOST = 'unix:///nowhere/docker.sock';
  expect(await engineAnswers()).toBe(false);
  const demand = demandEngine();
  await expect(demand).rejects.toThrow(NotPossibleHere);
  await expect(demand).rejects.toThrow(/No Docker engine answers: start one .*infra\/docker-engine\/up/);
});
