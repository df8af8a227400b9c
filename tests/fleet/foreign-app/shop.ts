// Starts the shop: two processes of app.js behind nginx with HTTPS, and Redis where they share their sessions.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from '../../../services/lab/src/fleet/processes/programs.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { startChild } from '../../support/child.ts';
import { freePort } from '../../support/free-port.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

export interface Shop extends AsyncDisposable {
  readonly url: string;
  /** Answers 301 to the above. */
  readonly plainUrl: string;
  /** The authority that signed its certificate, which no client trusts by itself. */
  readonly authority: string;
}

/** @param store where the processes keep their sessions */
export async function startShop(store: 'redis' | 'memory'): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  const certificates = stack.use(await makeCertificates('IP:127.0.0.1'));
  const redis = store === 'redis' ? stack.use(await startRedis()) : undefined;
  const ports = { PORT_1: await freePort(), PORT_2: await freePort() };
  for (const [index, port] of Object.values(ports).entries()) {
    const env = {
      PATH: process.env.PATH,
      PORT: String(port),
      POD_NAME: `shop-${index + 1}`,
      USERS: join(import.meta.dirname, 'users.csv'),
      ...(redis && { REDIS_URL: redis.url }),
    };
    const app = stack.use(await startChild(process.execPath, [join(import.meta.dirname, 'app.js')], { env }));
    await until(
      `shop-${index + 1} answers`,
      () => fetch(`http://127.0.0.1:${port}/auth/login`),
      20_000,
      () => app.output(),
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'test-shop-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await cp(certificates.certificate, join(folder, 'certificate.pem'));
  await cp(certificates.key, join(folder, 'key.pem'));
  const all = { ...ports, PORT_HTTPS: await freePort(), PORT_HTTP: await freePort() };
  const template = await readFile(join(import.meta.dirname, 'nginx.conf'), 'utf8');
  const filledIn = Object.entries(all).reduce(
    (text, [name, port]) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), String(port)),
    template,
  );
  await writeFile(join(folder, 'nginx.conf'), filledIn);
  const { nginx: program } = await findPrograms(() => {});
  const args = ['-p', `${folder}/`, '-c', 'nginx.conf', '-e', 'stderr'];
  const nginx = stack.use(await startChild(program, args, { folder, endBy: 'SIGTERM' }));
  const plainUrl = `http://127.0.0.1:${all.PORT_HTTP}`;
  await until(
    'nginx answers',
    () => fetch(plainUrl, { redirect: 'manual' }),
    20_000,
    () => nginx.output(),
  );
  const held = stack.move();
  return {
    url: `https://127.0.0.1:${all.PORT_HTTPS}`,
    plainUrl,
    authority: certificates.authority,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
