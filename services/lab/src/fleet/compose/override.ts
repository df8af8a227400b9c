// What the laboratory changes in the deployment that users run. Everything else, down to the nginx configuration, is
// docker-compose.yml as it is.

import type { FleetOptions } from '../fleet.ts';
import { appImage } from './files.ts';

/** A Compose file (JSON is YAML) to be read after docker-compose.yml. */
export function override(options: Pick<FleetOptions, 'appSettings' | 'heapMiB'>): string {
  const { heapMiB } = options;
  // An experiment ends parts on purpose and must not find them back. And a container that is started again has its old
  // name, so an instance would seem to have lived on.
  const server = { restart: 'no' };
  const image = { image: appImage, pull_policy: 'never' };
  return JSON.stringify({
    services: {
      app: {
        ...server,
        ...image,
        environment: {
          // The cheapest that bcrypt knows, and on the event loop: experiments are about sessions, not about hashing.
          BCRYPT_ROUNDS: '4',
          HASH_THREADS: '0',
          // Nobody reads figures here. Empty counts as not set.
          METRICS_PORT: '',
          // Starting containers takes most of a small machine's processor time. An instance that has to wait for its turn
          // would take that for a silent Redis, and the default of this deadline would be what is measured.
          STORE_DEADLINE_MS: '750',
          ...(heapMiB !== undefined && { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` }),
          ...options.appSettings,
        },
        // Room for the heap and for all that is not heap.
        ...(heapMiB !== undefined && { mem_limit: `${Math.max(384, heapMiB + 256)}m` }),
      },
      migrate: image,
      // Each line would go through the engine to the disk, which is work that the plain processes do not have either.
      nginx: { ...server, environment: { ACCESS_LOG: '/dev/null' } },
      // See services/lab/src/fleet/processes/redis.ts: what the system has been given survives a SIGKILL.
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
