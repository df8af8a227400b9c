import type { Declarations } from './declaration.ts';

const onlyPasswords = 'There is one way to log in: a password.';
const noPages = 'The app is an API: the field is on a page of yours.';
const noSecondFactor = 'There is no second factor. "What is left out" says where it would go.';
const noMail = 'The app knows no address of a user (mail, telephone) to send it to.';

export const v6: Declarations = {
  'V6.1.1': {
    asks: 'The documentation says how guessing is throttled, and how nobody is locked out on purpose.',
    how: 'The part "Throttles" of this document.',
  },
  'V6.1.2': {
    asks: 'A documented list of words that are no passwords here.',
    how: 'The part "Passwords" of this document: the username, also backwards.',
  },
  'V6.1.3': { asks: 'All ways to log in are documented.', doesNotApply: onlyPasswords },
  'V6.2.1': {
    asks: 'Passwords have 8 characters or more.',
    how: '15 by default, 8 at least (PASSWORD_MIN_LENGTH), at sign-up and change.',
  },
  'V6.2.2': { asks: 'Users can change their password.', how: 'POST /api/v1/password.' },
  'V6.2.3': { asks: 'A change needs the current and the new password.', how: 'Without the right one: 403.' },
  'V6.2.4': {
    asks: 'The 3000 most common passwords are refused.',
    how: 'A list of 10,000 or more, at sign-up and change.',
  },
  'V6.2.5': {
    asks: 'Any kind of characters will do.',
    how: 'Only letters, only digits, blanks, emoji: all are taken.',
  },
  'V6.2.6': { asks: 'Password fields hide what is typed.', doesNotApply: noPages },
  'V6.2.7': { asks: 'Pasting and password managers work.', doesNotApply: noPages },
  'V6.2.8': {
    asks: 'A password is checked exactly as sent.',
    how: 'No trimming, no other case, no cut: what comes after byte 72 counts.',
  },
  'V6.2.9': { asks: 'Passwords of 64 characters are allowed.', how: 'Up to 256.' },
  'V6.2.10': {
    asks: 'Passwords do not expire.',
    how: 'An account of ten years ago logs in with its password.',
  },
  'V6.2.11': { asks: 'The words of V6.1.2 are refused.', how: 'At sign-up and change.' },
  'V6.2.12': {
    asks: 'Passwords of known breaches are refused.',
    notMet:
      'The list holds the most common ones of breaches, not all. A larger one takes its place in one file.',
  },
  'V6.3.1': {
    asks: 'Guessing is throttled as documented.',
    how: 'Counted in Redis: all instances together let through exactly the documented number.',
  },
  'V6.3.2': { asks: 'No default accounts.', how: 'A new deployment has no accounts.' },
  'V6.3.3': { asks: 'A second factor is needed.', notMet: noSecondFactor },
  'V6.3.4': {
    asks: 'No undocumented way to log in.',
    how: 'Only the cookie is a session: no header, query or body with its id.',
  },
  'V6.3.5': { asks: 'Users hear of suspicious logins.', notMet: noMail },
  'V6.3.6': { asks: 'E-mail is no factor.', doesNotApply: onlyPasswords },
  'V6.3.7': { asks: 'Users hear of changed credentials.', notMet: noMail },
  'V6.3.8': {
    asks: 'No answer tells which users exist.',
    notMet: 'A login does not tell, by words or by work. A sign-up does: it says that a name is taken.',
  },
  'V6.4.1': {
    asks: 'First passwords made by the system are short-lived.',
    doesNotApply: 'Users choose theirs.',
  },
  'V6.4.2': { asks: 'No hints and no secret questions.', doesNotApply: 'There are none.' },
  'V6.4.3': { asks: 'A forgotten password can be reset.', notMet: noMail },
  'V6.4.4': { asks: 'A lost second factor is replaced with care.', doesNotApply: noSecondFactor },
  'V6.4.5': { asks: 'Reminders before a factor expires.', doesNotApply: 'Passwords do not expire.' },
  'V6.4.6': { asks: 'Operators start a reset and never choose the password.', notMet: noMail },
  'V6.5': { asks: 'One-time codes.', doesNotApply: noSecondFactor },
  'V6.6': { asks: 'Codes by another channel.', doesNotApply: noSecondFactor },
  'V6.7': { asks: 'Keys and certificates as factors.', doesNotApply: noSecondFactor },
  'V6.8': { asks: 'Identity providers.', doesNotApply: 'There is none.' },
};
