// Redis is away: it does not answer (SIGSTOP, like a host that hangs or a firewall that swallows packets), it is dead, or
// it is being restarted. That says nothing about who is logged in.

import { type Context, experiment, type Figures } from './experiment.ts';
import { measureOutage, type OutageFigures, type OutageKind, outages } from './measure-outage.ts';

type StoreOutageFigures = Readonly<Record<OutageKind, OutageFigures>> & Figures;

const each = (f: StoreOutageFigures) => outages.map((outage) => f[outage]);
/** Those in which Redis is away for a while. A restart takes as long as it takes. */
const long = (f: StoreOutageFigures) => [f.paused, f.killed];

const nobodyIsToldToBeLoggedOut = {
  'nobody is told to be logged out': (f: StoreOutageFigures) =>
    each(f).every(({ loggedOut }) => loggedOut === 0),
};
const requestsWereSent = {
  'requests were sent while Redis was away': (f: StoreOutageFigures) =>
    long(f).every(({ early }) => early > 0),
};

// An answer is held against the moment in which Redis begins to come back, and not against a number of milliseconds.
export const storeOutage = experiment<StoreOutageFigures>({
  name: 'store-outage',
  title: 'Pause, kill and restart Redis under traffic',
  question: 'What do logged-in users get while the store is away, and is all well again afterwards?',
  initialFleet: (instances) => ({ instances }),

  async run(context: Context) {
    const untilAnswered = context.fleet.strategy === 'redis';
    return {
      paused: await measureOutage(context, 'paused', { untilAnswered }),
      killed: await measureOutage(context, 'killed', { untilAnswered }),
      restarted: await measureOutage(context, 'restarted', { untilAnswered }),
    };
  },

  observed: (f) =>
    outages
      .map((outage) => `${outage}: ${inWords(f[outage])}`)
      .concat(`${each(f).reduce((sum, { loggedOut }) => sum + loggedOut, 0)} times 401`)
      .join('\n'),

  expected: {
    'connect-redis': {
      outcome: 'requests hang for as long as Redis is away',
      assertions: {
        'a paused Redis makes everybody wait until it goes on': (f) => f.paused.earlyAnsweredInTime === 0,
        'a dead Redis makes most people wait until it is back': (f) =>
          f.killed.earlyAnsweredInTime < f.killed.early / 2,
        ...nobodyIsToldToBeLoggedOut,
      },
      preconditions: requestsWereSent,
    },
    redis: {
      outcome: '503 while Redis is away, nobody is logged out, all is well when it is back',
      assertions: {
        'every request was answered without waiting for Redis to come back': (f) =>
          long(f).every(({ early, earlyAnsweredInTime }) => earlyAnsweredInTime === early),
        'every failure was a 503': (f) => each(f).every(({ failed }) => failed === 0),
        'it was noticed that Redis was away': (f) => long(f).every(({ refused }) => refused > 0),
        ...nobodyIsToldToBeLoggedOut,
        'after the return of Redis all was well': (f) =>
          each(f).every(({ wellAgain }) => wellAgain === 'yes'),
      },
      preconditions: requestsWereSent,
    },
  },
});

function inWords(outage: OutageFigures): string {
  const { refused, failed, early, earlyAnsweredInTime, slowestMs, degradedForMs } = outage;
  const waited = early - earlyAnsweredInTime;
  const got = [
    ...(refused > 0 ? [`${refused} × 503`] : []),
    ...(failed > 0 ? [`${failed} other failures`] : []),
    ...(waited > 0 ? [`${waited} of ${early} had to wait for it`] : []),
  ];
  return `${got.join(', ') || 'nothing'}; slowest ${slowestMs} ms; well after ${degradedForMs} ms`;
}
