import type { Declarations } from './declaration.ts';

const platform = 'Logs go to stdout. Keeping them safe is for the platform that collects them.';

export const v16: Declarations = {
  'V16.1.1': {
    asks: 'An inventory of what is logged.',
    how: 'The part "Logs" of this document has every event.',
  },
  'V16.2.1': {
    asks: 'Who, what, when, where in each line.',
    how: 'Time, instance, request id, client, user, session tag.',
  },
  'V16.2.2': { asks: 'Times in UTC or with their zone.', how: 'ISO 8601 in UTC, to the millisecond.' },
  'V16.2.3': {
    asks: 'Logs go only to documented places.',
    how: 'To stdout. In containers there is no place to write to: the file system is read-only.',
    provenBy: [
      {
        file: 'tests/containers/deployment.test.ts',
        test: 'no container runs as root, keeps a capability or can write to its root file system',
      },
    ],
  },
  'V16.2.4': {
    asks: 'Logs can be correlated.',
    how: 'JSON lines, with one request id in proxy, instance and answer.',
  },
  'V16.2.5': {
    asks: 'No secrets in logs.',
    how: 'No password, cookie or session id; sessions by a keyed tag.',
  },
  'V16.3.1': {
    asks: 'Logins, failed ones too, are logged.',
    how: '`login`, `login_failed`, `logout`, `signup`, `password_changed`.',
  },
  'V16.3.2': {
    asks: 'Refused access is logged.',
    how: 'Each 401 and 403 is a line, with who and where from.',
  },
  'V16.3.3': {
    asks: 'Attempts to get around the controls are logged.',
    how: '`throttled`, `forbidden_origin`.',
  },
  'V16.3.4': {
    asks: 'Failures of controls are logged.',
    how: '`store_down`, `store_back`, and each 503 with its reason.',
  },
  'V16.4.1': {
    asks: 'No injection into logs.',
    how: 'Whatever a client sends, a line stays one JSON object.',
  },
  'V16.4.2': { asks: 'Logs cannot be read or changed by others.', notMet: platform },
  'V16.4.3': { asks: 'Logs are sent to a separate system.', notMet: platform },
  'V16.5.1': {
    asks: 'Errors tell nothing about the inside.',
    how: 'One JSON form, without stacks, addresses or queries.',
  },
  'V16.5.2': {
    asks: 'The app goes on safely when a service fails.',
    how: 'Without Redis 503 within a second and the cookie stays; without Postgres, who is logged in stays so.',
  },
  'V16.5.3': {
    asks: 'Failures never let anybody through.',
    how: 'Without Redis nobody is known, and no login succeeds.',
  },
  'V16.5.4': {
    asks: 'A last handler for errors that nobody expected.',
    how: 'Whatever is thrown in a request is a logged 500, and the instance goes on.',
  },
};
