// What one Redis carries, as tables.

import type { ReportTable } from '../../../bench/src/report/report-table.ts';
import { usualCartLines } from '../plan.ts';
import { isBeyondKnee, kneeOf } from '../sections/knee.ts';
import type { OneRedisFigures, OperationCost } from '../sections/one-redis.ts';
import { bytes, count, number } from './words.ts';

export function redisTables(figures: OneRedisFigures): ReportTable[] {
  return [operationTable(figures), sizeTable(figures), loadTable(figures)];
}

const meanings: Record<OperationCost['operation'], string> = {
  read: 'read: load a session',
  renewal: 'read, and renew its lifetime',
  write: 'read, and change it',
  login: 'store a new session and list it',
};

function operationTable({ operations, workers, sessions }: OneRedisFigures): ReportTable {
  return {
    title: 'Operations of the store',
    head: [
      'operation',
      'Redis µs',
      'a whole core of Redis',
      'reached here',
      'cores: Redis + workers',
      'commands (µs each)',
    ],
    rows: operations.map((one) => [
      meanings[one.operation],
      number(one.redisUs),
      `${count(1e6 / one.redisUs)}/s`,
      `${count(one.perSecond)}/s`,
      `${number(one.redisCores)} + ${number(one.workerCores)}`,
      Object.entries(one.commands)
        .filter(([, { calls }]) => calls > 0.05)
        .map(([name, { calls, us }]) => `${number(calls)} ${name.toUpperCase()} (${number(us)})`)
        .join(', '),
    ]),
    note:
      `"Redis µs" is the processor time of Redis' own thread for one operation (INFO cpu), ${workers} workers with ` +
      `${64 / workers} operations under way each, on ${count(sessions)} sessions; the append-only file is on. "A whole core" ` +
      'is what follows from it, not what was reached: here, Redis and the workers share the cores. The time of a script ' +
      '(EVALSHA) has that of the commands that it calls.',
  };
}

function sizeTable({ sizes, sessions }: OneRedisFigures): ReportTable {
  return {
    title: 'Memory for one person',
    head: ['session', 'stored text', 'Redis memory', 'of it the list', 'a million people'],
    rows: sizes.map(({ cartLines, textBytes, bytes: each, listBytes }) => [
      cartLines === 0 ? 'logged in' : `logged in, ${cartLines} articles in the cart`,
      `${count(textBytes)} B`,
      `${count(each)} B`,
      `${count(listBytes)} B`,
      bytes(each * 1e6),
    ]),
    note:
      `Growth of used_memory by ${count(sessions)} people with one session each. The list of a person's sessions is kept ` +
      `for 12.5 hours after the last login, the session for 30 minutes after the last request. The one with ${usualCartLines} ` +
      'articles is used everywhere else here.',
  };
}

function loadTable({ steps }: OneRedisFigures): ReportTable {
  const knee = kneeOf(steps);
  return {
    title: 'Reads at a rate that rises',
    head: ['offered', 'served', 'p50 ms', 'p99 ms', 'cores: Redis + workers'],
    rows: steps.map((step, index) => [
      `${count(step.offeredPerSecond)}/s`,
      `${count(step.perSecond)}/s${isBeyondKnee(steps.slice(0, index + 1)) ? ' (beyond the knee)' : ''}`,
      number(step.p50Ms),
      number(step.p99Ms),
      `${number(step.redisCores)} + ${number(step.workerCores)}`,
    ]),
    note: `Sent at fixed times, whatever has become of those before. ${kneeInWords(knee, steps.length)}`,
  };
}

function kneeInWords(knee: ReturnType<typeof kneeOf>, steps: number): string {
  if (knee === undefined) {
    return steps === 1
      ? 'The lowest rate was too much already.'
      : 'The knee (ten times the p99 of the lowest rate, or less than 95 % served) was not reached.';
  }
  return (
    `The knee (ten times the p99 of the lowest rate, or less than 95 % served) is after ${count(knee.offeredPerSecond)}/s. ` +
    `There Redis used ${number(knee.redisCores)} of a core and the workers ${number(knee.workerCores)}: ` +
    (knee.redisCores > 0.8
      ? 'it is that of Redis.'
      : 'it is that of this machine, whose cores they share, and Redis on a core of its own carries more.')
  );
}
