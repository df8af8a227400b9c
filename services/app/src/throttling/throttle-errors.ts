import { ClientError } from '../http/errors.ts';

/** Refused, because there were too many before. 429 with Retry-After (RFC 6585, section 4). */
export class Throttled extends ClientError {
  constructor(retryAfterMs: number) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    super(429, `Too many attempts. Try again in ${seconds} s.`, {
      headers: { 'Retry-After': String(seconds) },
    });
  }
}
