// Accounts: passwords, how they are hashed, and Postgres, where users live.

import { z } from 'zod';
import { hasSoundTls } from './certificates.ts';
import { isRandomEnough, randomSecretExample, wholeNumber } from './kinds.ts';
import { parsePeppers } from './peppers.ts';

const postgresExample = 'an address such as postgres://user:password@postgres:5432/app';
const pepperExample =
  'one of at least 32 characters, or several with their versions, 2:new,1:old, each at least 32 characters';

const postgresAddress = z
  .url({ protocol: /^postgres(ql)?$/, error: postgresExample })
  .refine(
    hasSoundTls,
    'sslmode=verify-full, with or without sslrootcert=PATH of a PEM file that can be read, or no TLS',
  );

export const accountSettings = {
  /**
   * Key of the HMAC that is applied to a password before bcrypt; the same on every instance. Keep it apart from the
   * database. To replace it, give each a version, `2:new,1:old`: the first is for new hashes, all others still verify, and
   * users move on as they log in. A newer one has a higher version. One alone without a version has version 1.
   */
  PASSWORD_PEPPER: z
    .string(pepperExample)
    .transform((text) => parsePeppers(text))
    .refine((peppers) => peppers !== undefined, pepperExample)
    .refine((peppers) => !peppers || peppers.every(({ key }) => isRandomEnough(key)), randomSecretExample),
  /**
   * The least length of a new password, in characters. NIST SP 800-63B-4, section 3.1.1.2, asks for 15 where the password
   * is the only factor, as it is here, and for 8 where there is a second one.
   */
  PASSWORD_MIN_LENGTH: wholeNumber(8, 64).default(15),
  /** bcrypt's cost. One more doubles the time of a hash. When it is raised, users move on as they log in. */
  BCRYPT_ROUNDS: wholeNumber(4, 15).default(12),
  /** Worker threads that hash passwords. 0 hashes on the event loop, which delays all other requests: for comparison only. */
  HASH_THREADS: wholeNumber(0, 64).default(1),
  /** How many hashes may wait for a thread. One more is refused with 503. */
  HASH_QUEUE: wholeNumber(0, 100_000).default(64),
  /**
   * How long a hash may wait for a thread before it is refused with 503, in milliseconds. Together with the hash itself it
   * has to stay well below nginx's proxy_read_timeout: a login that times out there counts as a failure of the instance, and
   * after many of them nginx sends nobody there any more (measured: reads got 502 while logins waited for more than 5 s).
   */
  HASH_LONGEST_WAIT_MS: wholeNumber(1, 60_000).default(2000),
  /**
   * Postgres, where the users live. With TLS: `?sslmode=verify-full`, and `&sslrootcert=/path/of/ca.pem` where Node does not
   * trust the authority. Other ways to ask for TLS are refused: what pg makes of them differs from Postgres' own clients,
   * and some accept any certificate.
   */
  DATABASE_URL: postgresAddress,
  /** How many connections to Postgres one instance may open. For all instances together, stay below max_connections. */
  DATABASE_POOL_MAX: wholeNumber(1, 100).default(10),
};
