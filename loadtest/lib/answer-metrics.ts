// What is counted for each answer, whoever asked.

import { Counter, Rate } from 'k6/metrics';
import { instancesHaveNames } from './target.ts';

/** What a request is for. The tag `kind` of every metric, so that a login is never mixed up with a read. */
export type RequestKind = 'signup' | 'login' | 'read' | 'write' | 'probe';

/** Requests not answered, answered with 5xx or turned away with 429, by method: a proxy may repeat a GET, never a POST. */
const failed = new Rate('failed');

/** Logins and sign-ups that were told to come back: 503 with Retry-After. They are tried again, and no failure. */
const loginsRefused = new Counter('logins_refused');

/** 429 `by`: `proxy` where the answer names no instance, else the kind of the request. */
const throttled = new Counter('throttled');
export const throttledBy = ['proxy', 'signup', 'login', 'read', 'write'] as const;

/**
 * Answers by instance: `instance` is its name, and `instance_index` its index among those that were there at the start,
 * `new` for one that was not, `other` for one past {@link indexedInstances}.
 */
const answers = new Counter('answers');

/** How many instances the summary tells apart. k6 has to know each before the run: by a number, not by its name. */
export const indexedInstances = 32;

let indexOf: ReadonlyMap<string, number> = new Map();

/** Tells this VU which instances were there at the start. */
export function rememberInitialInstances(names: readonly string[]): void {
  if (indexOf.size === 0) indexOf = new Map(names.map((name, index) => [name, index]));
}

interface CountedAnswer {
  readonly status: number;
  readonly failed: boolean;
  readonly refused: boolean;
  readonly servedBy: string | undefined;
}

export function countAnswer(answer: CountedAnswer, kind: RequestKind, method: string): void {
  failed.add(answer.failed, { method, kind });
  if (answer.refused) loginsRefused.add(1);
  const byProxy = instancesHaveNames && answer.servedBy === undefined;
  if (answer.status === 429) throttled.add(1, { by: byProxy ? 'proxy' : kind });
  if (answer.servedBy === undefined || kind === 'probe' || kind === 'signup') return;
  answers.add(1, { instance: answer.servedBy, instance_index: indexTag(answer.servedBy) });
}

function indexTag(instance: string): string {
  const index = indexOf.get(instance);
  if (index === undefined) return 'new';
  return index < indexedInstances ? String(index) : 'other';
}
