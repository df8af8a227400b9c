// What the proxy does with what clients send, in the deployment as users start it, with its limits.

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ClientAt } from '../support/addresses.ts';
import { describeProxy } from '../support/proxy-contract.ts';
import { until } from '../support/wait.ts';
import { Deployment } from './deployment.ts';

jest.setTimeout(120_000);

describeProxy('in containers', async () => {
  const deployment = await Deployment.start({ instances: 3, clientLimits: 'production' });
  return {
    baseUrl: deployment.baseUrl,
    nginxLog: () => deployment.compose('logs', '--no-log-prefix', 'nginx'),
    killInstances: async () => {
      await deployment.docker('kill', ...(await deployment.containers('app')));
    },
    [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose](),
  };
});

describe('the proxy in its container, with one client that wants everything', () => {
  let deployment: Deployment;
  let attacker: ClientAt;
  beforeAll(async () => {
    deployment = await Deployment.start({ instances: 3, clientLimits: 'production' });
    attacker = new ClientAt(deployment.baseUrl, '127.0.0.1');
  }, 300_000);
  afterAll(async () => {
    attacker?.[Symbol.dispose]();
    await deployment?.[Symbol.asyncDispose]();
  }, 60_000);

  /** What became of the requests that an instance's container, whose address is another, sends to nginx for 12 s, 100 at least. */
  async function bystander(): Promise<Record<string, number>> {
    const [container = ''] = await deployment.containers('app');
    const script = `
      const counts = {};
      const end = Date.now() + 12_000;
      for (let n = 0; n < 100 || Date.now() < end; n++) {
        const outcome = await fetch('http://nginx:8080/api/v1/cart').then(({ status }) => status, String);
        counts[outcome] = (counts[outcome] ?? 0) + 1;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      console.log(JSON.stringify(counts));`;
    const said = await deployment.docker('exec', container, 'node', '--input-type=module', '--eval', script);
    return JSON.parse(said);
  }

  async function expectUnharmed(sent: string, more: string): Promise<void> {
    const [nginx = ''] = await deployment.containers('nginx');
    // A worker that was killed for its memory is replaced, and leaves no other trace.
    const workers = () => deployment.docker('top', nginx, '-eo', 'pid,comm');
    const workersBefore = await workers();
    const sockets: Socket[] = [];
    const counting = bystander();
    while (sockets.length < 2_600) {
      const group = Array.from({ length: 100 }, () => attacker.connect().resume());
      for (const socket of group) socket.write(sent);
      await Promise.all(group.map((socket) => until('it is connected', () => !socket.connecting)));
      sockets.push(...group);
    }
    for (let n = 0; n < 3; n++) {
      await sleep(1_000);
      for (const socket of sockets) if (socket.writable) socket.write(more);
    }
    const { 200: served = 0, ...failures } = await counting;
    for (const socket of sockets) socket.destroy();
    expect(failures).toEqual({});
    expect(served).toBeGreaterThanOrEqual(100);
    const format = '{{.State.OOMKilled}} {{.RestartCount}} {{.State.Health.Status}}';
    expect(await deployment.docker('inspect', '--format', format, nginx)).toBe('false 0 healthy\n');
    expect(await workers()).toBe(workersBefore);
  }

  test('2,600 slow bodies harm nobody else', async () => {
    const head = `POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${'x'.repeat(7_000)}`;
    await expectUnharmed(`${head}\r\nContent-Length: 16384\r\n\r\n${'x'.repeat(15_000)}`, 'x');
  });

  test('2,600 slow heads harm nobody else', async () => {
    await expectUnharmed(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${'x'.repeat(7_000)}`, 'x');
  });
});
