// infra/compose/rotate certificate: a certificate of an authority, and its renewal under requests.

import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { Deployment } from './deployment.ts';

jest.setTimeout(120_000);

/** What the container starts, but only to look whether it could. */
const testOfConfiguration = ['nginx', '-t', '-p', '/tmp/', '-c', '/etc/nginx/site/compose/nginx.conf'];

let deployment: Deployment;
let issued: Certificates;
let renewed: Certificates;
beforeAll(async () => {
  deployment = await Deployment.start({ instances: 2, overlays: ['docker-compose.tls.yml'] });
  [issued, renewed] = [
    await makeCertificates('DNS:shop.example'),
    await makeCertificates('DNS:shop.example'),
  ];
}, 300_000);
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
  for (const certificates of [issued, renewed]) await certificates?.[Symbol.asyncDispose]();
}, 60_000);

/** What a browser that trusts this authority finds: nothing, or why it shows a warning. */
function complaint(authority: string): Promise<string> {
  const address = { host: '127.0.0.1', port: deployment.port('nginx', 8443), servername: 'shop.example' };
  return new Promise((resolve) => {
    const socket = connect({ ...address, ca: authority }, () => {
      resolve('');
      socket.destroy();
    }).once('error', ({ message }) => resolve(message));
  });
}

async function install(certificates: Certificates): Promise<string> {
  return deployment.operate('rotate', 'certificate', certificates.certificate, certificates.key);
}

test('one of an authority is believed as soon as the command has ended', async () => {
  const authority = await readFile(issued.authority, 'utf8');
  expect(await complaint(authority)).not.toBe('');
  expect(await install(issued)).toContain('nginx has loaded');
  expect(await complaint(authority)).toBe('');
});

test('its renewal is loaded, and no request fails meanwhile', async () => {
  const authority = await readFile(issued.authority, 'utf8');
  const both = [authority, await readFile(renewed.authority, 'utf8')];
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: both });
  // An old worker of nginx closes its idle connections. A GET that meets such a close has not been answered by anybody,
  // and every browser sends it again on a new connection (RFC 9110, 9.2.2).
  const ask = (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = {
        agent,
        host: '127.0.0.1',
        port: deployment.port('nginx', 8443),
        servername: 'shop.example',
      };
      const request = get(
        { ...options, path: '/api/v1/cart', headers: { host: 'localhost' } },
        (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        },
      ).once('error', (error) => (request.reusedSocket ? resolve(ask()) : reject(error)));
    });
  const statuses: (number | undefined)[] = [];
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) statuses.push(await ask());
  })();
  await install(renewed);
  over.abort();
  await asking;
  agent.destroy();
  expect(statuses.length).toBeGreaterThan(2);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(await complaint(await readFile(renewed.authority, 'utf8'))).toBe('');
  expect(await complaint(authority)).not.toBe('');
});

test('a key that is not the certificate’s is refused, and nginx goes on with the one it has', async () => {
  await expect(deployment.operate('rotate', 'certificate', issued.certificate, renewed.key)).rejects.toThrow(
    'the key is not the key of the certificate',
  );
  // What is on the volume belongs together, and would be loaded by the next start.
  await deployment.compose('exec', '-T', 'nginx', ...testOfConfiguration);
  expect(await complaint(await readFile(renewed.authority, 'utf8'))).toBe('');
});

test('without files a new one is made, signed by itself', async () => {
  await deployment.operate('rotate', 'certificate');
  expect(
    await complaint(await deployment.compose('exec', '-T', 'nginx', 'cat', '/secrets/certificate.pem')),
  ).toMatch(/altnames/);
});
