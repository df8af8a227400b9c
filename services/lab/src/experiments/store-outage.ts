// Redis is away: it does not answer (SIGSTOP, like a host that hangs or a firewall that swallows packets), it is dead, or
// it is being restarted. That says nothing about who is logged in.

import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from '../fleet/fleet.ts';
import { latencyQuantileMs, sendPaced, type TimedAnswer } from '../traffic/paced-requests.ts';
import { signUpUsers } from '../users/user.ts';
import { type Context, experiment, type Figures } from './experiment.ts';

const usersLoggedIn = 5;
/** Between two requests, which the users send in turn. */
const everyMs = 20;
const awayMs = 1_200;
/** How long they go on afterwards: longer than the second in which all has to be well again. */
const aftermathMs = 1_100;
/** What people take for no answer. */
const patienceMs = 1_000;

/** What is done to Redis. Each resolves when Redis is there again. */
const outages = {
  paused: async (redis: Redis) => {
    await redis.pause();
    await pause(awayMs);
    await redis.resume();
  },
  killed: async (redis: Redis) => {
    await redis.kill();
    await pause(awayMs);
    await redis.start();
  },
  restarted: async (redis: Redis) => {
    await redis.stop();
    await redis.start();
  },
};

interface Outage extends Figures {
  readonly requests: number;
  /** Answered with 503 within a second. */
  readonly refused: number;
  /** Answered with another failure. */
  readonly failed: number;
  /** Answered after more than a second, with whatever, or not at all. */
  readonly late: number;
  readonly slowestMs: number;
  /** Told that they are not logged in. */
  readonly loggedOut: number;
  /** From Redis' return to when the last request was sent that was not answered well. */
  readonly degradedForMs: number;
}

type OutageFigures = Readonly<Record<keyof typeof outages, Outage>> & Figures;

const each = (f: OutageFigures) => [f.paused, f.killed, f.restarted];

export const storeOutage = experiment<OutageFigures>({
  name: 'store-outage',
  title: 'Pause, kill and restart Redis under traffic',
  question: 'What do logged-in users get while the store is away, and how soon is all well again?',
  initialFleet: (instances) => ({ instances }),

  async run(context) {
    return {
      paused: await measureOutage(context, 'paused'),
      killed: await measureOutage(context, 'killed'),
      restarted: await measureOutage(context, 'restarted'),
    };
  },

  observed: (f) =>
    (['paused', 'killed', 'restarted'] as const)
      .map((outage) => `${outage}: ${inWords(f[outage])}`)
      .concat(`${each(f).reduce((sum, { loggedOut }) => sum + loggedOut, 0)} times 401`)
      .join('\n'),

  expected: {
    'connect-redis': {
      outcome: 'requests hang for as long as Redis is away',
      assertions: {
        'a paused Redis makes people wait until it goes on': (f) => f.paused.slowestMs >= awayMs * 0.9,
        'a dead Redis makes people wait until it is back': (f) => f.killed.slowestMs >= awayMs * 0.9,
        'nobody is told to be logged out': (f) => each(f).every(({ loggedOut }) => loggedOut === 0),
      },
    },
    redis: {
      outcome: '503 within a second, nobody is logged out, well again within a second',
      assertions: {
        'every request was answered within a second': (f) => each(f).every(({ late }) => late === 0),
        'with 503 where not well': (f) => each(f).every(({ failed }) => failed === 0),
        'it was noticed that Redis was away': (f) => f.paused.refused > 0 && f.killed.refused > 0,
        'nobody was told to be logged out': (f) => each(f).every(({ loggedOut }) => loggedOut === 0),
        'a second after the return of Redis all was well': (f) =>
          each(f).every(({ degradedForMs }) => degradedForMs < 1_000),
      },
    },
  },
});

async function measureOutage({ fleet, client, say }: Context, outage: keyof typeof outages): Promise<Outage> {
  const users = await signUpUsers(client, usersLoggedIn);
  say(`Redis is being ${outage}`);
  let [next, backAtMs, loggedOut] = [0, 0, 0];
  const read = async () => {
    const user = users[next++ % users.length] ?? users[0];
    if (user === undefined) throw new Error('There is nobody to send a request.');
    const answer = await user.me();
    if (answer.status === 401) loggedOut++;
    return answer;
  };
  const answers = await sendPaced(everyMs, read, async () => {
    await pause(everyMs);
    await outages[outage](fleet.redis);
    backAtMs = performance.now();
    await pause(aftermathMs);
  });
  const late = ({ ms, status }: TimedAnswer) => status === 0 || ms > patienceMs;
  const degraded = answers.filter((answer) => answer.status !== 200 || late(answer));
  const lastDegradedAtMs = Math.max(backAtMs, ...degraded.map(({ sentAtMs }) => sentAtMs));
  return {
    requests: answers.length,
    refused: degraded.filter((answer) => answer.status === 503 && !late(answer)).length,
    failed: degraded.filter(({ status }) => ![200, 401, 503].includes(status)).length,
    late: answers.filter(late).length,
    slowestMs: latencyQuantileMs(answers, 1),
    loggedOut,
    degradedForMs: Math.round(lastDegradedAtMs - backAtMs),
  };
}

function inWords({ refused, failed, late, slowestMs, degradedForMs }: Outage): string {
  const got = [
    ...(refused > 0 ? [`${refused} × 503`] : []),
    ...(failed > 0 ? [`${failed} other failures`] : []),
    ...(late > 0 ? [`${late} × over 1 s`] : []),
  ];
  return `${got.join(', ') || 'nothing'}; slowest ${slowestMs} ms; well after ${degradedForMs} ms`;
}
