import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from '../fleet/fleet.ts';
import type { HttpClient } from '../users/http-client.ts';
import { survivalOf } from '../users/survival.ts';
import { signUpUsers } from '../users/user.ts';
import { type Expectation, experiment, type Figures } from './experiment.ts';

/**
 * V8's old-space limit of the instance, in MiB: small, so that the end comes within seconds. The app itself needs about
 * two thirds of it. A production heap of 2 GiB dies in the same way, only later.
 */
const heapMiB = 34;
/** An instance that is alive after so many has shown what it had to: such a heap holds some 2,600 (measured). */
const enough = 3_500;
/** Sessions between the two measurements of what one session takes. */
const sample = 1_200;
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
/** Between a failure and the next try of the same guest, in ms. */
const afterFailureMs = 20;

interface MemoryFigures extends Figures {
  readonly users: number;
  readonly stillLoggedIn: number;
  readonly heapLimitMiB: number;
  readonly sessionsStored: number;
  readonly died: 'yes' | 'no';
  readonly lastWords: string;
  readonly heapBytesPerSession: number;
  readonly redisBytesPerSession: number;
  readonly heapMiBBefore: number;
  readonly heapMiBAfter: number;
}

const sessionsWereStored = {
  [`the instance stored ${enough} sessions, or came to its end before`]: (f: MemoryFigures) =>
    f.sessionsStored >= enough || f.died === 'yes',
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
  initialFleet: () => ({ instances: 1, heapMiB }),

  async run({ fleet, client, say }) {
    const [instance] = await fleet.instances();
    if (instance === undefined) throw new Error('The fleet has no instance to fill.');
    const users = await signUpUsers(client, usersLoggedIn);
    const store = (count: number) => storeSessions({ fleet, client, instance: instance.name, count });
    let stored = await store(warmUp);

    say('measuring what one session takes');
    const heapBefore = (await fleet.memoryOf(instance.name)).heapUsedBytes;
    const redisBefore = await fleet.redis.usedBytes();
    const sampled = await store(sample);
    const heapBytesPerSession = ((await fleet.memoryOf(instance.name)).heapUsedBytes - heapBefore) / sampled;
    const redisBytesPerSession = ((await fleet.redis.usedBytes()) - redisBefore) / sampled;
    stored += sampled;

    say(`storing up to ${enough.toLocaleString('en')} sessions`);
    stored += await store(enough - stored);

    const alive = await isRunning(fleet, instance.name);
    const heapAfter = alive ? (await fleet.memoryOf(instance.name)).heapUsedBytes : 0;
    const lastWords = alive ? [] : await fleet.logOf(instance.name);
    if (!alive) await fleet.scaleTo(1); // as a platform would start it again
    const left = (await fleet.instances()).map(({ name }) => name);
    const { stillLoggedIn } = await survivalOf(users, left);
    return {
      users: users.length,
      stillLoggedIn,
      heapLimitMiB: heapMiB,
      sessionsStored: stored,
      died: alive ? 'no' : 'yes',
      lastWords: lastWords.find((line) => /FATAL ERROR/.test(line)) ?? '',
      heapBytesPerSession: Math.round(heapBytesPerSession),
      redisBytesPerSession: Math.round(redisBytesPerSession),
      heapMiBBefore: mebibytes(heapBefore),
      heapMiBAfter: mebibytes(heapAfter),
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

async function isRunning(fleet: Fleet, name: string): Promise<boolean> {
  return (await fleet.instances()).some((instance) => instance.name === name);
}

function mebibytes(bytes: number): number {
  return Number((bytes / 2 ** 20).toFixed(1));
}
