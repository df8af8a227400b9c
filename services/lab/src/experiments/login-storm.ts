// bcrypt is slow on purpose: 12 rounds take a quarter of a second of a core. Where that is spent on the event loop, all
// who only want to read wait for those who log in.

import { setTimeout as pause } from 'node:timers/promises';
import { latencyQuantileMs, sendPaced } from '../traffic/paced-requests.ts';
import { User } from '../users/user.ts';
import { type Context, experiment, type Figures } from './experiment.ts';

const quietMs = 1_000;
const stormMs = 2_000;
/** Sent whether the one before was answered or not: who waits long must not count once only. */
const readEveryMs = 20;
/** Each hashes in one thread: more of them would only take a small machine's cores from one another. */
const stormyInstances = 2;
/** Logins under way at any time, for each instance. */
const loginsAtOnce = 4;

interface StormFigures extends Figures {
  /** The shortest of several logins with nobody else there: the time of one hash, and a little. */
  readonly oneLoginMs: number;
  readonly quietMedianMs: number;
  readonly quietP99Ms: number;
  readonly stormMedianMs: number;
  readonly stormP90Ms: number;
  readonly stormP99Ms: number;
  readonly reads: number;
  readonly failedReads: number;
  /** Answered with 200 during the storm. */
  readonly logins: number;
  /** Answered with 503, for too many were waiting already. */
  readonly loginsRefused: number;
}

export const loginStorm = experiment<StormFigures>({
  name: 'login-storm',
  title: `Keep ${loginsAtOnce} logins under way on each of ${stormyInstances} instances (12 rounds)`,
  question: 'Do logins slow down the people who are logged in?',
  initialFleet: (_instances, strategy) => ({
    instances: stormyInstances,
    appSettings: {
      BCRYPT_ROUNDS: '12',
      // On the event loop, as everybody has it who calls bcryptjs in a route; and as this project has it.
      HASH_THREADS: strategy === 'connect-redis' ? '0' : '1',
    },
  }),

  async run(context) {
    const { client, say } = context;
    say('reading in quiet');
    const reader = new User(client);
    await reader.signUp();
    const loginMs: number[] = [];
    for (let n = 0; n < 3; n++) loginMs.push((await reader.logIn()).ms);
    const read = () => reader.me();
    const quiet = await sendPaced(readEveryMs, read, () => pause(quietMs));
    say('reading while others log in');
    const logins: number[] = [];
    const storm = await sendPaced(readEveryMs, read, () => logInAllTheTime(context, reader, logins));
    const all = [...quiet, ...storm];
    return {
      oneLoginMs: Math.round(Math.min(...loginMs)),
      quietMedianMs: latencyQuantileMs(quiet, 0.5),
      quietP99Ms: latencyQuantileMs(quiet, 0.99),
      stormMedianMs: latencyQuantileMs(storm, 0.5),
      stormP90Ms: latencyQuantileMs(storm, 0.9),
      stormP99Ms: latencyQuantileMs(storm, 0.99),
      reads: all.length,
      failedReads: all.filter((answer) => !reader.isKnownIn(answer)).length,
      logins: logins.filter((status) => status === 200).length,
      loginsRefused: logins.filter((status) => status === 503).length,
    };
  },

  observed: (f) =>
    [
      `p99 of reads ${f.quietP99Ms} → ${f.stormP99Ms} ms`,
      `median ${f.quietMedianMs} → ${f.stormMedianMs} ms`,
      `one login alone takes ${f.oneLoginMs} ms`,
    ].join('\n'),

  // Held against the time of one login on the same machine in the same minute, and not against milliseconds. Not by the
  // p99, which a busy machine makes on its own; what it is at rest is the bench's to say.
  expected: {
    'connect-redis': {
      outcome: 'hashing on the event loop: reads wait for whole logins',
      assertions: {
        'half of the reads took more time than one login': (f) => f.stormMedianMs > f.oneLoginMs,
      },
    },
    redis: {
      outcome: 'hashing in threads: reads wait for no login',
      assertions: {
        'nine of ten reads took less time than one login': (f) => f.stormP90Ms < f.oneLoginMs,
        'and were all answered': (f) => f.failedReads === 0,
        'while people were logged in': (f) => f.logins > 0,
      },
    },
  },
});

/** Keeps logins under way for as long as the storm lasts, and notes the status of each answer. */
async function logInAllTheTime({ client }: Context, known: User, statuses: number[]): Promise<void> {
  const endsAtMs = performance.now() + stormMs;
  const somebody = async () => {
    while (performance.now() < endsAtMs) {
      const { status } = await new User(client).ask('POST', '/api/v1/login', known.credentials);
      statuses.push(status);
    }
  };
  await Promise.all(Array.from({ length: stormyInstances * loginsAtOnce }, somebody));
}
