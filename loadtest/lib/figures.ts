// What k6 hands to handleSummary, and how its figures are read and written.

import type { SetupData } from './setup-data.ts';

interface Metric {
  readonly type: string;
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** The part of what k6 hands to handleSummary that is used here. */
export interface SummaryData {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly state: { readonly testRunDurationMs: number };
  /** Undefined when setup() did not come to its end. */
  readonly setup_data?: SetupData;
}

/** Rows that a script adds to the table: a label, and what is said about it. */
export type Row = readonly [label: string, text: string];

/** A metric's figure, 0 where there were no samples. */
export function figure(data: SummaryData, metric: string, name: string): number {
  return data.metrics[metric]?.values[name] ?? 0;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

/** How long the traffic lasted, in seconds. */
export function trafficSeconds(data: SummaryData): number {
  return figure(data, 'traffic_ms', 'value') / 1000;
}

export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
