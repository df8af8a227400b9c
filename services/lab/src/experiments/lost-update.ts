// express-session reads the whole session when a request comes and writes the whole session when it goes. Of two
// requests that do so at once, on one instance or on two, the later one writes over what the other has added.

import { z } from 'zod';
import { describeAnswer } from '../users/http-client.ts';
import { User } from '../users/user.ts';
import { type Context, experiment, type Figures } from './experiment.ts';

const additions = 20;
/** Each with a user of its own. One alone would show it almost always; a verdict must not rest on "almost". */
const rounds = 5;

interface LostUpdateFigures extends Figures {
  readonly rounds: number;
  /** Additions of all rounds: sent, and answered with 200. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Additions that are in the cart afterwards. One that was answered with 503 may be among them. */
  readonly kept: number;
  readonly fewestKeptInARound: number;
  readonly mostKeptInARound: number;
  /** The other answers, in words. */
  readonly refused: readonly string[];
  /** The fewest instances that took part in a round. */
  readonly fewestInstances: number;
}

/** Else the requests hardly met each other. */
const mostWereAcknowledged = {
  'most additions were answered with 200': (f: LostUpdateFigures) => f.acknowledged > f.sent / 2,
};

const cart = z.object({ data: z.object({ items: z.array(z.object({ quantity: z.number() })) }) });

export const lostUpdate = experiment<LostUpdateFigures>({
  name: 'lost-update',
  title: `Put ${additions} things into one cart at once, over N instances`,
  question: 'When requests of one session write at once, is everything stored?',
  initialFleet: (instances) => ({ instances }),

  async run(context) {
    context.say(`adding ${additions} things at once, ${rounds} times`);
    const all: Round[] = [];
    for (let round = 0; round < rounds; round++) all.push(await addAtOnce(context));
    return {
      rounds,
      sent: rounds * additions,
      acknowledged: sum(all.map(({ acknowledged }) => acknowledged)),
      kept: sum(all.map(({ kept }) => kept)),
      fewestKeptInARound: Math.min(...all.map(({ kept }) => kept)),
      mostKeptInARound: Math.max(...all.map(({ kept }) => kept)),
      refused: all.flatMap(({ refused }) => refused),
      fewestInstances: Math.min(...all.map(({ instances }) => instances)),
    };
  },

  observed: ({ sent, acknowledged, kept, rounds, fewestKeptInARound: fewest, mostKeptInARound: most }) =>
    [
      `${kept} of ${acknowledged} additions are in the cart`,
      ...(acknowledged < sent ? [`(${sent - acknowledged} more were refused)`] : []),
      `in ${rounds} rounds of ${additions}: ${fewest === most ? most : `${fewest} to ${most}`}`,
    ].join('\n'),

  // What was refused is not missing: whoever was told so tries again. On a busy machine that happens to a healthy store.
  expected: {
    memory: {
      outcome: 'most go into other carts: the instances do not share the session',
      assertions: {
        'in each round some are not in the cart': (f) => f.mostKeptInARound < additions,
        'some that were answered with 200 are not in the cart': (f) => f.kept < f.acknowledged,
      },
      preconditions: mostWereAcknowledged,
    },
    'connect-redis': {
      outcome: 'most are lost: each request writes back the whole session as it had read it',
      assertions: { 'some that were answered with 200 are not in the cart': (f) => f.kept < f.acknowledged },
      preconditions: mostWereAcknowledged,
    },
    redis: {
      outcome: 'all are there',
      assertions: {
        'several instances took part': (f) => f.fewestInstances > 1,
        'every addition that was answered with 200 is in the cart': (f) => f.kept >= f.acknowledged,
        'no request failed but with 503': (f) => f.refused.every((answer) => answer.includes('→ 503')),
      },
      preconditions: mostWereAcknowledged,
    },
  },
});

interface Round {
  readonly acknowledged: number;
  readonly kept: number;
  readonly refused: readonly string[];
  readonly instances: number;
}

/** Half of the additions add the same article, which is one counter; the others each add another one, a key each. */
async function addAtOnce({ client, fleet }: Context): Promise<Round> {
  const user = new User(client);
  await user.signUp();
  const cookies = await user.copyCookies();
  const answers = await Promise.all(
    Array.from({ length: additions }, (_, n) =>
      user.ask('POST', '/api/v1/cart/items', { sku: n % 2 === 0 ? 'tea' : `tea-${n}`, quantity: 1 }),
    ),
  );

  // An instance that did not know the session has given the browser another one.
  user.useCookies(cookies);
  const { length: instances } = await fleet.instances();
  const quantities: number[] = [];
  // Where each instance has its own sessions, the one that knows this one is among them.
  for (let n = 0; n < instances * 2; n++) quantities.push(await cartQuantity(user));
  return {
    acknowledged: answers.filter(({ status }) => status === 200).length,
    refused: answers.filter(({ status }) => status !== 200).map(describeAnswer),
    kept: Math.max(...quantities),
    instances: new Set(answers.map(({ servedBy }) => servedBy)).size,
  };
}

/** How many things are in the cart, as the instance sees it that answers; 0 when it does not. */
async function cartQuantity(user: User): Promise<number> {
  const before = await user.copyCookies();
  const answer = await user.ask('GET', '/api/v1/cart');
  user.useCookies(before);
  const { data } = cart.safeParse(answer.body);
  return sum(data?.data.items.map(({ quantity }) => quantity) ?? []);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
