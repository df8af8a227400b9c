import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../processes/eventually.ts';
import { probe } from '../processes/probe.ts';

const deadlineMs = 20_000;

/**
 * How long nginx may go on believing an answer of DNS: `valid=1s` in infra/nginx/compose/upstream.conf, and the time of
 * asking. There is no way to look into it.
 */
const forgottenMs = 1_300;
/** `proxy_connect_timeout` of infra/nginx/proxy.conf, nearly: an answer that took as long was first sought at a dead address. */
const deadAddressMs = 950;

/**
 * Waits until nginx shares requests among all of these and knows no other, which it is seen to do; or has none, when there
 * are none.
 *
 * @param gone how many instances have just gone, 0 or more
 */
export async function untilShared(entrance: string, names: readonly string[], gone = 0): Promise<void> {
  if (gone > 0) await sleep(forgottenMs);
  const missing = new Set(names);
  // Two rounds without a stop at a dead address.
  const enough = gone === 0 ? 1 : 2 * (names.length + gone);
  let prompt = 0;
  await eventually(
    names.length === 0 ? 'the entrance has no instance' : 'every instance, and no other, gets requests',
    async () => {
      const start = performance.now();
      // /livez goes the way of all requests, and leaves nothing behind.
      const { status, headers } = await probe(`${entrance}/livez`, 5_000);
      if (names.length === 0) return status === 503;
      prompt = status === 200 && performance.now() - start < deadAddressMs ? prompt + 1 : 0;
      missing.delete(String(headers['x-served-by']));
      return missing.size === 0 && prompt >= enough;
    },
    // A pause that is short, because other traffic moves the round robin on and each look sees one instance only.
    { deadlineMs, everyMs: 5, details: () => `Not seen: ${[...missing].join(', ')}` },
  );
}
