import { Client } from './client.ts';

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
    const client = new Client(baseUrl);
    while (!done || answered < 100) {
      try {
        const { status } =
          method === 'GET'
            ? await client.get('/livez')
            : await client.post('/api/v1/cart/items', { sku: 'book', quantity: 1 });
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
