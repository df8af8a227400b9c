// A run in phases of equal length: each read carries the phase that it fell into, so that two can be compared.

import exec from 'k6/execution';
import { figure, milliseconds, type Row, type SummaryData } from './figures.ts';

/** From now on what this VU measures is tagged with the scenario's present phase. */
export function tagPhase(phases: readonly string[]): void {
  const index = Math.min(Math.floor(exec.scenario.progress * phases.length), phases.length - 1);
  exec.vu.metrics.tags.phase = phases[index] ?? '';
}

/** The metric of one phase's reads, as a threshold names it. */
export function readsIn(phase: string): string {
  return `http_req_duration{kind:read,phase:${phase}}`;
}

export function phaseRows(data: SummaryData, phases: readonly string[]): Row[] {
  return phases.map((phase) => {
    const metric = readsIn(phase);
    const [median, p95] = ['med', 'p(95)'].map((name) => milliseconds(figure(data, metric, name)));
    return [`reads, ${phase}`, `${figure(data, metric, 'count')}, median ${median}, p95 ${p95}`];
  });
}
