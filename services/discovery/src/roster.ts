// Who may get traffic, by what the instances have said. The rules that readiness has in Kubernetes, and two more: a fault
// silences a few instances, overload most of them. So those that are silent are taken out only while they are fewer than
// those that answer; and somebody is always on the list as long as anybody listens.

import type { State } from './state.ts';

/** One that was silent so often in a row is taken out. */
const tolerated = 4;

interface Entry {
  /** The last word: the last state that was not `silent`. */
  readonly said: Exclude<State, 'silent'> | undefined;
  /** How often it has been silent since. */
  readonly missed: number;
}

/** Keeps what was said between the rounds of questions. */
export class Roster {
  #entries: ReadonlyMap<string, Entry> = new Map();

  /** @param round the state of each instance that there is, by its address. @returns the addresses that may get traffic, sorted */
  update(round: ReadonlyMap<string, State>): readonly string[] {
    this.#entries = new Map(
      [...round].map(([address, state]) => [address, next(this.#entries.get(address), state)]),
    );
    const ready = this.#where(({ said, missed }) => said === 'ready' && missed < tolerated);
    const lost = this.#where(
      ({ said, missed }) => (said === 'ready' && missed >= tolerated) || (said === undefined && missed > 0),
    );
    if (ready.length > 0) return (ready.length < lost.length ? [...ready, ...lost] : ready).sort();

    // Nobody is ready. Those who listen say so themselves (503, and when to come again), which the proxy could not.
    const listening = [...lost, ...this.#where(({ said }) => said === 'unready')];
    return (listening.length > 0 ? listening : this.#where(({ said }) => said === 'draining')).sort();
  }

  #where(condition: (entry: Entry) => boolean): string[] {
    return [...this.#entries].filter(([, entry]) => condition(entry)).map(([address]) => address);
  }
}

function next(before: Entry | undefined, state: State): Entry {
  if (state !== 'silent') return { said: state, missed: 0 };
  return { said: before?.said, missed: (before?.missed ?? 0) + 1 };
}
