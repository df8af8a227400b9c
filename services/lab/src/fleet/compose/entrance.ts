import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../processes/eventually.ts';
import { probe } from '../processes/probe.ts';

const deadlineMs = 20_000;

/**
 * How long nginx may go on believing an answer of DNS: `valid=1s` in infra/nginx/compose/upstream.conf, and the time of
 * asking. There is no way to look into it.
 */
const forgottenMs = 1_300;

/** Waits until nginx has asked DNS again, so that it knows no instance that is gone. */
export async function untilForgotten(): Promise<void> {
  await sleep(forgottenMs);
}

/** Waits until nginx shares requests among all of these, which it is seen to do; or has none, when there are none. */
export async function untilShared(entrance: string, names: readonly string[]): Promise<void> {
  const missing = new Set(names);
  await eventually(
    names.length === 0 ? 'the entrance has no instance' : 'every instance gets requests',
    async () => {
      // /livez goes the way of all requests, and leaves nothing behind.
      const { status, headers } = await probe(`${entrance}/livez`, 5_000);
      if (names.length === 0) return status === 503;
      missing.delete(String(headers['x-served-by']));
      return missing.size === 0;
    },
    // A pause that is short, because other traffic moves the round robin on and each look sees one instance only.
    { deadlineMs, everyMs: 5, details: () => `Not seen: ${[...missing].join(', ')}` },
  );
}
