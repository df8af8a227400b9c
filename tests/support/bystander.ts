// Somebody who reads all the while, and counts what went wrong.

import { setTimeout as sleep } from 'node:timers/promises';

export interface Reads {
  readonly answered: number;
  /** What was not answered with 200: its status, or what went wrong. */
  readonly failures: readonly string[];
}

/** Reads every 20 ms until the task is done. @param read resolves with a status, 0 for no answer */
export async function readDuring(read: () => Promise<number>, task: () => Promise<unknown>): Promise<Reads> {
  const failures: string[] = [];
  let answered = 0;
  let over = false;
  const reading = (async () => {
    while (!over) {
      const status = await read();
      answered += 1;
      if (status !== 200) failures.push(String(status));
      await sleep(20);
    }
  })();
  try {
    await task();
  } finally {
    over = true;
    await reading;
  }
  return { answered, failures };
}
