// What the laboratory changes in the deployment that users run. Everything else, down to the nginx configuration, is
// docker-compose.yml as it is.

import type { FleetOptions } from '../fleet.ts';
import { settingsOf } from '../laboratory-settings.ts';
import { smallHeap } from '../small-heap.ts';
import { appImage } from './images.ts';

/** A Compose file (JSON is YAML) to be read after docker-compose.yml. */
export function override(
  options: Pick<FleetOptions, 'strategy' | 'appSettings' | 'clientLimits' | 'heapMiB'>,
): string {
  const { heapMiB } = options;
  // Whatever strategy.env says for the deployment of this folder.
  const strategy = { SESSION_STRATEGY: options.strategy };
  // An experiment ends containers on purpose and must not find them back. And a container that is started again has its
  // old name, so an instance would seem to have lived on.
  const server = { restart: 'no' };
  const image = { image: appImage, pull_policy: 'never' };
  return JSON.stringify({
    services: {
      app: {
        ...server,
        ...image,
        environment: {
          ...strategy,
          ...settingsOf('app', 'compose'),
          ...options.appSettings,
        },
        ...(heapMiB !== undefined && {
          // The command of the image, with options that NODE_OPTIONS does not take.
          command: ['node', ...smallHeap(heapMiB), 'services/app/src/main.ts'],
          // Room for the heap and for all that is not heap.
          mem_limit: `${Math.max(384, heapMiB + 256)}m`,
        }),
      },
      migrate: image,
      'prepare-redis': image,
      discovery: image,
      nginx: {
        ...server,
        environment: { ...strategy, ...settingsOf('nginx', 'compose', options.clientLimits) },
      },
      // See services/lab/src/fleet/processes/redis.ts: what was handed to the operating system survives a SIGKILL.
      redis: { ...server, command: ['redis-server', '/etc/redis/redis.conf', '--appendfsync', 'no'] },
      // Likewise. Nothing here has to survive a crash of the machine, so nothing waits for the disk.
      postgres: {
        ...server,
        command: ['postgres', '-c', 'max_connections=400', '-c', 'fsync=off'],
        environment: { POSTGRES_INITDB_ARGS: '--auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync' },
      },
    },
  });
}
