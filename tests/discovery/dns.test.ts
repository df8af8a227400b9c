// Asked by Node's own resolver (c-ares), which is another implementation of DNS. tests/containers asks with nginx' own.

import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseQuery } from '../../services/discovery/src/dns-message.ts';
import type { DnsServer } from '../../services/discovery/src/dns-server.ts';
import { serveDns } from '../../services/discovery/src/dns-server.ts';

let server: DnsServer;
let resolver: Resolver;
let addresses: readonly string[] | undefined;
beforeAll(async () => {
  server = await serveDns({ port: 0, name: 'app', answer: () => addresses });
  resolver = new Resolver({ timeout: 5_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
});
beforeEach(() => {
  addresses = ['10.0.0.1'];
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test('a name has the addresses that are answered, none of which may be kept', async () => {
  addresses = ['10.0.0.1', '172.31.255.254'];
  expect(await resolver.resolve4('app', { ttl: true })).toEqual([
    { address: '10.0.0.1', ttl: 0 },
    { address: '172.31.255.254', ttl: 0 },
  ]);
});

test('upper and lower case are the same', async () => {
  expect(await resolver.resolve4('APP')).toEqual(['10.0.0.1']);
});

test('100 addresses fit into one answer, which nobody has to ask for again by TCP', async () => {
  addresses = Array.from({ length: 100 }, (_, n) => `10.0.1.${n}`);
  const socket = createSocket('udp4');
  const query = '0001010000010000000000000361707000000100010000000000';
  socket.send(Buffer.from(query.slice(0, 42), 'hex'), server.port, '127.0.0.1');
  const [message] = await once(socket, 'message');
  socket.close();
  // No TC flag, 100 answers.
  expect([message.readUInt16BE(2) & 0x0200, message.readUInt16BE(6)]).toEqual([0, 100]);
  expect(message.length).toBeLessThan(4096);
});

test('another name is refused, and another type has nothing', async () => {
  await expect(resolver.resolve4('postgres')).rejects.toMatchObject({ code: 'EREFUSED' });
  await expect(resolver.resolve4('app.example')).rejects.toMatchObject({ code: 'EREFUSED' });
  await expect(resolver.resolve6('app')).rejects.toMatchObject({ code: 'ENODATA' });
});

test('as long as nothing is known nothing is answered', async () => {
  addresses = undefined;
  const impatient = new Resolver({ timeout: 300, tries: 1 });
  impatient.setServers([`127.0.0.1:${server.port}`]);
  await expect(impatient.resolve4('app')).rejects.toMatchObject({ code: 'ETIMEOUT' });
});

describe('what is no question', () => {
  const valid = Buffer.from('000101000001000000000000036170700000010001', 'hex');

  test('is told from one', () => {
    expect(parseQuery(valid)).toMatchObject({ id: 1, recursionDesired: true, name: 'app', type: 1 });
    const changed = (at: number, byte: number) => Buffer.from(valid.with(at, byte));
    expect(parseQuery(changed(2, 0x81))).toBeUndefined(); // an answer
    expect(parseQuery(changed(2, 0x29))).toBeUndefined(); // another operation
    expect(parseQuery(changed(5, 2))).toBeUndefined(); // two questions
    expect(parseQuery(changed(12, 0xc0))).toBeUndefined(); // a pointer
    expect(parseQuery(changed(20, 3))).toBeUndefined(); // another class
    for (let bytes = 0; bytes < valid.length; bytes++)
      expect(parseQuery(valid.subarray(0, bytes))).toBeUndefined();
  });

  test('never ends the server, whatever it is', async () => {
    const damaged = fc
      .tuple(fc.nat(valid.length - 1), fc.nat(255))
      .map(([at, byte]) => Uint8Array.from(valid.with(at, byte)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), damaged), (bytes) => {
        const query = parseQuery(Buffer.from(bytes));
        expect(query === undefined || query.question.length <= bytes.length).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    const socket = createSocket('udp4');
    for (const bytes of fc.sample(fc.uint8Array({ maxLength: 1_000 }), 100))
      socket.send(bytes, server.port, '127.0.0.1');
    expect(await resolver.resolve4('app')).toEqual(['10.0.0.1']);
    socket.close();
  });
});
