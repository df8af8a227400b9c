// Which commands Redis executes for one request of each kind, and how many round trips that takes. Counted, not timed,
// so the figures are exact.

import { CookieJar } from 'tough-cookie';
import { type Answer, describeAnswer, HttpClient } from '../../../lab/src/users/http-client.ts';
import { User } from '../../../lab/src/users/user.ts';
import { type CommandCounts, increase, openCommandCounter, RoundTripCounter } from '../redis/redis-counts.ts';
import { startRelay } from '../redis/relay.ts';
import { MeasurementError, type StoreStrategy, type TestBed } from '../test-bed.ts';

export const requestKinds = ['read', 'write', 'login', 'logout'] as const;
type RequestKind = (typeof requestKinds)[number];

export interface CommandFigures {
  readonly strategy: StoreStrategy;
  readonly kind: RequestKind;
  /** For one request, by the command's name: the average of 10. */
  readonly commands: CommandCounts;
  /** How often one request waits for Redis: the average of 10. */
  readonly roundTrips: number;
}

const requestsOfAKind = 10;
/** In milliseconds: long enough for everything that is sent without waiting to arrive before the first answer. */
const relayDelayMs = 1;

interface Step {
  /** Brings the user to where the request can be made. Not counted. */
  readonly prepare: (user: User) => Promise<unknown>;
  readonly request: (user: User) => Promise<Answer>;
}

const steps: Readonly<Record<RequestKind, Step>> = {
  read: { prepare: async () => {}, request: (user) => user.me() },
  write: {
    prepare: async () => {},
    request: (user) => user.ask('POST', '/api/v1/cart/items', { sku: 'tea', quantity: 1 }),
  },
  login: { prepare: async (user) => user.useCookies(new CookieJar()), request: (user) => user.logIn() },
  logout: { prepare: (user) => user.logIn(), request: (user) => user.logOut() },
};

export async function measureCommands(
  testBed: TestBed,
  strategies: readonly StoreStrategy[],
): Promise<CommandFigures[]> {
  await using commandCounter = await openCommandCounter(testBed.redis.url);
  const figures: CommandFigures[] = [];
  for (const strategy of strategies) {
    const roundTripCounter = new RoundTripCounter();
    const { onArrival } = roundTripCounter;
    await using relay = await startRelay({ port: testBed.redisPort, delayMs: relayDelayMs, onArrival });
    await using instance = await testBed.startInstance({ name: strategy, strategy, redisPort: relay.port });
    await using client = new HttpClient(instance.origin);
    const user = new User(client);
    await user.signUp();
    // The first time, a script is sent in full; later by its hash only.
    await requestOnce(user, steps.write);
    // The first login from an address is counted by one throttle more.
    await user.logIn();
    for (const kind of requestKinds) {
      const sum: Record<string, number> = {};
      let roundTrips = 0;
      for (let n = 0; n < requestsOfAKind; n++) {
        await steps[kind].prepare(user);
        const commandsBefore = await commandCounter.counts();
        const roundTripsBefore = roundTripCounter.count;
        await requestOnce(user, steps[kind]);
        roundTrips += roundTripCounter.count - roundTripsBefore;
        const called = increase(commandsBefore, await commandCounter.counts());
        for (const [name, calls] of Object.entries(called)) sum[name] = (sum[name] ?? 0) + calls;
      }
      const averages = Object.entries(sum).map(([name, calls]) => [name, calls / requestsOfAKind]);
      figures.push({
        ...{ strategy, kind },
        commands: Object.fromEntries(averages),
        roundTrips: roundTrips / requestsOfAKind,
      });
    }
  }
  return figures;
}

async function requestOnce(user: User, { request }: Step): Promise<void> {
  const answer = await request(user);
  if (answer.status !== 200)
    throw new MeasurementError(`A request that is counted must answer 200: ${describeAnswer(answer)}`);
}
