// People who are logged in, and go on reading and writing at a steady pace while a deployment is changed. Every request
// that fails is kept with its cause.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, describeAnswer, failed, HttpClient } from '../../services/lab/src/users/http-client.ts';
import { signUpUsers, type User } from '../../services/lab/src/users/user.ts';

export interface SteadyReport {
  readonly gets: number;
  readonly posts: number;
  /** How many requests failed, by what came back: a status with the message, or why nothing came. */
  readonly failures: Readonly<Record<string, number>>;
  /** Each of them, with the time, for the logs to be searched for. */
  readonly failed: readonly string[];
  /** Users who were told at least once that they are not logged in. */
  readonly loggedOut: number;
  readonly slowestMs: number;
}

export interface SteadyTraffic extends AsyncDisposable {
  readonly users: readonly User[];
  /** What it met until now. */
  report(): SteadyReport;
  /** Ends it after the requests in flight. */
  stop(): Promise<SteadyReport>;
}

/** Each user on connections of its own. 40 users make 200 requests a second, every fifth of them a POST. */
export async function startSteadyTraffic(
  baseUrl: string,
  { users: count = 40, betweenMs = 200 } = {},
): Promise<SteadyTraffic> {
  const clients = Array.from({ length: Math.ceil(count / 5) }, () => new HttpClient(baseUrl));
  const users: User[] = [];
  // One after the other: a hash takes half a second of a core.
  for (const client of clients) users.push(...(await signUpUsers(client, Math.min(5, count - users.length))));
  const over = new AbortController();
  const failures = new Map<string, number>();
  const failedOnes: string[] = [];
  const loggedOut = new Set<User>();
  const counts = { gets: 0, posts: 0, slowestMs: 0 };

  const note = (answer: Answer) => {
    counts[answer.method === 'GET' ? 'gets' : 'posts'] += 1;
    counts.slowestMs = Math.max(counts.slowestMs, Math.round(answer.ms));
    // A refusal (4xx) is none that these people have earned either.
    if (!failed(answer) && answer.status < 400) return;
    const cause = causeOf(answer);
    failures.set(cause, (failures.get(cause) ?? 0) + 1);
    failedOnes.push(
      `${new Date().toISOString()} ${describeAnswer(answer)} after ${Math.round(answer.ms)} ms: ${cause}`,
    );
  };
  const live = async (user: User) => {
    await sleep(Math.random() * betweenMs); // not all at once
    for (let n = 0; !over.signal.aborted; n++) {
      const startMs = performance.now();
      if (n % 5 === 4) {
        note(await user.ask('POST', '/api/v1/cart/items', { sku: `sku-${n % 90}`, quantity: 1 }));
      } else {
        const answer = await user.me();
        note(answer);
        if (!failed(answer) && !user.isKnownIn(answer)) loggedOut.add(user);
      }
      await sleep(Math.max(0, startMs + betweenMs - performance.now()));
    }
  };
  const running = users.map(live);

  const report = (): SteadyReport => ({
    ...counts,
    failures: Object.fromEntries(failures),
    failed: failedOnes,
    loggedOut: loggedOut.size,
  });
  const stop = async () => {
    over.abort();
    await Promise.all(running);
    return report();
  };
  return {
    users,
    report,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}

function causeOf({ method, status, problem, body, servedBy }: Answer): string {
  if (status === 0) return `${method}: no answer (${problem})`;
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
  return `${method}: ${status} by ${servedBy === undefined ? 'the proxy' : 'an instance'} (${message})`;
}
