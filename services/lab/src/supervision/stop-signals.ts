// Ctrl-C and its relatives become one AbortSignal, so that everything held with `await using` is let go in order.

import { constants } from 'node:os';

/** The run was ended from outside. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  /** As shells have it: 128 + the signal's number. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * From now on SIGINT, SIGTERM and SIGHUP abort the returned signal with {@link Stopped} as its reason. Later ones change
 * nothing: npm, a terminal and a parent process may each deliver the same Ctrl-C, and stopping has deadlines of its own.
 */
export function stopSignals(say: (sentence: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) return;
      say('Stopping what was started …');
      controller.abort(new Stopped(signal));
    });
  }
  return controller.signal;
}
