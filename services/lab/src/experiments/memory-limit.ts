import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from '../fleet/fleet.ts';
import { untilOrGiveUp } from '../supervision/until-or-give-up.ts';
import type { HttpClient } from '../users/http-client.ts';
import { survivalOf } from '../users/survival.ts';
import { signUpUsers } from '../users/user.ts';
import { type Expectation, experiment, type Figures } from './experiment.ts';

/**
 * V8's old-space limit of the instance, in MiB: small, so that the end comes within seconds. The app itself needs about
 * two thirds of it. A production heap of 2 GiB dies in the same way, only later.
 */
const heapMiB = 34;
/** An instance that is alive after so many has shown what it had to: such a heap holds some 1,700 to 2,200. */
const enough = 3_500;
/**
 * Sessions from one measurement of the memory to the next. What a session takes is told from the first and the last that
 * came to an end: nobody knows before how many fit, which changes with the machine and with each line of the app.
 */
const batch = 300;
/** The first sessions, after which code is compiled and connections are open: that takes heap as well, but only once. */
const warmUp = 400;
/** Each is a guest's full cart, the largest session that the app allows: some 4 KB of JSON. */
const fullCart = Array.from({ length: 50 }, (_, n) => ({
  sku: `article-${n}-`.padEnd(64, 'x'),
  quantity: 1,
}));
const usersLoggedIn = 10;
const atOnce = 24;
/** Between two looks whether the instance still runs, in ms. */
const lookEveryMs = 100;
/**
 * The experiment is given up when the instance runs but has stored nothing for so long, in ms. An instance whose heap is
 * full looks for garbage for some seconds before it ends, while the proxy already takes it for failed.
 */
const unansweredMs = 60_000;
/** An instance whose memory could not be measured is given so long to have ended, in ms. */
const endsWithinMs = 5_000;
/** Between a failure and the next try of the same guest, in ms. */
const afterFailureMs = 20;

interface MemoryFigures extends Figures {
  readonly users: number;
  readonly stillLoggedIn: number;
  readonly heapLimitMiB: number;
  readonly sessionsStored: number;
  readonly died: 'yes' | 'no';
  readonly lastWords: string;
  /** Between the first measurement of the memory and the last. */
  readonly sessionsMeasured: number;
  readonly heapBytesPerSession: number;
  readonly redisBytesPerSession: number;
  readonly heapMiBBefore: number;
  readonly heapMiBAfter: number;
}

const sessionsWereStored = {
  [`the instance stored ${enough} sessions, or came to its end before`]: (f: MemoryFigures) =>
    f.sessionsStored >= enough || f.died === 'yes',
  'what a session takes was measured': (f: MemoryFigures) => f.sessionsMeasured >= batch,
};

const diesWithAllSessions: Expectation<MemoryFigures> = {
  outcome: 'the instance runs out of memory and dies; all sessions are lost',
  assertions: {
    'the instance died': (f) => f.died === 'yes',
    'its last words are of a full heap': (f) => f.lastWords.includes('heap'),
    'no user is logged in any more': (f) => f.stillLoggedIn === 0,
    'each session took heap': (f) => f.heapBytesPerSession > 1000,
  },
  preconditions: sessionsWereStored,
};

export const memoryLimit = experiment<MemoryFigures>({
  name: 'memory-limit',
  title: `Store sessions in 1 instance with a heap of ${heapMiB} MiB`,
  question: 'Where do sessions take memory, and what happens when it is used up?',
  // A guest's cart as large as a user's, so that the heap is full after fewer sessions.
  initialFleet: () => ({ instances: 1, heapMiB, appSettings: { GUEST_CART_LINES: String(fullCart.length) } }),

  async run({ fleet, client, say }) {
    const [instance] = await fleet.instances();
    if (instance === undefined) throw new Error('The fleet has no instance to fill.');
    const users = await signUpUsers(client, usersLoggedIn);
    const store = (count: number) => storeSessions({ fleet, client, instance: instance.name, count });
    let stored = await store(warmUp);

    say(`storing up to ${enough.toLocaleString('en')} sessions, measuring what each takes`);
    const first = { ...(await measure(fleet, instance.name)), stored };
    let last = first;
    while (stored < enough) {
      const wanted = Math.min(batch, enough - stored);
      const more = await store(wanted);
      stored += more;
      const measured = more < wanted ? undefined : await measureUnlessEnded(fleet, instance.name);
      if (measured === undefined) break;
      last = { ...measured, stored };
    }

    const alive = await isRunning(fleet, instance.name);
    const lastWords = alive ? [] : await fleet.logOf(instance.name);
    if (!alive) await fleet.scaleTo(1); // as a platform would start it again
    const left = (await fleet.instances()).map(({ name }) => name);
    const { stillLoggedIn } = await survivalOf(users, left);
    const sessionsMeasured = last.stored - first.stored;
    const perSession = (bytes: number) => (sessionsMeasured > 0 ? Math.round(bytes / sessionsMeasured) : 0);
    return {
      users: users.length,
      stillLoggedIn,
      heapLimitMiB: heapMiB,
      sessionsStored: stored,
      died: alive ? 'no' : 'yes',
      lastWords: lastWords.find((line) => /FATAL ERROR/.test(line)) ?? '',
      sessionsMeasured,
      heapBytesPerSession: perSession(last.heapBytes - first.heapBytes),
      redisBytesPerSession: perSession(last.redisBytes - first.redisBytes),
      heapMiBBefore: mebibytes(first.heapBytes),
      heapMiBAfter: mebibytes(last.heapBytes),
    };
  },

  observed: (f) =>
    [
      f.died === 'yes'
        ? `died after ${f.sessionsStored.toLocaleString('en')} sessions`
        : `lives after ${f.sessionsStored.toLocaleString('en')} sessions`,
      `${f.stillLoggedIn} of ${f.users} users still logged in`,
      `a session takes ${f.heapBytesPerSession.toLocaleString('en')} B of heap, ${f.redisBytesPerSession.toLocaleString('en')} B in Redis`,
    ].join('\n'),

  expected: {
    memory: diesWithAllSessions,
    sticky: diesWithAllSessions,
    redis: {
      outcome: 'the instance lives, its memory stays flat',
      assertions: {
        'the instance lives': (f) => f.died === 'no',
        'every session could be stored': (f) => f.sessionsStored >= enough,
        // A heap goes up and down by some hundred KB on its own, which over the sample is some hundred bytes each.
        'a session takes no heap to speak of': (f) => f.heapBytesPerSession < f.redisBytesPerSession / 4,
        'the heap grew by less than 4 MiB': (f) => f.heapMiBAfter - f.heapMiBBefore < 4,
        'each session takes memory in Redis': (f) => f.redisBytesPerSession > 1000,
        'every user is still logged in': (f) => f.stillLoggedIn === f.users,
      },
      preconditions: sessionsWereStored,
    },
  },
});

interface Filling {
  readonly fleet: Fleet;
  readonly client: HttpClient;
  readonly instance: string;
  readonly count: number;
}

/** Guests who each fill a cart: a new session each. Ends early when the instance has ended. @returns how many it stored */
async function storeSessions({ fleet, client, instance, count }: Filling): Promise<number> {
  let stored = 0;
  let lastStoredAtMs = performance.now();
  let running = true;
  const goesOn = () => running && stored < count && performance.now() - lastStoredAtMs < unansweredMs;
  const guest = async () => {
    while (goesOn()) {
      const answer = await client.send({ method: 'POST', path: '/api/v1/cart/items', json: fullCart });
      if (answer.status === 200) {
        stored++;
        lastStoredAtMs = performance.now();
      } else await pause(afterFailureMs);
    }
  };
  const watch = async () => {
    while (goesOn()) {
      await pause(lookEveryMs);
      running = await isRunning(fleet, instance);
    }
  };
  await Promise.all([watch(), ...Array.from({ length: atOnce }, guest)]);
  return stored;
}

interface Memory {
  readonly heapBytes: number;
  readonly redisBytes: number;
}

async function measure(fleet: Fleet, name: string): Promise<Memory> {
  const { heapUsedBytes } = await fleet.memoryOf(name);
  return { heapBytes: heapUsedBytes, redisBytes: await fleet.redis.usedBytes() };
}

/** @returns what was measured, or undefined when the instance ended before or meanwhile */
async function measureUnlessEnded(fleet: Fleet, name: string): Promise<Memory | undefined> {
  try {
    return await measure(fleet, name);
  } catch (error) {
    await untilOrGiveUp(async () => !(await isRunning(fleet, name)), endsWithinMs);
    if (await isRunning(fleet, name)) throw error;
    return undefined;
  }
}

async function isRunning(fleet: Fleet, name: string): Promise<boolean> {
  return (await fleet.instances()).some((instance) => instance.name === name);
}

function mebibytes(bytes: number): number {
  return Number((bytes / 2 ** 20).toFixed(1));
}
