// The service between a name server that knows who exists and instances that say how they are.

import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { containerNames } from '../../services/discovery/src/container-names.ts';
import { type Discovery, nobody, startDiscovery } from '../../services/discovery/src/discovery.ts';
import { encodeAnswer, noError, parseQuery } from '../../services/discovery/src/dns-message.ts';
import { startAppProcess } from '../support/app.ts';
import { freePort } from '../support/free-port.ts';
import { startPostgres } from '../support/postgres.ts';
import { until } from '../support/wait.ts';

/** Instances at addresses of loopback, all at one port, as containers are at addresses of their network. */
let opened: AsyncDisposableStack;
let port: number;
let existing: readonly string[] | undefined;
let discovery: Discovery;
let listed: () => Promise<readonly string[]>;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  port = await freePort();
  existing = [];
});
afterEach(() => opened.disposeAsync());

async function start(): Promise<void> {
  discovery = opened.use(
    await startDiscovery({
      ...{ name: 'app', port, dnsPort: 0, statusPort: 0 },
      addressesOf: async () => existing,
      log: () => {},
    }),
  );
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${discovery.dnsPort}`]);
  listed = async () => (await resolver.resolve4('app').catch(() => ['no answer'])).sort();
}

/** An instance that says what it is told to, or nothing. */
async function instance(
  address: string,
): Promise<{ says(status: number | 'nothing', message?: string): void }> {
  let said: { status: number | 'nothing'; message: string } = { status: 200, message: '' };
  const server: Server = createServer((_req, res) => {
    if (said.status === 'nothing') return;
    res.writeHead(said.status).end(JSON.stringify({ status: 'any', message: said.message }));
  });
  server.listen(port, address);
  await once(server, 'listening');
  opened.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    says(status, message = '') {
      said = { status, message };
    },
  };
}

const untilListed = (...wanted: string[]) =>
  until(`${wanted} are listed`, async () => String(await listed()) === String(wanted), 10_000);

test('instances come with their readiness, and go with it', async () => {
  const one = await instance('127.0.0.1');
  const two = await instance('127.0.0.2');
  two.says(503, 'not yet');
  // At the third address nobody listens.
  existing = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  await start();
  await untilListed('127.0.0.1');
  two.says(200);
  await untilListed('127.0.0.1', '127.0.0.2');
  one.says(503, 'draining');
  await untilListed('127.0.0.2');
  two.says('nothing');
  // It is the only one left.
  for (let n = 0; n < 20; n++) expect(await listed()).toEqual(['127.0.0.2']);
});

test('a name server without a usable answer changes nothing', async () => {
  await instance('127.0.0.1');
  existing = ['127.0.0.1'];
  await start();
  await untilListed('127.0.0.1');
  existing = undefined;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await listed()).toEqual(['127.0.0.1']);
});

test('that there is nobody is believed only when nobody answers, and is told by an address of nobody', async () => {
  const one = await instance('127.0.0.1');
  existing = ['127.0.0.1'];
  await start();
  await untilListed('127.0.0.1');
  existing = [];
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await listed()).toEqual(['127.0.0.1']);
  one.says('nothing');
  await untilListed(nobody);
});

test('GET /answered says what the proxy was told, and 503 before the first round', async () => {
  await instance('127.0.0.1');
  const answered = async () => {
    const answer = await fetch(`http://127.0.0.1:${discovery.statusPort}/answered`);
    return { status: answer.status, text: await answer.text() };
  };
  existing = ['127.0.0.1'];
  await start();
  await until('it is up', async () => (await answered()).status === 200);
  expect((await answered()).text).toBe('');
  await untilListed('127.0.0.1');
  expect((await answered()).text).toBe('127.0.0.1\n');
});

test('an instance of the app is listed when it is ready, and not any more when it drains', async () => {
  const postgres = opened.use(await startPostgres());
  const app = opened.use(
    await startAppProcess({ PORT: String(port), DATABASE_URL: postgres.url, DRAIN_DELAY_MS: '4000' }),
  );
  existing = ['127.0.0.1'];
  await start();
  await untilListed('127.0.0.1');
  await instance('127.0.0.2');
  existing = ['127.0.0.1', '127.0.0.2'];
  await untilListed('127.0.0.1', '127.0.0.2');
  process.kill(app.pid, 'SIGTERM');
  await untilListed('127.0.0.2');
  expect(app.output()).not.toContain('"drained"');
});

describe('of a name that has no addresses, Docker’s server', () => {
  const serverFailure = 2;
  let behaviour: Readonly<Record<string, 'address' | 'failure' | 'silence'>>;
  let names: (name: string) => Promise<readonly string[] | undefined>;
  beforeEach(async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    opened.defer(() => void socket.close());
    socket.on('message', (message: Buffer, from) => {
      const query = parseQuery(message);
      const how = behaviour[query?.name ?? ''] ?? 'failure';
      if (query === undefined || how === 'silence') return;
      const answer =
        how === 'address' ? encodeAnswer(query, noError, ['10.0.0.1']) : encodeAnswer(query, serverFailure);
      socket.send(answer, from.port, from.address);
    });
    const server = `127.0.0.1:${socket.address().port}`;
    names = containerNames({ server, control: 'discovery', deadlineMs: 300 });
  });

  test('says so when it knows others', async () => {
    behaviour = { discovery: 'address', app: 'address' };
    expect(await names('app')).toEqual(['10.0.0.1']);
    behaviour = { discovery: 'address' };
    expect(await names('app')).toEqual([]);
  });

  test('does not say so when it knows nobody, or is late', async () => {
    behaviour = {};
    expect(await names('app')).toBeUndefined();
    behaviour = { discovery: 'address', app: 'silence' };
    expect(await names('app')).toBeUndefined();
  });
});
