// Which ports of the machine the deployment publishes, as `docker compose config` works it out. Nothing is started.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { root } from '../../services/lab/src/fleet/compose/images.ts';

const composeConfig = z.object({
  services: z.record(
    z.string(),
    z.object({ ports: z.array(z.object({ host_ip: z.string(), target: z.number() })).default([]) }),
  ),
});

/** Each as `service address:port in the container`, sorted. */
async function publishedPorts(variables: Readonly<Record<string, string>>): Promise<string[]> {
  const files = ['-f', 'docker-compose.yml', '-f', 'docker-compose.tls.yml'];
  const { stdout } = await promisify(execFile)(
    'docker',
    ['compose', ...files, '--profile', '*', 'config', '--format', 'json'],
    { cwd: root, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables } },
  );
  const { services } = composeConfig.parse(JSON.parse(stdout));
  return Object.entries(services)
    .flatMap(([name, { ports }]) => ports.map((port) => `${name} ${port.host_ip}:${port.target}`))
    .sort();
}

test('all ports are published on loopback by default', async () => {
  expect(await publishedPorts({})).toEqual([
    'grafana 127.0.0.1:3000',
    'nginx 127.0.0.1:8080',
    'nginx 127.0.0.1:8443',
    'prometheus 127.0.0.1:9090',
  ]);
});

test('PROXY_ADDRESS publishes the proxy alone; the monitoring, which asks for no login, stays on loopback', async () => {
  expect(await publishedPorts({ PROXY_ADDRESS: '0.0.0.0' })).toEqual([
    'grafana 127.0.0.1:3000',
    'nginx 0.0.0.0:8080',
    'nginx 0.0.0.0:8443',
    'prometheus 127.0.0.1:9090',
  ]);
});

test('MONITORING_ADDRESS publishes the monitoring and not the proxy', async () => {
  expect(await publishedPorts({ MONITORING_ADDRESS: '10.0.0.5' })).toEqual([
    'grafana 10.0.0.5:3000',
    'nginx 127.0.0.1:8080',
    'nginx 127.0.0.1:8443',
    'prometheus 10.0.0.5:9090',
  ]);
});
