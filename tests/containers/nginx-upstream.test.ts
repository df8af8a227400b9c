// What nginx does with the answers of a name server, and with requests that wait while the list changes: the files of
// infra/nginx as they are, with a name server and instances that do what the test wants.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { officialImage, root } from '../../services/lab/src/fleet/compose/images.ts';
import { settingsOf } from '../../services/lab/src/fleet/laboratory-settings.ts';

const docker = async (...args: readonly string[]) => (await promisify(execFile)('docker', [...args])).stdout;
jest.setTimeout(150_000);

let node: string;
let nginx: string;
beforeEach(async () => {
  const name = `nginx-upstream-${randomBytes(4).toString('hex')}`;
  [node, nginx] = [`${name}-node`, `${name}-nginx`];
  const mount = (from: string, to: string) => ['--volume', `${from}:${to}:ro`];
  await docker(
    ...['run', '--detach', '--network', 'none', '--name', node],
    ...mount(`${root}/services/discovery`, '/discovery'),
    ...mount(`${root}/tests/containers/changing-upstream.js`, '/run.mjs'),
    ...[await officialImage('NODE'), 'sleep', '300'],
  );
  const settings = {
    ...{ SESSION_STRATEGY: 'redis', LISTENER: 'plain', TLS_PORT: '8443' },
    ...{ ...settingsOf('nginx', 'compose'), NGINX_ENVSUBST_TEMPLATE_DIR: '/etc/nginx/site/templates' },
  };
  await docker(
    ...['run', '--detach', '--network', `container:${node}`, '--name', nginx, '--user', 'nginx'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/etc/nginx/conf.d:uid=101,gid=101'],
    ...mount(`${root}/infra/nginx`, '/etc/nginx/site'),
    // The test's own name server is at the address where nginx would forward to discovery.
    ...mount('/dev/null', '/etc/nginx/site/compose/name-server.conf'),
    ...Object.entries(settings).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...[await officialImage('NGINX'), 'nginx', '-p', '/tmp/', '-c', '/etc/nginx/site/compose/nginx.conf'],
    ...['-g', 'daemon off;'],
  );
});
afterEach(async () => {
  await docker('rm', '--force', '--volumes', node, nginx);
});

/** Runs one of the steps in changing-upstream.js. */
async function run(step: string) {
  return JSON.parse(await docker('exec', node, 'node', '/run.mjs', step));
}

test('nginx asks once a second, and follows the answers', async () => {
  const { askedInSixSeconds } = await run('follows');
  expect(askedInSixSeconds).toBeGreaterThanOrEqual(5);
  expect(askedInSixSeconds).toBeLessThanOrEqual(7);
});

test('without answers nginx keeps the instances that it knows, and follows again when there are answers', async () => {
  expect(await run('silence')).toMatchObject({ meanwhile: '127.0.0.2 127.0.0.3' });
});

test('when there is nobody it says so at once, and when to come again', async () => {
  const { answer } = await run('nobody');
  expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
  expect(JSON.parse(answer.text)).toEqual({ status: 'error', message: 'There is no instance at the moment' });
});

test('when all instances have failed they are asked all the same', async () => {
  const { waited, afterwards } = await run('overload');
  expect(new Set(waited)).toEqual(new Set([504]));
  expect(new Set(afterwards)).toEqual(new Set([200]));
});

test('no GET is lost when the list changes while it waits at an instance that hangs', async () => {
  const { gets, posts, getsReached, postsReached } = await run('changedMeanwhile');
  const hanging = (reached: readonly string[]) => reached.filter((address) => address === '127.0.0.2').length;
  expect(gets).toEqual([200, 200, 200, 200, 200, 200]);
  expect(getsReached).toHaveLength(6 + hanging(getsReached));

  // A POST that was sent is not repeated: nobody knows whether it was carried out. How many of them the round robin
  // gives to which instance depends on the order in which all twelve arrive.
  expect(postsReached).toHaveLength(6);
  expect(posts.filter((status: number) => status === 504)).toHaveLength(hanging(postsReached));
  expect(posts.filter((status: number) => status === 200)).toHaveLength(6 - hanging(postsReached));
  expect(hanging(getsReached) + hanging(postsReached)).toBe(6);
});
