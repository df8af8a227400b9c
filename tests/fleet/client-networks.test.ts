// Which addresses count as one client (infra/nginx/client-limits.conf). Loopback has a single IPv6 address, so nginx is told
// by a header which address a request comes from, as by a trusted proxy.

import { chmod, cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findPrograms } from '../../services/lab/src/fleet/processes/programs.ts';
import { type Child, startChild } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/wait.ts';

const main = (port: number) => `
  daemon off; pid nginx.pid; error_log stderr; events {}
  http {
    access_log off;
    client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
    include ../client-limits.conf;
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Client;
    server {
      listen 127.0.0.1:${port};
      root nothing;
      location / { limit_req zone=client_requests; }
    }
  }`;

let nginx: Child;
let url: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'test-nginx-'));
  await chmod(folder, 0o755);
  const site = new URL('../../infra/nginx/', import.meta.url);
  await mkdir(join(folder, 'site/test'), { recursive: true });
  await mkdir(join(folder, 'conf.d'));
  await cp(new URL('client-limits.conf', site), join(folder, 'site/client-limits.conf'));
  const rate = await readFile(new URL('templates/client-rate.conf.template', site), 'utf8');
  // One a second, with no burst: of two at once from one client the second is refused.
  await writeFile(join(folder, 'conf.d/client-rate.conf'), rate.replace(/\$\{\w+\}/, '1'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  await writeFile(join(folder, 'site/test/nginx.conf'), main(port));
  const { nginx: program } = await findPrograms(() => {});
  const args = ['-p', `${folder}/`, '-c', 'site/test/nginx.conf', '-e', 'stderr'];
  nginx = await startChild(program, args, { folder, endBy: 'SIGTERM' });
  await until(
    'nginx answers',
    () => statusFor('192.0.2.99'),
    20_000,
    () => nginx.output(),
  );
});
afterAll(() => nginx?.[Symbol.asyncDispose]());

/** 404 where it was let through: there is no file. */
const statusFor = async (client: string) => (await fetch(url, { headers: { 'X-Client': client } })).status;

test.each([
  ['2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff'],
  ['2001:db8::1', '2001:db8::a:b:c:d'],
  ['2001:db8:a0a:a0a:a0a:a0a:a0a:a0a', '2001:db8:a0a:a0a::1'],
  ['192.0.2.1', '192.0.2.1'],
])('%s and %s are one client', async (one, other) => {
  expect([await statusFor(one), await statusFor(other)]).toEqual([404, 429]);
});

test.each([
  ['2001:db8:0:2::1', '2001:db8:0:3::1'],
  ['192.0.2.2', '192.0.2.3'],
  ['::ffff:192.0.2.4', '::ffff:192.0.2.5'],
])('%s and %s are two clients', async (one, other) => {
  expect([await statusFor(one), await statusFor(other)]).toEqual([404, 404]);
});
