// bcrypt is slow on purpose: 12 rounds take a quarter of a second of a core. Where that is spent on the event loop, all
// who only want to read wait for those who log in.

import { setTimeout as pause } from 'node:timers/promises';
import { sendPaced } from '../traffic/paced-requests.ts';
import { quantile } from '../traffic/quantile.ts';
import { failed } from '../users/http-client.ts';
import { User } from '../users/user.ts';
import { type Context, experiment, type Figures } from './experiment.ts';

const quietMs = 1_000;
/** The storm lasts at least so long, and until so many logins have come to their end. */
const stormMs = 2_000;
const enoughLogins = 8;
/** Eight logins take two seconds. A machine that is so busy that they take this long, in ms, cannot show anything. */
const stormDeadlineMs = 30_000;
/** Sent whether the one before was answered or not: who waits long must not count once only. */
const readEveryMs = 20;
/** Each hashes in one thread: more of them would only take a small machine's cores from one another. */
const stormyInstances = 2;
/** Logins under way at any time, for each instance. */
const loginsAtOnce = 4;

interface StormFigures extends Figures {
  readonly quietMedianMs: number;
  readonly stormMedianMs: number;
  readonly stormP90Ms: number;
  readonly stormP99Ms: number;
  /** The storm's time for one login of one instance: how long a hash takes on this machine in these very moments. */
  readonly oneHashMs: number;
  readonly reads: number;
  /** Of the reads during the storm: those that took as long as one hash, or longer. */
  readonly readsThatWaitedForAHash: number;
  readonly readsDuringTheStorm: number;
  readonly failedReads: number;
  /** Answered with 200 during the storm. */
  readonly logins: number;
  /** Answered with 503, for too many were waiting already. */
  readonly loginsRefused: number;
}

const manyWaited = (f: StormFigures) => f.readsThatWaitedForAHash >= f.readsDuringTheStorm / 10;
const enoughWereSeen = {
  [`${enoughLogins} logins came to their end`]: (f: StormFigures) => f.logins >= enoughLogins,
};

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
    const read = () => reader.me();
    const quiet = await sendPaced(readEveryMs, read, () => pause(quietMs));
    say('reading while others log in');
    const storm = { logins: 0, refused: 0, seconds: 0 };
    const reads = await sendPaced(readEveryMs, read, async () => {
      Object.assign(storm, await logInAllTheTime(context, reader));
    });
    const oneHashMs = (storm.seconds * 1000 * stormyInstances) / Math.max(storm.logins, 1);
    const times = (answers: readonly { ms: number }[]) => answers.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      quietMedianMs: Math.round(quantile(times(quiet), 0.5)),
      stormMedianMs: Math.round(quantile(times(reads), 0.5)),
      stormP90Ms: Math.round(quantile(times(reads), 0.9)),
      stormP99Ms: Math.round(quantile(times(reads), 0.99)),
      oneHashMs: Math.round(oneHashMs),
      reads: quiet.length + reads.length,
      readsThatWaitedForAHash: reads.filter((answer) => failed(answer) || answer.ms >= oneHashMs).length,
      readsDuringTheStorm: reads.length,
      failedReads: [...quiet, ...reads].filter((answer) => !reader.isKnownIn(answer)).length,
      logins: storm.logins,
      loginsRefused: storm.refused,
    };
  },

  observed: (f) =>
    [
      `${f.readsThatWaitedForAHash} of ${f.readsDuringTheStorm} reads waited as long as a hash takes`,
      `median of reads ${f.quietMedianMs} → ${f.stormMedianMs} ms, p99 ${f.stormP99Ms} ms`,
      `a hash takes ${f.oneHashMs} ms`,
    ].join('\n'),

  // Reads are held against the time of one hash, which the logins of the very same moments tell: whatever slows the
  // machine down slows down both. One of ten lies far from either side: on the event loop 36 to 60 of 100 reads wait that
  // long, with threads none (four runs on two cores).
  expected: {
    'connect-redis': {
      outcome: 'hashing on the event loop: reads wait for hashes',
      assertions: {
        'one of ten reads, or more, waited as long as a hash takes': manyWaited,
      },
      evidence: enoughWereSeen,
    },
    redis: {
      outcome: 'hashing in threads: reads wait for no hash',
      assertions: {
        'fewer than one of ten reads waited as long as a hash takes': (f) => !manyWaited(f),
        'every read was answered, and knew the user': (f) => f.failedReads === 0,
      },
      evidence: enoughWereSeen,
    },
  },
});

/** Keeps logins under way until there is enough to see, and counts how they ended. */
async function logInAllTheTime({ client }: Context, known: User) {
  const startMs = performance.now();
  const storm = { logins: 0, refused: 0, seconds: 0 };
  const isOver = () => {
    const ms = performance.now() - startMs;
    return (ms >= stormMs && storm.logins >= enoughLogins) || ms >= stormDeadlineMs;
  };
  const somebody = async () => {
    while (!isOver()) {
      const { status } = await new User(client).ask('POST', '/api/v1/login', known.credentials);
      if (status === 200) storm.logins++;
      if (status === 503) storm.refused++;
    }
  };
  await Promise.all(Array.from({ length: stormyInstances * loginsAtOnce }, somebody));
  return { ...storm, seconds: (performance.now() - startMs) / 1000 };
}
