import type { Declarations } from './declaration.ts';

export const v14: Declarations = {
  'V14.1.1': {
    asks: 'Sensitive data is identified and classified.',
    how: 'The part "Data" of this document has every column and every key of a session.',
  },
  'V14.1.2': {
    asks: 'The documentation says how each class is protected.',
    how: 'The part "Data" of this document.',
  },
  'V14.2.1': {
    asks: 'Nothing sensitive in addresses.',
    how: 'Credentials in the query are ignored, and no log keeps a query.',
  },
  'V14.2.2': {
    asks: 'Servers cache nothing sensitive.',
    how: 'nginx has no cache: users who ask for one address in turn get their own data.',
  },
  'V14.2.3': { asks: 'Nothing goes to third parties.', doesNotApply: 'There are none.' },
  'V14.2.4': {
    asks: 'Data is protected as documented.',
    how: 'Redis holds no session id that can be used, Postgres no password, the log neither.',
  },
  'V14.2.5': {
    asks: 'Caches cannot be deceived by addresses.',
    how: '/api/v1/me/x.css is 404, and not cached.',
  },
  'V14.2.6': { asks: 'Answers hold no more than is needed.', how: 'Of a user: id and name.' },
  'V14.2.7': {
    asks: 'Old data is deleted on its own.',
    notMet: 'Sessions are. Accounts are kept: there is no route and no command that deletes one.',
  },
  'V14.2.8': { asks: 'Files lose their metadata.', doesNotApply: 'Nobody can upload files.' },
  'V14.3.1': {
    asks: 'After logout the client keeps nothing.',
    how: 'The cookie is cleared, answers are not stored.',
  },
  'V14.3.2': { asks: 'Answers are not stored in browsers.', how: '`no-store` on every answer.' },
  'V14.3.3': {
    asks: 'Nothing sensitive in the browser but the session id.',
    how: 'The cookie is random and signed.',
  },
};
