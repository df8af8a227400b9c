// How much longer a round trip to Redis really takes through the relay, on this machine and today.

import { createClient } from 'redis';
import { quantile } from '../../lab/src/traffic/quantile.ts';
import { startRelay } from './relay.ts';

const pings = 200;

/** The median of what a PING takes longer, in milliseconds. Never less than wanted but for the noise of the clock. */
export async function relayedRoundTripMs(url: string, wantedMs: number): Promise<number> {
  const address = new URL(url);
  await using relay = await startRelay({ port: Number(address.port), delayMs: wantedMs / 2 });
  const direct = await medianPingMs(address.href);
  address.port = String(relay.port);
  return (await medianPingMs(address.href)) - direct;
}

async function medianPingMs(url: string): Promise<number> {
  const client = createClient({ url });
  // A lost connection rejects the PING that is waiting.
  client.on('error', () => {});
  await client.connect();
  try {
    const times: number[] = [];
    for (let n = 0; n < pings; n++) {
      const beganMs = performance.now();
      await client.ping();
      times.push(performance.now() - beganMs);
    }
    return quantile(
      times.toSorted((a, b) => a - b),
      0.5,
    );
  } finally {
    client.destroy();
  }
}
