// An instance's name as `docker compose ps` has it. That Docker's own name server knows it: tests/containers/first-use.test.ts.

import { expect, test } from '@jest/globals';
import { type NameServer, nameInCompose } from '../../../services/app/src/operations/name-in-compose.ts';

const knowing = (...names: string[]): NameServer => ({ resolvePtr: async () => names });

test.each([
  ['firstproject-app-3.firstproject_front', 'app-3'],
  ['my-project-app-12.my-project_back', 'app-12'],
  ['my_project-web-api-1.my_project_a_network', 'web-api-1'],
])('%s is %s', async (known, name) => {
  expect(await nameInCompose(knowing(known), ['172.20.0.5'])).toBe(name);
});

test.each([
  ['a host', 'host.example.org'],
  ['a container with a name of its own', 'shop.project_front'],
  ['a container of another project', 'other-app-1.project_front'],
  ['a container that `docker compose run` made', 'project-app-run-1a2b3c.project_front'],
])('%s has none', async (_what, known) => {
  expect(await nameInCompose(knowing(known), ['172.20.0.5'])).toBeUndefined();
});

test('of several addresses one that is known is enough; where there is no such name server there is none', async () => {
  const knowsOne: NameServer = {
    resolvePtr: async (address) => {
      if (address === '5.0.20.172.in-addr.arpa') return ['project-app-3.project_front'];
      throw new Error('ENOTFOUND');
    },
  };
  expect(await nameInCompose(knowsOne, ['172.21.0.5', '172.20.0.5'])).toBe('app-3');
  expect(await nameInCompose()).toBeUndefined();
});
