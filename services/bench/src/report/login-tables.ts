import type { BenchFigures } from '../figures.ts';
import { bcryptRounds } from '../sections/login-storm.ts';
import { ratiosWithinRounds, spreadOf } from '../statistics.ts';
import { median, medianAndExtremes, type ReportTable } from './report-table.ts';

export function loginStormTable({ loginStorms = [] }: BenchFigures): ReportTable {
  return {
    title:
      "A logged-in user's GET, without and with a login storm (four clients that log in again and again)",
    head: [
      'sessions',
      'hash threads',
      'p50 ms without → with',
      'p99 ms without → with',
      'p99 with ÷ without',
      'logins/s',
      'refused',
    ],
    rows: loginStorms.map((one) => [
      `\`${one.strategy}\``,
      one.hashThreads === 0 ? '0 (event loop)' : String(one.hashThreads),
      `${median(one.quietP50Ms, 1)} → ${median(one.stormP50Ms, 1)}`,
      `${median(one.quietP99Ms, 1)} → ${median(one.stormP99Ms, 1)}`,
      medianAndExtremes(spreadOf(ratiosWithinRounds(one.stormP99Ms, one.quietP99Ms))),
      median(one.loginsPerSecond, 1),
      String(one.loginsRefused.reduce((sum, refused) => sum + refused, 0)),
    ]),
    note:
      `Passwords are hashed by bcrypt at cost ${bcryptRounds}. "refused": logins that were answered with 503, in all rounds ` +
      'together.',
  };
}

export function loginTable({ logins }: BenchFigures): ReportTable {
  const title = 'Logins per second, hashing on all cores';
  const head = [
    'logins/s',
    'limit: cores ÷ time of one hash',
    'time of one hash',
    'bare threads, one a core',
    'logins ÷ bare threads',
  ];
  if (logins === undefined) return { title, head, rows: [] };
  const { cores, loginsPerSecond, oneHashMs, bareHashesPerSecond } = logins;
  const limit = oneHashMs.map((ms) => (cores * 1000) / ms);
  return {
    title,
    head,
    rows: [
      [
        median(loginsPerSecond, 2),
        `${median(limit, 2)}/s`,
        `${median(oneHashMs, 0)} ms`,
        `${median(bareHashesPerSecond, 2)}/s`,
        medianAndExtremes(spreadOf(ratiosWithinRounds(loginsPerSecond, bareHashesPerSecond))),
      ],
    ],
    note:
      'The limit supposes that each core hashes as fast as one does alone, and does nothing else. In fact Redis, Postgres, ' +
      'the load generator and the rest of a login run on the same cores. Bare threads hash on all cores and do nothing else.',
  };
}
