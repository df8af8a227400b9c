// Which instances may get traffic, asked again and again, and told to the proxy in answers of DNS.

import { setTimeout as sleep } from 'node:timers/promises';
import { serveDns } from './dns-server.ts';
import { Roster } from './roster.ts';
import { type State, stateOf } from './state.ts';
import { serveStatus } from './status-server.ts';

export interface DiscoveryOptions {
  /** The name that is asked for, and its instances' port. */
  readonly name: string;
  readonly port: number;
  /** 0 takes free ones. */
  readonly dnsPort: number;
  readonly statusPort: number;
  /** All addresses of a name, ready or not; undefined when that is not known at the moment. */
  readonly addressesOf: (name: string) => Promise<readonly string[] | undefined>;
  readonly log: (message: string, fields: object) => void;
}

export interface Discovery extends AsyncDisposable {
  readonly dnsPort: number;
  readonly statusPort: number;
}

/** From one round of questions to the next, in ms. nginx asks once a second, so more would be in vain. */
const everyMs = 500;
/** How long an instance may take to say how it is. An honest answer takes a few milliseconds. */
const deadlineMs = 500;

/**
 * What stands for "nobody" in an answer. nginx asks again a second after an answer, but ten seconds after "no such name"
 * (ngx_resolver.c), and would notice an instance that comes back as late. Nobody listens at this address, so nginx knows at
 * once that it has nobody to ask.
 */
export const nobody = '0.0.0.0';

/** Resolves when it answers; before its first round is over, questions wait for nothing and get no answer. */
export async function startDiscovery(options: DiscoveryOptions): Promise<Discovery> {
  const { name, port, addressesOf, log } = options;
  const roster = new Roster();
  let known: readonly string[] = [];
  let listed: readonly string[] | undefined;
  let answered: readonly string[] | undefined;

  const round = async () => {
    const found = await addressesOf(name);
    const asked = found === undefined || found.length === 0 ? known : found;
    const states = await Promise.all(
      asked.map(
        async (address): Promise<[string, State]> => [address, await stateOf(address, port, deadlineMs)],
      ),
    );
    // That there is nobody is believed only when nobody answers any more.
    known = found?.length === 0 ? states.filter(([, state]) => answers(state)).map(([one]) => one) : asked;
    const next = roster.update(new Map(states.filter(([address]) => known.includes(address))));
    if (String(next) !== String(listed))
      log('ready', { addresses: next, states: Object.fromEntries(states) });
    listed = next;
  };

  const stack = new AsyncDisposableStack();
  const dns = stack.use(
    await serveDns({
      ...{ name, port: options.dnsPort },
      answer: () => {
        answered = listed;
        return listed?.length === 0 ? [nobody] : listed;
      },
    }),
  );
  const status = stack.use(
    await serveStatus({
      port: options.statusPort,
      answered: () => answered,
      isUp: () => listed !== undefined,
    }),
  );

  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      const startMs = performance.now();
      await round();
      const restMs = Math.max(0, startMs + everyMs - performance.now());
      await sleep(restMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  stack.defer(async () => {
    stopped.abort();
    await running;
  });
  return {
    dnsPort: dns.port,
    statusPort: status.port,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function answers(state: State): boolean {
  return state !== 'refused' && state !== 'silent';
}
