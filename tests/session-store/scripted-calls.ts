// A Redis whose answers, and how long they take, are said by the test: collisions in any order, without a second instance.

import type { SessionCommands } from '../../services/session-store/src/redis-commands.ts';

/** What Redis was sent, and the answer that a test gives: 1 (stored), a text (another was there) or null (the session is gone). */
export interface Attempt {
  readonly call: string;
  readonly expected: string;
  readonly content: object;
  readonly ttlMs: string;
  readonly waitsForReplicas: boolean | undefined;
  readonly deadlineMs: number | undefined;
  answer(reply: 1 | string | null): void;
  fail(error: Error): void;
}

/** Redis' answer where it has written. */
export const stored = 1;

export class ScriptedCalls {
  runningMs = 0;
  readonly attempts: Attempt[] = [];
  readonly #arrivals: PromiseWithResolvers<Attempt>[] = [];

  write<T>(
    call: string,
    id: string,
    send: (commands: SessionCommands, key: string) => Promise<T>,
    waitsForReplicas?: boolean,
    attemptMs?: number,
  ): Promise<T> {
    const evalSha: SessionCommands['evalSha'] = (
      _sha,
      { arguments: [expected = '', text = '', ttlMs = ''] },
    ) =>
      new Promise((answer, fail) => {
        const { cookie: _, ...content } = JSON.parse(text);
        const attempt = {
          call,
          expected,
          content,
          ttlMs,
          waitsForReplicas,
          deadlineMs: attemptMs,
          answer,
          fail,
        };
        this.#arrival(this.attempts.push(attempt)).resolve(attempt);
      });
    return send({ evalSha } as SessionCommands, id);
  }

  /** The attempt of this number, from 1, when it is made. */
  attempt(number: number): Promise<Attempt> {
    return this.#arrival(number).promise;
  }

  #arrival(number: number): PromiseWithResolvers<Attempt> {
    this.#arrivals[number] ??= Promise.withResolvers();
    return this.#arrivals[number];
  }
}
