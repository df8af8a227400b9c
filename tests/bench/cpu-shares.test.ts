import { expect, test } from '@jest/globals';
import { type CpuProfile, cpuShares, packageAt } from '../../services/bench/src/profile/cpu-shares.ts';
import { profileTable } from '../../services/bench/src/report/profile-table.ts';

const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  ...{ id, callFrame: { functionName, url }, children },
});

const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 6]),
    node(2, '(idle)', ''),
    node(3, 'handle', 'file:///srv/node_modules/express/lib/application.js', [4, 5]),
    // Native: it has no address.
    node(4, 'writeUtf8String', ''),
    node(5, 'Hash', 'node:internal/crypto/hash'),
    node(6, '(garbage collector)', ''),
  ],
  samples: [2, 3, 4, 5, 6, 2],
  timeDeltas: [1_000, 100, 300, 200, 400, 5_000],
};

test('the time is shared out by package; idle time does not count, and native code counts for its caller', () => {
  expect(cpuShares(profile)).toEqual({
    express: 0.4,
    'Node: hashes': 0.2,
    'garbage collection': 0.4,
  });
});

test.each([
  ['file:///srv/node_modules/@redis/client/dist/index.js', '@redis/client'],
  ['/srv/node_modules/router/node_modules/debug/index.js', 'debug'],
  ['node:_http_outgoing', 'Node: HTTP'],
  ['node:internal/streams/readable', 'Node: streams and sockets'],
  ['node:events', 'Node: other'],
  ['file:///srv/services/session-store/src/deadline.ts', 'merging-redis-store'],
  ['file:///srv/services/app/src/app.ts', 'the app itself'],
])('%s belongs to %s', (url, name) => {
  expect(packageAt(url)).toBe(name);
});

test('the table has the largest shares first, and leaves out the smallest', () => {
  const { head, rows, note } = profileTable({
    profiles: [
      { candidate: 'redis', shares: { express: 0.1, pino: 0.004, router: 0.2 }, survivingBytes: 100 },
      { candidate: 'hardened', shares: { express: 0.3, helmet: 0.01 }, survivingBytes: 2000.4 },
    ],
  });
  expect([head, ...rows]).toEqual([
    ['what', '`redis`', '`hardened`'],
    ['express', '10.0', '30.0'],
    ['router', '20.0', '0.0'],
    ['helmet', '0.0', '1.0'],
  ]);
  expect(note).toContain('100 B of `redis` and 2000 B of `hardened` outlive');
});
