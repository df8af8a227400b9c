// Requests to a fleet's base URL, and what became of them.

import { Browser } from './browser.ts';

/** What became of the requests that were sent while something was done to a fleet. */
export interface Traffic {
  readonly answered: number;
  /** One entry for each request that was lost: refused, broken off, or answered with 5xx. */
  readonly lost: readonly string[];
}

/** Sends requests from eight clients without a pause until the task is done, and at least a hundred of them. */
export async function trafficDuring(
  baseUrl: string,
  method: 'GET' | 'POST',
  task: () => Promise<unknown>,
): Promise<Traffic> {
  const lost: string[] = [];
  let answered = 0;
  let done = false;
  const sender = async () => {
    const browser = new Browser(baseUrl);
    while (!done || answered < 100) {
      try {
        const { status } =
          method === 'GET'
            ? await browser.get('/api/v1/cart')
            : await browser.post('/api/v1/cart/items', { sku: 'book', quantity: 1 });
        answered += 1;
        if (status >= 500) lost.push(`answered with ${status}`);
      } catch (error) {
        answered += 1;
        lost.push(error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error));
      }
    }
  };
  const senders = Array.from({ length: 8 }, sender);
  try {
    await task();
  } finally {
    done = true;
    await Promise.all(senders);
  }
  return { answered, lost };
}

/** Sends as many requests over a few connections at once, each as somebody new, and counts who answered. */
export async function whoAnswers(baseUrl: string, requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let left = requests;
  const sender = async () => {
    while (left-- > 0) {
      const { servedBy = 'proxy' } = await new Browser(baseUrl).get('/api/v1/cart');
      counts[servedBy] = (counts[servedBy] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 6 }, sender));
  return counts;
}
