// The metrics about sessions, which most scripts judge by.

import { Counter, Rate, Trend } from 'k6/metrics';
import { strategy } from './target.ts';

/**
 * Of the requests answered by another instance than this user's request before: how many still knew the user. What the
 * same instance remembers proves nothing, so it is not in here.
 */
const crossInstanceSessionOk = new Rate('cross_instance_session_ok');

/** Reads of users who have logged in: how many knew the user. A 401 is in here, and not among those that `failed`. */
const readsKnown = new Rate('reads_known');
/** How many that were. A counter, because of a rate without samples k6 says that every threshold holds. */
const readsJudged = new Counter('reads_judged');

/** Users, not requests: each counts once, at the first answer that does not know them. */
const sessionsLost = new Counter('sessions_lost');

/** How many different instances a user has met so far. Its max shows how many instances took part in the proof. */
const instancesSeen = new Trend('instances_seen');

/** Follows one user from the login on, and counts each loss and each change of instance. */
export class SessionTracker {
  readonly #seen = new Set<string>();
  #previous: string | undefined;
  #lost = false;

  /** After a login or a sign-up that was answered. */
  loggedIn(servedBy: string | undefined): void {
    this.#see(servedBy);
    this.#lost = false;
  }

  /** After a read that was answered. @param known whether the answer knew this very user. */
  wasRead(known: boolean, servedBy: string | undefined): void {
    readsKnown.add(known, { strategy });
    readsJudged.add(1, { strategy });
    const fromAnother = this.#previous !== undefined && servedBy !== undefined && servedBy !== this.#previous;
    if (fromAnother) crossInstanceSessionOk.add(known, { strategy });
    this.#see(servedBy);
    if (known || this.#lost) return;
    this.#lost = true;
    sessionsLost.add(1, { strategy });
  }

  #see(servedBy: string | undefined): void {
    this.#previous = servedBy;
    if (servedBy === undefined || this.#seen.has(servedBy)) return;
    this.#seen.add(servedBy);
    instancesSeen.add(this.#seen.size, { strategy });
  }
}
