// What the commands of infra/swarm-engine and infra/swarm refuse, without a swarm.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../services/lab/src/fleet/compose/images.ts';

test.each([
  ['swarm-engine/up', ['--nodes', '0'], 'swarm-engine: --nodes takes 1 to 9, not 0'],
  ['swarm-engine/up', ['--node', '3'], 'swarm-engine: unknown option --node; known: --nodes N'],
  ['swarm-engine/down', ['--all'], 'swarm-engine: unknown option --all; there are none'],
  ['swarm-engine/load', [], 'swarm-engine: which images? load IMAGE...'],
  ['swarm-engine/load', ['redis:8'], 'swarm-engine: no swarm is up.'],
  ['swarm/deploy', [], 'which stack? deploy STACK'],
  ['swarm/make-secrets', [], 'which stack? make-secrets STACK'],
])('`%s %j` is refused with a word', async (program, args, message) => {
  const env = { ...process.env, SWARM_ENGINE_STATE: '/nowhere' };
  const { code, said } = await new Promise<{ code: unknown; said: string }>((resolve) => {
    execFile(join(root, 'infra', program), args, { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, said: stdout + stderr }),
    );
  });
  expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining(message) });
});
