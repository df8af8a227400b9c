// The header Idempotency-Key, by which a client says that a request is a repeat of one whose answer it did not get
// (draft-ietf-httpapi-idempotency-key-header).

import type { Request } from 'express';
import { ClientError } from './errors.ts';

/** A string of RFC 9651, section 3.3.3: printable ASCII in quotes, where a quote and a backslash are escaped. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** What many clients send, though the draft asks for quotes. */
const bare = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;
const longest = 64;

/**
 * The key without its quotes; `undefined` without the header.
 * @throws {ClientError} 400 for anything else than one key of 1 to 64 characters of printable ASCII
 */
export function idempotencyKeyOf(req: Request): string | undefined {
  const header = req.get('Idempotency-Key');
  if (header === undefined) return undefined;
  const key = quoted.exec(header)?.[1]?.replace(/\\(.)/g, '$1') ?? bare.exec(header)?.[0] ?? '';
  if (key === '' || key.length > longest) {
    throw new ClientError(
      400,
      `The Idempotency-Key has to be 1 to ${longest} characters of printable ASCII, as in "8e03978e".`,
    );
  }
  return key;
}
