// What one instance carries, as a table.

import type { ReportTable } from '../../../bench/src/report/report-table.ts';
import type { InstanceFigures, RequestCost } from '../sections/instance.ts';
import { count, number } from './words.ts';

export function instanceTables({
  read,
  write,
  login,
  redisUsOfLogin,
  idle,
  cores,
  bcryptRounds,
  hashMs,
  bareHashesPerSecond,
}: InstanceFigures): ReportTable[] {
  const row = (name: string, { instanceMs, redisUs, perSecond }: RequestCost) => [
    name,
    `${number(instanceMs)} ms`,
    `${number(redisUs)} µs`,
    `${perSecond < 100 ? number(perSecond) : count(perSecond)}/s`,
  ];
  return [
    {
      title: 'Requests to one instance',
      head: ['request', 'processor time of the instance', 'of Redis', 'reached here'],
      rows: [
        row('read: GET /api/v1/me', read),
        row('change: POST /api/v1/cart/items', write),
        row(`login: POST /api/v1/login, bcrypt at cost ${bcryptRounds}`, {
          ...login,
          redisUs: redisUsOfLogin,
        }),
      ],
      note:
        `As fast as the answers come, on ${cores} cores that the instance, Redis, Postgres and the load share; sessions by ` +
        `chance out of all that are in Redis. A login hashes on ${cores} threads; what it costs Redis was measured with quick ` +
        'hashes, of people who have ten sessions each already. One hash alone takes ' +
        `${number(hashMs)} ms, and ${cores} bare threads that do nothing else reach ${number(bareHashesPerSecond)} hashes a ` +
        `second. ${refusals(login.refused)} Without any request the instance uses ${small(idle.instance)} of a core, and ` +
        `Redis ${small(idle.redis)}.`,
    },
  ];
}

function refusals(refused: number): string {
  return refused === 0 ? 'No login was refused.' : `${count(refused)} logins were refused with 503.`;
}

const small = (cores: number) => cores.toFixed(4);
