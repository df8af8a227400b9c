// A client that queues commands while it has no connection makes each request wait for its deadline, where it could fail
// at once, and hides an outage from the first calls. node-redis does so unless it is told not to.

import type { SessionRedis } from './redis-commands.ts';

/** Warns on stderr (`process.emitWarning`), once for each client, where its offline queue is on. */
export function warnOfOfflineQueue(client: SessionRedis): void {
  // Where node-redis keeps them in a standalone and in a Cluster client; one of Sentinel shows them to nobody.
  const inCluster = at(client, '_options');
  const options = inCluster === undefined ? at(client, 'options') : (at(inCluster, 'defaults') ?? {});
  if (options === undefined || at(options, 'disableOfflineQueue') === true) return;
  process.emitWarning(
    'This client of node-redis queues commands while it is not connected. Make it with disableOfflineQueue: true, or by createSessionRedis, so that requests fail at once in an outage.',
    { type: 'MergingRedisStoreWarning', code: 'SESSION_STORE_OFFLINE_QUEUE' },
  );
}

function at(value: unknown, key: string): unknown {
  return Reflect.get(Object(value), key);
}
