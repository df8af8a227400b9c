// A Redis Cluster of three primaries, as tables.

import type { ReportTable } from '../../../bench/src/report/report-table.ts';
import type { ClusterFigures } from '../sections/cluster.ts';
import { bytes, count, each, number } from './words.ts';

export function clusterTables({ sessions, nodes, failure }: ClusterFigures): ReportTable[] {
  const total = (of: (node: (typeof nodes)[number]) => number) =>
    nodes.reduce((sum, node) => sum + of(node), 0);
  const share = (value: number, whole: number) => `${((100 * value) / whole).toFixed(1)} %`;
  const all = failure.peopleThere + failure.peopleElsewhere;
  return [
    {
      title: `${count(sessions)} people on three primaries`,
      head: ['node', 'keys', 'memory', 'commands of reads'],
      rows: nodes.map(({ keys, usedBytes, commands }, index) => [
        String(index + 1),
        `${count(keys)} (${share(
          keys,
          total((node) => node.keys),
        )})`,
        bytes(usedBytes),
        share(
          commands,
          total((node) => node.commands),
        ),
      ]),
      note: 'A session and its user’s list have one hash tag, so both are on one node, whose scripts may use both.',
    },
    {
      title: `One of the nodes is killed for ${number(failure.downSeconds)} s`,
      head: ['', 'people', 'answers', 'slowest answer'],
      rows: [
        [
          'their session is on that node',
          `${count(failure.peopleThere)} (${share(failure.peopleThere, all)})`,
          each(failure.answersThere),
          `${number(failure.slowestThereMs)} ms`,
        ],
        [
          'it is on another node',
          count(failure.peopleElsewhere),
          each(failure.answersElsewhere),
          `${number(failure.slowestElsewhereMs)} ms`,
        ],
      ],
      note:
        `Each asks every half second, through one instance. ${words(failure.first503Ms)} The node comes back with its file; ` +
        `${number(failure.wellAfterMs)} ms after it serves, each of its people is answered with 200. ` +
        `${count(failure.stillLoggedIn)} of ${count(all)} are still logged in. A 503 counts as such only with Retry-After. With a ` +
        'replica of each primary the replica takes over instead.',
    },
  ];
}

function words(first503Ms: number | null): string {
  return first503Ms === null
    ? 'There was no 503.'
    : `The first 503 came ${number(first503Ms)} ms after the kill.`;
}
