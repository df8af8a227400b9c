// How much longer a round trip to Redis really takes through the relay: measured in each run, on the same machine.

import { createClient } from 'redis';
import { quantile } from '../../../lab/src/traffic/quantile.ts';
import { startRelay } from './relay.ts';

const pings = 200;

/** The median PING through the relay minus the median PING without it, in milliseconds: the wanted delay or more. */
export async function measureAddedRoundTripMs(url: string, wantedMs: number): Promise<number> {
  const address = new URL(url);
  await using relay = await startRelay({ port: Number(address.port), delayMs: wantedMs / 2 });
  const direct = await medianPingMs(address.href);
  address.port = String(relay.port);
  return (await medianPingMs(address.href)) - direct;
}

async function medianPingMs(url: string): Promise<number> {
  const client = createClient({ url });
  // A lost connection also rejects the PING that is waiting, and that is where it is handled.
  client.on('error', () => {});
  await client.connect();
  try {
    const times: number[] = [];
    for (let n = 0; n < pings; n++) {
      const beganMs = performance.now();
      await client.ping();
      times.push(performance.now() - beganMs);
    }
    const sorted = times.toSorted((a, b) => a - b);
    return quantile(sorted, 0.5);
  } finally {
    client.destroy();
  }
}
