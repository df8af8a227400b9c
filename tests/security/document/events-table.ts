// The table of security events in docs/security.md.

import { readFile } from 'node:fs/promises';
import { table } from './requirements-table.ts';

const source = new URL('../../../services/app/src/operations/security-events.ts', import.meta.url);

const meanings: Readonly<Record<string, string>> = {
  login: 'A user has logged in.',
  login_failed:
    'A password was wrong, or there is no such user. The name that was typed is not logged: it may be a password.',
  logout: 'A user has logged out.',
  signup: 'An account was made.',
  session_ended:
    'A session was ended by its user from elsewhere, by an operator, or by the app; `by` and `reason` say which.',
  password_changed: 'A password was changed.',
  throttled: 'A request was refused because there were too many; `reason` names the throttle.',
  forbidden_origin: 'A change was refused because another site asked for it.',
  account_disabled: 'An operator has disabled an account.',
  account_enabled: 'An operator has enabled an account again.',
  store_down: 'Redis does not answer any more: sessions cannot be read or stored.',
  store_back: 'Redis answers again.',
};

/** All events that the app's source declares. @throws when one is not described here, or a described one is gone */
export async function eventsTable(): Promise<string> {
  const [, union = ''] = /type SecurityEvent =([^;]+);/.exec(await readFile(source, 'utf8')) ?? [];
  const events = Array.from(union.matchAll(/'(\w+)'/g), ([, name = '']) => name);
  const gone = Object.keys(meanings).filter((name) => !events.includes(name));
  if (gone.length > 0) throw new Error(`The app has no event ${gone.join(', ')} any more`);
  return table(
    ['event', 'what happened'],
    events.map((name) => {
      const meaning = meanings[name];
      if (meaning === undefined)
        throw new Error(`Say in tests/security/document/events-table.ts what ${name} means`);
      return [`\`${name}\``, meaning];
    }),
  );
}
