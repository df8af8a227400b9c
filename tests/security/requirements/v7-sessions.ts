import type { Declarations } from './declaration.ts';

const noFederation = 'There is no single sign-on.';

export const v7: Declarations = {
  'V7.1.1': {
    asks: 'Idle and absolute timeout are documented, with the reason where NIST SP 800-63B says otherwise.',
    how: 'The part "Sessions" of this document.',
  },
  'V7.1.2': {
    asks: 'The documentation says how many sessions a user may have, and what happens to one more.',
    how: 'The part "Sessions" of this document.',
  },
  'V7.1.3': { asks: 'Sessions of single sign-on are documented.', doesNotApply: noFederation },
  'V7.2.1': {
    asks: 'Sessions are checked on the server.',
    how: 'A changed, unsigned or made-up cookie is a guest on every instance.',
  },
  'V7.2.2': {
    asks: 'Sessions are made for each login, and are no fixed keys.',
    how: 'Two logins have two ids.',
  },
  'V7.2.3': {
    asks: 'Session ids are unique and have 128 random bits or more.',
    how: '192 bits of `crypto.randomBytes`.',
  },
  'V7.2.4': {
    asks: 'A login, also a repeated one, gives a new session id and ends the old one.',
    how: 'The old id is a guest on every instance.',
  },
  'V7.3.1': { asks: 'An idle timeout.', how: 'SESSION_IDLE_SECONDS, on every instance.' },
  'V7.3.2': {
    asks: 'An absolute timeout.',
    how: 'SESSION_ABSOLUTE_SECONDS, on every instance, however busy.',
  },
  'V7.4.1': {
    asks: 'A session that has ended cannot be used again.',
    how: 'After logout and after both timeouts a copied cookie is refused on every instance.',
  },
  'V7.4.2': {
    asks: 'Disabling an account ends its sessions.',
    how: 'At once, on every instance; the account cannot log in.',
  },
  'V7.4.3': {
    asks: 'A password change can end all other sessions.',
    how: 'It always does, on every instance, and gives this one a new id.',
  },
  'V7.4.4': {
    asks: 'Logout is visible on every page.',
    doesNotApply: 'The app is an API. Yours is a button away: POST /api/v1/logout.',
  },
  'V7.4.5': {
    asks: 'Operators can end the sessions of one user and of all.',
    how: '`npm run sessions`, on every instance: those of one user at once, those of all within two seconds.',
  },
  'V7.5.1': {
    asks: 'What a login depends on is changed only after authenticating again.',
    how: 'That is the password alone, and its change needs the current one.',
  },
  'V7.5.2': {
    asks: 'Users see their sessions and can end them, after authenticating again.',
    how: 'GET and DELETE /api/v1/sessions; ending needs a login younger than REAUTHENTICATE_AFTER_SECONDS.',
  },
  'V7.5.3': {
    asks: 'Highly sensitive operations need a further factor.',
    doesNotApply: 'There are none beside those of V7.5.1 and V7.5.2.',
  },
  'V7.6.1': { asks: 'Sessions of single sign-on end as documented.', doesNotApply: noFederation },
  'V7.6.2': {
    asks: 'No session without an action of the user.',
    how: 'Reading sets no cookie, and another site cannot log anybody in.',
  },
};
