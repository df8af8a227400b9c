import type { BenchFigures } from '../figures.ts';
import type { Plan } from '../plan.ts';
import { connectionsToNginx, instanceCounts, ofLimit, parts, sharingApps } from '../sections/behind-nginx.ts';
import { ratiosWithinRounds, spreadOf } from '../statistics.ts';
import { median, medianAndQuartiles, type ReportTable } from './report-table.ts';

export function sharingTable({ behindNginx }: BenchFigures, plan: Plan): ReportTable {
  const { cores = 1, deployments = [] } = behindNginx ?? {};
  const known = deployments.filter(({ cpuUs }) => cpuUs.instance.length > 0);
  const rows = sharingApps.flatMap((app) =>
    instanceCounts.flatMap((count) => {
      const of = (instances: number) => known.find((one) => one.app === app && one.instances === instances);
      const [one, alone] = [of(count), of(1)];
      if (one === undefined || alone === undefined) return [];
      return [
        [
          `\`${app}\``,
          String(count),
          median(one.perSecond, 0),
          medianAndQuartiles(spreadOf(ofLimit(one, alone, cores))),
          ...parts.map((part) => (one.cpuUs[part].length === 0 ? '–' : median(one.cpuUs[part], 0))),
          medianAndQuartiles(spreadOf(ratiosWithinRounds(one.cpuUs.instance, alone.cpuUs.instance))),
          ((one.generatorCpu * 1e6) / spreadOf(one.perSecond).median).toFixed(0),
        ],
      ];
    }),
  );
  return {
    title: 'A read through nginx, with one, two and four instances',
    head: [
      'deployment',
      'instances',
      'requests/s',
      '÷ limit',
      'instance, µs',
      'nginx, µs',
      'Redis, µs',
      'log reader, µs',
      'instance ÷ with one',
      'generator, µs',
    ],
    rows,
    note:
      `${connectionsToNginx} requests under way, in ${plan.sharingSlices} slices of ${plan.sliceMs} ms each. µs: processor time for one ` +
      'request, of all processes of that kind together. The limit is cores ÷ what instance, nginx and Redis take for a request with ' +
      'one instance, as if nothing else wanted the cores; the generator and the reader of the log do. `npm start` is this ' +
      "project's deployment with its log through a pipe to the laboratory. The controls have nothing of this project: the " +
      "tutorials' `hardened` app, and `plain`, which is Node's own HTTP server, each behind an nginx with the least " +
      'configuration. nginx takes a new connection for each request, in all of them.',
  };
}
