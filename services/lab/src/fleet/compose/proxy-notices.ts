import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { probe } from '../probe.ts';

const deadlineMs = 20_000;

/**
 * How long nginx may go on believing an answer of DNS: `valid=1s` in infra/nginx/compose/upstream.conf, and the time of
 * asking. There is no way to look into it.
 */
const forgottenMs = 1_300;
/** `proxy_connect_timeout` of infra/nginx/proxy.conf, nearly: an answer that took as long was first sought at a dead address. */
const deadAddressMs = 240;

/** A change of instances, as far as nginx has to notice it. */
export interface Change {
  /** How many there are now. */
  readonly instances: number;
  /** The names of those that are new. The others may get none of the requests that are sent to look. */
  readonly come: readonly string[];
  /** How many have gone. */
  readonly gone: number;
}

/** Waits until nginx hands requests to those that have come, and to none that has gone, which it is seen to do. */
export async function untilNoticed(baseUrl: string, { instances, come, gone }: Change): Promise<void> {
  if (gone > 0) await sleep(forgottenMs);
  const missing = new Set(come);
  // A round without a stop at a dead address.
  const enough = gone === 0 ? 1 : instances + gone;
  let prompt = 0;
  await eventually(
    instances === 0
      ? 'the baseUrl has no instance'
      : 'the new instances, and none that is gone, get requests',
    async () => {
      const start = performance.now();
      // /livez goes the way of all requests, and leaves nothing behind.
      const { status, headers } = await probe(`${baseUrl}/livez`, 5_000);
      if (instances === 0) return status === 503;
      prompt = status === 200 && performance.now() - start < deadAddressMs ? prompt + 1 : 0;
      missing.delete(String(headers['x-served-by']));
      return missing.size === 0 && prompt >= enough;
    },
    // A pause that is short, because other traffic moves the round robin on and each look sees one instance only.
    { deadlineMs, everyMs: 5, details: () => `Not seen: ${[...missing].join(', ')}` },
  );
}
