// The kinds of values that several settings have.

import { z } from 'zod';
import { isWeakSecret } from './insecure-settings.ts';
import { parseRedisAddress } from './redis-address.ts';

export const wholeNumber = (min: number, max: number) => {
  const expected = `a whole number, ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, expected)
    .transform(Number)
    .pipe(z.number().min(min, expected).max(max, expected));
};

export const flag = z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true');

export const randomSecretExample =
  'a random secret, such as `openssl rand -hex 32` prints, not a well-known or a repeated one';

/** One that is too short has a message of its own. */
export const isRandomEnough = (text: string) => text.length < 32 || !isWeakSecret(text);

export const longSecret = z
  .string('at least 32 characters')
  .min(32, 'at least 32 characters')
  .refine(isRandomEnough, randomSecretExample);

export const redisExample =
  'an address such as redis://user:password@redis:6379, redis-sentinel://user:password@one:26379,two:26379/name or redis-cluster://user:password@one:6379,two:6379';

export const redisAddress = z
  .string(redisExample)
  .transform((text) => parseRedisAddress(text))
  .refine((address) => address !== undefined, redisExample);
