// Short stand-ins for what must not be read: session ids in the log, names and addresses in Redis.

import { createHmac, createSecretKey } from 'node:crypto';

/**
 * Gives each text its tag: the beginning of an HMAC-SHA-256 in base64url. Without the secret nobody can tell which text
 * belongs to a tag.
 * @param secret the same on every instance, so that one text has one tag everywhere
 * @param purpose each has a key of its own: what is signed here must be of no use where the secret signs something else
 * @param length characters, of 6 bits each
 */
export function keyedTags(secret: string, purpose: string, length: number): (text: string) => string {
  const bytes = createHmac('sha256', secret).update(purpose).digest();
  // Made once: each request needs a tag, and Node would make a key of the bytes each time.
  const key = createSecretKey(bytes);
  return (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, length);
}
