import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashSlot } from '../../services/session-store/src/servers.ts';
import { startRedis } from '../support/redis.ts';

test('The hash slot of a key is the one that Redis computes', async () => {
  await using redis = await startRedis(['--cluster-enabled', 'yes', '--cluster-port', '0']);
  const key = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('{', '}', 'a', 'b', 'ü') }),
  );
  const keys = [
    ...['sess:abc', '{user}:1', '{}{a}', 'a{b', 'a}b{c}', '{{a}}', 'x{}{y}'],
    ...fc.sample(key, 500),
  ];
  const slots = await redis.ask((client) =>
    Promise.all(keys.map((text) => client.sendCommand(['CLUSTER', 'KEYSLOT', text]))),
  );
  expect(keys.map(hashSlot)).toEqual(slots);
});
