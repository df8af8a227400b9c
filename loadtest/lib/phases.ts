// Reads by the part of the run that they fell into, so that one part can be held against another.

import type { Thresholds } from './options.ts';
import { figure, milliseconds, type Row, type SummaryData } from './summary.ts';

/** Has k6 keep the reads' times for each value of the tag `phase`. */
export function inPhases(phases: readonly string[]): Thresholds {
  return Object.fromEntries(phases.map((phase) => [metricOf(phase), ['max>=0']]));
}

export function phaseRows(data: SummaryData, phases: readonly string[]): Row[] {
  return phases.map((phase) => {
    const [median, p95] = ['med', 'p(95)'].map((name) => milliseconds(figure(data, metricOf(phase), name)));
    return [`reads, ${phase}`, `${figure(data, metricOf(phase), 'count')}, median ${median}, p95 ${p95}`];
  });
}

function metricOf(phase: string): string {
  return `http_req_duration{kind:read,phase:${phase}}`;
}
