import pWaitFor from 'p-wait-for';

/** Resolves when a condition holds, or after `ms` milliseconds: whoever asks then looks how far it came. */
export async function untilOrGiveUp(condition: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  await pWaitFor(condition, { interval: 10, timeout: { milliseconds: ms, fallback: () => false } });
}
