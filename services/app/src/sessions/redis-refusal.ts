// A user or a password that Redis does not take. No waiting helps there, unlike with a Redis that is down.

import { ConfigError } from '../settings/parse-settings.ts';

/** Remembers what Redis said to the last attempt to connect. */
export class RedisRefusal {
  #said: string | undefined;

  /** @returns whether the error is a refusal of who connects */
  note(error: unknown): boolean {
    const said = error instanceof Error && refusals.test(error.message) ? error.message : undefined;
    this.#said = said;
    return said !== undefined;
  }

  clear(): void {
    this.#said = undefined;
  }

  /** @throws {ConfigError} where the last attempt was refused */
  throwIfRefused(): void {
    if (this.#said === undefined) return;
    throw new ConfigError([`REDIS_URL: Redis refuses its user or password: ${this.#said}`]);
  }
}

/** The error replies to AUTH, and to HELLO with AUTH, of https://redis.io/docs/latest/commands/auth/ */
const refusals = /^(WRONGPASS|NOAUTH) |^ERR (AUTH|Client sent AUTH|invalid password)\b/;
