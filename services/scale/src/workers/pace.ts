// When a worker sends: as fast as the answers come, or at fixed times whatever has become of those before.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/**
 * `closed`: so many operations are always under way, for operations per second. `open`: so many a second are due, for
 * latencies: a closed loop would not send those that a stall would have met (coordinated omission).
 */
export const pace = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('closed'), underWay: z.int().min(1) }),
  z.object({ kind: z.literal('open'), perSecond: z.number().positive() }),
]);
export type Pace = z.output<typeof pace>;

/** Finer than a timer of Node's is exact. */
const tickMs = 2;

/** More are not under way at once: an overloaded server would otherwise end in a worker without memory. */
const mostUnderWay = 5_000;

/**
 * Calls `send` until it is over. Resolves when all that was sent has ended.
 *
 * @param send never rejects; gets the time at which it was due, by performance.now()
 * @param onSkipped called for each that was due and not sent, because too many were under way
 */
export async function keepPace(
  pace: Pace,
  over: AbortSignal,
  send: (dueMs: number) => Promise<void>,
  onSkipped: () => void,
): Promise<void> {
  if (pace.kind === 'closed') {
    const one = async () => {
      while (!over.aborted) await send(performance.now());
    };
    await Promise.all(Array.from({ length: pace.underWay }, one));
    return;
  }
  const underWay = new Set<Promise<void>>();
  const beganMs = performance.now();
  let sent = 0;
  for (let tick = 1; !over.aborted; tick++) {
    const dueMs = beganMs + tick * tickMs;
    const wait = dueMs - performance.now();
    if (wait > 0) await sleep(wait);
    for (const due = (tick * tickMs * pace.perSecond) / 1000; sent < due && !over.aborted; sent++) {
      if (underWay.size >= mostUnderWay) {
        onSkipped();
        continue;
      }
      // Late because this process was busy is late for the user, too.
      const one: Promise<void> = send(dueMs).finally(() => underWay.delete(one));
      underWay.add(one);
    }
  }
  await Promise.all(underWay);
}

/**
 * Whether something that has ended well counts for the rate of what ended in a time. In a closed loop everything does: as much
 * was under way at the begin as at the end. In an open one only what was sent in that time: the backlog of an overload
 * would make the rate higher than what was offered.
 */
export function countsForRate({ kind }: Pace, sentMeanwhile: boolean): boolean {
  return kind === 'closed' || sentMeanwhile;
}
