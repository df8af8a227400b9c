import { Unavailable } from '../operations/errors.ts';

/** The session store failed or kept silent, so nobody can tell who is logged in. Never the same as being logged out. */
export class SessionsUnavailable extends Unavailable {
  override readonly name = 'SessionsUnavailable';
  constructor(cause: unknown) {
    super('Sessions cannot be read or stored at the moment.', { cause });
  }
}
