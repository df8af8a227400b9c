// People who use the site while something is done to it, each from an address of their own. Nothing that is done may harm
// them: their failures are counted all the while, and how long they wait.

import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../services/lab/src/traffic/quantile.ts';
import { ClientAt } from './addresses.ts';

export interface BystandersOptions {
  /** How many read, 1 to 200. */
  readonly readers: number;
  /** How many log in again and again, 0 to 40. */
  readonly logins: number;
  /** How long a reader waits between two requests. Someone who logs in waits four times as long. */
  readonly pauseMs: number;
}

/** What became of their requests in one phase. */
export interface Phase {
  readonly reads: number;
  readonly logins: number;
  /** Each request that was not answered with 200, in words. */
  readonly failures: readonly string[];
  /**
   * The median of the p99 of each second, about 200 reads. A single pause of the machine, or of a garbage collector, is in one
   * second only; what lasts is in all of them.
   */
  readonly readP99Ms: number;
  readonly loginP99Ms: number;
  /** The longest run of answers, of all bystanders, in which one of the instances did not answer at all. */
  readonly longestAbsence: number;
}

export interface Bystanders extends AsyncDisposable {
  /** Runs the task, and tells what the bystanders saw meanwhile. */
  during(task: () => Promise<unknown>): Promise<Phase>;
}

const password = 'nothing to do with all of this';

/** They sign up, and go on until disposed. @throws when one of them cannot sign up */
export async function startBystanders(
  baseUrl: string,
  instances: readonly string[],
  { readers, logins, pauseMs }: BystandersOptions,
): Promise<Bystanders> {
  let phase: PhaseRecorder | undefined;
  const end = new AbortController();
  const people: { readonly client: ClientAt; readonly cookie: string; readonly credentials: string }[] = [];
  // 127.0.0.1 is whoever does something to the site.
  for (let n = 0; n < readers + logins; n++) {
    const client = new ClientAt(baseUrl, `127.0.0.${n + 2}`);
    const credentials = JSON.stringify({ username: `bystander-${n}`, password });
    people.push({ client, credentials, cookie: await signUp(client, credentials) });
  }

  const goOn = async (client: ClientAt, pause: number, request: Parameters<ClientAt['send']>[0]) => {
    // Not all at once.
    await sleep(Math.random() * pause, undefined, { signal: end.signal });
    while (!end.signal.aborted) {
      const began = performance.now();
      const startedIn = phase;
      const { status, headers, problem } = await client.send(request);
      const servedBy = String(headers['x-served-by'] ?? '');
      startedIn?.add({ request, status, problem, servedBy, ms: performance.now() - began });
      await sleep(pause, undefined, { signal: end.signal });
    }
  };
  const running = people.map(({ client, cookie, credentials }, n) =>
    (n < readers
      ? goOn(client, pauseMs, { path: '/api/v1/me', headers: { cookie } })
      : goOn(client, pauseMs * 4, { method: 'POST', path: '/api/v1/login', headers: json, body: credentials })
    ).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    }),
  );

  return {
    async during(task) {
      const recorder = new PhaseRecorder(instances);
      phase = recorder;
      try {
        await task();
      } finally {
        phase = undefined;
      }
      return recorder.result();
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await Promise.all(running);
      for (const { client } of people) client[Symbol.dispose]();
    },
  };
}

const json = { 'content-type': 'application/json' };

async function signUp(client: ClientAt, credentials: string): Promise<string> {
  const answer = await client.send({
    method: 'POST',
    path: '/api/v1/signup',
    headers: json,
    body: credentials,
  });
  const [cookie = ''] = [answer.headers['set-cookie'] ?? []].flat();
  if (answer.status !== 201)
    throw new Error(`a bystander could not sign up: ${answer.status} ${answer.body}`);
  return cookie.split(';', 1)[0] ?? '';
}

interface Sent {
  readonly request: { readonly method?: string; readonly path: string };
  readonly status: number;
  readonly problem: string | undefined;
  readonly servedBy: string;
  readonly ms: number;
}

class PhaseRecorder {
  readonly #startedMs = performance.now();
  /** By the second of the phase. */
  readonly #readMs: number[][] = [];
  readonly #loginMs: number[] = [];
  readonly #failures: string[] = [];
  /** By instance: how many answers ago it last answered. */
  readonly #absent: Map<string, number>;
  #longestAbsence = 0;

  constructor(instances: readonly string[]) {
    this.#absent = new Map(instances.map((name) => [name, 0]));
  }

  add({ request, status, problem, servedBy, ms }: Sent): void {
    if (request.method === 'POST') this.#loginMs.push(ms);
    else {
      const second = Math.floor((performance.now() - this.#startedMs) / 1000);
      this.#readMs[second] ??= [];
      this.#readMs[second].push(ms);
    }
    if (status !== 200)
      this.#failures.push(`${request.path} ${status} ${problem ?? ''} after ${Math.round(ms)} ms`);
    for (const [name, answers] of this.#absent) this.#absent.set(name, name === servedBy ? 0 : answers + 1);
    this.#longestAbsence = Math.max(this.#longestAbsence, ...this.#absent.values());
  }

  result(): Phase {
    const share = (values: readonly number[], of: number) =>
      values.length === 0
        ? 0
        : quantile(
            values.toSorted((a, b) => a - b),
            of,
          );
    const seconds = this.#readMs.flatMap((values) => [values ?? []]);
    return {
      reads: seconds.flat().length,
      logins: this.#loginMs.length,
      failures: this.#failures,
      readP99Ms: share(
        seconds.map((values) => share(values, 0.99)),
        0.5,
      ),
      loginP99Ms: share(this.#loginMs, 0.99),
      longestAbsence: this.#longestAbsence,
    };
  }
}
