import { eventually } from './eventually.ts';
import { probe } from './probe.ts';

const deadlineMs = 20_000;

/** Just below `proxy_connect_timeout` of infra/nginx/proxy.conf: a request that took as long was first sent to a dead address. */
const deadAddressMs = 240;

/** A change of instances that nginx has to learn of. */
export interface Change {
  /** How many there are now. */
  readonly instances: number;
  /** The names of those that are new. The others may get none of the requests that are sent here. */
  readonly added: readonly string[];
  /** How many were removed. */
  readonly removed: number;
}

/**
 * Waits until nginx is seen to hand requests to those that were added, and to none that was removed. (One that has drained is
 * off nginx' list before it ends. nginx does not show its list.)
 */
export async function waitUntilProxyUses(
  baseUrl: string,
  { instances, added, removed }: Change,
): Promise<void> {
  const missing = new Set(added);
  // So many in a row are a whole round in which no dead address was tried.
  const enough = removed === 0 ? 1 : instances + removed;
  let prompt = 0;
  await eventually(
    instances === 0
      ? 'nginx has no instance left'
      : 'nginx uses the new instances, and none that was removed',
    async () => {
      const start = performance.now();
      // A guest's cart takes the way of all requests, and asks and changes nothing.
      const { status, headers } = await probe(`${baseUrl}/api/v1/cart`, 5_000);
      if (instances === 0) return status === 503;
      prompt = status === 200 && performance.now() - start < deadAddressMs ? prompt + 1 : 0;
      missing.delete(String(headers['x-served-by']));
      return missing.size === 0 && prompt >= enough;
    },
    // A short pause, because other traffic moves the round robin on and each request here sees one instance only.
    { deadlineMs, everyMs: 5, details: () => `Not seen: ${[...missing].join(', ')}` },
  );
}
