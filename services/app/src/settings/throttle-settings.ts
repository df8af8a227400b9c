// How often one client, or all clients at one account, may try something.

import { wholeNumber } from './kinds.ts';

export const throttleSettings = {
  /**
   * How many wrong passwords one client may send for one account in 15 minutes. One more is answered with 429. A client is an
   * IPv4 address or the /64 of an IPv6 address. A login that succeeds sets the count back to 0. With a session strategy that
   * keeps nothing in Redis (`memory`, `sticky`), each instance counts for itself; that holds for all settings THROTTLE_….
   */
  THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS: wholeNumber(1, 1_000_000_000).default(10),
  /** How many wrong passwords one client may send in 15 minutes, for whatever accounts. Many people may share an address. */
  THROTTLE_LOGINS_PER_ADDRESS: wholeNumber(1, 1_000_000_000).default(100),
  /**
   * How many wrong passwords all clients together may send for one account in an hour: NIST SP 800-63B allows at most 100 in
   * a row. It does not hold for a client from which the account has logged in within the last 30 days, so nobody can lock the
   * owner out.
   */
  THROTTLE_LOGINS_PER_ACCOUNT: wholeNumber(1, 1_000_000_000).default(100),
  /** How many accounts one client may make in an hour; a try with a username that is taken counts as well. */
  THROTTLE_SIGNUPS_PER_ADDRESS: wholeNumber(1, 1_000_000_000).default(30),
  /** How many sessions of guests one client may begin in 10 minutes. */
  THROTTLE_GUESTS_PER_ADDRESS: wholeNumber(1, 1_000_000_000).default(120),
};
