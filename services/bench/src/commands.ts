// How often Redis is asked, and how often its answer is waited for, for one request of each kind. Exact, not timed.

import { CookieJar } from 'tough-cookie';
import { type Answer, describeAnswer, HttpClient } from '../../lab/src/users/http-client.ts';
import { User } from '../../lab/src/users/user.ts';
import { MeasurementError } from './load.ts';
import { type CommandCounts, countCommands, difference, RoundTrips } from './redis-counts.ts';
import { startRelay } from './relay.ts';
import type { StoreStrategy, TestBed } from './test-bed.ts';

export const kinds = ['read', 'write', 'login', 'logout'] as const;
type Kind = (typeof kinds)[number];

export interface CommandFigures {
  readonly strategy: StoreStrategy;
  readonly kind: Kind;
  /** For one request, by the command's name; the average of 10. */
  readonly commands: CommandCounts;
  /** How often one request waits for Redis; the average of 10. */
  readonly roundTrips: number;
}

const requests = 10;
/** Long enough for all that is sent without waiting to be there before the first answer. In milliseconds. */
const delayMs = 1;

interface Step {
  /** Brings the user to where the request can be made. Not counted. */
  readonly before: (user: User) => Promise<unknown>;
  readonly request: (user: User) => Promise<Answer>;
}

const nothing = async () => {};
const steps: Readonly<Record<Kind, Step>> = {
  read: { before: nothing, request: (user) => user.me() },
  write: {
    before: nothing,
    request: (user) => user.ask('POST', '/api/v1/cart/items', { sku: 'tea', quantity: 1 }),
  },
  login: { before: async (user) => user.useCookies(new CookieJar()), request: (user) => user.logIn() },
  logout: { before: (user) => user.logIn(), request: (user) => user.logOut() },
};

export async function measureCommands(
  testBed: TestBed,
  strategies: readonly StoreStrategy[],
): Promise<CommandFigures[]> {
  await using counter = await countCommands(testBed.redis.url);
  const figures: CommandFigures[] = [];
  for (const strategy of strategies) {
    const trips = new RoundTrips();
    await using relay = await startRelay({ port: testBed.redisPort, delayMs, onArrival: trips.onArrival });
    await using instance = await testBed.instance({ name: strategy, strategy, redisPort: relay.port });
    await using client = new HttpClient(instance.origin);
    const user = new User(client);
    await user.signUp();
    // A script is sent in full the first time, and later by its name.
    await requestOnce(user, steps.write);
    for (const kind of kinds) {
      const sum: Record<string, number> = {};
      let roundTrips = 0;
      for (let n = 0; n < requests; n++) {
        await steps[kind].before(user);
        const [commandsBefore, tripsBefore] = [await counter.counts(), trips.count];
        await requestOnce(user, steps[kind]);
        roundTrips += trips.count - tripsBefore;
        const more = difference(commandsBefore, await counter.counts());
        for (const [name, calls] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + calls;
      }
      const average = Object.entries(sum).map(([name, calls]) => [name, calls / requests]);
      const commands = Object.fromEntries(average);
      figures.push({ strategy, kind, commands, roundTrips: roundTrips / requests });
    }
  }
  return figures;
}

async function requestOnce(user: User, { request }: Step): Promise<void> {
  const answer = await request(user);
  if (answer.status !== 200)
    throw new MeasurementError(`A request that is counted must answer 200: ${describeAnswer(answer)}`);
}
