// The metrics that the scripts judge by.

import { Counter, Rate, Trend } from 'k6/metrics';
import type { Answer, Kind } from './client.ts';

/** What the deployment is said to do with sessions. Only a tag: it never changes what is sent. */
export const strategy = __ENV.STRATEGY || 'redis';

/**
 * Of the requests answered by another instance than this user's request before: how many still knew the user. What the
 * same instance remembers proves nothing, so it is not in here.
 */
const crossInstanceSessionOk = new Rate('cross_instance_session_ok');

/** Users, not requests: each counts once, at the first answer that does not know them. */
const sessionsLost = new Counter('sessions_lost');

/** How many different instances a user has met so far. Its max is how far the question went. */
const instancesSeen = new Trend('instances_seen');

/** Requests not answered, answered with 5xx or turned away with 429, by method: a proxy may repeat a GET, never a POST. */
const failed = new Rate('failed');

/** Answers by instance: `instance` is its name, `slot` its place among the instances that were there at the start. */
const answers = new Counter('answers');

/** Slots that the summary can tell apart. k6 wants to know each before the run, so they have numbers and not names. */
export const slots = 12;
let slotByInstance: ReadonlyMap<string, number> = new Map();

/** Tells this VU which instances were there at the start, so that their answers are counted apart. */
export function knowInstances(instances: readonly string[]): void {
  if (slotByInstance.size === 0) slotByInstance = new Map(instances.map((name, n) => [name, n]));
}

export function countAnswer(answer: Answer, kind: Kind, method: string): void {
  failed.add(answer.failed, { method, kind });
  if (answer.instance === undefined || kind === 'probe' || kind === 'signup') return;
  const slot = slotByInstance.get(answer.instance);
  const shown = slot !== undefined && slot < slots ? String(slot) : 'later';
  answers.add(1, { instance: answer.instance, slot: shown });
}

/** What one user has been through, and what of it has been counted. */
export class Continuity {
  readonly #met = new Set<string>();
  #last: string | undefined;
  #lost = false;

  /** An answer to the login or the sign-up: the session begins here. */
  began(instance: string | undefined): void {
    this.#meet(instance);
    this.#lost = false;
  }

  /** @param known whether the answer to a read knew this very user. */
  read(known: boolean, instance: string | undefined): void {
    const crossed = this.#last !== undefined && instance !== undefined && instance !== this.#last;
    if (crossed) crossInstanceSessionOk.add(known, { strategy });
    this.#meet(instance);
    if (known || this.#lost) return;
    this.#lost = true;
    sessionsLost.add(1, { strategy });
  }

  #meet(instance: string | undefined): void {
    this.#last = instance;
    if (instance === undefined || this.#met.has(instance)) return;
    this.#met.add(instance);
    instancesSeen.add(this.#met.size, { strategy });
  }
}
