// bcrypt is slow on purpose: 12 rounds take a quarter of a second of a core. Where that is spent on the event loop, all
// who only want to read wait for those who log in.

import { setTimeout as pause } from 'node:timers/promises';
import { HashClock } from '../traffic/hash-clock.ts';
import { sendPaced } from '../traffic/paced-requests.ts';
import { quantile } from '../traffic/quantile.ts';
import { failed } from '../users/http-client.ts';
import { User } from '../users/user.ts';
import { type Context, experiment, type Figures } from './experiment.ts';

const rounds = 12;
const quietMs = 1_000;
/** The storm lasts at least so long, and until so many logins were answered and so many hashes of the control were made. */
const stormMs = 2_000;
const enoughLogins = 8;
const enoughHashes = 5;
/** That takes two seconds. A machine that is so busy that it takes this long, in ms, cannot show anything. */
const stormDeadlineMs = 60_000;
/** Sent whether the one before was answered or not: a read that waits long must not keep others from being counted. */
const readEveryMs = 20;
/** Each hashes in one thread: more of them would only take a small machine's cores from one another. */
const stormyInstances = 2;
/** Logins under way at any time, for each instance. */
const loginsAtOnce = 4;

interface StormFigures extends Figures {
  readonly quietMedianMs: number;
  readonly stormMedianMs: number;
  readonly stormP99Ms: number;
  /** Of the control, which hashes in the same moments and waits for nobody: how many hashes, and their median. */
  readonly hashes: number;
  readonly oneHashMs: number;
  readonly readsDuringTheStorm: number;
  /** Of these, the ones that took as long as one hash of the control, or that failed. */
  readonly readsThatWaitedForAHash: number;
  /** Reads, in quiet and in the storm, that were not answered or did not know the user. */
  readonly failedReads: number;
  /** Logins of the storm that were answered, with whatever; with 200; and with 503, for too many were waiting. */
  readonly loginsAnswered: number;
  readonly logins: number;
  readonly loginsRefused: number;
}

const manyWaited = (f: StormFigures) => f.readsThatWaitedForAHash >= f.readsDuringTheStorm / 10;
const preconditions = {
  [`${enoughLogins} logins were answered, and ${enoughHashes} hashes of the control made`]: (
    f: StormFigures,
  ) => f.loginsAnswered >= enoughLogins && f.hashes >= enoughHashes,
};

export const loginStorm = experiment<StormFigures>({
  name: 'login-storm',
  title: `Keep ${loginsAtOnce} logins under way on each of ${stormyInstances} instances (${rounds} rounds)`,
  question: 'Do logins slow down the people who are logged in?',
  runsAlone: true,
  initialFleet: (_instances, strategy) => ({
    instances: stormyInstances,
    appSettings: {
      BCRYPT_ROUNDS: String(rounds),
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
    using control = new HashClock(rounds);
    const logins: number[] = [];
    const reads = await sendPaced(readEveryMs, read, () => logInAllTheTime(context, reader, control, logins));
    const oneHashMs = control.durationsMs.length === 0 ? 0 : quantile(sorted(control.durationsMs), 0.5);
    const [quietTimes, stormTimes] = [quiet, reads].map((answers) => sorted(answers.map(({ ms }) => ms)));
    return {
      quietMedianMs: Math.round(quantile(quietTimes ?? [], 0.5)),
      stormMedianMs: Math.round(quantile(stormTimes ?? [], 0.5)),
      stormP99Ms: Math.round(quantile(stormTimes ?? [], 0.99)),
      hashes: control.durationsMs.length,
      oneHashMs: Math.round(oneHashMs),
      readsDuringTheStorm: reads.length,
      readsThatWaitedForAHash: reads.filter((answer) => failed(answer) || answer.ms >= oneHashMs).length,
      failedReads: [...quiet, ...reads].filter((answer) => !reader.isKnownIn(answer)).length,
      loginsAnswered: logins.filter((status) => status !== 0).length,
      logins: logins.filter((status) => status === 200).length,
      loginsRefused: logins.filter((status) => status === 503).length,
    };
  },

  observed: (f) =>
    [
      `${f.readsThatWaitedForAHash} of ${f.readsDuringTheStorm} reads waited as long as a hash takes`,
      `median of reads ${f.quietMedianMs} → ${f.stormMedianMs} ms, p99 ${f.stormP99Ms} ms`,
      `a hash takes ${f.oneHashMs} ms`,
    ].join('\n'),

  // Reads are held against hashes that a control makes in the very same moments: what slows the machine down slows down
  // both. The limit of one in ten is far from both sides: on the event loop most reads wait so long, with threads none.
  expected: {
    'connect-redis': {
      outcome: 'hashing on the event loop: reads wait for hashes',
      assertions: { 'one of ten reads, or more, waited as long as a hash takes': manyWaited },
      preconditions,
    },
    redis: {
      outcome: 'hashing in threads: reads wait for no hash',
      assertions: {
        'fewer than one of ten reads waited as long as a hash takes': (f) => !manyWaited(f),
        'every read was answered, and knew the user': (f) => f.failedReads === 0,
        'people were logged in meanwhile': (f) => f.logins > 0,
      },
      preconditions,
    },
  },
});

/** Keeps logins under way until there is enough to see, and notes the status of each answer. */
async function logInAllTheTime(
  { client }: Context,
  known: User,
  control: HashClock,
  statuses: number[],
): Promise<void> {
  const startMs = performance.now();
  const isOver = () => {
    const ms = performance.now() - startMs;
    const enough = statuses.length >= enoughLogins && control.durationsMs.length >= enoughHashes;
    return (ms >= stormMs && enough) || ms >= stormDeadlineMs;
  };
  const somebody = async () => {
    while (!isOver()) {
      const { status } = await new User(client).ask('POST', '/api/v1/login', known.credentials);
      statuses.push(status);
    }
  };
  await Promise.all(Array.from({ length: stormyInstances * loginsAtOnce }, somebody));
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}
