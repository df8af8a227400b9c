import type { Declarations } from './declaration.ts';

/** SHALL or SHOULD, by id. Sections of NIST SP 800-63B-4 (2025), at AAL1 unless the text says otherwise. */
export const nistStrength: Readonly<Record<string, 'SHALL' | 'SHOULD'>> = {
  'NIST 2.1.3 overall': 'SHALL',
  'NIST 2.2.3 AAL2 times': 'SHOULD',
  'NIST 3.1.1.2 length': 'SHALL',
  'NIST 3.1.1.2 longest': 'SHOULD',
  'NIST 3.1.1.2 Unicode': 'SHALL',
  'NIST 3.1.1.2 normalization': 'SHOULD',
  'NIST 3.1.1.2 composition': 'SHALL',
  'NIST 3.1.1.2 periodic change': 'SHALL',
  'NIST 3.1.1.2 truncation': 'SHALL',
  'NIST 3.1.1.2 blocklist': 'SHALL',
  'NIST 3.1.1.2 reason': 'SHALL',
  'NIST 3.1.1.2 storage': 'SHALL',
  'NIST 3.1.1.2 keyed hash': 'SHOULD',
  'NIST 3.2.2 throttle': 'SHALL',
  'NIST 5.1 random bits': 'SHALL',
  'NIST 5.1 logout': 'SHALL',
  'NIST 5.1 no fall back': 'SHALL',
  'NIST 5.1 CSRF': 'SHALL',
  'NIST 5.1 not persistent': 'SHOULD',
  'NIST 5.1.1 Secure': 'SHALL',
  'NIST 5.1.1 hosts': 'SHALL',
  'NIST 5.1.1 HttpOnly': 'SHOULD',
  'NIST 5.1.1 expiry': 'SHOULD',
  'NIST 5.1.1 __Host-': 'SHOULD',
  'NIST 5.1.1 SameSite': 'SHOULD',
  'NIST 5.1.1 opaque': 'SHALL',
  'NIST 5.2 inactivity': 'SHALL',
  'NIST 5.2 reauthentication': 'SHALL',
};

export const nist: Declarations = {
  'NIST 2.1.3 overall': {
    asks: 'Sessions end for good after a time, at most 30 days.',
    how: '12 hours by default.',
    provenBy: ['V7.3.2'],
  },
  'NIST 2.2.3 AAL2 times': {
    asks: 'At AAL2 at most 24 hours, and 1 hour without use.',
    how: '12 hours and 30 minutes by default. (AAL2 itself needs a second factor.)',
    provenBy: ['V7.1.1'],
  },
  'NIST 3.1.1.2 length': {
    asks: 'A password that is the only factor has 15 characters or more.',
    how: '15 by default; PASSWORD_MIN_LENGTH may set less, for a deployment with a second factor.',
  },
  'NIST 3.1.1.2 longest': { asks: '64 characters are allowed.', how: 'Up to 256.', provenBy: ['V6.2.9'] },
  'NIST 3.1.1.2 Unicode': {
    asks: 'Each code point counts as one character.',
    how: 'Eight emoji are a password of 8 characters.',
    provenBy: ['V6.2.5'],
  },
  'NIST 3.1.1.2 normalization': {
    asks: 'Passwords are normalized (NFKC or NFKD) before they are hashed.',
    notMet: 'They are taken exactly as sent, as V6.2.8 asks.',
  },
  'NIST 3.1.1.2 composition': {
    asks: 'No rules about kinds of characters.',
    how: 'None.',
    provenBy: ['V6.2.5'],
  },
  'NIST 3.1.1.2 periodic change': {
    asks: 'No change now and then.',
    how: 'Passwords do not expire.',
    provenBy: ['V6.2.10'],
  },
  'NIST 3.1.1.2 truncation': {
    asks: 'All of the password counts.',
    how: 'HMAC before bcrypt.',
    provenBy: ['V6.2.8'],
  },
  'NIST 3.1.1.2 blocklist': {
    asks: 'Common passwords are refused.',
    how: 'A list of 10,000 or more.',
    provenBy: ['V6.2.4'],
  },
  'NIST 3.1.1.2 reason': {
    asks: 'Who is refused hears why.',
    how: 'The answer says what is wrong with the password.',
    provenBy: ['V6.2.4', 'V6.2.11'],
  },
  'NIST 3.1.1.2 storage': {
    asks: 'Passwords are stored salted and hashed with a cost.',
    how: 'bcrypt, 12 rounds by default.',
    provenBy: ['V14.2.4'],
  },
  'NIST 3.1.1.2 keyed hash': {
    asks: 'A further hash with a key that is kept apart.',
    how: 'HMAC-SHA-384 with the pepper, which Postgres does not know.',
    provenBy: [
      {
        file: 'tests/app/accounts/accounts.test.ts',
        test: 'stores a peppered bcrypt hash of the configured rounds, and nothing of the password',
      },
    ],
  },
  'NIST 3.2.2 throttle': {
    asks: 'At most 100 failed attempts in a row on one account.',
    how: '100 an hour for an account, far fewer from one address.',
    provenBy: ['V6.3.1'],
  },
  'NIST 5.1 random bits': {
    asks: 'Session secrets of 64 random bits or more.',
    how: '192.',
    provenBy: ['V7.2.3'],
  },
  'NIST 5.1 logout': { asks: 'Logout ends the secret.', how: 'On every instance.', provenBy: ['V7.4.1'] },
  'NIST 5.1 no fall back': {
    asks: 'No session over plain HTTP.',
    how: 'Secure, and 403.',
    provenBy: ['V3.7.5', 'V4.1.2'],
  },
  'NIST 5.1 CSRF': {
    asks: 'Changes carry a session identifier in their content.',
    notMet:
      'The app checks where a request comes from instead (V3.5.1, V3.5.2), as browsers now say it themselves.',
  },
  'NIST 5.1 not persistent': {
    asks: 'The cookie does not survive the end of the browser.',
    notMet: 'It has an expiry, the absolute timeout, so that a restarted browser is still logged in.',
  },
  'NIST 5.1.1 Secure': { asks: 'Cookies over HTTPS only.', how: 'Secure.', provenBy: ['V3.3.1'] },
  'NIST 5.1.1 hosts': {
    asks: 'Cookies for the fewest hosts and paths.',
    how: 'This host alone.',
    provenBy: ['V3.3.3'],
  },
  'NIST 5.1.1 HttpOnly': {
    asks: 'Cookies that scripts cannot read.',
    how: 'HttpOnly.',
    provenBy: ['V3.3.4'],
  },
  'NIST 5.1.1 expiry': {
    asks: 'Cookies expire soon after the session, and nothing depends on that.',
    how: 'With the absolute timeout, as the session does at the latest; the store ends the session, and earlier when it is idle.',
    provenBy: ['V7.3.1'],
  },
  'NIST 5.1.1 __Host-': {
    asks: 'The prefix __Host- and Path=/.',
    how: '`__Host-sid`.',
    provenBy: ['V3.3.3'],
  },
  'NIST 5.1.1 SameSite': { asks: 'SameSite=Lax or Strict.', how: 'Lax.', provenBy: ['V3.3.2'] },
  'NIST 5.1.1 opaque': {
    asks: 'Nothing but an opaque id in the cookie.',
    how: 'Random and signed.',
    provenBy: ['V14.3.3'],
  },
  'NIST 5.2 inactivity': {
    asks: 'Use resets the idle timeout.',
    how: 'On any instance.',
    provenBy: ['V7.3.1'],
  },
  'NIST 5.2 reauthentication': {
    asks: 'Logging in again resets both timeouts.',
    how: 'It starts a new session.',
    provenBy: ['V7.2.4'],
  },
};
