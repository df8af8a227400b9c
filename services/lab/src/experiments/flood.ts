// One client sends far more than its share: guesses at passwords, and carts of guests. How much of it gets through depends
// on whether the instances count together, and the others must not notice.

import { setTimeout as pause } from 'node:timers/promises';
import { sendPaced } from '../traffic/paced-requests.ts';
import { quantile } from '../traffic/quantile.ts';
import { type Answer, failed, HttpClient } from '../users/http-client.ts';
import { User } from '../users/user.ts';
import { type Expectation, experiment, type Figures } from './experiment.ts';

/** The limits of the experiment: of guesses by one client in 15 minutes, and of its guests in 10. */
const limit = 20;
/** Sent for each instance: enough for each of them to reach its limit, where it counts by itself. */
const floodPerInstance = 50;
/** And for so long, so that there is time to notice it. */
const floodMs = 3_000;
/** Of each kind. */
const floodAtOnce = 12;
/** What one sender waits between two requests, in milliseconds: a flood, and no test of the machine. */
const floodPauseMs = 20;
const bystanders = 6;
/** Of the bystanders, those who log in while the flood is on; the others read. */
const loggingIn = 3;
const readEveryMs = 50;
/** Within this time after the flood everybody logs in again, in milliseconds. */
const afterwardsMs = 5_000;

interface FloodFigures extends Figures {
  readonly instances: number;
  readonly guesses: number;
  readonly guessesChecked: number;
  readonly guessesThrottled: number;
  readonly guests: number;
  readonly guestsStored: number;
  readonly guestsThrottled: number;
  /** Of the flood, answers that are neither, with their count: a 503 of a store that a busy machine is late to ask. */
  readonly otherAnswers: string;
  /** Not served, or refused as if the bystander were the flood. */
  readonly bystandersFailures: number;
  /** Which they were. */
  readonly bystandersRefusals: string;
  readonly bystandersReads: number;
  readonly bystandersLogins: number;
  /** Reported and not judged: it says how busy the machine is. */
  readonly readsP99Ms: number;
  readonly loggedInAfterwards: number;
}

/** What got no answer, or another one than yes or "too many", may have been counted or not: the most it can have hidden. */
const unknownGuesses = (f: FloodFigures) => f.guesses - f.guessesChecked - f.guessesThrottled;
const unknownGuests = (f: FloodFigures) => f.guests - f.guestsStored - f.guestsThrottled;

/** All that `most` lets through, and not one more. */
const isLimitedTo = (most: number, letThrough: number, unknown: number) =>
  letThrough <= most && letThrough + unknown >= most;

const preconditions = {
  // A limit that counts together and one that does not have to be told apart.
  'the flood was answered, but for fewer than one limit': (f: FloodFigures) =>
    unknownGuesses(f) < limit && unknownGuests(f) < limit,
  'the flood was stopped in the end': (f: FloodFigures) => f.guessesThrottled > 0 && f.guestsThrottled > 0,
  'bystanders read and logged in meanwhile': (f: FloodFigures) =>
    f.bystandersReads >= 10 && f.bystandersLogins >= loggingIn,
};

const bystandersAreUnharmed = {
  'no request of a bystander failed': (f: FloodFigures) => f.bystandersFailures === 0,
  [`all ${loggingIn} logged in within ${afterwardsMs / 1000} s after the flood`]: (f: FloodFigures) =>
    f.loggedInAfterwards === loggingIn,
};

const countsTogether: Expectation<FloodFigures> = {
  outcome: 'the instances count together: exactly the limit gets through',
  assertions: {
    ...bystandersAreUnharmed,
    [`exactly ${limit} guesses were checked`]: (f) => isLimitedTo(limit, f.guessesChecked, unknownGuesses(f)),
    [`exactly ${limit} sessions of guests began`]: (f) =>
      isLimitedTo(limit, f.guestsStored, unknownGuests(f)),
  },
  preconditions,
};

const countsByItself: Expectation<FloodFigures> = {
  outcome: 'each instance counts by itself: N times the limit gets through',
  assertions: {
    ...bystandersAreUnharmed,
    [`${limit} guesses were checked by each instance`]: (f) =>
      isLimitedTo(limit * f.instances, f.guessesChecked, unknownGuesses(f)),
    [`${limit} sessions of guests began on each instance`]: (f) =>
      isLimitedTo(limit * f.instances, f.guestsStored, unknownGuests(f)),
  },
  preconditions,
};

export const flood = experiment<FloodFigures>({
  name: 'flood',
  title: `Flood N instances with guesses and guests from one address, where ${limit} are allowed`,
  question: 'Does a limit hold on all instances together, and does anybody else notice the flood?',
  needsClientAddresses: true,
  initialFleet: (instances) => ({
    instances,
    appSettings: {
      THROTTLE_LOGINS_PER_ADDRESS: String(limit),
      THROTTLE_GUESTS_PER_ADDRESS: String(limit),
    },
  }),

  async run({ fleet, client, instances, say }) {
    await using clients = new AsyncDisposableStack();
    const people: User[] = [];
    for (let n = 0; n < bystanders; n++) {
      // On Linux all of 127.0.0.0/8 is this machine.
      const localAddress = `127.0.0.${n + 2}`;
      const person = new User(clients.use(new HttpClient(fleet.baseUrl, { localAddress })));
      await person.signUp();
      people.push(person);
    }
    const [logging, reading] = [people.slice(0, loggingIn), people.slice(loggingIn)];
    say('flooding');
    const answers: Answer[] = [];
    const reads: Answer[] = [];
    const logIn = async (person: User) => {
      answers.push(await person.ask('POST', '/api/v1/login', person.credentials));
      await pause(readEveryMs);
    };
    const count = floodPerInstance * instances;
    const sent = Promise.all([guess(client, count), beGuests(client, count)]);
    const isOver = sent.then(() => true);
    const logins = logging.map(async (person) => {
      do await logIn(person);
      while (!(await Promise.race([isOver, pause(0, false)])));
    });
    const readings = reading.map((person) =>
      sendPaced(
        readEveryMs,
        () => person.me(),
        () => sent,
      ),
    );
    const [guesses, guests] = await sent;
    await Promise.all(logins);
    reads.push(...(await Promise.all(readings)).flat());

    say('logging in afterwards');
    const start = performance.now();
    const after = await Promise.all(logging.map((person) => loggedInBy(person, start + afterwardsMs)));
    const isRefused = (answer: Answer) => failed(answer) || answer.status === 429;
    return {
      instances,
      guesses: guesses.length,
      guessesChecked: withStatus(guesses, 401),
      guessesThrottled: withStatus(guesses, 429),
      guests: guests.length,
      guestsStored: withStatus(guests, 200),
      guestsThrottled: withStatus(guests, 429),
      otherAnswers: countedAnswers([
        ...guesses.filter(({ status }) => status !== 401 && status !== 429),
        ...guests.filter(({ status }) => status !== 200 && status !== 429),
      ]),
      bystandersFailures: [...answers, ...reads].filter(isRefused).length,
      bystandersRefusals: countedAnswers([...answers, ...reads].filter(isRefused)),
      bystandersReads: reads.length,
      bystandersLogins: withStatus(answers, 200),
      readsP99Ms: Math.round(
        quantile(
          reads.map(({ ms }) => ms).toSorted((a, b) => a - b),
          0.99,
        ),
      ),
      loggedInAfterwards: after.filter(Boolean).length,
    };
  },

  observed: (f) =>
    [
      `${f.guessesChecked} of ${f.guesses} guesses were checked, ${f.guestsStored} of ${f.guests} guests stored`,
      ...(f.otherAnswers === '' ? [] : [`otherwise answered: ${f.otherAnswers}`]),
      `of the others' ${f.bystandersReads + f.bystandersLogins} requests ${f.bystandersFailures} failed${
        f.bystandersRefusals && `: ${f.bystandersRefusals}`
      }`,
      `p99 of reads ${f.readsP99Ms} ms`,
    ].join('\n'),

  expected: {
    memory: countsByItself,
    sticky: countsByItself,
    'connect-redis': countsTogether,
    redis: countsTogether,
  },
});

/** Each at another account, so that the limit of the client is the one that is met. */
const guess = (client: HttpClient, count: number) =>
  sendAtOnce(count, (n) =>
    client.send({
      method: 'POST',
      path: '/api/v1/login',
      json: { username: `nobody-${n}`, password: 'a guess at random' },
    }),
  );

const beGuests = (client: HttpClient, count: number) =>
  sendAtOnce(count, () =>
    client.send({ method: 'POST', path: '/api/v1/cart/items', json: { sku: 'tea', quantity: 1 } }),
  );

/** At least so many. */
async function sendAtOnce(count: number, send: (n: number) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const startMs = performance.now();
  const sender = async () => {
    while (next < count || performance.now() - startMs < floodMs) {
      answers.push(await send(next++));
      await pause(floodPauseMs);
    }
  };
  await Promise.all(Array.from({ length: floodAtOnce }, sender));
  return answers;
}

const withStatus = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

/** `2 × 503 to POST /api/v1/login`. Empty for none. */
function countedAnswers(answers: readonly Answer[]): string {
  const byKind = Map.groupBy(
    answers,
    ({ status, problem, method, path }) => `${status || problem} to ${method} ${path}`,
  );
  return [...byKind].map(([kind, { length }]) => `${length} × ${kind}`).join(', ');
}

async function loggedInBy(person: User, deadlineMs: number): Promise<boolean> {
  do {
    const { status } = await person.ask('POST', '/api/v1/login', person.credentials);
    if (status === 200) return true;
  } while (performance.now() < deadlineMs);
  return false;
}
